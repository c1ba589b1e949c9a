/** Our gradient boosting and XGBoost on the same rows, labels and split; without Debian's python3-xgboost ours alone. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FEATURE_PACK, FeatureEngine } from '../src/domain/features.ts';
import { timeframeMs } from '../src/domain/market.ts';
import { readCandleFile } from '../src/market/candle-file.ts';
import type { Examples } from '../src/training/dataset.ts';
import { logLoss } from '../src/training/examples.ts';
import { fitGbdt } from '../src/training/gbdt/fit-gbdt.ts';
import { GBDT_DEFAULTS } from '../src/training/gbdt/options.ts';
import { ewmaDistance } from '../src/training/labels/barrier-distance.ts';
import { CLASS_COUNT, knownRows } from '../src/training/labels/labels.ts';
import { tripleBarrier } from '../src/training/labels/triple-barrier.ts';
import { EURUSD } from '../tests/domain/random-bars.ts';
import { candleFile, candleOrigin } from './candle-files.ts';
import { heading, line, note, short } from './figures.ts';
import { inFolder } from './folder.ts';

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, 'peers/python/xgboost_rows.py');
/** Debian's own as well, because another python3 before it on the path does not see Debian's packages. */
const PYTHONS = ['python3', '/usr/bin/python3'];
const PYTHON_MS = 180_000;

const BARS = 75_520;
const HORIZON_BARS = 24;
const TRAIN_ROWS = 50_000;
const STOP_ROWS = 8_000;

interface Parts {
  readonly train: Examples;
  readonly stop: Examples;
  readonly test: Examples;
}

interface Fitted {
  readonly rounds: number;
  readonly roundsGrown: number;
  readonly cpuSeconds: number;
  readonly stopLogLoss: number;
  readonly testLogLoss: number;
}

export async function measureTraining(): Promise<void> {
  await inFolder(async (folder) => {
    const parts = partsOf(folder);
    const { columns } = parts.train.features;
    heading(
      `Training: ${TRAIN_ROWS} × ${columns} × ${CLASS_COUNT}, EURUSD M5 (${candleOrigin}), ${parts.test.rows.length} rows to test on`,
    );
    const ours = fitOurs(parts);
    line('servo', wordsOf(ours), 'G: ≤ 10 s of CPU for about 110 rounds');
    line('the naive forecast', `test ${priorLogLoss(parts).toFixed(4)}`);
    const python = await pythonWithXgboost();
    if (python === undefined) {
      note('XGBoost is not measured here: no python3 can import it (Debian: python3-xgboost)');
      return;
    }
    const { version, ...theirs } = await fitXgboost(python, folder, parts);
    line(`XGBoost ${version}, same settings`, wordsOf(theirs));
    const ratio = (100 * ours.testLogLoss) / theirs.testLogLoss - 100;
    line('servo’s test log-loss to XGBoost’s', `${ratio >= 0 ? '+' : ''}${ratio.toFixed(2)} %`, 'G: ≤ +1 %');
    line('servo’s CPU to XGBoost’s, a round', `${short(perRound(ours) / perRound(theirs))} to 1`);
  });
}

const perRound = ({ cpuSeconds, roundsGrown }: Fitted): number => cpuSeconds / roundsGrown;

const wordsOf = ({ rounds, roundsGrown, cpuSeconds, stopLogLoss, testLogLoss }: Fitted): string =>
  `${cpuSeconds.toFixed(1)} CPU s · ${rounds} of ${roundsGrown} rounds · stop ${stopLogLoss.toFixed(4)} · test ${testLogLoss.toFixed(4)}`;

/** In order of time, as many rows apart as a label looks ahead. */
function partsOf(folder: string): Parts {
  const path = candleFile(folder, BARS, 'M5');
  const candles = readCandleFile({ path, instrument: EURUSD, timeframe: 'M5', defaultSpreadPoints: 10 });
  const engine = new FeatureEngine(EURUSD, timeframeMs('M5'));
  const columns = FEATURE_PACK.names.length;
  const values = new Float32Array(candles.length * columns);
  const ready = new Uint8Array(candles.length);
  for (let bar = 0; bar < candles.length; bar++) {
    engine.push(candles.barAt(bar));
    if (!engine.ready) continue;
    ready[bar] = 1;
    values.set(engine.values(), bar * columns);
  }
  const distance = ewmaDistance(candles.close, 96, HORIZON_BARS, 0.9);
  const labels = tripleBarrier(candles, { upTicks: distance, downTicks: distance, horizonBars: HORIZON_BARS });
  const rows = knownRows(labels, ready);
  const whole = {
    features: { rows: candles.length, columns, values },
    classes: labels.classes,
    weights: new Float64Array(candles.length).fill(1),
  };
  const stopAt = TRAIN_ROWS + HORIZON_BARS;
  const testAt = stopAt + STOP_ROWS + HORIZON_BARS;
  return {
    train: { ...whole, rows: rows.subarray(0, TRAIN_ROWS) },
    stop: { ...whole, rows: rows.subarray(stopAt, stopAt + STOP_ROWS) },
    test: { ...whole, rows: rows.subarray(testAt) },
  };
}

function fitOurs({ train, stop, test }: Parts): Fitted {
  let roundsGrown = 0;
  const before = process.cpuUsage();
  const model = fitGbdt({
    train,
    stop,
    classes: CLASS_COUNT,
    options: GBDT_DEFAULTS,
    onRound: ({ round }) => {
      roundsGrown = round;
    },
  });
  const { user, system } = process.cpuUsage(before);
  return {
    rounds: model.rounds,
    roundsGrown,
    cpuSeconds: (user + system) / 1e6,
    stopLogLoss: model.stopLogLoss ?? Number.NaN,
    testLogLoss: logLoss(model.probabilities(test.features, test.rows), CLASS_COUNT, test),
  };
}

/** The training rows' shares of the classes, as the forecast for every row. */
function priorLogLoss({ train, test }: Parts): number {
  const counts = [0, 1, 2].map((k) => train.rows.filter((row) => train.classes[row] === k).length);
  const forecast = Float32Array.from(
    { length: test.rows.length * 3 },
    (_, i) => (counts[i % 3] ?? 0) / train.rows.length,
  );
  return logLoss(forecast, CLASS_COUNT, test);
}

async function pythonWithXgboost(): Promise<string | undefined> {
  for (const python of PYTHONS) {
    const found = await run(python, ['-c', 'import xgboost, numpy'], { timeout: PYTHON_MS }).catch(() => undefined);
    if (found !== undefined) return python;
  }
  return undefined;
}

async function fitXgboost(
  python: string,
  folder: string,
  { train, stop, test }: Parts,
): Promise<Fitted & { version: string }> {
  const { columns, values } = train.features;
  const rows = [train, stop, test].flatMap((part) => [...part.rows]);
  const features = new Float32Array(rows.length * columns);
  rows.forEach((row, place) => {
    features.set(values.subarray(row * columns, (row + 1) * columns), place * columns);
  });
  const stopEnd = train.rows.length + stop.rows.length;
  const { learningRate, leavesMax, binsMax, rowShare, columnShare, minChildWeight, l2, seed } = GBDT_DEFAULTS;
  const settings = {
    columns,
    parts: { train: [0, train.rows.length], stop: [train.rows.length, stopEnd], test: [stopEnd, rows.length] },
    roundsMax: GBDT_DEFAULTS.roundsMax,
    patienceRounds: GBDT_DEFAULTS.patienceRounds,
    options: {
      eta: learningRate,
      max_leaves: leavesMax,
      max_bin: binsMax,
      subsample: rowShare,
      colsample_bytree: columnShare,
      min_child_weight: minChildWeight,
      lambda: l2,
      seed,
    },
  };
  writeFileSync(join(folder, 'features.f32'), features);
  writeFileSync(
    join(folder, 'classes.u8'),
    Uint8Array.from(rows, (row) => train.classes[row] ?? 0),
  );
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
  const { stdout } = await run(python, [SCRIPT, folder], { timeout: PYTHON_MS });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Fitted & { version: string };
}
