/** Longer candles from shorter ones, on the grid of UTC. */
import type { CandleRow } from './market-source.ts';

export function longerCandles(rows: readonly CandleRow[], periodMs: number): CandleRow[] {
  const longer: CandleRow[] = [];
  for (const row of rows) {
    const openAt = Math.floor(row.openAt / periodMs) * periodMs;
    const last = longer.at(-1);
    if (last === undefined || last.openAt !== openAt) {
      longer.push({ ...row, openAt });
      continue;
    }
    longer[longer.length - 1] = {
      openAt,
      open: last.open,
      high: Math.max(last.high, row.high),
      low: Math.min(last.low, row.low),
      close: row.close,
      spread: row.spread,
      volume: last.volume + row.volume,
    };
  }
  return longer;
}
