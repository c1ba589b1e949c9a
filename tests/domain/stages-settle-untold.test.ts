/** What the venue tells without being asked: money that moves, levels set by hand, and what follows from none of it. */
import { describe, expect, test } from 'vitest';
import { confirmFlat } from '../../src/domain/stages/settle.ts';
import { StateError } from '../../src/domain/state.ts';
import { money, price, quantity, unixMs } from '../../src/domain/units.ts';
import { M5, openIntentWith, policyWith, usd } from './builders.ts';
import { kinds, World } from './world.ts';

function holding(world = new World()): World {
  world.step();
  world.open();
  return world;
}

describe('money that moved by another hand', () => {
  test('is booked, and what was not won or lost moves what losses are measured from', () => {
    const world = holding();
    const { balance, equity, equityPeak, windows } = world.state.account;
    const paid = { kind: 'cash', amount: usd(500), capital: true, text: 'deposit' } as const;
    expect(world.settle([world.report(paid)])).toEqual([
      { kind: 'cash_moved', at: world.now, amount: usd(500), capital: true, text: 'deposit', sequence: 2 },
    ]);
    expect(world.state.account).toMatchObject({
      balance: balance + usd(500),
      equity: equity + usd(500),
      equityPeak: equityPeak + usd(500),
      windows: {
        day: { ...windows.day, startEquity: windows.day.startEquity + usd(500) },
        week: { ...windows.week, startEquity: windows.week.startEquity + usd(500) },
        month: { ...windows.month, startEquity: windows.month.startEquity + usd(500) },
      },
    });
    const before = world.state.account;
    world.settle([world.report({ ...paid, amount: usd(-3), capital: false, text: 'fee' })]);
    expect(world.state.account).toEqual({ ...before, balance: before.balance - usd(3) });
  });
});

describe('levels that somebody moved', () => {
  const moved = (world: World, stopLoss: number, takeProfit: number) => {
    const { positionId } = world.position();
    const levels = { stopLoss: price(stopLoss), takeProfit: price(takeProfit) };
    return world.settle([world.report({ kind: 'amended', positionId, ...levels })]);
  };

  test('hold, and the fact says whose hand it was', () => {
    const world = holding();
    const { positionId } = world.position();
    const at = world.now;
    expect(moved(world, 109_900, 110_500)).toEqual([
      { kind: 'position_amended', at, positionId, stopLoss: 109_900, takeProfit: 110_500, sequence: 2, byHand: true },
    ]);
    expect(world.position()).toMatchObject({ stopLoss: 109_900, takeProfit: 110_500 });
  });

  test('but a stop that was taken away is to be put back where it was', () => {
    const world = holding();
    const { stopLoss } = world.position();
    moved(world, 0, 110_500);
    expect(world.position()).toMatchObject({ stopLoss, takeProfit: 110_500 });
  });

  test('of a position that nobody knows are a bug', () => {
    const world = holding();
    const levels = { stopLoss: price(0), takeProfit: price(0) };
    const unknown = world.report({ kind: 'amended', positionId: 'P', ...levels });
    expect(() => world.settle([unknown])).toThrow(StateError);
  });

  test('by our order bear no other hand', () => {
    const world = holding();
    const { positionId, symbol, decisionId, takeProfit } = world.position();
    const base = { orderId: 'trail', decisionId, symbol, reason: 'trailing_stop', decidedAt: world.now } as const;
    const intent = { ...base, kind: 'modify', positionId, stopLoss: price(109_900), takeProfit } as const;
    world.emit({ kind: 'reduce_requested', at: world.now, intent });
    world.send();
    const done = { kind: 'amended', orderId: 'trail', positionId, stopLoss: price(109_900), takeProfit } as const;
    const [, amended] = world.settle([world.report(done)]);
    expect(amended).not.toHaveProperty('byHand');
    expect(amended).not.toHaveProperty('breakEven');
  });
});

test('a fact holds no field without a value', () => {
  const world = holding();
  const position = world.position();
  world.settle([world.exitFill(position, undefined, { quantity: quantity(7) })]);
  expect(world.position()).not.toHaveProperty('progress');
  world.settle([world.exitFill(world.position(), undefined)]);
  const fills = world.all('fill_applied');
  expect(fills).toHaveLength(3);
  expect(fills.filter((fill) => (Object.values(fill) as unknown[]).includes(undefined))).toEqual([]);
});

test('a fill worse than allowed is kept where nothing else is asked for', () => {
  const world = new World(policyWith({}));
  world.step();
  world.signal();
  world.gate();
  const [order] = world.send();
  if (order?.intent.kind !== 'open') throw new Error('no entry was sent');
  const { referencePrice } = order.intent;
  world.settle([world.entryFill(order.intent, { price: price(referencePrice + 23) })]);
  expect(world.all('slippage_exceeded')).toMatchObject([{ ticks: 23, limit: 22, action: 'keep' }]);
  expect(world.waiting('close')).toEqual([]);
});

test('a refusal where no signal is left is tried no second time', () => {
  const world = new World();
  world.step();
  const intent = openIntentWith({ decidedAt: world.now, expiresAt: unixMs(world.now + M5) });
  const { decisionId, symbol, quantity: steps } = intent;
  const sizing = {
    quantity: steps,
    cappedBy: 'risk',
    wanted: steps,
    riskPerStep: money(1),
    riskOfOrder: money(1),
  } as const;
  const base = { decisionId, symbol, barClosedAt: world.now, attempt: 1, verdicts: [], sizing };
  world.emit({ kind: 'decision_made', at: world.now, decision: { ...base, outcome: 'approved', intent } });
  expect(world.send()).toHaveLength(1);
  const refused = world.report({ kind: 'rejected', orderId: intent.orderId, code: 'requote', text: '' });
  expect(kinds(world.settle([refused]))).toEqual(['order_changed']);
});

test('a flatten is done when nothing is open and no entry works: a change that still waits is of nothing', () => {
  const world = holding();
  const { positionId, symbol, decisionId, takeProfit } = world.position();
  const base = { orderId: 'trail', decisionId, symbol, reason: 'trailing_stop', decidedAt: world.now } as const;
  const intent = { ...base, kind: 'modify', positionId, stopLoss: price(109_900), takeProfit } as const;
  world.emit({ kind: 'reduce_requested', at: world.now, intent });
  world.emit({ kind: 'flatten_started', at: world.now, by: 'ann', reason: 'flatten' });
  expect(confirmFlat(world.state, world.now, world.emit)).toBe(false);
  expect(kinds(world.settle([world.exitFill(world.position(), undefined)]))).toEqual(['fill_applied', 'flattened']);
  world.emit({ kind: 'flatten_started', at: world.now, by: 'ann', reason: 'flatten' });
  expect(confirmFlat(world.state, world.now, world.emit)).toBe(true);
});
