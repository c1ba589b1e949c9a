/** The gate's questions about the market, one by one: the last moment and the first, the last figure and the first, and the words of each. */
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/domain/decision.ts';
import { marketVerdicts } from '../../src/domain/gate/market-checks.ts';
import { lowVolume, outsideVolatility, unusualSpread } from '../../src/domain/gate/usual-checks.ts';
import { BUILT_IN_HOURS } from '../../src/domain/hours/built-in-hours.ts';
import type { EntryWindows, MarketHours } from '../../src/domain/hours/market-hours.ts';
import { MarketRecord } from '../../src/domain/market-record.ts';
import { marketOf, type ServoState } from '../../src/domain/state.ts';
import { type UnixMs, unixMs } from '../../src/domain/units.ts';
import { ANY_MARKET, barAt, M5, NOON, policyWith } from './builders.ts';
import { remembering, type Scene, SOUND, stateOf, withSymbol } from './gate-scene.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const answer = ({ passed, value, limit }: Verdict) => [passed, value, limit];

/** What is answered so many milliseconds after noon on Monday: `passed` apart, value and limit. */
function answerTo(check: Verdict['check'], scene: Scene, afterNoon: number) {
  const now = (NOON + afterNoon) as UnixMs;
  const found = marketVerdicts(stateOf(scene), 'EURUSD', now, undefined).find((each) => each.check === check);
  if (found === undefined) throw new Error(`${check} was not asked`);
  return answer(found);
}

describe('sessions', () => {
  const MONDAY = 24 * 60;
  /** Monday from 10:00, a rest from 14:00 to 15:00, and on to 20:00 on Tuesday. */
  const hours: MarketHours = {
    ...BUILT_IN_HOURS.crypto,
    sessions: [
      { opensAt: MONDAY + 10 * 60, closesAt: MONDAY + 14 * 60 },
      { opensAt: MONDAY + 15 * 60, closesAt: 2 * MONDAY + 20 * 60 },
    ],
  };
  const scene = (entryWindows: Partial<EntryWindows>, change = hours) =>
    withSymbol({ ...SOUND, policy: policyWith({ entryWindows }) }, { hours: change });
  const OPEN = [true, 'open', 'open'];

  test.each<[string, Partial<EntryWindows>, number, unknown[]]>([
    ['open', {}, 0, OPEN],
    ['at the first moment', {}, -2 * HOUR, OPEN],
    ['before it', {}, -2 * HOUR - 1, [false, 'closed until 2024-03-04 10:00', 'open']],
    ['at the rest', {}, 2 * HOUR, [false, 'closed until 2024-03-04 15:00', 'open']],
    [
      'soon after the opening',
      { afterOpenMs: 10 * MINUTE },
      -2 * HOUR + 10 * MINUTE - 1,
      [false, 'opened 9 min ago', '10 min after the opening'],
    ],
    ['long enough after it', { afterOpenMs: 10 * MINUTE }, -2 * HOUR + 10 * MINUTE, OPEN],
    [
      'near the rest',
      { beforeBreakMs: 30 * MINUTE },
      2 * HOUR - 30 * MINUTE + 1,
      [false, '29 min to the close', '30 min'],
    ],
    ['far enough from it', { beforeBreakMs: 30 * MINUTE }, 2 * HOUR - 30 * MINUTE, OPEN],
    ['the rest is no weekend', { beforeWeekendMs: 30 * MINUTE }, 2 * HOUR - 1, OPEN],
    ['near the weekend', { beforeWeekendMs: HOUR }, 31 * HOUR + 1, [false, "59 min to the weekend's close", '60 min']],
    ['far enough from it', { beforeWeekendMs: HOUR }, 31 * HOUR, OPEN],
  ])('%s', (_, windows, afterNoon, expected) => {
    expect(answerTo('session_closed', scene(windows), afterNoon)).toEqual(expected);
  });

  test('a market that never opens is closed', () => {
    const never = scene({}, { ...hours, sessions: [] });
    expect(answerTo('session_closed', never, 0)).toEqual([false, 'closed', 'open']);
  });
});

describe('the start of the trading day', () => {
  /** At noon in UTC. */
  const scene = (beforeRolloverMs: number, afterRolloverMs: number): Scene => ({
    ...SOUND,
    policy: policyWith({
      session: { timezone: 'UTC', dayStartMinutes: 12 * 60 },
      entryWindows: { beforeRolloverMs, afterRolloverMs },
    }),
  });
  const TEN = 10 * MINUTE;

  test.each<[string, Scene, number, unknown[]]>([
    ['nothing is asked for', scene(0, 0), 0, [true, 'not asked', 'not asked']],
    ['ten minutes before', scene(TEN, 0), -TEN, [true, 'apart', 'apart']],
    ['a moment later', scene(TEN, 0), -TEN + 1, [false, '9 min before', '10 min']],
    ['the last moment before', scene(TEN, 0), -1, [false, '0 min before', '10 min']],
    ['at it, where only before is asked for', scene(TEN, 0), 0, [true, 'apart', 'apart']],
    ['before it, where only after is asked for', scene(0, TEN), -1, [true, 'apart', 'apart']],
    ['at it', scene(0, TEN), 0, [false, '0 min after', '10 min']],
    ['the last moment after', scene(0, TEN), TEN - 1, [false, '9 min after', '10 min']],
    ['ten minutes after', scene(0, TEN), TEN, [true, 'apart', 'apart']],
    ['at no time', scene(TEN, TEN), Number.NaN, [false, 'no time', 'apart']],
  ])('%s', (_, asked, afterNoon, expected) => {
    expect(answerTo('rollover_blackout', asked, afterNoon)).toEqual(expected);
  });
});

describe('news', () => {
  const event = { at: unixMs(NOON), currency: 'USD', impact: 'high', title: 'Payrolls' } as const;
  const known = { knownFrom: unixMs(0), knownTo: unixMs(2 * NOON) };
  const scene = (whenUnknown: 'refuse' | 'allow', change: object = {}): Scene => {
    const news = { events: [event], beforeMs: 30 * MINUTE, afterMs: 15 * MINUTE, whenUnknown, ...known, ...change };
    return { ...SOUND, policy: policyWith({ news }) };
  };
  const [asked, none] = [scene('refuse'), [true, 'none near', 'none near']];

  test.each<[string, Scene, number, unknown[]]>([
    ['no calendar', SOUND, 0, [true, 'no calendar', 'none near']],
    ['half an hour before', asked, -30 * MINUTE, none],
    ['a moment later', asked, -30 * MINUTE + 1, [false, 'Payrolls (USD, high) in 29 min', '30 min before']],
    ['at it', asked, 0, [false, 'Payrolls (USD, high) in 0 min', '30 min before']],
    ['a moment after it', asked, 1, [false, 'Payrolls (USD, high) 0 min ago', '15 min after']],
    ['the last moment', asked, 15 * MINUTE - 1, [false, 'Payrolls (USD, high) 14 min ago', '15 min after']],
    ['a quarter of an hour after', asked, 15 * MINUTE, none],
    [
      'beyond what is known',
      scene('refuse', { knownFrom: unixMs(0), knownTo: unixMs(NOON) }),
      0,
      [false, 'not covered by the calendar', '1970-01-01 00:00 to 2024-03-04 12:00'],
    ],
    ['beyond it, and that is allowed', scene('allow', { events: [], knownTo: unixMs(NOON) }), 0, none],
  ])('%s', (_, given, afterNoon, expected) => {
    expect(answerTo('news_blackout', given, afterNoon)).toEqual(expected);
  });
});

describe('bars that are missing', () => {
  const rule = { hours: BUILT_IN_HOURS.crypto, timezone: 'UTC', timeframeMs: M5, atrBars: 4, gapBars: 2 };
  const filters = { ...ANY_MARKET, maxGapBars: 2, gapLookbackBars: 3 };
  const scene: Scene = { ...SOUND, policy: policyWith({ filters }) };
  /** The last bars of euros and of yen closed so many bars before noon. */
  function seen(barsAgo: Readonly<Record<string, number>>): ServoState {
    const state = stateOf(scene);
    const markets = new Map(state.markets);
    for (const [symbol, bars] of Object.entries(barsAgo)) {
      const market = marketOf(state, symbol);
      const engine = remembering(market.engine, new MarketRecord(rule));
      markets.set(symbol, { ...market, engine, lastBar: barAt(symbol, NOON - bars * M5, 110_000) });
    }
    return { ...state, markets };
  }
  const FINE = [true, 'up to date', 'up to date'];
  const stale = (symbol: string, state: ServoState) => {
    const found = marketVerdicts(state, symbol, unixMs(NOON), undefined).find(({ check }) => check === 'market_stale');
    return found && answer(found);
  };

  test('up to now, or of the symbol whose price converts this one’s money', () => {
    expect(stale('EURUSD', seen({ EURUSD: 2 }))).toEqual(FINE);
    expect(stale('EURUSD', seen({ EURUSD: 3 }))).toEqual([false, 'no bar of EURUSD for 3 bars', '2 bars']);
    // Dollars need no yen, and yen need their own.
    expect(stale('EURUSD', seen({ EURUSD: 0, USDJPY: 9 }))).toEqual(FINE);
    expect(stale('USDJPY', seen({ EURUSD: 9, USDJPY: 0 }))).toEqual(FINE);
    expect(stale('USDJPY', seen({ USDJPY: 9 }))).toEqual([false, 'no bar of USDJPY for 9 bars', '2 bars']);
    // Before the first bar the conversion is missing, and that has a check of its own.
    expect(stale('USDJPY', seen({}))).toEqual(FINE);
  });
});

const NOT_ASKED = [true, 'not asked', 'not asked'];
const NOT_MEASURED = [true, 'not measured', 'not measured'];

test.each<[number | null, number, number | undefined, unknown[]]>([
  // ratio, spread, usual
  [null, 99, 1, NOT_ASKED],
  [3, 99, undefined, NOT_MEASURED],
  [3, 30, 10, [true, 30, 30]],
  [3, 31, 10, [false, 31, 30]],
  [2.5, 3, 0.2, [false, 3, 2]],
  [2.5, 2, 0.2, [true, 2, 2]],
  [3, Number.NaN, 10, [false, Number.NaN, 30]],
])('a spread: at most %d times the usual, %d beside %s', (maxSpreadRatio, spread, usual, expected) => {
  const verdict = unusualSpread({ ...ANY_MARKET, maxSpreadRatio }, spread, usual);
  expect([verdict.check, ...answer(verdict)]).toEqual(['spread_unusual', ...expected]);
});

test.each<[number, number, number | undefined, unknown[]]>([
  // least, most, percentile
  [0, 1, 0.5, NOT_ASKED],
  [0.1, 0.9, undefined, NOT_MEASURED],
  [0.1, 1, 0.09, [false, 0.09, 0.1]],
  [0.1, 1, 0.1, [true, 0.1, 1]],
  [0, 0.9, 0.9, [true, 0.9, 0.9]],
  [0, 0.9, 0.91, [false, 0.91, 0.9]],
  [0.1, 0.9, Number.NaN, [false, Number.NaN, 0.1]],
])('volatility: from %d to %d, at %s', (atrPercentileMin, atrPercentileMax, percentile, expected) => {
  const verdict = outsideVolatility({ ...ANY_MARKET, atrPercentileMin, atrPercentileMax }, percentile);
  expect([verdict.check, ...answer(verdict)]).toEqual(['volatility_outside', ...expected]);
});

test.each<[number | null, number | undefined, number | undefined, unknown[]]>([
  // ratio, volume, usual
  [null, 1, 100, NOT_ASKED],
  [0.5, undefined, 100, NOT_MEASURED],
  [0.5, 0, 100, NOT_MEASURED],
  [0.5, 50, undefined, NOT_MEASURED],
  [0.5, 50, 100, [true, 50, 50]],
  [0.5, 49, 100, [false, 49, 50]],
])('volume: at least %d of the usual, %s beside %s', (minVolumeRatio, volume, usual, expected) => {
  const verdict = lowVolume({ ...ANY_MARKET, minVolumeRatio }, volume, usual);
  expect([verdict.check, ...answer(verdict)]).toEqual(['volume_low', ...expected]);
});
