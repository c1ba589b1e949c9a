/** The rules of a mandate: each floor by hand, the buffer before it, midnights of its own, and what forgives and what does not. */
import { describe, expect, test } from 'vitest';
import { mandateFloors, mandateLeft } from '../../src/domain/limits/mandate.ts';
import type { Mandate } from '../../src/domain/policy.ts';
import { statusOf } from '../../src/domain/servo.ts';
import { restoreState, snapshotState } from '../../src/domain/snapshot.ts';
import { quantity } from '../../src/domain/units.ts';
import { policyWith, usd } from './builders.ts';
import { closesIn, holdingWorld, kinds, World } from './world.ts';

const NONE: Mandate = {
  dailyLoss: null,
  maxLoss: null,
  trailing: null,
  maxLots: null,
  buffer: 0.1,
  timezone: 'Europe/Athens',
  dayStartMinutes: 0,
};
const WIDE = { maxDrawdown: 9, maxLoss: { day: 9, week: 9, month: 9 } };
const under = (rules: Partial<Mandate>) => policyWith({ limits: WIDE, mandate: { ...NONE, ...rules } });
const HOUR = 3_600_000;

/** A step of a bar that ends with this balance and equity. */
function marked(world: World, equity: number, balance = equity, gapMs = 0) {
  world.step(undefined, [], gapMs);
  world.emit({ kind: 'equity_marked', at: world.now, balance: usd(balance), equity: usd(equity) });
  return world.monitor();
}

const floor = (world: World) =>
  mandateFloors(world.state).map(({ rule, breaksAt, stopsAt }) => [rule, breaksAt, stopsAt]);

describe('floors', () => {
  test('maximum loss stays where the mandate began', () => {
    const world = new World(under({ maxLoss: 0.1 }));
    marked(world, 11_000);
    // 10 % of 10 000, and a tenth of that before it.
    expect(floor(world)).toEqual([['max_loss', usd(9_000), usd(9_100)]]);
    expect(mandateLeft(world.state)).toBe(usd(1_900));
  });

  test('trailing drawdown follows the peak of equity, not down again, and locks at the start', () => {
    const free = new World(under({ trailing: { loss: 0.1, of: 'equity', locksAtStart: false } }));
    const locked = new World(under({ trailing: { loss: 0.1, of: 'equity', locksAtStart: true } }));
    for (const world of [free, locked]) marked(world, 10_400);
    for (const world of [free, locked]) marked(world, 10_200);
    expect([floor(free), floor(locked)]).toEqual([
      [['trailing_drawdown', usd(9_400), usd(9_500)]],
      [['trailing_drawdown', usd(9_400), usd(9_500)]],
    ]);
    for (const world of [free, locked]) marked(world, 12_000);
    expect([floor(free), floor(locked)]).toEqual([
      [['trailing_drawdown', usd(11_000), usd(11_100)]],
      // The floor has reached the start, and stays there.
      [['trailing_drawdown', usd(10_000), usd(10_100)]],
    ]);
  });

  test('of balance, a floating profit does not count', () => {
    const world = new World(under({ trailing: { loss: 0.1, of: 'balance', locksAtStart: false } }));
    marked(world, 12_000, 10_000);
    expect(floor(world)).toEqual([['trailing_drawdown', usd(9_000), usd(9_100)]]);
  });

  test('daily loss is of the larger of balance and equity at the midnight of its own zone', () => {
    const world = new World(under({ dailyLoss: 0.05 }));
    // 12:05 UTC is 14:05 in Athens; the last mark before 22:00 UTC counts.
    marked(world, 10_600, 10_000);
    expect(floor(world)).toEqual([['daily_loss', usd(9_500), usd(9_550)]]);
    marked(world, 10_600, 10_000, 9 * HOUR);
    expect(floor(world)).toEqual([['daily_loss', usd(9_500), usd(9_550)]]);
    world.step(undefined, [], HOUR);
    expect(floor(world)).toEqual([['daily_loss', usd(10_070), usd(10_123)]]);
  });
});

test('a buffer before a daily loss breaks everything is closed, once; the next midnight forgives', () => {
  const world = holdingWorld(under({ dailyLoss: 0.05 }));
  // 10 000 at the first bar; 500 allowed, 50 kept.
  expect(kinds(marked(world, 9_550.000_001))).toEqual(['step_completed']);
  const events = marked(world, 9_550);
  expect(kinds(events)).toEqual(['mandate_stopped', 'flatten_started', 'reduce_requested', 'step_completed']);
  expect(closesIn(events)).toMatchObject([{ quantity: 47, reason: 'mandate' }]);
  expect(statusOf(world.state.causes)).toBe('close_only');
  expect(kinds(marked(world, 9_540))).toEqual(['step_completed']);

  const again = restoreState(world.state.policy, JSON.parse(JSON.stringify(snapshotState(world.state))));
  expect(statusOf(again.causes)).toBe('close_only');
  expect(again.account.mandate).toEqual(world.state.account.mandate);

  for (const { intent } of world.send()) {
    if (intent.kind === 'close') world.settle([world.exitFill(world.position(), intent)]);
  }
  marked(world, 9_550, 9_550, 11 * HOUR);
  expect(statusOf(world.state.causes)).toBe('running');
});

test('a maximum loss is not forgiven by any midnight, and outranks the loss of the day', () => {
  const world = new World(under({ dailyLoss: 0.05, maxLoss: 0.06 }));
  expect(kinds(marked(world, 9_550))).toContain('mandate_stopped');
  expect(world.all('mandate_stopped').map(({ rule }) => rule)).toEqual(['daily_loss']);
  marked(world, 9_460);
  expect(world.all('mandate_stopped').map(({ rule }) => rule)).toEqual(['daily_loss', 'max_loss']);
  for (let day = 0; day < 3; day++) marked(world, 9_460, 9_460, 24 * HOUR);
  expect(statusOf(world.state.causes)).toBe('close_only');
  expect(world.all('mandate_stopped')).toHaveLength(2);
});

test('orders are sized down to the largest lots, and to what is left before the servo stops', () => {
  const lots = new World(under({ maxLots: 0.2 }));
  lots.step();
  lots.open();
  expect(lots.position().quantity).toBe(20);
  expect(lots.all('decision_made').at(-1)?.decision.sizing?.cappedBy).toBe('mandate_lots');

  const near = new World(under({ maxLoss: 0.1 }));
  marked(near, 9_150);
  near.signal();
  near.gate();
  const decision = near.all('decision_made').at(-1)?.decision;
  // 50 USD are left; a step loses 2.04 and 0.07 of commission at its stop: 23 of them.
  expect(decision?.sizing).toMatchObject({ cappedBy: 'mandate_loss', quantity: quantity(23) });
});

test('without a mandate nothing is kept and nothing is asked', () => {
  const world = new World();
  marked(world, 100);
  expect(world.state.account.mandate).toBeUndefined();
  expect(world.all('mandate_rolled')).toEqual([]);
});
