/** When the rows of a run were known, as ISO texts. */
import { timeframeMs } from '../../domain/market.ts';
import type { Candles } from '../../market/candles.ts';

/** Close of a row's bar, UTC ms. */
export const closeAtOf = ({ openAt, timeframe }: Candles, row: number): number =>
  (openAt[row] ?? Number.NaN) + timeframeMs(timeframe);

export const isoCloseOf = (candles: Candles, row: number): string => new Date(closeAtOf(candles, row)).toISOString();
