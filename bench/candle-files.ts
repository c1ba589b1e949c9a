/** Candles to measure on: EURUSD laid end to end where the real ones are at hand, else a seeded walk. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatPrice } from '../src/domain/instrument.ts';
import { timeframeMs } from '../src/domain/market.ts';
import { EURUSD, randomBars } from '../tests/domain/random-bars.ts';

const DATA = join(import.meta.dirname, '../../shared/data');
const REAL_FILES = {
  H1: join(DATA, 'EURUSD_H1_2012-2020.csv'),
  M5: join(DATA, 'EURUSD_M5_2019-10_2020-10.csv'),
} as const;
const WALK_BARS = 75_520;
const WEEK_MS = 604_800_000;

export type BenchTimeframe = keyof typeof REAL_FILES;

export const candleOrigin = existsSync(DATA)
  ? 'EURUSD of 2012 to 2020, laid end to end'
  : 'a seeded walk laid end to end, because ../shared/data is absent';

interface Row {
  readonly openAt: number;
  readonly rest: string;
}

/** A plain CSV of so many bars in the folder. Each repetition begins whole weeks later, so that weekends stay weekends. */
export function candleFile(folder: string, bars: number, timeframe: BenchTimeframe = 'H1'): string {
  const real = REAL_FILES[timeframe];
  const rows = existsSync(real) ? realRows(real) : walkRows(timeframe);
  const spanMs = (rows.at(-1)?.openAt ?? 0) - (rows[0]?.openAt ?? 0) + timeframeMs(timeframe);
  const repeatMs = Math.ceil(spanMs / WEEK_MS) * WEEK_MS;
  const lines = ['time,open,high,low,close,volume'];
  for (let i = 0; i < bars; i++) {
    const { openAt, rest } = rows[i % rows.length] as Row;
    const time = new Date(openAt + Math.floor(i / rows.length) * repeatMs).toISOString();
    lines.push(`${time.slice(0, 19)}Z,${rest}`);
  }
  const path = join(folder, `EURUSD_${timeframe}_${bars}.csv`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

function realRows(path: string): Row[] {
  const [, ...lines] = readFileSync(path, 'latin1').trimEnd().split('\n');
  return lines.map((line) => ({ openAt: Date.parse(line.slice(0, 20)), rest: line.slice(21) }));
}

const walkRows = (timeframe: BenchTimeframe): Row[] =>
  randomBars({ count: WALK_BARS, seed: 7, timeframeMs: timeframeMs(timeframe), change: 40 }).map(
    ({ openAt, open, high, low, close, volume }) => ({
      openAt,
      rest: [...[open, high, low, close].map((ticks) => formatPrice(EURUSD, ticks)), volume].join(','),
    }),
  );
