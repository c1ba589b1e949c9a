/** The venue's reports made true: orders and positions change, retries are few, and the money of a trade's life adds up. */
import { describe, expect, test } from 'vitest';
import type { EventOf } from '../../src/domain/events.ts';
import {
  type BrokerReport,
  type OpenIntent,
  REJECT_CODES,
  type ReduceIntent,
  type ReduceReason,
  type RejectCode,
} from '../../src/domain/order.ts';
import type { TradingPolicy } from '../../src/domain/policy.ts';
import { type ExitReason, type Position, settleShrunk } from '../../src/domain/position.ts';
import { awaitingDecision } from '../../src/domain/stages/risk-gate.ts';
import { StateError } from '../../src/domain/state.ts';
import { money, price, quantity } from '../../src/domain/units.ts';
import { fillWith, M5, policyWith, usd } from './builders.ts';
import { kinds, World } from './world.ts';

/** A world with one entry at the venue. */
function sentWorld(policy?: TradingPolicy): { world: World; intent: OpenIntent } {
  const world = new World(policy);
  world.step();
  world.signal({ regime: 'trend_up' });
  return { world, intent: sendNext(world) };
}

function sendNext(world: World): OpenIntent {
  world.gate();
  const [order] = world.send();
  if (order?.intent.kind !== 'open') throw new Error('no entry was sent');
  return order.intent;
}

const rejected = (world: World, orderId: string, code: RejectCode = 'requote'): BrokerReport =>
  world.report({ kind: 'rejected', orderId, code, text: 'too far' });

/** A close that was sent. */
function closing(
  world: World,
  position: Position,
  reason: ReduceReason = 'flatten',
  steps: number = position.quantity,
) {
  const intent: Extract<ReduceIntent, { kind: 'close' }> = {
    kind: 'close',
    orderId: `close-${reason}`,
    decisionId: position.decisionId,
    symbol: position.symbol,
    reason,
    decidedAt: world.now,
    positionId: position.positionId,
    quantity: quantity(steps),
  };
  world.emit({ kind: 'reduce_requested', at: world.now, intent });
  world.send();
  return intent;
}

const fillsOf = (world: World): EventOf<'fill_applied'>[] => world.all('fill_applied');

describe('an entry', () => {
  test('accepted, filled in two parts, each report one event', () => {
    const { world, intent } = sentWorld();
    world.settle([world.report({ kind: 'accepted', orderId: intent.orderId, venueOrderId: 'V9' })]);
    expect(world.order(intent.orderId)).toMatchObject({ status: 'accepted', venueOrderId: 'V9' });
    world.settle([world.entryFill(intent, { quantity: quantity(20) })]);
    expect(world.order(intent.orderId)).toMatchObject({ status: 'partially_filled', filled: 20, venueOrderId: 'V9' });
    world.settle([world.entryFill(intent, { quantity: quantity(27) })]);
    expect(world.order(intent.orderId)).toMatchObject({ status: 'partially_filled', filled: 47 });
    expect(world.position()).toMatchObject({ quantity: 47, openingQuantity: 47, decisionId: intent.decisionId });
    expect(world.state.reportCursor).toBe(3);
  });

  test('filled in part, the rest cancelled by the venue: the part stays', () => {
    const { world, intent } = sentWorld();
    const part = world.entryFill(intent, { quantity: quantity(20) });
    world.settle([part, world.report({ kind: 'cancelled', orderId: intent.orderId })]);
    expect(world.order(intent.orderId)).toMatchObject({ status: 'cancelled', filled: 20 });
    expect(world.position().quantity).toBe(20);
  });

  test.each([
    // A buy asked for 110,008.
    ['buy', 110_010, 2],
    ['buy', 110_005, -3],
    // A sell asked for 110,000.
    ['sell', 109_998, 2],
    ['sell', 110_003, -3],
  ] as const)('a %s filled at %d slipped by %d', (side, at, slippage) => {
    const world = new World();
    world.step();
    world.signal({ side });
    world.settle([world.entryFill(sendNext(world), { price: price(at) })]);
    expect(fillsOf(world)).toMatchObject([{ slippage, change: 'fill' }]);
  });

  test('carries the regime of its signal, and the risk of what was filled', () => {
    const { world, intent } = sentWorld();
    world.settle([world.entryFill(intent, { price: price(110_010) })]);
    // 202 ticks on 47 steps of 0.01.
    expect(world.position()).toMatchObject({ regime: 'trend_up', initialRisk: usd(94.94), initialStopDistance: 202 });
  });

  test('lost, then found: unknown in between, and filled once', () => {
    const { world, intent } = sentWorld();
    const { orderId } = intent;
    const events = world.settle([{ kind: 'lost', sequence: 0, at: world.now, orderId, text: 'timeout' }]);
    expect(events).toMatchObject([{ kind: 'order_changed', change: 'lose', detail: 'timeout' }]);
    expect(world.order(orderId).status).toBe('unknown');
    expect(world.state.reportCursor).toBe(0);
    world.settle([world.entryFill(intent)]);
    expect(world.order(orderId).status).toBe('filled');
    expect(world.state.positions.size).toBe(1);
  });

  test('that filled before it saw our cancel is a position all the same', () => {
    const { world, intent } = sentWorld();
    world.settle([world.report({ kind: 'cancelled', orderId: intent.orderId }), world.entryFill(intent)]);
    expect(world.order(intent.orderId).status).toBe('filled');
    expect(world.position().quantity).toBe(47);
  });

  test('expired at the venue', () => {
    const { world, intent } = sentWorld();
    world.settle([world.report({ kind: 'expired', orderId: intent.orderId })]);
    expect(world.order(intent.orderId).status).toBe('expired');
    expect(awaitingDecision(world.state)).toEqual([]);
  });

  test('that nobody here sent is a position of external origin', () => {
    const world = new World();
    world.step();
    world.signal({ regime: 'trend_up' });
    world.settle([world.report({ kind: 'filled', fill: fillWith({ orderId: 'theirs' }), orderDone: true })]);
    expect(world.position()).toMatchObject({ decisionId: 'external', regime: 'unknown', initialRisk: usd(20) });
    expect(fillsOf(world)[0]).not.toHaveProperty('change');
  });
});

describe('a refused entry is tried again', () => {
  test('only after a refusal about the price, at the same step, with its signal still the present one', () => {
    for (const code of Object.keys(REJECT_CODES) as RejectCode[]) {
      const { world, intent } = sentWorld();
      const events = world.settle([rejected(world, intent.orderId, code)]);
      expect(world.order(intent.orderId)).toMatchObject({ status: 'rejected', detail: `${code}: too far` });
      const retried = [{ symbol: 'EURUSD', attempt: 2 }];
      expect(awaitingDecision(world.state)).toEqual(REJECT_CODES[code].retry ? retried : []);
      expect(kinds(events)).toEqual(
        REJECT_CODES[code].retry ? ['order_changed', 'retry_scheduled'] : ['order_changed'],
      );
    }
  });

  test('at most retry_attempts more, each through the gate and under an id of its own', () => {
    const { world, intent } = sentWorld();
    const sent = [intent.orderId];
    world.settle([rejected(world, intent.orderId)]);
    while (awaitingDecision(world.state).length > 0) {
      const { orderId } = sendNext(world);
      sent.push(orderId);
      world.settle([rejected(world, orderId)]);
    }
    expect(sent).toEqual([1, 2, 3, 4].map((attempt) => `${intent.decisionId}-buy-${attempt}`));
    expect(world.all('retry_scheduled').map(({ attempt }) => attempt)).toEqual([2, 3, 4]);
    expect(world.state.account.entriesToday).toBe(0);
  });

  test('never with retry_attempts of 0', () => {
    const { world, intent } = sentWorld(policyWith({ order: { retryAttempts: 0 } }));
    world.settle([rejected(world, intent.orderId)]);
    expect(awaitingDecision(world.state)).toEqual([]);
  });

  test('not when the refusal comes with a later bar', () => {
    const { world, intent } = sentWorld();
    world.step(undefined, [rejected(world, intent.orderId)]);
    expect(world.order(intent.orderId).status).toBe('rejected');
    expect(awaitingDecision(world.state)).toEqual([]);
    const late = sentWorld();
    late.world.step();
    late.world.settle([rejected(late.world, late.intent.orderId)], true);
    expect(awaitingDecision(late.world.state)).toEqual([]);
  });

  test('not when another signal has taken its place', () => {
    const { world, intent } = sentWorld();
    world.signal({ decisionId: 'another' });
    world.gate();
    world.settle([rejected(world, intent.orderId)]);
    expect(world.all('retry_scheduled')).toEqual([]);
  });

  test('not when the servo was halted meanwhile: the gate says no', () => {
    const { world, intent } = sentWorld();
    world.settle([rejected(world, intent.orderId)]);
    world.emit({ kind: 'halted', at: world.now, by: 'servo', reason: 'enough' });
    world.gate();
    expect(world.all('decision_made').at(-1)?.decision).toMatchObject({
      outcome: 'denied',
      attempt: 2,
      reason: 'status_forbids_opening',
    });
  });

  test('a refused close is not tried again here: the monitor asks once more', () => {
    const { world, intent } = sentWorld();
    world.settle([world.entryFill(intent)]);
    const close = closing(world, world.position());
    expect(kinds(world.settle([rejected(world, close.orderId)]))).toEqual(['order_changed']);
    expect(world.state.positions.size).toBe(1);
  });
});

describe('exits', () => {
  function opened(): World {
    const world = new World();
    world.step();
    world.open();
    return world;
  }

  test.each<[ExitReason, (world: World) => BrokerReport]>([
    ['stop_loss', (world) => world.exitFill(world.position(), undefined)],
    ['take_profit', (world) => world.exitFill(world.position(), undefined, { cause: 'take_profit' })],
    ['flatten', (world) => world.exitFill(world.position(), closing(world, world.position(), 'flatten'))],
    ['daily_loss', (world) => world.exitFill(world.position(), closing(world, world.position(), 'daily_loss'))],
    ['drawdown', (world) => world.exitFill(world.position(), closing(world, world.position(), 'drawdown'))],
    // Closed by hand at the terminal: no order of ours.
    ['external', (world) => world.exitFill(world.position(), undefined, { cause: 'order' })],
    ['external', (world) => world.exitFill(world.position(), undefined, { cause: 'order', orderId: 'theirs' })],
  ])('%s', (reason, exit) => {
    const world = opened();
    world.settle([exit(world)]);
    expect(fillsOf(world).at(-1)?.trade?.exitReason).toBe(reason);
    expect(world.state.positions.size).toBe(0);
    expect(world.state.tradesClosed).toBe(1);
  });

  test('a close of half leaves half, and its order is filled', () => {
    const world = opened();
    const close = closing(world, world.position(), 'loss_warning', 20);
    world.settle([world.exitFill(world.position(), close)]);
    expect(world.order(close.orderId)).toMatchObject({ status: 'filled', filled: 20 });
    expect(world.position()).toMatchObject({ quantity: 27, openingQuantity: 47 });
  });

  test('a deal that closes what is not open throws', () => {
    const world = opened();
    const exit = world.exitFill(world.position(), undefined);
    world.settle([exit]);
    const again = { ...exit, sequence: exit.sequence + 1 };
    expect(() => world.settle([again])).toThrow(StateError);
    expect(() => world.settle([again])).toThrow('which is not open');
  });

  test('a new stop: its order is complete, the position has it', () => {
    const world = opened();
    const { positionId, symbol, decisionId, takeProfit } = world.position();
    const base = { orderId: 'trail', decisionId, symbol, decidedAt: world.now, reason: 'trailing_stop' } as const;
    const intent: ReduceIntent = { ...base, kind: 'modify', positionId, stopLoss: price(109_900), takeProfit };
    world.emit({ kind: 'reduce_requested', at: world.now, intent });
    world.send();
    world.settle([
      world.report({ kind: 'amended', orderId: 'trail', positionId, stopLoss: price(109_900), takeProfit }),
    ]);
    expect(world.order('trail').status).toBe('completed');
    expect(world.position()).toMatchObject({ stopLoss: 109_900, initialStopDistance: 200 });
  });

  test('a cancel: complete, and its entry cancelled', () => {
    const { world, intent } = sentWorld();
    const base = {
      orderId: 'cancel',
      decisionId: intent.decisionId,
      symbol: 'EURUSD',
      decidedAt: world.now,
      reason: 'halt',
    } as const;
    world.emit({
      kind: 'reduce_requested',
      at: world.now,
      intent: { ...base, kind: 'cancel', cancelOrderId: intent.orderId },
    });
    world.send();
    world.settle([world.report({ kind: 'cancelled', orderId: intent.orderId, cancelledBy: 'cancel' })]);
    expect(world.order('cancel').status).toBe('completed');
    expect(world.order(intent.orderId).status).toBe('cancelled');
  });
});

test('the profit of a trade is the sum of its cash: both commissions, swap, and every part that was closed', () => {
  const world = new World();
  world.step();
  const position = world.open();
  const { positionId } = position;
  world.step(undefined, [world.report({ kind: 'swap', positionId, amount: usd(-1.25) })], 86_400_000 - M5);
  const half = closing(world, world.position(), 'loss_warning', 20);
  world.settle([world.exitFill(world.position(), half, { profit: usd(-12.4), commission: usd(-0.7) })]);
  world.settle([world.exitFill(world.position(), undefined, { profit: usd(33), commission: usd(-0.95) })]);
  const cash = [-0.35, -1.25, -12.4 - 0.7, 33 - 0.95].reduce((sum, flow) => sum + usd(flow), 0);
  expect(fillsOf(world).at(-1)?.trade).toMatchObject({
    profit: cash,
    commission: usd(-2),
    swap: usd(-1.25),
    quantity: 47,
  });
  expect(world.state.account.balance).toBe(money(usd(10_000) + cash));
});

test('a venue that fills an entry and drops its stop: ours stays the one that is to be put back, and its risk is what it was', () => {
  const { world, intent } = sentWorld();
  const { stopLoss, referencePrice } = intent;
  world.settle([world.entryFill(intent, { stopLoss: price(0) })]);
  expect(world.position()).toMatchObject({ stopLoss, initialStopDistance: Math.abs(referencePrice - stopLoss) });
  // 200 ticks of 0.01 USD on each step.
  expect(world.position().initialRisk).toBe(usd(2 * intent.quantity));
});

describe('what is told late of a position that was taken as closed', () => {
  /** Gone at the broker without a word; the balance was made the broker's, so nothing that is told changes it again. */
  function adoptedWorld() {
    const world = new World();
    world.step();
    const position = world.open();
    world.monitor();
    const { positionId, symbol, quantity: before } = position;
    const gone = { at: world.now, positionId, symbol, before, left: quantity(0) };
    world.emit({ kind: 'position_adopted', ...gone, ...settleShrunk(position, gone.left, world.now) });
    return { world, position, balance: world.state.account.balance };
  }

  test('its levels and its swap change nothing any more', () => {
    const { world, position, balance } = adoptedWorld();
    const { positionId, stopLoss, takeProfit } = position;
    world.pass(undefined, [
      world.report({ kind: 'amended', positionId, stopLoss, takeProfit }),
      world.report({ kind: 'swap', positionId, amount: usd(-3) }),
      world.exitFill(position, undefined),
    ]);
    expect(kinds(world.events)).toContain('deal_told_late');
    expect(world.all('report_told_late')).toMatchObject([{ report: 'amended' }, { report: 'swap', amount: usd(-3) }]);
    expect(world.state.account.balance).toBe(balance);
    expect(world.state.positions.size).toBe(0);
  });

  test('nor does the deal itself, days later', () => {
    const { world, position, balance } = adoptedWorld();
    world.pass(undefined, [], 3 * 86_400_000);
    world.pass(undefined, [world.exitFill(position, undefined)]);
    expect(world.all('deal_told_late')).toHaveLength(1);
    expect(world.state.account.balance).toBe(balance);
    expect(world.state.adopted.size).toBe(0);
  });

  test('of a position that nobody has taken as closed they are no report of ours: a bug, or another book', () => {
    const { world, position } = adoptedWorld();
    const { stopLoss, takeProfit } = position;
    const amended = world.report({ kind: 'amended', positionId: 'P-other', stopLoss, takeProfit });
    expect(() => world.settle([amended])).toThrow(StateError);
  });
});
