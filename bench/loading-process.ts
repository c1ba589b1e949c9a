/** Loads candles once and again: `node bench/loading-process.ts csv|library PATH`. The best of three rounds counts. */
import { makeInstrument } from '../src/domain/instruments.ts';
import { readCandleFile } from '../src/market/candle-file.ts';
import { readCandleRecording } from '../src/market/library/library.ts';
import { SMA_RULES, SMA_SPREAD_POINTS } from './sma-rules.ts';

export interface Loaded {
  readonly bars: number;
  readonly elapsedMs: number;
}

const ROUNDS = 3;
const [what, path = ''] = process.argv.slice(2);
const instrument = makeInstrument(SMA_RULES.spec);
const grid = { instrument, timeframe: 'H1', defaultSpreadPoints: SMA_SPREAD_POINTS } as const;

let elapsedMs = Number.POSITIVE_INFINITY;
let bars = 0;
for (let round = 0; round < ROUNDS; round++) {
  const startedMs = performance.now();
  bars = (what === 'csv' ? readCandleFile({ path, ...grid }) : readCandleRecording(path, grid)).length;
  elapsedMs = Math.min(elapsedMs, performance.now() - startedMs);
}
const answer: Loaded = { bars, elapsedMs };
process.stdout.write(`${JSON.stringify(answer)}\n`);
