/** Breakdown, calibration and Monte Carlo: small cases by hand, and what must hold of any. */
import { expect, test } from 'vitest';
import { breakdownOf } from '../../src/backtest/report/breakdown.ts';
import { calibrationOf } from '../../src/backtest/report/calibration.ts';
import { barAt, downsampled, priceBars } from '../../src/backtest/report/downsample.ts';
import { monteCarlo } from '../../src/backtest/report/monte-carlo.ts';
import type { DecisionRecord, SymbolRecord } from '../../src/backtest/result.ts';
import { seededRandom } from '../../src/domain/random.ts';
import { moneyFromUnits, unixMs } from '../../src/domain/units.ts';
import { walkResult } from './report-fixture.ts';
import { MONDAY, smallResult, trade, withAssumptions } from './small-result.ts';

const HOUR = 3_600_000;

test('groups have their trades, profit and expectancy, the largest first', () => {
  const trades = [
    trade(0, 40, { symbol: 'GBPUSD', side: 'sell' }),
    trade(1, -10, { regime: 'quiet' }),
    trade(2, 30, { regime: 'quiet' }),
  ];
  const { bySymbol, bySide, byRegime, byExitReason } = breakdownOf(smallResult({ trades }));
  expect(bySymbol).toEqual([
    // −10 and 30 of a risk of 20 each.
    { key: 'EURUSD', trades: 2, profit: 20, winRate: 0.5, profitFactor: 3, expectancyR: 0.5 },
    { key: 'GBPUSD', trades: 1, profit: 40, winRate: 1, profitFactor: null, expectancyR: 2 },
  ]);
  expect(bySide.map(({ key, trades: count }) => [key, count])).toEqual([
    ['buy', 2],
    ['sell', 1],
  ]);
  expect(byRegime.map(({ key }) => key)).toEqual(['quiet', 'range']);
  expect(byExitReason.map(({ key, profit }) => [key, profit])).toEqual([
    ['take_profit', 70],
    ['stop_loss', -10],
  ]);
});

test('parts that were closed stand beside the exits, where there are any', () => {
  expect(breakdownOf(smallResult()).partCloses).toEqual([]);
  const partCloses = [{ reason: 'take_profit_ladder', count: 3, profit: moneyFromUnits(12.5) }] as const;
  expect(breakdownOf(smallResult({ partCloses })).partCloses).toEqual([
    { reason: 'take_profit_ladder', count: 3, profit: 12.5 },
  ]);
});

test('a month is measured from the last equity of the month before, by the clock of the session', () => {
  const { months } = breakdownOf(smallResult());
  // January ends with Wednesday's close at midnight.
  expect(months.map(({ year, month, change }) => [year, month, change])).toEqual([
    [2024, 1, -12],
    [2024, 2, 62],
  ]);
  expect(months[0]?.returned).toBeCloseTo(-0.012, 12);
  expect(months[1]?.returned).toBeCloseTo(1_050 / 988 - 1, 12);
});

test('hours are those of the session: 09:00 UTC on Monday is 04:00 in New York', () => {
  const { assumptions } = withAssumptions({ timezone: 'America/New_York' });
  const { hours } = breakdownOf(smallResult({ assumptions, trades: [trade(0, 40), trade(0, -10), trade(6, 5)] }));
  expect(hours).toEqual([
    { weekday: 0, hour: 4, trades: 2, profit: 30 },
    { weekday: 6, hour: 4, trades: 1, profit: 5 },
  ]);
});

const decision = (outcome: DecisionRecord['outcome']): DecisionRecord => ({
  symbol: 'EURUSD',
  barClosedAt: unixMs(MONDAY),
  side: 'buy',
  confidence: 0.6,
  expectedValueR: 0.1,
  regime: 'range',
  outcome,
});

test('refusals are counted by reason, the most frequent first', () => {
  const decisions = [decision('spread_limit'), decision('confidence_minimum'), decision('confidence_minimum')];
  const found = breakdownOf(smallResult({ decisions: [...decisions, decision('approved')] })).decisions;
  expect(found).toEqual({
    bars: 144,
    flat: 130,
    refused: [
      { reason: 'confidence_minimum', count: 2 },
      { reason: 'spread_limit', count: 1 },
    ],
    approved: 1,
  });
});

function recordOf(close: readonly number[], chances: readonly (readonly [down: number, up: number])[]): SymbolRecord {
  const prices = Int32Array.from(close);
  const probabilities = Float32Array.from(chances.flatMap(([down, up]) => [down, 1 - down - up, up]));
  const closeAt = Float64Array.from(close, (_, i) => MONDAY + (i + 1) * HOUR);
  const columns = {
    closeAt,
    open: prices,
    high: prices,
    low: prices,
    close: prices,
    regimes: new Uint8Array(close.length),
  };
  return { symbol: 'EURUSD', digits: 0, ticksPerUnit: 1, lotsPerStep: 0.01, probabilities, ...columns };
}

test('predictions are held against the price after the horizon', () => {
  // Rises by 1 a bar: over two bars always up. 20 predictions say up with 0.75 of the move, 10 say down with 0.75.
  const close = Array.from({ length: 32 }, (_, i) => 100 + i);
  const chances = close.map((_, i): [number, number] => (i < 20 ? [0.125, 0.375] : [0.375, 0.125]));
  const { predictions } = calibrationOf(smallResult({ records: [recordOf(close, chances)] }), 2);
  expect(predictions?.predictions).toBe(30);
  expect(predictions?.hitRate).toBeCloseTo(2 / 3, 12);
  expect(predictions?.brier).toBeCloseTo((20 * 0.25 ** 2 + 10 * 0.75 ** 2) / 30, 6);
  expect(predictions?.logLoss).toBeCloseTo((-20 * Math.log(0.75) - 10 * Math.log(0.25)) / 30, 6);
  // All rose: there is no fall to rank them against, and saying so always is never surprised.
  expect(predictions?.auc).toBeNull();
  expect(predictions?.brierBaseline).toBe(0);
  expect(predictions?.bins.map(({ count }) => count)).toEqual(new Array(10).fill(3));
  // All with the same confidence, whichever side.
  expect(predictions?.bins.every(({ meanConfidence }) => Math.abs(meanConfidence - 0.75) < 1e-6)).toBe(true);
});

test('AUC is the share of rightly ordered pairs; unmoved prices and sideless predictions are left out', () => {
  // One bar ahead. Moves: + − + 0 − + + − + − + − then the last bar has no later one.
  const moves = [1, -1, 1, 0, -1, 1, 1, -1, 1, -1, 1, -1];
  const close = [100];
  for (const move of moves) close.push(close.at(-1)! + move);
  const ups = [0.9, 0.2, 0.7, 0.5, 0.4, 0.3, 0.8, 0.6, 0.55, 0.1, 0.65, 0.35, 0.5];
  const chances = ups.map((up): [number, number] => [1 - up, up]);
  const found = calibrationOf(smallResult({ records: [recordOf(close, chances)] }), 1).predictions;
  expect(found?.predictions).toBe(11);
  // The fourth has no side (0.5), which is looked at before its price.
  expect(found?.unmoved).toBe(0);
  const rises = [0.9, 0.7, 0.3, 0.8, 0.55, 0.65];
  const falls = [0.2, 0.4, 0.6, 0.1, 0.35];
  const ordered = rises.flatMap((rise) => falls.map((fall) => Number(rise > fall))).reduce((a, b) => a + b);
  expect(found?.auc).toBeCloseTo(ordered / 30, 12);
});

test('a chance that means what it says lies on the diagonal, one that is noise at a half', () => {
  const random = seededRandom('calibrated');
  const [close, honest, noise] = [[100_000], [] as [number, number][], [] as [number, number][]];
  for (let i = 0; i < 40_000; i++) {
    const up = 0.3 + 0.4 * random.next();
    const said = 0.3 + 0.4 * random.next();
    honest.push([1 - up, up]);
    noise.push([1 - said, said]);
    close.push(close.at(-1)! + (random.next() < up ? 1 : -1));
  }
  honest.push([0.5, 0.5]);
  noise.push([0.5, 0.5]);
  const binsOf = (chances: [number, number][]) =>
    calibrationOf(smallResult({ records: [recordOf(close, chances)] }), 1).predictions?.bins ?? [];
  for (const { meanConfidence, share } of binsOf(honest)) expect(Math.abs(share - meanConfidence)).toBeLessThan(0.03);
  for (const { share } of binsOf(noise)) expect(Math.abs(share - 0.5)).toBeLessThan(0.03);
  expect(binsOf(honest)).toHaveLength(10);
});

test('trades are binned by confidence; of one confidence nothing can be said', () => {
  const trades = Array.from({ length: 20 }, (_, i) => trade(0, i < 10 ? -1 : 1, { confidence: 0.5 + i / 100 }));
  const bins = calibrationOf(smallResult({ trades }), 12).trades?.bins ?? [];
  expect(bins.map(({ count, share }) => [count, share])).toEqual([
    [5, 0],
    [5, 0],
    [5, 1],
    [5, 1],
  ]);
  expect(calibrationOf(smallResult({ trades: trades.map((t) => ({ ...t, confidence: 0.6 })) }), 12).trades).toBeNull();
});

test('Monte Carlo draws the same for the same seed, and other for another', () => {
  const result = walkResult();
  const [first, again] = [monteCarlo(result, 200), monteCarlo(result, 200)];
  expect(again).toEqual(first);
  expect(first?.of).toBe('days');
  const other = monteCarlo({ ...result, assumptions: { ...result.assumptions, seed: 'other' } }, 200);
  expect(other?.finalEquity).not.toEqual(first?.finalEquity);
  expect(first?.fan.at(-1)?.equity).toEqual(first?.finalEquity);
  expect(first?.fan[0]?.equity).toEqual({ 0.05: 10_000, 0.25: 10_000, 0.5: 10_000, 0.75: 10_000, 0.95: 10_000 });
});

test('Monte Carlo of trades that all lose a tenth: every order is the same, and ruin is sure', () => {
  // 100, 90, 81, …: each a tenth of what was left of 1,000.
  const trades = Array.from({ length: 6 }, (_, i) => trade(i, -100 * 0.9 ** i));
  const found = monteCarlo(smallResult({ trades }), 100);
  expect(found?.of).toBe('trades');
  expect(found?.medianMaxDrawdown).toBeCloseTo(1 - 0.9 ** 6, 9);
  expect(found?.finalEquity[0.05]).toBeCloseTo(1_000 * 0.9 ** 6, 6);
  expect(found?.ruin).toBe(1);
  expect(found?.losing).toBe(1);
  const winning = monteCarlo(smallResult({ trades: trades.map((_, i) => trade(i, 10)) }), 100);
  expect([winning?.ruin, winning?.maxDrawdown95]).toEqual([0, 0]);
  expect(monteCarlo(smallResult({ trades: [trade(0, 5)] }), 100)).toBeNull();
});

test('blocks keep streaks: losses in a row stay deeper than the same losses alone', () => {
  const profits = Array.from({ length: 60 }, (_, i) => (i % 12 < 6 ? -1 : 1.2));
  const inStreaks = monteCarlo(smallResult({ trades: profits.map((p) => trade(0, p)) }), 400);
  const alternating = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? -1 : 1.2));
  const apart = monteCarlo(smallResult({ trades: alternating.map((p) => trade(0, p)) }), 400);
  expect(inStreaks?.block).toBe(4);
  expect(inStreaks!.medianMaxDrawdown).toBeGreaterThan(1.5 * apart!.medianMaxDrawdown);
});

test('fewer points keep every extreme, in order of time', () => {
  const random = seededRandom(3);
  const at = Float64Array.from({ length: 50_000 }, (_, i) => MONDAY + i * HOUR);
  const equity = at.map(() => moneyFromUnits(1_000 + 50 * random.normal()));
  const points = downsampled({ at, equity }, 200);
  expect(points.length).toBeLessThanOrEqual(804);
  expect(Math.max(...points.map(([, value]) => value))).toBe(Math.max(...equity));
  expect(Math.min(...points.map(([, value]) => value))).toBe(Math.min(...equity));
  expect(points.every(([time], i) => i === 0 || time > points[i - 1]![0])).toBe(true);
  expect(points[0]).toEqual([at[0], equity[0]]);
});

test('larger bars open with the first, close with the last and reach as far as any', () => {
  const [record] = walkResult({ days: 10 }).records;
  const bars = priceBars(record!, 0, record!.close.length, 50);
  expect(bars.length).toBeLessThanOrEqual(50);
  expect(Math.max(...bars.map(({ high }) => high))).toBe(Math.max(...record!.high) / 100_000);
  expect(bars[0]?.open).toBe(record!.open[0]! / 100_000);
  expect(bars.at(-1)?.close).toBe(record!.close.at(-1)! / 100_000);
  expect(barAt(record!, record!.closeAt[7]! - 1)).toBe(7);
  expect(barAt(record!, record!.closeAt[7]!)).toBe(7);
});
