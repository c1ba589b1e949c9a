/** Features by name: what is refused and why, higher bars that are seen only once closed, other symbols as of the bar. */
import { describe, expect, test } from 'vitest';
import { closest } from '../../src/config/suggest.ts';
import { type Follower, followers } from '../../src/domain/features/followers.ts';
import { columnsFor, PACK_SPEC, parseFeatureSpec, warmupBarsOf } from '../../src/domain/features/spec.ts';
import { FEATURE_PACK, FeatureEngine } from '../../src/domain/features.ts';
import { type Bar, timeframeMs } from '../../src/domain/market.ts';
import { type Price, unixMs } from '../../src/domain/units.ts';
import { push } from './features-support.ts';
import { EURUSD, instrumentOf, M5, randomBars } from './random-bars.ts';

const H1 = timeframeMs('H1');
const USDJPY = instrumentOf('USDJPY');
const known = { nearest: closest };
const engineOf = (names: readonly string[], instrument = EURUSD, timeframe = M5) =>
  new FeatureEngine(instrument, timeframe, { spec: parseFeatureSpec(names) });

describe('names', () => {
  test('the pack is a spec', () => {
    expect(PACK_SPEC.isPack).toBe(true);
    expect(parseFeatureSpec([...FEATURE_PACK.names].reverse()).isPack).toBe(false);
    expect(warmupBarsOf(PACK_SPEC, M5)).toBe(400);
  });

  test.each([
    [['rsl'], 'rsl: no feature of this servo; did you mean rsi?'],
    [['rsi', 'adx', 'rsi'], 'rsi is named twice'],
    [['H2.rsi'], 'H2.rsi: H2 is no timeframe (M1, M5, M15, M30, H1, H4, D1 are)'],
    [['ta.cci'], 'ta.cci: its period must be a number of bars from 2 to 500, as in ta.cci_20'],
    [['ta.cci_501'], 'from 2 to 500'],
    [['ta.ccy_20'], 'ta.ccy_20: there is no indicator ccy; did you mean ta.cci?'],
    [['ta.sar_5'], 'ta.sar takes no period'],
    [['user.mine'], 'user.mine: no file of the features folder exports it'],
    [[':rsi'], 'there is no symbol before the colon'],
    [['USDJPY:moon'], 'USDJPY:moon: no feature of this servo'],
    [[], 'none is named'],
    [['nonsense', 'H1.nonsense'], 'nonsense: no feature of this servo; H1.nonsense: no feature of this servo'],
  ])('%j is refused', (names, message) => expect(() => parseFeatureSpec(names, known)).toThrow(message));

  test('a timeframe that is not higher, and a symbol that is not traded, are refused where that is known', () => {
    const message = 'M5 is not higher than the bars of M15 that it would be made of';
    expect(() => parseFeatureSpec(['M5.rsi'], { timeframe: 'M15' })).toThrow(message);
    expect(() => parseFeatureSpec(['USDJPY:rsi'], { symbols: ['EURUSD'] })).toThrow('USDJPY is not traded here');
  });

  test('the warm-up follows from what is named', () => {
    expect(warmupBarsOf(parseFeatureSpec(['ta.kama_30']), M5)).toBe(1_530);
    expect(warmupBarsOf(parseFeatureSpec(['H1.rsi']), M5)).toBe(401 * 12);
    expect(warmupBarsOf(parseFeatureSpec(['H1.ta.sma_10']), M5)).toBe(51 * 12);
  });

  test('an engine is asked for what its own model needs and what others look at, each once', () => {
    const eurusd = parseFeatureSpec(['rsi', 'H1.rsi', 'USDJPY:rsi', 'USDJPY:H1.adx', 'USDJPY:age_bars']);
    const usdjpy = parseFeatureSpec(['H1.adx', 'ta.cci_20']);
    const wanted = columnsFor('USDJPY', usdjpy, [eurusd]).map(({ name, isOwn }) => `${name} ${isOwn}`);
    expect(wanted).toEqual(['H1.adx true', 'ta.cci_20 true']);
    expect(columnsFor('USDJPY', undefined, [eurusd]).map(({ name, isOwn }) => `${name} ${isOwn}`)).toEqual([
      'H1.adx false',
    ]);
  });
});

/** Every bar of whole hours put together by hand: those of which the last base bar has closed by `until`. */
function hoursOf(bars: readonly Bar[], until: number): Bar[] {
  const groups = Map.groupBy(
    bars.filter(({ closeAt }) => closeAt <= until),
    ({ openAt }) => Math.floor(openAt / H1),
  );
  const last = bars.filter(({ closeAt }) => closeAt <= until).at(-1);
  return [...groups].flatMap(([hour, group]) => {
    const [first] = group;
    if (first === undefined || last === undefined || last.closeAt < (hour + 1) * H1) return [];
    return [
      {
        ...first,
        openAt: unixMs(hour * H1),
        closeAt: unixMs((hour + 1) * H1),
        high: Math.max(...group.map(({ high }) => high)) as Price,
        low: Math.min(...group.map(({ low }) => low)) as Price,
        close: group.at(-1)?.close ?? first.close,
        volume: group.reduce((all, { volume }) => all + volume, 0),
      },
    ];
  });
}

describe('a higher timeframe', () => {
  const bars = randomBars({ count: 5_400, seed: 'hours' });

  test('equals an engine over the bars that have closed, and nothing of the present one is seen', () => {
    const names = ['H1.rsi', 'rsi', 'H1.momentum_5', 'H1.ta.roc_10', 'H1.trend_20'];
    const engine = engineOf(names);
    let compared = 0;
    let fresh = 0;
    for (const [i, bar] of bars.entries()) {
      engine.push(bar);
      if (i < 5_000 || i % 7 !== 0) continue;
      const hours = hoursOf(bars, bar.closeAt);
      const slow = push(new FeatureEngine(EURUSD, H1), hours);
      const values = engine.values();
      const place = (name: string) => slow.columnValue(name);
      expect(values[0]).toBe(place('rsi'));
      expect(values[2]).toBe(place('momentum_5'));
      expect(values[3]).toBeCloseTo(100 * ((hours.at(-1)?.close ?? 0) / (hours.at(-11)?.close ?? 1) - 1), 12);
      expect(values[4]).toBe(place('trend_20'));
      if (hours.at(-1)?.closeAt === bar.closeAt) fresh++;
      compared++;
    }
    expect(compared).toBeGreaterThan(50);
    expect(fresh).toBeGreaterThan(3);
  });

  test('changes with the bar that ends it, not before, and over a weekend only once the market is open again', () => {
    const engine = engineOf(['H4.ta.roc_2']);
    const changes: number[] = [];
    let before = Number.NaN;
    for (const bar of bars) {
      engine.push(bar);
      const now = engine.columnValue('H4.ta.roc_2');
      if (!Object.is(now, before)) changes.push(bar.closeAt);
      before = now;
    }
    const odd = changes.filter((at) => at % timeframeMs('H4') !== 0);
    expect(changes.length).toBeGreaterThan(80);
    // Friday's last four hours end at 22:00, in the middle of a bar: it is seen when Sunday's first bar has closed.
    const times = odd.map((at) => new Date(at).toISOString().slice(0, 16));
    expect(times).toEqual(['2024-03-10T22:05', '2024-03-17T22:05', '2024-03-24T22:05']);
  });

  test.each([
    ['winter', '2024-01-08T00:00:00Z', '22:00'],
    ['summer', '2024-06-03T00:00:00Z', '21:00'],
  ])('a day is the trading day: it ends at 17:00 in New York, in %s', (_, from, end) => {
    const engine = engineOf(['D1.ta.roc_2']);
    const changes: string[] = [];
    let before = Number.NaN;
    const lastHour = Number(end.slice(0, 2));
    const isWeekend = ({ openAt }: Bar) =>
      new Date(openAt).getUTCDay() === 5 && new Date(openAt).getUTCHours() >= lastHour;
    const weeks = randomBars({ count: 6_000, seed: 'days', startAt: Date.parse(from) });
    for (const bar of weeks.filter((each) => !isWeekend(each))) {
      engine.push(bar);
      const now = engine.columnValue('D1.ta.roc_2');
      if (!Object.is(now, before)) changes.push(new Date(bar.closeAt).toISOString().slice(11, 16));
      before = now;
    }
    expect(changes.length).toBeGreaterThan(1);
    expect(new Set(changes)).toEqual(new Set([end]));
  });

  test('is not ready before its own warm-up is over', () => {
    const engine = engineOf(['rsi', 'H1.ta.sma_10']);
    const long = bars.findIndex((bar) => {
      engine.push(bar);
      return engine.ready;
    });
    expect(long).toBeGreaterThanOrEqual(50 * 12 - 1);
    expect(long).toBeLessThan(51 * 12);
  });
});

describe('another symbol', () => {
  const own = randomBars({ count: 900, seed: 'own' });
  const other = randomBars({ count: 900, seed: 'other', instrument: USDJPY, startPrice: 150_000 });
  const names = ['rsi', 'USDJPY:momentum_5', 'USDJPY:ta.cci_20', 'USDJPY:age_bars'];
  const spec = parseFeatureSpec(names);
  const looking = (bars: readonly Bar[]) => {
    const engine = new FeatureEngine(USDJPY, M5, { columns: columnsFor('USDJPY', undefined, [spec]) });
    const follower: Follower = { engine, bars };
    return new FeatureEngine(EURUSD, M5, { spec, lookAt: followers(new Map([['USDJPY', follower]])) });
  };

  test('is seen as of the bar: its latest close at or before this one', () => {
    const missing = new Set([700, 701, 702]);
    const engine = looking(other.filter((_, i) => !missing.has(i)));
    const slow = new FeatureEngine(USDJPY, M5, { columns: columnsFor('USDJPY', undefined, [spec]) });
    for (const [i, bar] of own.entries()) {
      engine.push(bar);
      const [rsi, momentum, cci, age] = engine.values();
      if (!missing.has(i)) slow.push(other[i] as Bar);
      if (i < 450) continue;
      expect(rsi).toBe(engine.columnValue('rsi'));
      expect(momentum).toBe(slow.columnValue('momentum_5'));
      expect(cci).toBe(slow.columnValue('ta.cci_20'));
      expect(age).toBe(i === 700 ? 1 : i === 701 ? 2 : i === 702 ? 3 : 0);
    }
  });

  test('has no value while it warms up, and none when it has been silent for more than a day', () => {
    const engine = looking(other.slice(0, 500));
    const silent: boolean[] = own.map((bar) => {
      engine.push(bar);
      return Number.isNaN(engine.values()[1] ?? 0);
    });
    expect(silent.slice(0, 399).every(Boolean)).toBe(true);
    // Bar 499 is the last one: a day of 288 bars later it still counts, one bar later no more.
    expect(silent.slice(400, 499 + 289).some(Boolean)).toBe(false);
    expect(silent.slice(499 + 289).every(Boolean)).toBe(true);
  });

  test('that is ahead is refused: its features would know the future', () => {
    const ahead = push(new FeatureEngine(USDJPY, M5), other.slice(0, 600));
    const engine = new FeatureEngine(EURUSD, M5, { spec: parseFeatureSpec(['USDJPY:rsi']), lookAt: () => ahead });
    push(engine, own.slice(0, 599));
    expect(() => engine.values()).toThrow('features would know the future');
    engine.push(own[599] as Bar);
    expect(engine.values()[0]).toBe(ahead.columnValue('rsi'));
  });
});
