/** From files to figures: what a result says of its model, of its detail and of its range; and that models are asked in batches without changing a bit. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { backtest } from '../../src/backtest/backtest.ts';
import { openModelSource } from '../../src/backtest/model-source.ts';
import type { BacktestWishes } from '../../src/backtest/open-backtest.ts';
import { reportOf } from '../../src/backtest/report/report.ts';
import { withBacktestOverrides } from '../../src/config/backtest-overrides.ts';
import type { Config } from '../../src/config/config.ts';
import { parseFeatureSpec } from '../../src/domain/features/spec.ts';
import { FeatureEngine } from '../../src/domain/features.ts';
import type { Bar } from '../../src/domain/market.ts';
import { EURUSD, M5, randomBars } from '../domain/random-bars.ts';
import { removeModelFoldersAfterwards } from '../inference/fixtures.ts';
import { ROOT, temporaryFolder, testConfig } from '../support/world.ts';
import { eager, leaningModel } from './both-ways.ts';

removeModelFoldersAfterwards();
const scratch = temporaryFolder();
afterAll(() => scratch.remove());

const BARS = randomBars({ count: 1_400, seed: 'whole' });
const PACK = { names: ['rsi', 'trend_20'], weights: [0.04, 0.3], bias: -2 };
const SPEC = parseFeatureSpec(PACK.names);
const iso = (at: number): string => new Date(at).toISOString();
const shown = (ticks: number): string => (ticks / 100_000).toFixed(5);

function candleFile(): string {
  const path = join(scratch.path, 'EURUSD_M5.csv');
  const rows = BARS.map(({ openAt, open, high, low, close, volume, spread }) =>
    [iso(openAt), ...[open, high, low, close].map(shown), volume, shown(spread)].join(','),
  );
  writeFileSync(path, ['time,open,high,low,close,volume,spread', ...rows].join('\n'));
  return path;
}

/** Of each bar its open, its low, its high and its close, a minute apart. */
function tickFile(bars: readonly Bar[]): string {
  const path = join(scratch.path, 'EURUSD_ticks.csv');
  const rows = bars.flatMap(({ openAt, open, high, low, close, spread }) =>
    [open, low, high, close].map((bid, i) => `${iso(openAt + i * 60_000)},${shown(bid)},${shown(bid + spread)}`),
  );
  writeFileSync(path, ['time,bid,ask', ...rows].join('\n'));
  return path;
}

const DATA = candleFile();
const TICKS = tickFile(BARS);

const configOf = (model: string): Config =>
  withBacktestOverrides(eager(testConfig()), { data: [DATA], symbol: 'EURUSD', timeframe: 'M5', model });

const testedOn = (model: string, wishes: BacktestWishes = {}) =>
  backtest(
    configOf(model),
    { acceptBadData: true, features: { known: {}, bySymbol: new Map([['EURUSD', SPEC]]) }, ...wishes },
    'test',
  );

describe('what is said of the model', () => {
  const trainedUntil = (to: number, simulated: boolean): string =>
    leaningModel(PACK, (sound) => ({
      ...sound,
      training: sound.training && { ...sound.training, from: '2023-01-01T00:00:00Z', to: iso(to), simulated },
    }));
  const firstDecided = BARS[500]?.closeAt ?? 0;

  test.each([
    ['up to the first bar decided on', firstDecided, false, []],
    ['one bar longer', firstDecided + M5, false, ['in_sample']],
    ['on made-up prices', firstDecided, true, ['simulated_model']],
  ])('trained %s', async (_, to, simulated, loud) => {
    const { result } = await testedOn(trainedUntil(to, simulated));
    expect(result.assumptions.from).toBe(firstDecided);
    const warnings = reportOf(result).warnings.filter(({ severity }) => severity === 'loud');
    expect(warnings.map(({ kind }) => kind)).toEqual(loud);
  });
});

describe('--detail of ticks', () => {
  test('closes the band, and says what it covers', async () => {
    const rule = 'sma_cross:3/8';
    const near = (config: Config): Config => ({
      ...config,
      trading: { ...config.trading, stops: { ...config.trading.stops, stopAtr: 0.5, targetAtr: 0.5 } },
      // A pause after losses would part the ways: the better fill need not earn more in the end.
      pace: { ...config.pace, losingStreak: { account: null, symbol: null } },
    });
    const config = near(configOf(leaningModel(PACK)));
    const without = await backtest(config, { acceptBadData: true, signal: rule }, 'test');
    expect(without.result.ambiguousBars).toBeGreaterThan(0);
    expect(without.band?.optimistic).toBeGreaterThan(without.band?.pessimistic ?? Number.NaN);
    const detail = { path: TICKS, timeframe: 'M1' } as const;
    const { result, band } = await backtest(config, { acceptBadData: true, signal: rule, detail }, 'test');
    expect(result.ambiguousBars).toBe(0);
    expect(band).toBeUndefined();
    expect(result.assumptions.fillRule).toBe('detail');
    expect(result.assumptions.detail?.of).toBe('ticks');
    expect(result.trades.length).toBeGreaterThan(10);
  });
});

test('from and to are both included', async () => {
  const [from, to] = [BARS[700]?.closeAt, BARS[1_199]?.closeAt];
  const { result } = await testedOn(leaningModel(PACK), { from, to });
  expect(result.bars).toBe(500);
  expect([result.assumptions.from, result.assumptions.to]).toEqual([from, to]);
  expect(result.records[0]?.closeAt.at(0)).toBe(from);
  expect(result.records[0]?.closeAt.at(-1)).toBe(to);
});

test('the demo model answers 2,000 rows at once as it answers them one by one, to the bit', {
  timeout: 30_000,
}, async () => {
  const source = await openModelSource(join(ROOT, 'models/demo'));
  try {
    const engine = new FeatureEngine(EURUSD, M5);
    const rows: Float64Array[] = [];
    for (const bar of randomBars({ count: 2_600, seed: 'batches' })) {
      engine.push(bar);
      if (engine.ready && rows.length < 2_000) rows.push(engine.values());
    }
    expect(rows).toHaveLength(2_000);
    const values = Float32Array.from(rows.flatMap((row) => [...row]));
    const together = await source.predictRows(values.slice(), rows.length);
    const apart = new Float32Array(together.length);
    for (let row = 0; row < rows.length; row++) {
      const one = values.slice(row * source.columns, (row + 1) * source.columns);
      apart.set(await source.predictRows(one, 1), row * 3);
    }
    expect(new Set(together).size).toBeGreaterThan(500);
    expect(Buffer.from(together.buffer).equals(Buffer.from(apart.buffer))).toBe(true);
  } finally {
    await source.close();
  }
});
