/** What happened inside a bar, from finer bars or ticks: the venue plays these in its place, so the order of prices is known. */
import type { Bar } from '../domain/market.ts';
import type { Price, UnixMs } from '../domain/units.ts';
import { type Candles, indexClosingAfter } from '../market/candles.ts';
import type { Ticks } from '../market/ticks.ts';

export interface Detail {
  /** Finer bars that fill the bar's span, in order; the bar itself where there are none. */
  within(bar: Bar): readonly Bar[];
  /** For the report: what the finer bars are, and from when to when they reach. */
  readonly covers: { readonly of: string; readonly from: UnixMs; readonly to: UnixMs };
}

/** Of candles of a shorter timeframe of the same symbol. */
export function candleDetail(candles: Candles): Detail {
  return {
    covers: {
      of: `${candles.timeframe} candles`,
      from: candles.barAt(0).openAt,
      to: candles.barAt(candles.length - 1).closeAt,
    },
    within: (bar) => {
      const inside: Bar[] = [];
      for (let row = indexClosingAfter(candles, bar.openAt); row < candles.length; row++) {
        const finer = candles.barAt(row);
        if (finer.closeAt > bar.closeAt) break;
        if (finer.openAt >= bar.openAt) inside.push(finer);
      }
      return told(bar, inside);
    },
  };
}

/** Of quotes: each stands until the next. `spread` in place of their own, where the test has one. */
export function tickDetail({ at, bid, ask }: Ticks, spread?: Price): Detail {
  return {
    covers: { of: 'ticks', from: at[0] as UnixMs, to: at[at.length - 1] as UnixMs },
    within: (bar) => {
      const inside: Bar[] = [];
      for (let row = firstAtOrAfter(at, bar.openAt); row < at.length && (at[row] as number) < bar.closeAt; row++) {
        const quoted = bid[row] as Price;
        // Ask below bid is a quote of two moments.
        const apart = spread ?? (Math.max(0, (ask[row] as number) - quoted) as Price);
        const openAt = at[row] as UnixMs;
        const closeAt = Math.min(at[row + 1] ?? bar.closeAt, bar.closeAt) as UnixMs;
        // Of quotes of one moment the last stands.
        if (closeAt > openAt) inside.push(still(bar, openAt, closeAt, quoted, apart));
      }
      return told(bar, inside);
    },
  };
}

function firstAtOrAfter(at: Float64Array, moment: UnixMs): number {
  let low = 0;
  let high = at.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((at[middle] as number) < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Finer data that do not reach the low or the high of the bar leave out the very prices that matter: the bar itself decides then. */
function told(bar: Bar, inside: readonly Bar[]): readonly Bar[] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const finer of inside) {
    low = Math.min(low, finer.low);
    high = Math.max(high, finer.high);
  }
  return low <= bar.low && high >= bar.high ? closed(bar, inside) : [bar];
}

/** Prices end where the bar ended, at its close time, whatever the finer data left out. */
function closed(bar: Bar, inside: readonly Bar[]): readonly Bar[] {
  const last = inside.at(-1);
  if (last === undefined) return [bar];
  const { close, closeAt, spread } = bar;
  if (last.closeAt === closeAt && last.close === close && last.spread === spread) return inside;
  if (last.closeAt < closeAt) return [...inside, still(bar, last.closeAt, closeAt, close, spread)];
  // A finer source that closes elsewhere than its own bar would quote a price that the decisions do not see.
  return [...inside.slice(0, -1), { ...last, high: max(last.high, close), low: min(last.low, close), close, spread }];
}

/** One price for a while. */
const still = ({ symbol }: Bar, openAt: UnixMs, closeAt: UnixMs, at: Price, spread: Price): Bar => ({
  symbol,
  openAt,
  closeAt,
  open: at,
  high: at,
  low: at,
  close: at,
  spread,
  volume: 0,
});

const max = <N extends number>(a: N, b: N): N => (a > b ? a : b);
const min = <N extends number>(a: N, b: N): N => (a < b ? a : b);
