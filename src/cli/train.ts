/** `servo train`: learns, judges, keeps the model as a version that nobody trades yet, and prints what it is worth. */
import { statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { withBacktestOverrides } from '../config/backtest-overrides.ts';
import { loadConfig } from '../config/load-config.ts';
import type { UnixMs } from '../domain/units.ts';
import { versionFolder } from '../inference/registry/model-home.ts';
import { addVersion } from '../inference/registry/promote.ts';
import { trainingReport } from '../training/report/html-report.ts';
import { trainingJson } from '../training/report/json-report.ts';
import type { ReportedRun } from '../training/report/reported-run.ts';
import { passportOfRun } from '../training/run/passport-of-run.ts';
import { type TrainingRequest, type TrainingWishes, trainingRequest } from '../training/run/request.ts';
import { loggedRunOf, loggedRuns, logRun, trialsOn } from '../training/run/run-log.ts';
import { type EarlierTrials, type TrainingResult, train } from '../training/run/train.ts';
import { type TrainingCandles, trainingCandles } from '../training/run/training-candles.ts';
import { VERSION } from '../version.ts';
import { callOf } from './call.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import { trainingProgress } from './train-progress.ts';
import { trainingText } from './train-text.ts';

/** As parsed; what is left out is as the request has it. */
export interface TrainFlags {
  readonly config: string;
  readonly data: string;
  readonly symbol: string;
  readonly timeframe: string;
  readonly out: string;
  readonly label?: 'triple_barrier' | 'fixed_horizon';
  readonly horizon?: number;
  readonly barrier?: number | 'balanced';
  readonly barrierUnit?: 'atr' | 'sigma';
  readonly trainer: readonly string[];
  readonly cv?: 'expanding' | 'rolling' | 'cpcv';
  readonly folds?: number;
  readonly holdOut?: number;
  readonly decay?: number;
  readonly rounds?: number;
  readonly expiresDays?: number | 'never';
  readonly seed?: number;
  readonly from?: UnixMs;
  readonly to?: UnixMs;
  readonly acceptBadData?: boolean;
  readonly json?: boolean;
}

export async function trainCommand(flags: TrainFlags): Promise<ExitCode> {
  const home = resolve(flags.out);
  if (statSync(home, { throwIfNoEntry: false })?.isFile()) {
    throw new CliError(EXIT.usage, `--out ${flags.out} is a file; name a folder, such as models/eurusd`);
  }
  const request = refused(EXIT.usage, () => trainingRequest(wishesOf(flags, basename(home))));
  const data = refused(EXIT.usage, () => trainingCandles(request.config, flags));
  demandSound(data, flags);
  const result = await learn(request, data, trialsOn(loggedRuns(home), data.sha256), flags.json === true);
  const run: ReportedRun = { result, source: data, command: commandOf(flags), version: VERSION };
  const passport = passportOfRun(result, {
    data: `${basename(data.file)}, sha256 ${data.sha256}`,
    is: 'what servo train learned from these candles, judged on candles that it had not seen',
    isNot: 'a promise: markets change, and what held in the hold-out need not hold tomorrow',
  });
  logRun(home, loggedRunOf(result, passport, data.sha256));
  const report = trainingReport(run);
  const id = await addVersion(home, { passport, onnx: result.final.onnx, files: { [REPORT]: report } });
  const folder = versionFolder(home, id);
  const kept = { id, folder, report: join(folder, REPORT), promote: callOf(promotionOf(result, flags.out, id)) };
  const outcome = flags.json === true ? JSON.stringify(trainingJson(run, kept), null, 2) : trainingText(run, kept);
  process.stdout.write(`${outcome}\n`);
  return result.judgement.deployable ? EXIT.ok : EXIT.noEdge;
}

const REPORT = 'training-report.html';

function wishesOf(flags: TrainFlags, name: string): TrainingWishes {
  const { data, symbol, timeframe } = flags;
  const config = withBacktestOverrides(loadConfig(flags.config), { data: [data], symbol, timeframe });
  const { expiresDays, trainer } = flags;
  const wished = {
    label: flags.label,
    horizonBars: flags.horizon,
    barrier: flags.barrier,
    barrierUnit: flags.barrierUnit,
    trainers: trainer.length === 0 ? undefined : trainer,
    validation: flags.cv,
    folds: flags.folds,
    holdOutShare: flags.holdOut,
    decayAlpha: flags.decay,
    roundsMax: flags.rounds,
    seed: flags.seed,
  };
  const known = Object.fromEntries(Object.entries(wished).filter(([, value]) => value !== undefined));
  return {
    config,
    name,
    now: new Date(),
    ...known,
    ...(expiresDays !== undefined && { expiresAfterDays: expiresDays === 'never' ? undefined : expiresDays }),
  };
}

/** A wish that cannot be granted is the person's to change. */
function refused<T>(code: ExitCode, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof RangeError ? new CliError(code, error.message) : error;
  }
}

function demandSound({ file, faults }: TrainingCandles, { acceptBadData }: TrainFlags): void {
  if (faults.length === 0 || acceptBadData === true) return;
  throw new CliError(
    EXIT.unfit,
    `${file} is not fit to learn from: ${faults.join('; ')}. Mend it (${callOf('data check')} says more), or take it as it is with --accept-bad-data.`,
  );
}

async function learn(
  request: TrainingRequest,
  { candles }: TrainingCandles,
  earlier: EarlierTrials,
  quiet: boolean,
): Promise<TrainingResult> {
  const progress = trainingProgress(request.name, quiet);
  try {
    return await train(request, candles, earlier, progress.show);
  } catch (error) {
    throw error instanceof RangeError ? new CliError(EXIT.unfit, error.message) : error;
  } finally {
    progress.stop();
  }
}

const promotionOf = ({ judgement }: TrainingResult, out: string, id: string): string =>
  `model promote ${out} ${id}${judgement.deployable ? '' : ' --force --reason "…"'}`;

/** As typed, so that it can be typed again. */
function commandOf(flags: TrainFlags): string {
  const typed = Object.entries(flags).flatMap(([name, value]) => {
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return [flag];
    const values = Array.isArray(value) ? value : [value];
    const isTime = name === 'from' || name === 'to';
    return values.map((each) => `${flag} ${isTime ? new Date(Number(each)).toISOString() : String(each)}`);
  });
  return callOf(`train ${typed.filter((words) => words !== '--json').join(' ')}`);
}
