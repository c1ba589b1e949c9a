/** One run in a process that has never run it, and one when it is warm: `node bench/cold-process.ts engine|tight FILE`. Reading the file does not count. */
import { createHash } from 'node:crypto';
import { candlesOf } from '../src/market/candles.ts';
import type { SmaTrade } from '../tests/oracle/sma-cross.ts';
import { runSma } from './engine.ts';
import { SMA_RULES, SMA_SPREAD_POINTS } from './sma-rules.ts';
import { readTightly } from './tight-csv.ts';
import { tightSmaCross, tightTradeList } from './tight-loop.ts';

/** So many bars are run again before the warm run, or one more round of them: by then the compiler has done what it will do. */
const BARS_TO_WARM = 500_000;

export interface ColdAndWarm {
  readonly bars: number;
  readonly trades: number;
  /** Of the trade list: equal lists, equal digests. */
  readonly digest: string;
  readonly coldCpuMs: number;
  readonly coldMs: number;
  readonly warmMs: number;
}

const [what, path = ''] = process.argv.slice(2);
const { rows, ...columns } = readTightly(path, SMA_RULES.spec.digits, SMA_SPREAD_POINTS);
const candles = candlesOf(
  SMA_RULES.spec.symbol,
  'H1',
  { ...columns, volume: new Float64Array(columns.open.length) },
  rows,
);

/** Trades are told in one way only after the clock has stopped. */
async function timed(): Promise<{ tell: () => readonly SmaTrade[]; cpuMs: number; elapsedMs: number }> {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const tell = what === 'engine' ? await engine() : tight();
  const elapsedMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(before);
  return { tell, elapsedMs, cpuMs: (user + system) / 1_000 };
}

function tight(): () => readonly SmaTrade[] {
  const trades = tightSmaCross(columns, rows, SMA_RULES);
  return () => tightTradeList(trades);
}

async function engine(): Promise<() => readonly SmaTrade[]> {
  const trades = await runSma(candles);
  return () =>
    trades.map(({ side, quantity, entryPrice, exitPrice, openedAt, closedAt, exitReason, profit }) => ({
      ...{ side, quantity, entryPrice, exitPrice, openedAt, closedAt },
      exitReason: exitReason as SmaTrade['exitReason'],
      profitMicros: profit,
    }));
}

const cold = await timed();
let warm = cold;
for (let bars = 0; bars < BARS_TO_WARM; bars += rows) warm = await timed();
const list = cold.tell();
const answer: ColdAndWarm = {
  bars: rows,
  trades: list.length,
  digest: createHash('sha256').update(JSON.stringify(list)).digest('hex'),
  coldCpuMs: cold.cpuMs,
  coldMs: cold.elapsedMs,
  warmMs: warm.elapsedMs,
};
process.stdout.write(`${JSON.stringify(answer)}\n`);
