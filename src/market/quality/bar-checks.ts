/** Checks of the bars themselves: their order and shape, prices that jump and come back, prices that stand still, spreads, volume. */
import type { Candles } from '../candles.ts';
import { type Finding, percent } from './report.ts';

/** Robust standard deviations; news moves prices by ten. */
const SPIKE_SIGMAS = 20;
/** What a spike leaves behind, as a share of it. */
const REST_OF_SPIKE = 0.3;
const NEIGHBOURS = 50;
const SAMPLE_MAX = 5_000;
/** From the median of absolute deviations to a normal's standard deviation. */
const MAD_TO_SIGMA = 1.4826;
const SPIKES_BLOCK_SHARE = 0.001;
const SPIKES_BLOCK_MIN = 10;
const STALE_BARS_MIN = 20;
const STALE_WARN = 0.05;
const STALE_BLOCK = 0.25;
const ZERO_SPREAD_WARN = 0.1;

/** What is counted of all bars. */
export interface BarCounts {
  readonly bars: number;
  readonly repeated: number;
  readonly backwards: number;
  /** Bars whose prices cannot be those of one bar. */
  readonly broken: number;
  readonly spreads: {
    readonly zero: number;
    readonly negative: number;
    readonly least: number;
    readonly most: number;
  };
  readonly withoutVolume: number;
}

/** In one walk over them: every loop is slow until it is compiled, so one is cheaper than four. */
export function countBars({ openAt, open, high, low, close, spread, volume, length }: Candles): BarCounts {
  let [repeated, backwards, broken, withoutVolume] = [0, 0, 0, 0];
  let [zero, negative, least, most] = [0, 0, Number.POSITIVE_INFINITY, 0];
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i++) {
    const at = openAt[i] as number;
    if (at === before) repeated += 1;
    else if (!(at > before)) backwards += 1;
    before = at;
    const bottom = low[i] as number;
    const top = high[i] as number;
    const first = open[i] as number;
    const last = close[i] as number;
    if (!(bottom > 0 && bottom <= first && bottom <= last && top >= first && top >= last)) broken += 1;
    const gap = spread[i] as number;
    if (gap === 0) zero += 1;
    else if (!(gap > 0)) negative += 1;
    if (gap < least) least = gap;
    if (gap > most) most = gap;
    if (volume[i] === 0) withoutVolume += 1;
  }
  return { bars: length, repeated, backwards, broken, spreads: { zero, negative, least, most }, withoutVolume };
}

export function checkOrder({ repeated, backwards }: BarCounts): Finding {
  const sound = repeated + backwards === 0;
  const text = sound
    ? 'every time once, in order'
    : `times that stand twice: ${repeated}, that go back: ${backwards}; sort and clean the file`;
  return { kind: 'order', verdict: sound ? 'ok' : 'block', text };
}

export function checkShapes({ broken }: BarCounts): Finding {
  const text =
    broken === 0
      ? 'open and close within low and high in every bar'
      : `bars whose open or close lies outside low to high: ${broken}`;
  return { kind: 'candles', verdict: broken === 0 ? 'ok' : 'block', text };
}

export function checkSpikes(candles: Candles): Finding {
  const { close, high, low, open, length } = candles;
  const change = (i: number) => (close[i] as number) - (close[i - 1] as number);
  const usual = medianOf(length, 1, (i) => Math.abs(change(i)));
  const usualRange = medianOf(length, 0, (i) => (high[i] as number) - (low[i] as number));
  const places: number[] = [];
  for (let i = 1; i < length - 1; i++) {
    const size = Math.abs(change(i));
    const returns = Math.abs(change(i) + change(i + 1)) < REST_OF_SPIKE * size;
    const top = Math.max(open[i] as number, close[i] as number);
    const bottom = Math.min(open[i] as number, close[i] as number);
    const wick = Math.max((high[i] as number) - top, bottom - (low[i] as number));
    if (!(returns && size > SPIKE_SIGMAS * usual) && !(wick > SPIKE_SIGMAS * usualRange)) continue;
    const from = Math.max(1, i - NEIGHBOURS);
    const to = Math.min(length, i + NEIGHBOURS);
    const near = medianOf(to, from, (k) => Math.abs(change(k)));
    const nearRange = medianOf(to, from, (k) => (high[k] as number) - (low[k] as number));
    if ((returns && size > SPIKE_SIGMAS * MAD_TO_SIGMA * near) || wick > SPIKE_SIGMAS * nearRange) places.push(i);
  }
  if (places.length === 0) return { kind: 'spikes', verdict: 'ok', text: 'no price jumps away and comes back at once' };
  const share = places.length / length;
  const first = places.slice(0, 3).map((i) => new Date(candles.openAt[i] as number).toISOString().slice(0, 16));
  const verdict = share > SPIKES_BLOCK_SHARE && places.length >= SPIKES_BLOCK_MIN ? 'block' : 'warn';
  const text = `prices that jump away and come back at once: ${places.length} (${percent(share)} of bars; first ${first.join(', ')}); compare with another source`;
  return { kind: 'spikes', verdict, text };
}

/** Of the values that are not zero, a sample of them where there are many; 0 where there is none. */
function medianOf(end: number, from: number, valueAt: (i: number) => number): number {
  const step = Math.max(1, Math.ceil((end - from) / SAMPLE_MAX));
  const values = new Float64Array(Math.ceil((end - from) / step));
  let count = 0;
  for (let i = from; i < end; i += step) {
    const value = valueAt(i);
    if (value > 0) values[count++] = value;
  }
  return values.subarray(0, count).sort()[count >> 1] ?? 0;
}

export function checkStale(candles: Candles): Finding {
  const { close, length } = candles;
  let [stale, longest, longestAt, run] = [0, 0, 0, 1];
  for (let i = 1; i <= length; i++) {
    if (i < length && close[i] === close[i - 1]) {
      run += 1;
      continue;
    }
    if (run >= STALE_BARS_MIN) stale += run;
    if (run > longest) {
      longest = run;
      longestAt = i - run;
    }
    run = 1;
  }
  const share = length === 0 ? 0 : stale / length;
  const verdict = share > STALE_BLOCK ? 'block' : share > STALE_WARN ? 'warn' : 'ok';
  const at = new Date(candles.openAt[longestAt] ?? 0).toISOString().slice(0, 16);
  const text = `${percent(share)} of bars in runs of ${STALE_BARS_MIN} or more at one price; the longest run has ${longest}, from ${at}`;
  return { kind: 'stale', verdict, text };
}

export function checkSpreads({ bars: length, spreads: { zero, negative, least, most } }: BarCounts): Finding {
  if (negative > 0) {
    return { kind: 'spread', verdict: 'block', text: `spreads below zero: ${negative}; an ask is never below its bid` };
  }
  if (zero === length) return { kind: 'spread', verdict: 'ok', text: 'none in the data: who uses it gives one' };
  if (least === most) return { kind: 'spread', verdict: 'ok', text: `the same ${most} ticks on every bar` };
  const verdict = zero > ZERO_SPREAD_WARN * length ? 'warn' : 'ok';
  const text = `${least} to ${most} ticks, zero on ${percent(zero / length)} of bars${verdict === 'warn' ? ': costs are understated' : ''}`;
  return { kind: 'spread', verdict, text };
}

export function checkVolume({ bars: length, withoutVolume: absent }: BarCounts): Finding {
  if (absent === length) {
    return { kind: 'volume', verdict: 'warn', text: 'absent: features that read volume are of no use on this data' };
  }
  return {
    kind: 'volume',
    verdict: 'ok',
    text: absent === 0 ? 'on every bar' : `zero on ${percent(absent / length)} of bars`,
  };
}
