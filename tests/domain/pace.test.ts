/** Pace: pauses after losses in a row, entries by the minute, the hour and in a row, one entry a bar; and none of it is forgotten. */
import { describe, expect, test } from 'vitest';
import type { OpenIntent } from '../../src/domain/order.ts';
import type { PacePolicy } from '../../src/domain/policy.ts';
import { restoreState, snapshotState } from '../../src/domain/snapshot.ts';
import { marketOf } from '../../src/domain/state.ts';
import { M5, NOON, policyWith, usd } from './builders.ts';
import { POUNDS, World } from './world.ts';

const HOUR = 12 * M5;

function worldWith(pace: Partial<PacePolicy>): World {
  const maxLoss = { day: 0.9, week: 0.9, month: 0.9 };
  const world = new World(policyWith({ pace, limits: { maxLoss, maxDrawdown: 0.9, maxDailyTrades: 99 } }));
  world.pass();
  return world;
}

/** A round trip on a bar of its own that wins or loses so much, commissions of 0.70 apart. */
function trade(world: World, profit: number, change: object = {}): void {
  world.pass();
  const position = world.open(change);
  world.settle([world.exitFill(position, undefined, { profit: usd(profit) })]);
}

/** What the gate says on the next bar. */
function said(world: World, change: object = {}): string {
  world.pass();
  world.signal(change);
  world.gate();
  const decision = world.all('decision_made').at(-1)?.decision;
  if (decision?.outcome !== 'denied') return 'approved';
  return `${decision.reason}: ${decision.verdicts.find(({ passed }) => !passed)?.value}`;
}

/** A second process, from a snapshot. */
function restarted(world: World): World {
  const next = new World(world.state.policy);
  next.state = restoreState(world.state.policy, snapshotState(world.state));
  return next;
}

describe('losses in a row', () => {
  const RULES = { account: null, symbol: { losses: 2, pauseMs: HOUR } };

  test('pause their symbol, by a fact of its own, until market time has passed it', () => {
    const world = worldWith({ losingStreak: RULES });
    trade(world, -10);
    expect(world.all('losing_streak')).toEqual([]);
    trade(world, -10);
    const at = world.now;
    expect(world.all('losing_streak')).toEqual([
      { kind: 'losing_streak', at, symbol: 'EURUSD', losses: 2, until: at + HOUR },
    ]);
    expect(said(world)).toBe('losing_streak: 2 losses in a row, until 2024-03-04 13:15');
    // Other symbols go on.
    trade(world, 10, POUNDS);
    for (let bar = 3; bar < 12; bar++) expect(said(world)).toContain('losing_streak');
    expect(said(world)).toBe('approved');
  });

  test('begin anew after the pause, and end with a win; a draw changes nothing', () => {
    const world = worldWith({ losingStreak: { account: null, symbol: { losses: 3, pauseMs: M5 } } });
    // Entry and exit cost 0.35 each: 0.70 won is a draw.
    const losses = () => marketOf(world.state, 'EURUSD').losingStreak?.losses;
    trade(world, -10);
    trade(world, 100);
    expect(losses()).toBe(0);
    trade(world, -10);
    trade(world, -10);
    trade(world, 0.7);
    expect(losses()).toBe(2);
    trade(world, -10);
    expect(world.all('losing_streak')).toHaveLength(1);
    expect(losses()).toBe(0);
  });

  test('on different symbols count together for the account', () => {
    const world = worldWith({ losingStreak: { account: { losses: 2, pauseMs: HOUR }, symbol: null } });
    trade(world, -10);
    trade(world, -10, POUNDS);
    expect(world.all('losing_streak')).toMatchObject([{ losses: 2, until: world.now + HOUR }]);
    expect(world.all('losing_streak')[0]).not.toHaveProperty('symbol');
    expect(said(world)).toContain('losing_streak: 2 losses in a row');
  });

  test('survive a restart', () => {
    const world = worldWith({ losingStreak: RULES });
    trade(world, -10);
    expect(restarted(world).state.markets.get('EURUSD')?.losingStreak).toEqual({ losses: 1 });
    trade(world, -10);
    const pause = { losses: 2, until: world.now + HOUR };
    expect(restarted(world).state.markets.get('EURUSD')?.losingStreak).toEqual({ losses: 0, pause });
  });
});

describe('entries', () => {
  test('by the minute: two symbols of one close time are two', () => {
    const world = worldWith({ perMinute: 1 });
    world.signal();
    world.signal(POUNDS);
    world.gate();
    const outcomes = world.all('decision_made').map(({ decision }) => decision.outcome);
    expect(outcomes).toEqual(['approved', 'denied']);
    world.send();
    world.pass();
    expect(said(world, POUNDS)).toBe('approved');
  });

  test('by the hour, whether or not they are filled', () => {
    const world = worldWith({ perHour: 2 });
    trade(world, 10);
    trade(world, 10);
    expect(said(world)).toBe('order_rate_limit: 2 in an hour');
    // The first of them is an hour old eleven bars after the second.
    for (let bar = 0; bar < 9; bar++) expect(said(world)).toContain('order_rate_limit');
    expect(said(world)).toBe('approved');
  });

  test('alike in a row, until a person resumes or the side changes', () => {
    const world = worldWith({ repeated: 2 });
    trade(world, 10);
    trade(world, 10);
    expect(said(world)).toBe('order_rate_limit: 2 buys of EURUSD in a row: resume lets it go on');
    world.emit({ kind: 'command_accepted', at: world.now, command: 'resume', by: 'ann', surface: 'cli', reason: '' });
    expect(said(world)).toBe('approved');
  });
});

describe('a bar', () => {
  const sent = (world: World): OpenIntent => {
    world.signal();
    world.gate();
    const [order] = world.send();
    if (order?.intent.kind !== 'open') throw new Error('nothing was sent');
    return order.intent;
  };
  const again = (world: World): string => {
    world.signal({ decisionId: `again-${world.events.length}` });
    world.gate();
    const decision = world.all('decision_made').at(-1)?.decision;
    return decision?.outcome === 'denied' ? decision.reason : 'approved';
  };

  test('is entered once, also when its position has been closed again, and after a restart', () => {
    const world = worldWith({});
    const intent = sent(world);
    world.settle([world.entryFill(intent)]);
    world.settle([world.exitFill(world.position(), undefined, { profit: usd(5) })]);
    expect(again(world)).toBe('bar_used');
    expect(restarted(world).state.markets.get('EURUSD')?.enteredOn).toBe(NOON + M5);
    expect(said(world)).toBe('approved');
  });

  test('is free again when the venue definitely did not execute: its retry is the same entry', () => {
    const world = worldWith({});
    const intent = sent(world);
    world.settle([world.report({ kind: 'rejected', orderId: intent.orderId, code: 'requote', text: 'too far' })]);
    expect(world.state.markets.get('EURUSD')).not.toHaveProperty('enteredOn');
    expect(world.state.account).toMatchObject({ entriesToday: 0, sentAt: [world.now] });
    world.gate();
    expect(world.all('decision_made').at(-1)?.decision).toMatchObject({ outcome: 'approved', attempt: 2 });
  });
});
