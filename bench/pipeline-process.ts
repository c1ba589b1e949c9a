/** The whole pipeline on one file, clocked inside: `node bench/pipeline-process.ts CONFIG batched|single|alone|kept [CACHE]`. From opening the file to the finished metrics. */
import { createHash } from 'node:crypto';
import { assumptionsOf } from '../src/backtest/backtest.ts';
import { openBacktest } from '../src/backtest/open-backtest.ts';
import { reportOf } from '../src/backtest/report/report.ts';
import { measureMarkets, runMeasured } from '../src/backtest/run-backtest.ts';
import type { ModelSource, SignalSource } from '../src/backtest/signal-source.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { VERSION } from '../src/version.ts';

export interface PipelineRun {
  readonly bars: number;
  readonly trades: number;
  readonly elapsedMs: number;
  readonly cpuMs: number;
  /** Opening file and model; features with the model beside them; stages and venue; the report's metrics. */
  readonly openMs: number;
  readonly measureMs: number;
  readonly tradeMs: number;
  readonly figuresMs: number;
  /** With `alone`: the model alone on the same batches, again and after all else. */
  readonly modelMs: number;
  /** Of predictions and trades: equal backtests, equal digests. */
  readonly digest: string;
}

const [configFile = '', manner, cacheFolder] = process.argv.slice(2);
const batches: { readonly features: Float32Array; readonly rows: number }[] = [];

/** As it is, or asked a row at a time, or with what it was asked kept. */
function watched(source: SignalSource): SignalSource {
  if (source.kind === 'rule') throw new Error(`${configFile} names no model`);
  if (manner === 'batched' || manner === 'kept') return source;
  return { ...source, predictRows: manner === 'single' ? oneByOne(source) : keeping(source) };
}

const keeping =
  (source: ModelSource): ModelSource['predictRows'] =>
  (features, rows) => {
    batches.push({ features: features.slice(), rows });
    return source.predictRows(features, rows);
  };

const oneByOne =
  (source: ModelSource): ModelSource['predictRows'] =>
  async (features, rows) => {
    const answers = new Float32Array(rows * 3);
    for (let row = 0; row < rows; row++) {
      const answer = await source.predictRows(features.slice(row * source.columns, (row + 1) * source.columns), 1);
      answers.set(answer, row * 3);
    }
    return answers;
  };

const startedMs = performance.now();
const cpuBefore = process.cpuUsage();
const config = loadConfig(configFile, { env: {} });
const open = await openBacktest(config, { cacheFolder });
const openedMs = performance.now();
const sources = open.setup.markets.map(({ source }) => source);
const markets = open.setup.markets.map((market) => ({ ...market, source: watched(market.source) }));
const setup = await measureMarkets({ ...open.setup, markets }, open.cache);
const measuredMs = performance.now();
const facts = runMeasured(setup, 'pessimistic');
const tradedMs = performance.now();
const { horizonBars } = open;
reportOf(
  { ...facts, assumptions: assumptionsOf(config, open, setup, VERSION) },
  horizonBars === undefined ? {} : { horizonBars },
);
const endedMs = performance.now();
const { user, system } = process.cpuUsage(cpuBefore);

for (const { features, rows } of batches) {
  const [source] = sources;
  if (source?.kind === 'model') await source.predictRows(features, rows);
}
const modelMs = performance.now() - endedMs;
await open.close();

const hash = createHash('sha256').update(JSON.stringify(facts.trades));
for (const { probabilities } of facts.records) {
  hash.update(new Uint8Array(probabilities.buffer, probabilities.byteOffset, probabilities.byteLength));
}
const answer: PipelineRun = {
  bars: facts.bars,
  trades: facts.trades.length,
  elapsedMs: endedMs - startedMs,
  cpuMs: (user + system) / 1_000,
  openMs: openedMs - startedMs,
  measureMs: measuredMs - openedMs,
  tradeMs: tradedMs - measuredMs,
  figuresMs: endedMs - tradedMs,
  modelMs,
  digest: hash.digest('hex'),
};
process.stdout.write(`${JSON.stringify(answer)}\n`);
