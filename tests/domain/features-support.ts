/** Feature engines run over bars, for the tests of the feature pack. */
import { expect } from 'vitest';
import { FEATURE_PACK, FeatureEngine } from '../../src/domain/features.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { Regime } from '../../src/domain/regime.ts';
import { EURUSD, M5 } from './random-bars.ts';

export const { names, warmupBars } = FEATURE_PACK;
export const indexOf = (name: string): number => {
  expect(names).toContain(name);
  return names.indexOf(name);
};

export interface Row {
  readonly values: Float64Array;
  readonly atrTicks: number;
  readonly regime: Regime;
  readonly regimeConfidence: number;
}

export const rowOf = (engine: FeatureEngine): Row => ({
  values: engine.values(),
  atrTicks: engine.atrTicks,
  regime: engine.regime,
  regimeConfidence: engine.regimeConfidence,
});

export function run(bars: readonly Bar[], engine = new FeatureEngine(EURUSD, M5)): Row[] {
  return bars.map((bar) => {
    engine.push(bar);
    return rowOf(engine);
  });
}

export const push = (engine: FeatureEngine, bars: readonly Bar[]): FeatureEngine => {
  for (const bar of bars) engine.push(bar);
  return engine;
};

export const byName = (engine: FeatureEngine): Record<string, number> =>
  Object.fromEntries(names.map((name, i) => [name, engine.values()[i] ?? Number.NaN]));
