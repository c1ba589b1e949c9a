/** What the market says: closed bars and the quote they end on. */
import type { Price, UnixMs } from './units.ts';
import { UnitError } from './units.ts';

export const TIMEFRAMES = {
  M1: 60_000,
  M5: 300_000,
  M15: 900_000,
  M30: 1_800_000,
  H1: 3_600_000,
  H4: 14_400_000,
  D1: 86_400_000,
} as const;

export type Timeframe = keyof typeof TIMEFRAMES;
export const isTimeframe = (text: string): text is Timeframe => Object.hasOwn(TIMEFRAMES, text);
export const timeframeMs = (timeframe: Timeframe): number => TIMEFRAMES[timeframe];

/** A closed bar of bid prices. The ask is the bid plus the spread. */
export interface Bar {
  readonly symbol: string;
  readonly openAt: UnixMs;
  readonly closeAt: UnixMs;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  /** Ask minus bid at the close. */
  readonly spread: Price;
  /** Ticks or contracts, as the source counts; 0 where it does not say. */
  readonly volume: number;
}

export interface Quote {
  readonly at: UnixMs;
  readonly bid: Price;
  readonly ask: Price;
}

export const quoteAtClose = (bar: Bar): Quote => ({
  at: bar.closeAt,
  bid: bar.close,
  ask: (bar.close + bar.spread) as Price,
});

/** Throws on a bar that cannot have happened; feeds check before, so this is a bug when it fires. */
export function assertBar(bar: Bar): Bar {
  const { symbol, open, high, low, close, openAt, closeAt, spread, volume } = bar;
  const ordered = low > 0 && low <= open && low <= close && high >= open && high >= close && closeAt > openAt;
  if (!ordered || !(spread >= 0) || !(volume >= 0) || !Number.isFinite(high + spread + volume)) {
    throw new UnitError(`${symbol}: impossible bar ${JSON.stringify(bar)}`);
  }
  return bar;
}
