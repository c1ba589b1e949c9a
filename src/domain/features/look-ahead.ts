/** Proves that features do not know the future, and that when they began does not matter: each value is computed again without. */
import type { Bar } from '../market.ts';
import { seededRandom } from '../random.ts';
import { type Price, price } from '../units.ts';

/** Features that are shown bars one by one. */
export interface Streaming {
  push(bar: Bar): void;
  readonly ready: boolean;
  values(): ArrayLike<number>;
  /** Compared like a value. */
  readonly regime?: string;
}

export interface Subject {
  readonly names: readonly string[];
  /** Bars after which it no longer matters when the first one came. */
  readonly warmupBars: number;
  /** A new one, that has seen nothing. */
  open(): Streaming;
}

export interface LookAheadFault {
  /** The value changes with bars that come later, or with bars before the warm-up. */
  readonly kind: 'future' | 'start';
  readonly feature: string;
  readonly bar: Bar;
  /** Of the run over all bars, and of the one that saw fewer. */
  readonly value: number | string;
  readonly other: number | string;
}

export interface LookAheadReport {
  readonly bars: number;
  /** Bars at which the future was cut off, and values that were compared bit for bit. */
  readonly cuts: number;
  readonly valuesCompared: number;
  /** Later starts, and values compared within the tolerance. */
  readonly starts: number;
  readonly startValuesCompared: number;
  /** In spreads (standard deviations) of the feature. */
  readonly largestStartDifference: { readonly feature: string; readonly inSpreads: number };
  /** Later starts after which the regime has another name: allowed, because a regime depends on the one before it. */
  readonly regimesDiffering: number;
  /** At the cuts, in order of time: what a model may be asked about. */
  readonly rows: readonly Float64Array[];
  /** The first, where there is one. */
  readonly fault?: LookAheadFault;
}

/** A later start may change a value by this part of its spread. */
export const START_TOLERANCE = 1e-6;

interface CheckOptions {
  readonly cuts: number;
  readonly seed: string | number;
}

/** Throws a RangeError where there are too few bars to compare anything. */
export function checkLookAhead(subject: Subject, bars: readonly Bar[], { cuts, seed }: CheckOptions): LookAheadReport {
  const places = cutPlaces(subject, bars.length, cuts, seed);
  const whole = runWhole(subject, bars, places);
  const truncated = compareTruncated(subject, bars, places, whole);
  const started = truncated.fault === undefined ? compareStarts(subject, bars, places, whole) : NOTHING_STARTED;
  const fault = truncated.fault ?? started.fault;
  return {
    bars: bars.length,
    cuts: places.length,
    valuesCompared: truncated.compared,
    starts: started.starts,
    startValuesCompared: started.compared,
    largestStartDifference: started.largest,
    regimesDiffering: started.regimesDiffering,
    rows: places.flatMap((place) => whole.at.get(place)?.values ?? []),
    ...(fault && { fault }),
  };
}

/** Ascending, each once; the last bar is no cut, because nothing comes after it. */
function cutPlaces({ warmupBars, names }: Subject, bars: number, wanted: number, seed: string | number): number[] {
  const first = warmupBars;
  if (first > bars - 2) {
    const needs = warmupBars + 2;
    throw new RangeError(
      `${bars} bars are too few for ${names.length} features: ${needs} are needed to compare anything`,
    );
  }
  const random = seededRandom(seed);
  const places = Array.from({ length: wanted }, () => first + Math.floor(random.next() * (bars - 1 - first)));
  return [...new Set(places)].sort((a, b) => a - b);
}

interface Row {
  readonly values: Float64Array;
  readonly ready: boolean;
  readonly regime: string | undefined;
}

const rowOf = (streaming: Streaming): Row => ({
  values: Float64Array.from(streaming.values()),
  ready: streaming.ready,
  regime: streaming.regime,
});

interface Whole {
  readonly at: ReadonlyMap<number, Row>;
  /** Standard deviation of each feature over all bars at which it was ready and finite. */
  readonly spreads: Float64Array;
}

function runWhole(subject: Subject, bars: readonly Bar[], places: readonly number[]): Whole {
  const streaming = subject.open();
  const wanted = new Set(places);
  const at = new Map<number, Row>();
  const spreads = subject.names.map(() => new Spread());
  for (const [place, bar] of bars.entries()) {
    streaming.push(bar);
    if (wanted.has(place)) at.set(place, rowOf(streaming));
    if (!streaming.ready) continue;
    const values = streaming.values();
    for (const [k, spread] of spreads.entries()) spread.add(values[k] ?? Number.NaN);
  }
  return { at, spreads: Float64Array.from(spreads, ({ value }) => value) };
}

/** Welford's running variance. */
class Spread {
  #count = 0;
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    if (!Number.isFinite(value)) return;
    this.#count++;
    const distance = value - this.#mean;
    this.#mean += distance / this.#count;
    this.#squares += distance * (value - this.#mean);
  }

  /** Of what never varies: its size, so that a difference still has a measure. */
  get value(): number {
    const deviation = this.#count === 0 ? 0 : Math.sqrt(this.#squares / this.#count);
    return deviation > 0 ? deviation : Math.max(Math.abs(this.#mean), 1);
  }
}

/** Another future as far as this must change what looks ahead. */
const OTHER_FUTURE_BARS = 40;

/** Bars that no market has shown: what a feature keeps of them outside of itself tells on it. */
function showAnotherFuture(streaming: Streaming, bars: readonly Bar[], end: number): void {
  for (const [place, bar] of bars.slice(0, end + OTHER_FUTURE_BARS).entries()) {
    streaming.push(place <= end ? bar : scaled(bar, place % 2 === 0 ? 1.5 : 0.5));
    if (place > end) streaming.values();
  }
}

function scaled(bar: Bar, factor: number): Bar {
  const ticks = (value: Price): Price => price(Math.max(1, Math.round(value * factor)));
  const { open, high, low, close, volume } = bar;
  return {
    ...bar,
    open: ticks(open),
    high: ticks(high),
    low: ticks(low),
    close: ticks(close),
    volume: volume * factor,
  };
}

/**
 * A run to each cut and no further, by features made anew, equals the whole run at that bar and at every cut before it.
 * Others made anew have been shown the same past with another future just before.
 */
function compareTruncated(
  { names, open }: Subject,
  bars: readonly Bar[],
  places: readonly number[],
  { at }: Whole,
): { readonly compared: number; readonly fault?: LookAheadFault } {
  let compared = 0;
  for (const end of places) {
    showAnotherFuture(open(), bars, end);
    const streaming = open();
    for (let place = 0; place <= end; place++) {
      const bar = bars[place] as Bar;
      streaming.push(bar);
      const expected = at.get(place);
      if (expected === undefined) continue;
      const found = rowOf(streaming);
      const fault = bitFault(names, bar, expected, found);
      if (fault !== undefined) return { compared, fault };
      compared += names.length;
    }
  }
  return { compared };
}

function bitFault(names: readonly string[], bar: Bar, whole: Row, other: Row): LookAheadFault | undefined {
  const place = names.findIndex((_, k) => !Object.is(whole.values[k], other.values[k]));
  if (place >= 0) {
    const feature = names[place] ?? '';
    return {
      kind: 'future',
      feature,
      bar,
      value: whole.values[place] ?? Number.NaN,
      other: other.values[place] ?? Number.NaN,
    };
  }
  if (whole.regime === other.regime && whole.ready === other.ready) return undefined;
  const [value, found] = [whole, other].map(({ regime, ready }) => (ready ? (regime ?? 'ready') : 'not ready'));
  return { kind: 'future', feature: 'regime', bar, value: value ?? '', other: found ?? '' };
}

interface Started {
  readonly starts: number;
  readonly compared: number;
  readonly largest: LookAheadReport['largestStartDifference'];
  readonly regimesDiffering: number;
  readonly fault?: LookAheadFault;
}

const NOTHING_STARTED: Started = {
  starts: 0,
  compared: 0,
  largest: { feature: '', inSpreads: 0 },
  regimesDiffering: 0,
};

/** Features that began just one warm-up before a cut agree there with those that saw everything before. */
function compareStarts(
  subject: Subject,
  bars: readonly Bar[],
  places: readonly number[],
  { at, spreads }: Whole,
): Started {
  const { names, warmupBars, open } = subject;
  let [compared, starts, regimesDiffering] = [0, 0, 0];
  let largest = { feature: '', inSpreads: 0 };
  for (const place of places) {
    const whole = at.get(place);
    const start = place + 1 - warmupBars;
    if (whole === undefined || !whole.ready || start <= 0) continue;
    const streaming = open();
    for (let i = start; i <= place; i++) streaming.push(bars[i] as Bar);
    const later = rowOf(streaming);
    starts++;
    if (later.regime !== whole.regime) regimesDiffering++;
    for (const [k, feature] of names.entries()) {
      const [value, other] = [whole.values[k] ?? Number.NaN, later.values[k] ?? Number.NaN];
      const inSpreads = Object.is(value, other) ? 0 : Math.abs(value - other) / (spreads[k] ?? 1);
      compared++;
      if (!(inSpreads <= START_TOLERANCE)) {
        const fault = { kind: 'start', feature, bar: bars[place] as Bar, value, other } as const;
        return { starts, compared, largest: { feature, inSpreads }, regimesDiffering, fault };
      }
      if (inSpreads > largest.inSpreads) largest = { feature, inSpreads };
    }
  }
  return { starts, compared, largest, regimesDiffering };
}
