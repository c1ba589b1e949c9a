/** A market that stands still until a test moves a bar, and a rule that says what a test wants: every figure can be worked out by hand. */
import { SMA_RULES } from '../../bench/sma-rules.ts';
import type { Detail } from '../../src/backtest/detail.ts';
import { type BacktestFacts, measureMarkets, runMeasured } from '../../src/backtest/run-backtest.ts';
import type { RuleSource } from '../../src/backtest/signal-source.ts';
import type { FillRule } from '../../src/broker/paper/rules.ts';
import { money, unixMs } from '../../src/domain/units.ts';
import { type Candles, candlesOf, emptyColumns } from '../../src/market/candles.ts';
import type { SmaRules } from '../oracle/sma-cross.ts';
import { policyOf, venueRulesOf } from './sma-market.ts';

export const HOUR_MS = 3_600_000;
/** The row on which tests decide opens on a Tuesday at 12:00 UTC, 7:00 in New York. */
export const DECIDED = 100;
const START = Date.UTC(2024, 0, 9, 12) - DECIDED * HOUR_MS;
export const openOf = (row: number): number => START + row * HOUR_MS;

/**
 * One lot of EURUSD at most, and the risk allows more: a tick is a dollar. True ranges are 40 ticks, so stops are 200 away and targets 300.
 * A buy decided at a close of 1.10000 asks for 1.10010, is stopped at 1.09810 and ends at 1.10310.
 */
const RULES: SmaRules = {
  ...SMA_RULES,
  spec: { ...SMA_RULES.spec, lotMax: 1 },
  stopAtr: 5,
  targetAtr: 7.5,
  decideFrom: 90,
};

const CLOSE = 110_000;
/** Ticks of bid from the close that the market stands at. */
export interface Moved {
  readonly high?: number;
  readonly low?: number;
  readonly close?: number;
  readonly spread?: number;
}

export function candlesWith(rows: number, moved: Readonly<Record<number, Moved>>): Candles {
  const columns = emptyColumns(rows);
  for (let row = 0; row < rows; row++) {
    const { high = 20, low = -20, close = 0, spread = 10 } = moved[row] ?? {};
    columns.openAt[row] = openOf(row);
    columns.open[row] = CLOSE;
    columns.high[row] = CLOSE + high;
    columns.low[row] = CLOSE + low;
    columns.close[row] = CLOSE + close;
    columns.spread[row] = spread;
  }
  return candlesOf('EURUSD', 'H1', columns, rows);
}

/** Sure of a side on these rows, flat on all others. */
const saying = (sides: Readonly<Record<number, 'buy' | 'sell'>>): RuleSource => ({
  kind: 'rule',
  id: 'as the test wants',
  probabilities: (_, rows) => {
    const said = new Float32Array(rows * 3);
    for (let row = 0; row < rows; row++) {
      const side = sides[row];
      said[row * 3 + (side === undefined ? 1 : side === 'buy' ? 2 : 0)] = 1;
    }
    return said;
  },
});

export interface Scene {
  readonly rows?: number;
  readonly moved?: Readonly<Record<number, Moved>>;
  readonly says: Readonly<Record<number, 'buy' | 'sell'>>;
  readonly rules?: Partial<SmaRules>;
  readonly slippageDistribution?: 'fixed' | 'exponential';
  readonly detail?: Detail;
  readonly fillRule?: FillRule;
  readonly from?: number;
  readonly warmupBars?: number;
}

export async function play(scene: Scene): Promise<BacktestFacts> {
  const { rows = 160, moved = {}, says, detail, fillRule = 'pessimistic', from, warmupBars } = scene;
  const rules = { ...RULES, ...scene.rules };
  const { fillRule: _, ...venue } = venueRulesOf(rules);
  const measured = await measureMarkets({
    policy: policyOf(rules),
    rules: { ...venue, slippageDistribution: scene.slippageDistribution ?? 'fixed' },
    opening: money(rules.balanceMicros),
    markets: [{ candles: candlesWith(rows, moved), source: saying(says), detail }],
    warmupBars: warmupBars ?? rules.decideFrom,
    ...(from !== undefined && { from: unixMs(from) }),
  });
  return runMeasured(measured, fillRule);
}

export const OPENING = RULES.balanceMicros;
export const dollars = (amount: number): number => Math.round(amount * 1e6);
