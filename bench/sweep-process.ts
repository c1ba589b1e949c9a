/** A sweep of the SMA cross on so many threads: `node bench/sweep-process.ts FILE THREADS`. Reading and measuring do not count; starting threads does. */
import { performance } from 'node:perf_hooks';
import { measureMarkets } from '../src/backtest/run-backtest.ts';
import { ruleSource } from '../src/backtest/signal-source.ts';
import { sweep } from '../src/backtest/sweep.ts';
import { sharedMarket } from '../src/backtest/sweep-market.ts';
import { money } from '../src/domain/units.ts';
import { candlesOf } from '../src/market/candles.ts';
import { policyOf, venueRulesOf } from '../tests/backtest/sma-market.ts';
import { SMA_RULES, SMA_SPREAD_POINTS } from './sma-rules.ts';
import { readTightly } from './tight-csv.ts';

const TRIALS = 24;

export interface SweepAnswer {
  readonly bars: number;
  readonly trials: number;
  readonly wallMs: number;
  /** Equal figures, equal texts. */
  readonly changes: string;
}

const [path = '', threads = '1'] = process.argv.slice(2);
const { rows, ...columns } = readTightly(path, SMA_RULES.spec.digits, SMA_SPREAD_POINTS);
const volume = new Float64Array(columns.open.length);
const candles = candlesOf(SMA_RULES.spec.symbol, 'H1', { ...columns, volume }, rows);
const { fillRule, ...rules } = venueRulesOf(SMA_RULES);
const opening = money(SMA_RULES.balanceMicros);
const { measured } = await measureMarkets({
  policy: policyOf(SMA_RULES),
  rules,
  opening,
  markets: [{ candles, source: ruleSource(`sma_cross:${SMA_RULES.fastBars}/${SMA_RULES.slowBars}`) }],
  warmupBars: SMA_RULES.decideFrom,
});
const trials = Array.from({ length: TRIALS }, (_, i) => {
  const policy = policyOf({ ...SMA_RULES, stopAtr: 1.5 + 0.05 * i });
  return { policy, rules, opening, bars: 0 };
});
const bars = [measured.map(sharedMarket)];
const startedAt = performance.now();
const figures = await sweep({ bars, trials, fillRule, threads: Number(threads) });
const answer: SweepAnswer = {
  bars: rows,
  trials: TRIALS,
  wallMs: performance.now() - startedAt,
  changes: figures.map(({ change, trades }) => `${trades}: ${change}`).join(', '),
};
process.stdout.write(`${JSON.stringify(answer)}\n`);
