/** Stage 4: what was authorised is looked at once more, and marked as sent exactly once. */
import { describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../src/domain/events.ts';
import type { OrderStatus, ReduceIntent } from '../../src/domain/order.ts';
import type { ServoStatus } from '../../src/domain/servo.ts';
import { statusOf } from '../../src/domain/servo.ts';
import { openBook } from '../../src/domain/sizing/open-book.ts';
import type { ServoState } from '../../src/domain/state.ts';
import { price, quantity, unixMs } from '../../src/domain/units.ts';
import { policyWith, positionWith, usd } from './builders.ts';
import { kinds, POUNDS, World } from './world.ts';

/** An authorised entry, and reductions of an open position: a close, a new stop and a cancel. */
function waitingWorld(dryRun = false): World {
  const world = new World(policyWith({}));
  world.step();
  const { positionId, decisionId, takeProfit } = world.open();
  world.signal({ ...POUNDS, decisionId: 'first' });
  world.gate();
  world.send();
  const base = { symbol: 'EURUSD', decisionId, reason: 'flatten', decidedAt: world.now } as const;
  const intents: ReduceIntent[] = [
    { ...base, kind: 'close', orderId: 'close', positionId, quantity: quantity(10) },
    { ...base, kind: 'modify', orderId: 'modify', positionId, stopLoss: price(109_900), takeProfit },
    { ...base, kind: 'cancel', orderId: 'cancel', cancelOrderId: 'first-buy-1' },
  ];
  for (const intent of intents) world.emit({ kind: 'reduce_requested', at: world.now, intent });
  world.signal({ symbol: 'USDJPY', bid: price(150_000), ask: price(150_008), decisionId: 'yen' });
  world.gate();
  if (dryRun) world.state = { ...world.state, policy: { ...world.state.policy, dryRun } };
  return world;
}
const statuses = (world: World, ...orderIds: string[]): OrderStatus[] => orderIds.map((id) => world.order(id).status);
const WAITING = ['yen-buy-1', 'close', 'modify', 'cancel'];

describe('what may leave', () => {
  test('is marked as sent in the order of its decision, and handed over once', () => {
    const world = waitingWorld();
    const events = world.during(() => {
      expect(world.send().map(({ intent }) => intent.orderId)).toEqual(['close', 'modify', 'cancel', 'yen-buy-1']);
    });
    expect(kinds(events)).toEqual(['order_changed', 'order_changed', 'order_changed', 'order_changed']);
    expect(statuses(world, ...WAITING)).toEqual(['sending', 'sending', 'sending', 'sending']);
    expect(world.during(() => expect(world.send()).toEqual([]))).toEqual([]);
    expect(world.state.account.entriesToday).toBe(3);
  });

  test('with the queue dead are reductions alone: the entry waits', () => {
    const world = waitingWorld();
    expect(world.send('reductions').map(({ intent }) => intent.kind)).toEqual(['close', 'modify', 'cancel']);
    expect(statuses(world, ...WAITING)).toEqual(['authorised', 'sending', 'sending', 'sending']);
  });

  test('in dry-run is withheld: all the way, and nothing is sent', () => {
    const world = waitingWorld(true);
    expect(world.send()).toEqual([]);
    expect(statuses(world, ...WAITING)).toEqual(['withheld', 'withheld', 'withheld', 'withheld']);
    expect(world.order('close').detail).toBe('dry-run: not sent');
    expect(world.state.account.entriesToday).toBe(3);
  });

  test('in dry-run an entry goes into the ledger of what it would have become, and is held there until its bracket ends it', () => {
    const world = waitingWorld(true);
    const [opened] = world.during(() => world.send()).filter(({ kind }) => kind === 'shadow_opened');
    const { entryPrice, stopLoss, takeProfit } = world.state.markets.get('USDJPY')?.shadowTrades?.[0] ?? {};
    const intent = world.order('yen-buy-1').intent;
    expect(opened).toMatchObject({ trade: { shadowId: 'dry-run/yen-buy-1', model: 'dry-run', side: 'buy' } });
    expect(intent).toMatchObject({ referencePrice: entryPrice, stopLoss, takeProfit });
    // In money it takes what the position would.
    if (intent.kind !== 'open' || entryPrice === undefined || stopLoss === undefined) throw new Error('no entry');
    const { quantity: steps, side } = intent;
    const held = { symbol: 'USDJPY', side, quantity: steps, entryPrice, stopLoss };
    const initialStopDistance = price(Math.abs(entryPrice - stopLoss));
    const position = positionWith({ ...held, positionId: 'P-yen', initialStopDistance });
    const inYen = (state: ServoState) => openBook(state)?.holdings.filter(({ symbol }) => symbol === 'USDJPY');
    const real = { ...world.state, policy: { ...world.state.policy, dryRun: false } };
    expect(inYen(world.state)).toHaveLength(1);
    expect(inYen(world.state)).toEqual(inYen({ ...real, positions: new Map([['P-yen', position]]) }));
    expect(inYen(real)).toEqual([]);
    // One position a symbol holds for it as for a real one, on the next bar too.
    world.pass();
    world.signal({ symbol: 'USDJPY', bid: price(150_000), ask: price(150_008), decisionId: 'again' });
    const [decision] = world
      .during(() => world.gate())
      .flatMap((event) => (event.kind === 'decision_made' ? [event.decision] : []));
    expect(decision).toMatchObject({ outcome: 'denied', reason: 'position_open' });
  });
});

describe('a status that came between gate and send', () => {
  const at = unixMs(0);
  const said = (command: 'pause' | 'halt' | 'stop'): DomainEvent => ({
    kind: 'command_accepted',
    at,
    command,
    by: 'ann',
    surface: 'cli',
    reason: 'why',
  });
  const process = { epoch: 2, mode: 'paper', dryRun: false, version: '1', configHash: 'h', startedAt: at };

  test.each<[ServoStatus, DomainEvent, string, OrderStatus]>([
    // status, what brought it, why the entry is denied, what becomes of reductions
    ['paused', said('pause'), 'why', 'sending'],
    ['halted', said('halt'), 'why', 'sending'],
    ['stopping', said('stop'), 'why', 'sending'],
    [
      'cooldown',
      { kind: 'cooldown_started', at, component: 'feed', errors: 5, reason: 'x', until: at },
      '5 feed errors in a row: x',
      'sending',
    ],
    [
      'close_only',
      { kind: 'ladder_stepped', at, window: 'day', step: 'reached', loss: usd(200), limit: usd(200) },
      'daily loss 100 % of its limit',
      'sending',
    ],
    ['starting', { kind: 'process_started', at, ...process }, 'starting', 'authorised'],
    ['stopped', { kind: 'process_ended', at }, 'stopped', 'authorised'],
  ])('%s', (status, event, reason, reductions) => {
    const world = waitingWorld();
    world.emit(event);
    expect(statusOf(world.state.causes)).toBe(status);
    world.send();
    expect(world.order('yen-buy-1')).toMatchObject({
      status: 'denied',
      detail: `status_forbids_opening: ${reason} against running or reduced`,
    });
    expect(statuses(world, 'close', 'modify', 'cancel')).toEqual([reductions, reductions, reductions]);
    expect(world.state.account.entriesToday).toBe(2);
  });

  test('reductions held back by starting leave once the books agree', () => {
    const world = waitingWorld();
    world.emit({ kind: 'process_started', at, ...process });
    expect(world.send()).toEqual([]);
    world.emit({ kind: 'reconciled', at, epoch: 2, positions: 1, repaired: 0 });
    expect(world.send().map(({ intent }) => intent.orderId)).toEqual(['close', 'modify', 'cancel']);
  });
});

describe('a limit that was reached between gate and send', () => {
  test('denies the entry with its numbers', () => {
    const world = waitingWorld();
    world.emit({ kind: 'equity_marked', at: world.now, balance: usd(10_000), equity: usd(9800) });
    world.send();
    expect(world.order('yen-buy-1')).toMatchObject({
      status: 'denied',
      detail: 'daily_loss_limit: 200000000 against 200000000',
    });
  });

  test('an entry that expired is denied', () => {
    const world = waitingWorld();
    const [yen] = world.waiting('open');
    if (yen === undefined) throw new Error('no entry waits');
    world.state = {
      ...world.state,
      orders: new Map([
        [
          'late',
          {
            intent: { ...yen, orderId: 'late', expiresAt: world.now },
            status: 'authorised',
            filled: quantity(0),
            changedAt: world.now,
          },
        ],
      ]),
    };
    expect(world.send()).toEqual([]);
    expect(world.order('late').detail).toBe(`signal_expired: ${world.now} against ${world.now}`);
  });
});

describe('a reduction that lost its object', () => {
  test.each<[string, (world: World) => void, string, string]>([
    ['a close of a closed position', (world) => stopOut(world), 'close', 'the position is closed already'],
    ['a new stop for a closed position', (world) => stopOut(world), 'modify', 'the position is closed already'],
    ['a close of more than is left', (world) => shrink(world), 'close', 'the position is smaller than that by now'],
  ])('%s is denied', (_, change, orderId, detail) => {
    const world = waitingWorld();
    change(world);
    world.send();
    expect(world.order(orderId)).toMatchObject({ status: 'denied', detail });
  });

  test('a cancel of an order that was forgotten is denied', () => {
    const world = waitingWorld();
    const [cancel] = world.waiting('cancel');
    if (cancel === undefined) throw new Error('no cancel waits');
    const intent = { ...cancel, orderId: 'other', cancelOrderId: 'never heard of' };
    world.emit({ kind: 'reduce_requested', at: world.now, intent });
    world.send();
    expect(world.order('other')).toMatchObject({ status: 'denied', detail: 'the order is gone' });
    expect(world.order('cancel').status).toBe('sending');
  });

  const stopOut = (world: World) => world.settle([world.exitFill(world.position(), undefined)]);
  const shrink = (world: World) =>
    world.settle([world.exitFill(world.position(), undefined, { quantity: quantity(40) })]);
});
