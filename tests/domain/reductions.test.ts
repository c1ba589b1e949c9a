/** What is asked for of positions and working entries: by whom it is claimed already, under which id, and what a position without a stop gets. */
import { describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../src/domain/events.ts';
import { dressNaked, type NakedStep } from '../../src/domain/management/naked.ts';
import { cancelOverdue } from '../../src/domain/management/overdue.ts';
import {
  cancelPending,
  changePending,
  requestCancel,
  requestClose,
  requestStop,
  unclaimed,
} from '../../src/domain/management/requests.ts';
import { cancelWorkingEntries } from '../../src/domain/management/working-entries.ts';
import type { Order, OrderStatus, ReduceIntent } from '../../src/domain/order.ts';
import type { Position } from '../../src/domain/position.ts';
import { marketOf, type ServoState } from '../../src/domain/state.ts';
import { price, quantity, type UnixMs, unixMs } from '../../src/domain/units.ts';
import { barAt, NOON, openIntentWith, orderWith, positionWith } from './builders.ts';
import { SOUND, stateOf } from './gate-scene.ts';

const AT = unixMs(NOON);
/** Ten steps, bought at 1.10000 with the stop at 1.09800. */
const HELD = positionWith();
const OTHER = positionWith({ positionId: 'P-other' });

type Kind = ReduceIntent['kind'];
function reduction<K extends Kind>(kind: K, orderId: string, change: object, status: OrderStatus = 'sending'): Order {
  const base = { kind, orderId, decisionId: 'd', symbol: 'EURUSD', reason: 'flatten', decidedAt: AT, ...change };
  return { intent: base as unknown as ReduceIntent, status, filled: quantity(0), changedAt: AT };
}
const closeOf = ({ positionId }: Position, steps: number, status?: OrderStatus) =>
  reduction('close', `close-${positionId}-${steps}`, { positionId, quantity: quantity(steps) }, status);
const modifyOf = ({ positionId }: Position, status?: OrderStatus) =>
  reduction('modify', `modify-${positionId}`, { positionId }, status);
const cancelOf = (cancelOrderId: string, status?: OrderStatus) =>
  reduction('cancel', `cancel-${cancelOrderId}`, { cancelOrderId }, status);

const having = (...orders: Order[]): ServoState => stateOf({ ...SOUND, positions: [HELD, OTHER], orders });
const asked = (act: (emit: (event: DomainEvent) => void) => void): ReduceIntent[] => {
  const events: DomainEvent[] = [];
  act((event) => void events.push(event));
  return events.map((event) => {
    if (event.kind !== 'reduce_requested') throw new Error(event.kind);
    expect(event.at).toBe(event.intent.decidedAt);
    return event.intent;
  });
};

describe('what is on its way', () => {
  const entry = orderWith('accepted');

  test.each<[string, Order[], number]>([
    ['nothing', [], 10],
    ['a close', [closeOf(HELD, 4)], 6],
    ['of which a part has filled', [{ ...closeOf(HELD, 4), filled: quantity(3) }], 9],
    ['two', [closeOf(HELD, 4), closeOf(HELD, 5)], 1],
    ['more than is open', [closeOf(HELD, 8), closeOf(HELD, 9)], 0],
    ['one that is over', [closeOf(HELD, 4, 'rejected')], 10],
    ['of another position', [closeOf(OTHER, 4)], 10],
    ['a change of its stop, and an entry', [modifyOf(HELD), entry], 10],
  ])('claims volume: %s', (_, orders, left) => {
    expect(unclaimed(having(...orders), HELD)).toBe(left);
  });

  test.each<[string, Order, boolean]>([
    ['a close', closeOf(HELD, 1), true],
    ['a new stop', modifyOf(HELD), true],
    ['one that is over', modifyOf(HELD, 'completed'), false],
    ['of another position', modifyOf(OTHER), false],
    ['a cancel', cancelOf('X'), false],
    ['an entry', entry, false],
  ])('changes a position: %s', (_, order, pending) => {
    expect(changePending(having(order), HELD)).toBe(pending);
  });

  test('cancels an entry: its own, and not yet over', () => {
    expect(cancelPending(having(cancelOf('E')), 'E')).toBe(true);
    expect(cancelPending(having(cancelOf('E', 'rejected')), 'E')).toBe(false);
    expect(cancelPending(having(cancelOf('E')), 'F')).toBe(false);
    expect(cancelPending(having(closeOf(HELD, 1)), 'E')).toBe(false);
  });
});

describe('the id of a request', () => {
  const CLOSE = `P-EURUSD-${NOON}-flatten`;
  const close = (state: ServoState, again?: boolean) =>
    asked((emit) =>
      requestClose(state, HELD, quantity(3), 'flatten', AT, emit, again === undefined ? {} : { again }),
    ).map(({ orderId }) => orderId);
  const known = (...ids: string[]) =>
    having(...ids.map((id) => reduction('close', id, { positionId: 'P-EURUSD' }, 'rejected')));

  test('follows from position, moment and reason: once a step, or again under a number of its own', () => {
    expect(close(having())).toEqual([CLOSE]);
    expect(close(known(CLOSE))).toEqual([]);
    expect(close(known(CLOSE), false)).toEqual([]);
    expect(close(known(CLOSE), true)).toEqual([`${CLOSE}-2`]);
    expect(close(known(CLOSE, `${CLOSE}-2`, `${CLOSE}-3`), true)).toEqual([`${CLOSE}-4`]);
  });

  test('a close says what it closes, and which rungs it makes, if any', () => {
    const intent = { kind: 'close', orderId: CLOSE, positionId: 'P-EURUSD', quantity: 3, reason: 'flatten' };
    const plain = asked((emit) => requestClose(having(), HELD, quantity(3), 'flatten', AT, emit));
    expect(plain).toMatchObject([intent]);
    expect(plain[0]).not.toHaveProperty('rungs');
    const rung = asked((emit) => requestClose(having(), HELD, quantity(3), 'flatten', AT, emit, { rungs: 2 }));
    expect(rung).toMatchObject([{ ...intent, rungs: 2 }]);
  });

  test('a cancel and a stop are asked for once a step too', () => {
    const { intent } = orderWith('accepted');
    const cancel = (state: ServoState, again?: boolean) =>
      asked((emit) => requestCancel(state, intent, 'halt', AT, emit, again)).map(({ orderId }) => orderId);
    const id = `${intent.orderId}-${NOON}-cancel`;
    expect(cancel(having())).toEqual([id]);
    expect(cancel(known(id))).toEqual([]);
    expect(cancel(known(id), true)).toEqual([`${id}-2`]);
    const stop = (state: ServoState) =>
      asked((emit) => requestStop(state, HELD, price(109_900), 'trailing_stop', AT, emit));
    expect(stop(having())).toMatchObject([{ kind: 'modify', stopLoss: 109_900, takeProfit: 110_300 }]);
    expect(stop(known(`P-EURUSD-${NOON}-trailing_stop`))).toEqual([]);
  });
});

describe('a position without a stop', () => {
  const dress = (step: NakedStep, state: ServoState, position = HELD, bid?: number) => {
    const lastBar = bid === undefined ? undefined : barAt('EURUSD', NOON, bid);
    const market = { ...marketOf(state, 'EURUSD'), ...(lastBar && { lastBar }) };
    const seen = { ...state, markets: new Map(state.markets).set('EURUSD', market) };
    return asked((emit) => dressNaked(seen, position, step, AT, emit));
  };
  const noStop = (position: Position, status: OrderStatus) =>
    reduction('modify', `n-${position.positionId}`, { positionId: position.positionId, reason: 'no_stop' }, status);
  const short = positionWith({ side: 'sell', stopLoss: price(110_200), takeProfit: price(109_700) });
  const id = (number: number) => `P-EURUSD-${NOON}-no_stop-${number}`;

  test('gets the stop back that it had', () => {
    expect(dress('repair', having())).toEqual([
      {
        kind: 'modify',
        orderId: id(1),
        decisionId: HELD.decisionId,
        symbol: 'EURUSD',
        reason: 'no_stop',
        decidedAt: AT,
        positionId: 'P-EURUSD',
        stopLoss: HELD.stopLoss,
        takeProfit: HELD.takeProfit,
      },
    ]);
  });

  test.each<[string, Position, number, Kind]>([
    // The spread is 8 ticks: a long is closed at the bid, a short at the ask.
    ['a long above its stop', HELD, 109_801, 'modify'],
    ['a long at it', HELD, 109_800, 'close'],
    ['a long below it', HELD, 109_799, 'close'],
    ['a short below its stop', short, 110_191, 'modify'],
    ['a short at it', short, 110_192, 'close'],
  ])('where the stop should have acted already, it is closed: %s', (_, position, bid, kind) => {
    expect(dress('repair', having(), position, bid)).toMatchObject([{ kind, orderId: id(1) }]);
  });

  test('is not asked for twice while the first is on its way, and then under a number of its own', () => {
    expect(dress('repair', having(noStop(HELD, 'sending')))).toEqual([]);
    expect(dress('repair', having(noStop(HELD, 'rejected')))).toMatchObject([{ kind: 'modify', orderId: id(2) }]);
    // Neither another position's, nor another reason's.
    expect(dress('repair', having(noStop(OTHER, 'sending'), modifyOf(HELD)))).toMatchObject([{ orderId: id(1) }]);
    expect(dress('repair', having(cancelOf('X'), orderWith('accepted')))).toMatchObject([{ orderId: id(1) }]);
  });

  test('is closed when that did not help, whatever became of the repair, and as far as nobody closes it already', () => {
    expect(dress('close', having(noStop(HELD, 'unknown')))).toMatchObject([
      { kind: 'close', orderId: id(2), quantity: 10, reason: 'no_stop' },
    ]);
    expect(dress('close', having(closeOf(HELD, 4)))).toMatchObject([{ kind: 'close', quantity: 6 }]);
    expect(dress('close', having(closeOf(HELD, 10)))).toEqual([]);
  });
});

describe('entries that work', () => {
  const entry = (status: OrderStatus, orderId = 'E'): Order => orderWith(status, { orderId });
  const cancelled = (act: typeof cancelOverdue, state: ServoState, at: UnixMs = AT) =>
    asked((emit) => act(state, at, emit)).map(({ kind, reason, ...rest }) => [
      kind,
      'cancelOrderId' in rest && rest.cancelOrderId,
      reason,
    ]);
  const takeBack: typeof cancelOverdue = (state, at, emit) => cancelWorkingEntries(state, 'disarmed', at, emit);
  const STATUSES: readonly [OrderStatus, boolean][] = [
    ['authorised', false],
    ['sending', false],
    ['accepted', true],
    ['partially_filled', true],
    ['unknown', false],
    ['filled', false],
    ['cancelled', false],
  ];

  test.each(STATUSES)('and are %s: taken back when nothing may be opened, %s', (status, taken) => {
    const expected = taken ? [['cancel', 'E', 'disarmed']] : [];
    expect(cancelled(takeBack, having(entry(status)))).toEqual(expected);
  });

  test.each(STATUSES)('and are %s: taken back when their time is over, %s', (status, taken) => {
    const over = openIntentWith().expiresAt;
    expect(cancelled(cancelOverdue, having(entry(status)), unixMs(over - 1))).toEqual([]);
    expect(cancelled(cancelOverdue, having(entry(status)), over)).toEqual(
      taken ? [['cancel', 'E', 'order_expired']] : [],
    );
  });

  test('once: not those that are being cancelled, and nothing that is no entry', () => {
    const state = having(entry('accepted', 'E'), cancelOf('E'), entry('accepted', 'F'), {
      ...closeOf(HELD, 3),
      status: 'accepted',
    });
    expect(cancelled(takeBack, state)).toEqual([['cancel', 'F', 'disarmed']]);
    expect(cancelled(cancelOverdue, state, unixMs(NOON + 86_400_000))).toEqual([['cancel', 'F', 'order_expired']]);
  });
});
