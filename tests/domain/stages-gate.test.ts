/** Stage 3: waiting signals are decided one after another, and the second reads an account in which the first counts already. */
import { describe, expect, test } from 'vitest';
import type { ExternalPosition } from '../../src/domain/external.ts';
import { awaitingDecision, riskGate } from '../../src/domain/stages/risk-gate.ts';
import { price, quantity, unixMs } from '../../src/domain/units.ts';
import { policyWith, usd } from './builders.ts';
import { POUNDS, World } from './world.ts';

function twoSignals(maxPositions: number, maxDailyTrades = 10): World {
  const world = new World(policyWith({ limits: { maxPositions, maxDailyTrades } }));
  world.step();
  world.signal(POUNDS);
  world.signal();
  return world;
}

const outcomes = (world: World) =>
  world
    .all('decision_made')
    .map(({ decision }) => `${decision.symbol} ${decision.outcome === 'denied' ? decision.reason : 'approved'}`);

describe('two signals of one step', () => {
  test('are decided in order of symbol, both while there is room', () => {
    const world = twoSignals(2);
    world.gate();
    expect(outcomes(world)).toEqual(['EURUSD approved', 'GBPUSD approved']);
    expect(world.waiting('open').map(({ symbol }) => symbol)).toEqual(['EURUSD', 'GBPUSD']);
  });

  test('share the last free place', () => {
    const world = twoSignals(1);
    world.gate();
    expect(outcomes(world)).toEqual(['EURUSD approved', 'GBPUSD positions_limit']);
    const [, second] = world.all('decision_made');
    const verdict = second?.decision.verdicts.find(({ check }) => check === 'positions_limit');
    expect(verdict).toMatchObject({ value: 1, limit: 1 });
  });

  test('share the last entry of the day', () => {
    const world = twoSignals(3, 1);
    world.gate();
    expect(outcomes(world)).toEqual(['EURUSD approved', 'GBPUSD daily_trades_limit']);
  });

  test('share the free margin', () => {
    const world = new World(policyWith({ limits: { riskPerTrade: 0.5, maxPositionMargin: 1 }, leverage: 1 }));
    world.step();
    world.signal();
    world.signal(POUNDS);
    world.gate();
    // 10,000 USD hold 9 steps of 1,100.08, and what is left holds none of 1,250.08.
    expect(outcomes(world)).toEqual(['EURUSD approved', 'GBPUSD size_below_minimum']);
    expect(world.waiting('open')).toMatchObject([{ quantity: 9 }]);
  });
});

test('on a netting account a symbol that others hold is left to them; on others there is room beside it', () => {
  for (const netted of [true, undefined]) {
    const world = twoSignals(3);
    const theirs = {
      positionId: 'X',
      symbol: 'EURUSD',
      side: 'sell',
      quantity: quantity(1),
      entryPrice: price(110_000),
    };
    const external = { ...theirs, stopLoss: price(110_100), margin: usd(10), ...(netted && { netted }) } as const;
    world.emit({ kind: 'externals_seen', at: unixMs(0), externals: [external as ExternalPosition] });
    world.gate();
    expect(outcomes(world)).toEqual([`EURUSD ${netted ? 'position_open' : 'approved'}`, 'GBPUSD approved']);
    const verdict = world.all('decision_made')[0]?.decision.verdicts.find(({ check }) => check === 'position_open');
    expect(verdict).toMatchObject({ value: netted ? 1 : 0, limit: 0 });
  }
});

describe('a signal', () => {
  test('is decided once', () => {
    const world = twoSignals(3);
    world.gate();
    expect(world.gate()).toEqual([]);
    expect(world.during(() => riskGate(world.state, ['EURUSD', 'USDJPY'], world.emit))).toEqual([]);
    expect(awaitingDecision(world.state)).toEqual([]);
  });

  test('waits while it is not named: a retry has its delay', () => {
    const world = twoSignals(3);
    riskGate(world.state, ['GBPUSD'], world.emit);
    expect(awaitingDecision(world.state)).toEqual([{ symbol: 'EURUSD', attempt: 1 }]);
  });

  test('without a bar of its symbol is nothing', () => {
    const world = new World();
    world.signal();
    expect(world.during(() => riskGate(world.state, ['EURUSD'], world.emit))).toEqual([]);
  });
});
