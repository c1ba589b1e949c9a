/** The full pipeline: 56 features, regime, the demo model in batches, every risk check; beside the model alone and the model asked bar by bar. */
import { join } from 'node:path';
import { type BenchTimeframe, candleFile, candleOrigin } from './candle-files.ts';
import { writeConfig } from './config-file.ts';
import { featureMicrosecondsPerBar } from './features.ts';
import { heading, line, median, note, short } from './figures.ts';
import { inFolder } from './folder.ts';
import type { PipelineRun } from './pipeline-process.ts';
import { type Finished, inTurn, medianOf, printed } from './processes.ts';

const PROCESS = join(import.meta.dirname, 'pipeline-process.ts');
const TIMEFRAME: BenchTimeframe = 'M5';
/** All of the real file. */
const YEAR_BARS = 75_520;
const LONG_BARS = 500_000;
/** Asked bar by bar, the model takes its time. */
const SINGLE_BARS = 20_000;
const ROUNDS = 5;
const SINGLE_ROUNDS = 3;

export async function measurePipeline(): Promise<void> {
  await inFolder(async (folder) => {
    heading(
      `Full pipeline with the demo model, M5, on ${candleOrigin}; clocked inside the process, medians of fresh ones`,
    );
    const memoryMib = await measureYear(folder);
    await measureLong(folder, memoryMib);
    await measureSingle(folder);
    measureFeatures();
  });
}

/** Returns the peak of memory. */
async function measureYear(folder: string): Promise<number> {
  const config = writeConfig(folder, { timeframe: TIMEFRAME, candles: candleFile(folder, YEAR_BARS, TIMEFRAME) });
  const cache = join(folder, 'cache');
  await inTurn({ first: [PROCESS, config, 'kept', cache] }, 1);
  const { batched, alone, kept } = await inTurn(
    {
      batched: [PROCESS, config, 'batched'],
      alone: [PROCESS, config, 'alone'],
      kept: [PROCESS, config, 'kept', cache],
    },
    ROUNDS,
  );
  const of = (runs: readonly Finished[], what: keyof PipelineRun) =>
    median(runs.map((one) => Number(printed<PipelineRun>(one)[what])));
  const bars = of(batched, 'bars');
  const elapsedMs = of(batched, 'elapsedMs');
  line(
    `${short(bars)} bars, file to metrics`,
    `${short((1_000 * bars) / elapsedMs)} bars/s · ${short(elapsedMs)} ms · ${short(medianOf(batched, 'wallMs'))} ms with start-up`,
    'G17: 250,000 bars/s on both cores',
  );
  line('  on one core', `${short((1_000 * bars) / of(batched, 'cpuMs'))} bars/s of CPU`);
  for (const [name, what] of [
    ['open', 'openMs'],
    ['features with the model', 'measureMs'],
    ['stages', 'tradeMs'],
    ['metrics', 'figuresMs'],
  ] as const) {
    line(`  ${name}`, `${short(of(batched, what))} ms · ${short(of(kept, what))} ms from the cache`);
  }
  const keptMs = of(kept, 'elapsedMs');
  const same = new Set([...batched, ...kept].map((one) => printed<PipelineRun>(one).digest)).size === 1;
  line(
    '  features and predictions from the cache',
    `${short((1_000 * bars) / keptMs)} bars/s · ${short(keptMs)} ms; predictions and trades ${same ? 'equal to the bit' : 'DIFFER'}`,
    'G17: 2,000,000 bars/s',
  );
  const modelMs = of(alone, 'modelMs');
  line(
    '  to the model alone, in batches',
    `${short(elapsedMs / modelMs)} to 1 (it: ${short(modelMs)} ms)`,
    'G4: ≤ 1.5, stretch 1.25',
  );
  const peak = medianOf(batched, 'peakMib');
  line('  peak of memory', `${short(peak)} MiB`, 'G13: ≤ 160 MiB at any number of bars');
  return peak;
}

/** Once: it is long enough to speak for itself. */
async function measureLong(folder: string, yearMib: number): Promise<void> {
  const config = writeConfig(folder, { timeframe: TIMEFRAME, candles: candleFile(folder, LONG_BARS, TIMEFRAME) });
  const { batched } = await inTurn({ batched: [PROCESS, config, 'batched'] }, 1);
  const [once] = batched as [Finished];
  const { bars, cpuMs, elapsedMs } = printed<PipelineRun>(once);
  line(
    `${short(bars)} bars, file to metrics`,
    `${short((1_000 * bars) / cpuMs)} bars/s of CPU · ${short((1_000 * bars) / elapsedMs)} bars/s`,
    'G4: ≥ 150,000 a core',
  );
  const bytesPerBar = ((once.peakMib - yearMib) * 2 ** 20) / (LONG_BARS - YEAR_BARS);
  line(
    '  peak of memory',
    `${short(once.peakMib)} MiB · ${short(bytesPerBar)} bytes a further bar`,
    'G13: ≤ 160 MiB, ≤ 60 bytes',
  );
}

async function measureSingle(folder: string): Promise<void> {
  const config = writeConfig(folder, { timeframe: TIMEFRAME, candles: candleFile(folder, SINGLE_BARS, TIMEFRAME) });
  const runs = await inTurn(
    { batched: [PROCESS, config, 'batched'], single: [PROCESS, config, 'single'] },
    SINGLE_ROUNDS,
  );
  const [batched, single] = [runs.batched.map(printed<PipelineRun>), runs.single.map(printed<PipelineRun>)];
  const elapsedMs = (all: readonly PipelineRun[]) => median(all.map((one) => one.elapsedMs));
  const digests = new Set([...batched, ...single].map(({ digest }) => digest));
  line(
    `${short(SINGLE_BARS)} bars, asked bar by bar`,
    `${short(elapsedMs(single) / elapsedMs(batched))} to 1 in batches`,
    `G5: ≥ 5; predictions and trades ${digests.size === 1 ? 'equal to the bit' : 'DIFFER'}`,
  );
}

function measureFeatures(): void {
  heading('Feature pack: 56 features and the regime, one symbol, bar by bar');
  const microseconds = featureMicrosecondsPerBar();
  line(
    'one bar',
    `${short(microseconds)} µs · ${short(1e6 / microseconds)} bars/s`,
    'G6: ≤ 3 µs; in batches ≥ 1.0M bars/s',
  );
  note('a batch is a loop over the same push, so that batch and live cannot differ');
}
