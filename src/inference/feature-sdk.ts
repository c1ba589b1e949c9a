/** Users' own features: files of a folder, each checked before anything is computed with it. docs/FEATURES.md shows how to write one. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { Column } from '../domain/features/column.ts';
import { checkLookAhead, type LookAheadFault, type Subject } from '../domain/features/look-ahead.ts';
import { type UserFeature, userColumn } from '../domain/features/user-feature.ts';
import { type Instrument, priceToNumber } from '../domain/instrument.ts';
import type { Bar } from '../domain/market.ts';
import { reasonOf } from './model-error.ts';

/** Why a feature file is refused: the file, the fault and how to mend it. */
export class FeatureFileError extends Error {
  override readonly name = 'FeatureFileError';

  constructor(file: string, fault: string, remedy: string) {
    super(`${file}: ${fault}. ${remedy}.`);
  }
}

/** Bars that every feature is tried on before it is trusted; a simulated market will do. */
export interface FeatureProbe {
  readonly instrument: Instrument;
  /** At least `PROBE_BARS` more than the longest warm-up that is to be allowed. */
  readonly bars: readonly Bar[];
}

/** Bars after the warm-up on which a feature is tried. */
export const PROBE_BARS = 500;
const CUTS = 12;
const WARMUP_MAX = 5_000;
const FILE_NAME = /^(?!.*\.(d|test)\.)[^.].*\.(ts|js|mjs)$/;
const CONTRACT = 'Export `feature` with a name, warmupBars and either compute(window) or create()';
const PURE = 'A value may depend on the last warmupBars closed bars and on nothing else';

const anyFunction = z.custom<(...given: readonly never[]) => unknown>(
  (value) => typeof value === 'function',
  'expected a function',
);
const featureSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected lower-case letters, digits and underscores'),
    warmupBars: z.int().min(1).max(WARMUP_MAX),
    compute: anyFunction.optional(),
    create: anyFunction.optional(),
  })
  .refine(
    ({ compute, create }) => (compute === undefined) !== (create === undefined),
    'expected either compute or create',
  );

/** By name. Throws a `FeatureFileError` on the first file that is refused. */
export async function loadUserFeatures(folder: string, probe: FeatureProbe): Promise<ReadonlyMap<string, UserFeature>> {
  const found = new Map<string, { readonly file: string; readonly feature: UserFeature }>();
  for (const file of await featureFiles(folder)) {
    const feature = await readFeature(file);
    const twin = found.get(feature.name);
    if (twin !== undefined) {
      throw new FeatureFileError(file, `${feature.name} is the name of ${twin.file}, too`, 'Give each its own name');
    }
    tryOut(file, feature, probe);
    found.set(feature.name, { file, feature });
  }
  return new Map([...found].map(([name, { feature }]) => [name, feature]));
}

async function featureFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => FILE_NAME.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    throw new FeatureFileError(
      folder,
      `the folder cannot be read: ${reasonOf(error)}`,
      'Name a folder of feature files',
    );
  }
}

async function readFeature(file: string): Promise<UserFeature> {
  const module = await importFile(file);
  const result = featureSchema.safeParse(module['feature']);
  if (result.success) return result.data as UserFeature;
  const faults = result.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new FeatureFileError(file, `feature: ${faults.join('; ')}`, CONTRACT);
}

async function importFile(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw new FeatureFileError(file, `cannot be loaded: ${reasonOf(error)}`, CONTRACT);
  }
}

/** Its values are numbers, the same each time, and know neither the future nor when they were begun. */
function tryOut(file: string, feature: UserFeature, { instrument, bars }: FeatureProbe): void {
  const needs = feature.warmupBars + PROBE_BARS;
  if (bars.length < needs) {
    throw new FeatureFileError(
      file,
      `${bars.length} bars are too few to try it on, ${needs} are needed`,
      'Give a longer probe',
    );
  }
  const priceOfTick = priceToNumber(instrument, 1);
  const probe = bars.slice(0, needs);
  const subject: Subject = {
    names: [feature.name],
    warmupBars: feature.warmupBars,
    open: () => streaming(() => userColumn(feature, priceOfTick)),
  };
  try {
    checkNumbers(file, subject, probe);
    const { fault } = checkLookAhead(subject, probe, { cuts: CUTS, seed: feature.name });
    if (fault !== undefined) throw new FeatureFileError(file, faultWords(fault), PURE);
  } catch (error) {
    if (error instanceof FeatureFileError) throw error;
    throw new FeatureFileError(file, `${feature.name} failed on the bars it was tried on: ${reasonOf(error)}`, PURE);
  }
}

function streaming(open: () => Column): ReturnType<Subject['open']> {
  const column = open();
  return {
    push: (bar) => column.push(bar),
    ready: true,
    values: () => [column.value()],
  };
}

function checkNumbers(file: string, { open, names: [name = ''] }: Subject, bars: readonly Bar[]): void {
  const column = open();
  let finite = 0;
  for (const bar of bars) {
    column.push(bar);
    const value: unknown = column.values()[0];
    if (Number.isFinite(value)) finite++;
    else if (!Number.isNaN(value)) {
      const given = typeof value === 'number' ? value : `${typeof value} ${String(value)}`;
      throw new FeatureFileError(
        file,
        `${name} is ${given} at ${timeOf(bar)}`,
        'Give a finite number, or NaN for no value',
      );
    }
  }
  if (finite === 0) throw new FeatureFileError(file, `${name} gave no number on ${bars.length} bars`, CONTRACT);
}

const timeOf = ({ closeAt }: Bar): string => `the bar that closed at ${new Date(closeAt).toISOString()}`;

/** Of the run over all bars and of the one that saw fewer. */
function faultWords({ kind, feature, bar, value, other }: LookAheadFault): string {
  const without = kind === 'future' ? 'without the bars after it' : 'when begun one warm-up before';
  return `${feature} at ${timeOf(bar)} is ${value}, and ${other} ${without}`;
}
