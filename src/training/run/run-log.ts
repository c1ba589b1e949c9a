/** What was trained into a model's folder before: each look at the same candles is a trial, and the next result is judged by it. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Passport } from '../../inference/passport.ts';
import { versionIdOf } from '../../inference/registry/promote.ts';
import { messageOf } from '../../servo/error-budget.ts';
import { isoCloseOf } from './moments.ts';
import { type EarlierTrials, type TrainingResult, worstOf } from './train.ts';

const runSchema = z.strictObject({
  at: z.iso.datetime(),
  dataSha256: z.string(),
  label: z.string(),
  seed: z.int(),
  /** The hold-out: from here on the candles are no longer unseen. */
  holdOutFrom: z.iso.datetime(),
  /** One a trainer; the Sharpe ratio of a day is null where nothing was traded. */
  trials: z.array(z.strictObject({ trainer: z.string(), dailySharpe: z.number().nullable() })),
  deployable: z.boolean(),
  version: z.string(),
});
type LoggedRun = z.infer<typeof runSchema>;

const fileOf = (home: string): string => join(home, 'trainings.jsonl');

/** Oldest first. Throws on a line that cannot be read: a trial that is forgotten makes the next result look better than it is. */
export function loggedRuns(home: string): readonly LoggedRun[] {
  const file = fileOf(home);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line, i) => {
    try {
      return runSchema.parse(JSON.parse(line));
    } catch (error) {
      throw new Error(
        `${file}:${i + 1} is not a training that was logged (${messageOf(error).split('\n')[0]}): put the file back as it was, or train under another name`,
      );
    }
  });
}

/** What the next run on the same candles has to answer for. */
export const trialsOn = (runs: readonly LoggedRun[], dataSha256: string): EarlierTrials => ({
  dailySharpes: runs
    .filter((run) => run.dataSha256 === dataSha256)
    .flatMap(({ trials }) => trials.map(({ dailySharpe }) => dailySharpe)),
});

export function loggedRunOf(result: TrainingResult, passport: Passport, dataSha256: string): LoggedRun {
  const { request, material, trials, judgement } = result;
  return {
    at: passport.createdAt,
    dataSha256,
    label: request.label,
    seed: request.seed,
    holdOutFrom: isoCloseOf(material.candles, material.holdOut[0] ?? 0),
    trials: trials.map((trial) => ({
      trainer: trial.validated.trainer,
      dailySharpe: worstOf(trial)?.dailySharpe ?? null,
    })),
    deployable: judgement.deployable,
    version: versionIdOf(passport),
  };
}

/** Before the version is added: a trial that failed to be written was a trial all the same. */
export function logRun(home: string, run: LoggedRun): void {
  mkdirSync(home, { recursive: true });
  appendFileSync(fileOf(home), `${JSON.stringify(run)}\n`);
}
