/** The tight loop as a whole process: `node bench/tight-process.ts FILE`. */
import { SMA_RULES, SMA_SPREAD_POINTS } from './sma-rules.ts';
import { readTightly } from './tight-csv.ts';
import { tightSmaCross } from './tight-loop.ts';

export interface TightAnswer {
  readonly bars: number;
  readonly trades: number;
}

const [path = ''] = process.argv.slice(2);
const columns = readTightly(path, SMA_RULES.spec.digits, SMA_SPREAD_POINTS);
const trades = tightSmaCross(columns, columns.rows, SMA_RULES);
const answer: TightAnswer = { bars: columns.rows, trades: trades.count };
process.stdout.write(`${JSON.stringify(answer)}\n`);
