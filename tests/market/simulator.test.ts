/** The simulator: the same market for ever from the same seed, possible bars at possible times, statistics like a market's. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type AssetClass, type Instrument, priceToNumber } from '../../src/domain/instrument.ts';
import { INSTRUMENTS, makeInstrument } from '../../src/domain/instruments.ts';
import { assertBar, type Bar, type Timeframe, timeframeMs } from '../../src/domain/market.ts';
import type { UnixMs } from '../../src/domain/units.ts';
import { localParts } from '../../src/domain/zone.ts';
import type { Candles } from '../../src/market/candles.ts';
import { simulateBars, simulatedSource } from '../../src/market/simulator.ts';
import { instrument, utc } from './market-support.ts';

const inNewYork = (at: UnixMs) => localParts('America/New_York', at);
const START = utc('2026-01-05T00:00:00Z');
const EURUSD = instrument('EURUSD');
const simulated = new Map<string, Candles>();

/** From seed 7 in M5 unless said otherwise; each market is made once. */
function simulate(symbol: string, count: number, seed = 7, timeframe: Timeframe = 'M5'): Candles {
  const key = `${symbol} ${count} ${seed} ${timeframe}`;
  const candles = simulated.get(key) ?? simulateBars(instrument(symbol), timeframe, seed, count, START);
  simulated.set(key, candles);
  return candles;
}

const barsOf = (candles: Candles) => Array.from({ length: candles.length }, (_, i) => candles.barAt(i));

describe('the same seed is the same market', () => {
  test.each([
    ['EURUSD', '39779e10e692fc88'],
    ['BTCUSD', '1098d2afc8a4aee5'],
  ])('%s as ever: a change here changes the demo model, the documents and every stored run', (symbol, digest) => {
    const text = JSON.stringify(barsOf(simulate(symbol, 1000)));
    expect(createHash('sha256').update(text).digest('hex').slice(0, 16)).toBe(digest);
  });

  test('a shorter run is the start of a longer one', () => {
    const long = simulate('EURUSD', 3000);
    for (const count of [1, 77, 1500]) {
      expect(barsOf(simulate('EURUSD', count))).toEqual(barsOf(long).slice(0, count));
    }
  });

  test('a source gives the same bars in order, again, after a jump ahead and after a step back', () => {
    const bars = barsOf(simulate('EURUSD', 500));
    const source = simulatedSource({ instrument: EURUSD, timeframe: 'M5', seed: 7, startAt: START });
    const places = [0, 1, 2, 2, 3, 400, 400, 17, 18, 0, 499];
    const given = places.map((place) => source.following(place === 0 ? undefined : bars[place - 1]?.closeAt));
    expect(given).toEqual(places.map((place) => bars[place]));
  });

  test('another seed and another symbol are other markets', () => {
    const returns = (candles: Candles) => Array.from({ length: 2000 }, (_, i) => returnAt(candles, i + 1));
    const markets = [simulate('EURUSD', 2001), simulate('EURUSD', 2001, 8), simulate('GBPUSD', 2001)].map(returns);
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      expect(Math.abs(correlation(markets[a] ?? [], markets[b] ?? []))).toBeLessThan(0.08);
    }
  });
});

describe('bars are possible', () => {
  test.each<[string, Timeframe]>([
    ['EURUSD', 'M1'],
    ['EURUSD', 'M5'],
    ['XAUUSD', 'H1'],
    ['US500', 'H4'],
    ['BTCUSD', 'D1'],
    ['ETHUSD', 'M15'],
  ])('%s %s: sound, on the grid, one after another', (symbol, timeframe) => {
    const bars = barsOf(simulate(symbol, 3000, 3, timeframe));
    bars.forEach(assertBar);
    const isOffGrid = (bar: Bar) => bar.openAt % timeframeMs(timeframe) !== 0;
    const isTooSoon = (bar: Bar, i: number) => bar.openAt < (bars[i - 1]?.closeAt ?? START);
    const isBroken = ({ open, high, low, close, spread, volume }: Bar) =>
      spread < 1 || !Number.isInteger(open + high + low + close + spread + volume);
    expect(bars.filter((bar, i) => isOffGrid(bar) || isTooSoon(bar, i) || isBroken(bar))).toEqual([]);
  });

  test('every built-in contract, over two months of hours', () => {
    for (const spec of Object.values(INSTRUMENTS)) {
      const made = makeInstrument(spec);
      barsOf(simulateBars(made, 'H1', 'all', 1000, START)).forEach(assertBar);
    }
  });

  test('a contract that is not built in trades from a hundred thousand ticks', () => {
    const made: Instrument = { ...EURUSD, symbol: 'NEWUSD' };
    expect(simulateBars(made, 'M5', 7, 1, START).barAt(0).open / 100_000).toBeCloseTo(1, 2);
  });
});

describe('weekends', () => {
  test('currencies rest from Friday to Sunday 17:00 in New York, all the year, whatever the clocks do', () => {
    const bars = barsOf(simulate('EURUSD', 80_000));
    let weekends = 0;
    bars.forEach((bar, i) => {
      const next = bars[i + 1];
      if (next === undefined || next.openAt === bar.closeAt) return;
      weekends += 1;
      expect(inNewYork(bar.closeAt)).toMatchObject({ weekday: 5, hour: 17, minute: 0 });
      expect(inNewYork(next.openAt)).toMatchObject({ weekday: 0, hour: 17, minute: 0 });
      expect(next.openAt - bar.closeAt).toBeLessThanOrEqual(49 * 3_600_000);
    });
    expect(weekends).toBeGreaterThanOrEqual(54);
    const openings = bars.filter((bar, i) => i > 0 && bars[i - 1]?.closeAt !== bar.openAt).map((bar) => bar.openAt);
    for (const opening of ['2026-03-01T22:00Z', '2026-03-08T21:00Z', '2026-10-25T21:00Z', '2026-11-01T22:00Z']) {
      expect(openings).toContain(utc(opening));
    }
  });

  test('Monday does not open where Friday closed', () => {
    const bars = barsOf(simulate('EURUSD', 80_000));
    const gaps = bars.flatMap((bar, i) => {
      const before = bars[i - 1];
      return before !== undefined && before.closeAt !== bar.openAt ? [Math.abs(bar.open / before.close - 1)] : [];
    });
    expect(mean(gaps)).toBeGreaterThan(0.0004);
    expect(mean(gaps)).toBeLessThan(0.002);
  });

  test('crypto trades through', () => {
    const bars = barsOf(simulate('BTCUSD', 20_000));
    expect(bars.findIndex((bar, i) => bar.openAt !== START + i * 300_000)).toBe(-1);
  });

  test('a long bar is there when a part of it is open', () => {
    const opens = barsOf(simulate('EURUSD', 40, 7, 'H4')).map((bar) => bar.openAt);
    expect(opens).toContain(utc('2026-01-09T20:00:00Z'));
    expect(opens).not.toContain(utc('2026-01-10T00:00:00Z'));
    expect(opens).toContain(utc('2026-01-11T20:00:00Z'));
  });

  test('started at a weekend, it begins with the week', () => {
    const saturday = utc('2026-01-10T12:00:00Z');
    expect(simulateBars(EURUSD, 'M5', 7, 1, saturday).barAt(0).openAt).toBe(utc('2026-01-11T22:00:00Z'));
    expect(simulateBars(instrument('BTCUSD'), 'M5', 7, 1, saturday).barAt(0).openAt).toBe(saturday);
  });

  test('started off the grid, no bar opens before the start', () => {
    expect(simulateBars(EURUSD, 'M5', 7, 1, utc('2026-01-05T00:03:00Z')).barAt(0).openAt).toBe(START + 300_000);
  });
});

describe('statistics', () => {
  const BANDS: Readonly<
    Record<AssetClass, { symbol: string; days: number; ofBars: [number, number]; ofDays: [number, number] }>
  > = {
    fx: { symbol: 'EURUSD', days: 260, ofBars: [0.06, 0.09], ofDays: [0.08, 0.14] },
    metal: { symbol: 'XAUUSD', days: 260, ofBars: [0.11, 0.17], ofDays: [0.15, 0.26] },
    index: { symbol: 'US500', days: 260, ofBars: [0.11, 0.17], ofDays: [0.15, 0.26] },
    crypto: { symbol: 'BTCUSD', days: 365, ofBars: [0.38, 0.6], ofDays: [0.5, 0.85] },
  };

  test.each(Object.entries(BANDS))('%s moves as much a year as its kind does', (_assetClass, {
    symbol,
    days,
    ofBars,
    ofDays,
  }) => {
    const candles = simulate(symbol, 60_000);
    const bars = deviation(returnsOf(candles, 1)) * Math.sqrt(288 * days);
    const daily = deviation(returnsOf(candles, 288)) * Math.sqrt(days);
    expect(bars).toBeGreaterThan(ofBars[0]);
    expect(bars).toBeLessThan(ofBars[1]);
    expect(daily).toBeGreaterThan(ofDays[0]);
    expect(daily).toBeLessThan(ofDays[1]);
  });

  const candles = simulate('EURUSD', 80_000);
  const returns = returnsOf(candles, 1);

  test('tails are fat and volatility comes in spells', () => {
    const variance = mean(returns.map((value) => value ** 2));
    expect(mean(returns.map((value) => value ** 4)) / variance ** 2).toBeGreaterThan(6);
    const sizes = returns.map(Math.abs);
    expect(correlation(sizes.slice(1), sizes.slice(0, -1))).toBeGreaterThan(0.12);
    expect(correlation(sizes.slice(24), sizes.slice(0, -24))).toBeGreaterThan(0.03);
  });

  test('ranges are as wide as steps inside a bar make them', () => {
    const ranges = mean(
      Array.from(candles.high, (high, i) => (high - (candles.low[i] ?? 0)) / (candles.close[i] ?? 1)),
    );
    expect(ranges / mean(returns.map(Math.abs))).toBeGreaterThan(1.4);
    expect(ranges / mean(returns.map(Math.abs))).toBeLessThan(2);
  });

  test('London and New York move it more than the evening, and the rollover costs more', () => {
    const hourOf = (i: number) => inNewYork(candles.barAt(i).openAt).hour;
    const hours = returns.map((_, i) => hourOf(i + 1));
    const during = (values: readonly number[], wanted: readonly number[]) =>
      mean(values.filter((_, i) => wanted.includes(hours[i] ?? -1)));
    const sizes = returns.map(Math.abs);
    expect(during(sizes, [8, 9, 10]) / during(sizes, [18, 19, 22])).toBeGreaterThan(1.7);
    const spreads = Array.from(candles.spread.slice(1));
    expect(during(spreads, [17]) / during(spreads, [8, 9, 10])).toBeGreaterThan(2);
    expect(
      during(Array.from(candles.volume.slice(1)), [9]) / during(Array.from(candles.volume.slice(1)), [18]),
    ).toBeGreaterThan(2);
  });

  test('the spread is a major pair’s and widens when the market is wild', () => {
    const spreads = Array.from(candles.spread.slice(1)).toSorted((a, b) => a - b);
    expect(priceToNumber(EURUSD, spreads[40_000] ?? 0)).toBeLessThan(0.0001);
    expect(spreads[40_000]).toBeGreaterThan(3);
    // Within one hour of the day: across hours the spread is widest at the rollover, where least happens.
    const atNine = returns.map((_, i) => i + 1).filter((i) => inNewYork(candles.barAt(i).openAt).hour === 9);
    const sizes = atNine.map((i) => Math.abs(returnAt(candles, i)));
    expect(
      correlation(
        sizes,
        atNine.map((i) => candles.spread[i] ?? 0),
      ),
    ).toBeGreaterThan(0.15);
    expect(
      correlation(
        sizes,
        atNine.map((i) => candles.volume[i] ?? 0),
      ),
    ).toBeGreaterThan(0.15);
  });

  test('a momentum rule fitted on one seed earns a little after costs on others', () => {
    const slope = slopeOf(momentumRows(simulate('EURUSD', 60_000, 1001)));
    const nets = [7, 8, 9].flatMap((seed) =>
      momentumRows(simulate('EURUSD', 60_000, seed))
        .filter(({ move, range, cost }) => Math.abs(move * slope * range) > 2 * cost)
        .map(({ move, outcome, range, cost }) => Math.sign(move) * outcome * range - 1.5 * cost),
    );
    const perTrade = mean(nets) / deviation(nets);
    expect(nets.length).toBeGreaterThan(1000);
    expect(perTrade).toBeGreaterThan(0.06);
    expect(perTrade).toBeLessThan(0.3);
  });
});

/** Each twelfth bar: the move of two hours in usual ranges, the move of the next hour, and what a trade costs. */
function momentumRows(candles: Candles) {
  const { close, high, low, spread } = candles;
  const rows: { move: number; outcome: number; range: number; cost: number }[] = [];
  for (let i = 48; i + 12 < candles.length; i += 12) {
    let range = 0;
    for (let k = i - 47; k <= i; k++) range += ((high[k] ?? 0) - (low[k] ?? 0)) / 48;
    const now = close[i] ?? 0;
    const move = (now - (close[i - 24] ?? 0)) / range;
    rows.push({ move, outcome: ((close[i + 12] ?? 0) - now) / range, range, cost: spread[i] ?? 0 });
  }
  return rows;
}

function slopeOf(rows: readonly { move: number; outcome: number }[]): number {
  return mean(rows.map(({ move, outcome }) => move * outcome)) / mean(rows.map(({ move }) => move * move));
}

function returnAt({ close }: Candles, i: number, bars = 1): number {
  return (close[i] ?? 0) / (close[i - bars] ?? 1) - 1;
}

function returnsOf(candles: Candles, bars: number): number[] {
  const count = Math.floor((candles.length - 1) / bars);
  return Array.from({ length: count }, (_, i) => returnAt(candles, (i + 1) * bars, bars));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  return mean(a.map((value, i) => (value - ma) * ((b[i] ?? 0) - mb))) / (deviation(a) * deviation(b));
}
