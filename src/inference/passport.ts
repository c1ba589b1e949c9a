/** A model's passport, `passport.json` beside `model.onnx`: what it was fitted on, what it expects and what it must answer. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { closest } from '../config/suggest.ts';
import { FeatureSpecError, type KnownFeatures, parseFeatureSpec } from '../domain/features/spec.ts';
import { CLASSES } from './classes.ts';
import { guardsSchema } from './guard-schema.ts';
import { ModelError, reasonOf } from './model-error.ts';
import { regimeModelSchema } from './regime-schema.ts';

export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** The order of features is part of the contract, so the hash covers it. */
export const featureHash = (names: readonly string[]): string => sha256(names.join('\n'));

const text = z.string().min(1);
const count = z.int().positive();
const instant = z.iso.datetime();
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');
const probabilities = z.array(z.number().min(0).max(1)).length(CLASSES.length);

const passportSchema = z
  .strictObject({
    schema: z.literal(1),
    name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'expected lower-case letters, digits, dots and dashes'),
    description: text,
    kind: z.strictObject({ is: text, isNot: text }),
    features: z.strictObject({ pack: text, names: z.array(text).min(1), hash: digest }),
    /** Rows are the batch's: their number is free. */
    input: z.strictObject({ name: text, shape: z.tuple([z.literal('rows'), count]) }),
    output: z.strictObject({ name: text }),
    /** The order in which the model gives its probabilities. */
    classes: z
      .array(z.enum(CLASSES))
      .refine((given) => given.length === CLASSES.length && new Set(given).size === CLASSES.length, {
        error: `expected each of ${CLASSES.join(', ')} once`,
      }),
    label: z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('triple_barrier'),
        horizonBars: count,
        stopAtr: z.number().positive(),
        targetAtr: z.number().positive(),
      }),
      /** `moveAtr`: how far the price went, on average, where it moved at all. */
      z.strictObject({ kind: z.literal('fixed_horizon'), horizonBars: count, moveAtr: z.number().positive() }),
    ]),
    /** Null: not known to us, as of a model that was imported. */
    training: z
      .strictObject({
        data: text,
        symbols: z.array(text).min(1),
        timeframe: text,
        from: instant,
        to: instant,
        seed: z.union([z.string(), z.int()]),
        bars: count,
        simulated: z.boolean(),
      })
      .nullable(),
    /** Out of sample, each figure beside what it costs nothing to reach; no rows where nobody has judged. */
    metrics: z.strictObject({
      rows: z.int().nonnegative(),
      figures: z.record(
        z.string(),
        z.strictObject({ model: z.number(), baseline: z.number(), note: z.string().optional() }),
      ),
    }),
    /** What its makers think of trading it. Absent: nobody has judged, and only force promotes it. */
    verdict: z.strictObject({ deployable: z.boolean(), reasons: z.array(text) }).optional(),
    /** Absent: the rules name the regimes. */
    regimes: regimeModelSchema.optional(),
    guards: guardsSchema.optional(),
    modelSha256: digest,
    createdAt: instant,
    expiresAt: instant.nullable(),
    /** Inputs with the answers that the model must give, in the order of `classes`. */
    goldenRows: z.array(z.strictObject({ values: z.array(z.number()), probabilities })).min(8),
  })
  .readonly();

export type Passport = z.infer<typeof passportSchema>;

/** Throws a `ModelError` that names the line or the key. */
export function parsePassport(file: string, source: string): Passport {
  const result = passportSchema.safeParse(parseJson(file, source));
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${keyOf(path)}: ${message}`);
  throw new ModelError(file, faults.join('; '), 'Correct these keys, or export the passport again with the model');
}

const keyOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .slice(1) || 'the document';

function parseJson(file: string, source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (thrown) {
    const before = source.slice(0, jsonFaultOffset(source, reasonOf(thrown)));
    const line = before.split('\n').length;
    const column = before.length - before.lastIndexOf('\n');
    const fault = reasonOf(thrown).replace(/(, (\.{3})?"| in JSON| \(line).*/, '');
    throw new ModelError(
      `${file}:${line}:${column}`,
      `not JSON: ${fault}`,
      'Mend the line, or export the passport again',
    );
  }
}

/** The engine says where it stopped, but not for a stray token: that one ends the shortest text that already fails by it. */
function jsonFaultOffset(source: string, message: string): number {
  const stated = /at position (\d+)/.exec(message);
  if (stated !== null) return Number(stated[1]);
  if (!message.startsWith('Unexpected token')) return source.length;
  let sound = 0;
  let faulty = source.length;
  while (faulty - sound > 1) {
    const middle = (sound + faulty) >>> 1;
    if (hasStrayToken(source.slice(0, middle))) faulty = middle;
    else sound = middle;
  }
  return sound;
}

function hasStrayToken(source: string): boolean {
  try {
    JSON.parse(source);
    return false;
  } catch (thrown) {
    return reasonOf(thrown).startsWith('Unexpected token');
  }
}

/** Exactly these names in this order, or whatever this servo can compute. */
export type ExpectedFeatures = readonly string[] | KnownFeatures;

const isExact = (expected: ExpectedFeatures): expected is readonly string[] => Array.isArray(expected);

/** Throws a `ModelError` unless the model was fitted on features that are expected, and all else in its passport is of their number. */
export function checkFeatures(
  file: string,
  { features, input, goldenRows, guards }: Passport,
  expected: ExpectedFeatures,
): void {
  const { names, hash } = features;
  const remedy = 'Fit the model again on the features of this servo';
  const differences = isExact(expected) ? featureDifferences(names, expected) : featureFaults(names, expected);
  if (differences !== undefined) throw new ModelError(`${file}: features.names`, differences, remedy);
  if (hash !== featureHash(names)) {
    throw new ModelError(
      `${file}: features.hash`,
      `is not the hash of features.names, which is ${featureHash(names)}`,
      remedy,
    );
  }
  const [, width] = input.shape;
  if (width !== names.length) {
    throw new ModelError(
      `${file}: input.shape`,
      `${width} columns for ${names.length} features`,
      'Write one column for each feature',
    );
  }
  const misfit = guardMisfit(guards, names.length);
  if (misfit !== undefined) throw new ModelError(`${file}: ${misfit}`, `not of ${names.length} features`, remedy);
  const odd = goldenRows.findIndex(({ values }) => values.length !== names.length);
  if (odd >= 0) {
    const found = `${goldenRows[odd]?.values.length} values for ${names.length} features`;
    throw new ModelError(`${file}: goldenRows[${odd}].values`, found, 'Write one value for each feature');
  }
}

/** The guard whose reference is of other features, if any. */
function guardMisfit(guards: Passport['guards'], width: number): string | undefined {
  const { dissimilarity, drift } = guards ?? {};
  if (drift !== undefined && drift.features.length !== width) return 'guards.drift.features';
  if (dissimilarity === undefined) return undefined;
  const { means, deviations, sample } = dissimilarity;
  const fits = means.length === width && deviations.length === width && sample.length % width === 0;
  return fits ? undefined : 'guards.dissimilarity';
}

function featureFaults(names: readonly string[], known: KnownFeatures): string | undefined {
  try {
    parseFeatureSpec(names, { nearest: closest, ...known });
    return undefined;
  } catch (error) {
    if (error instanceof FeatureSpecError) return error.message;
    throw error;
  }
}

function featureDifferences(given: readonly string[], expected: readonly string[]): string | undefined {
  const repeated = given.filter((name, place) => given.indexOf(name) !== place);
  const missing = expected.filter((name) => !given.includes(name));
  const unknown = given.filter((name) => !expected.includes(name));
  const complete = repeated.length + missing.length + unknown.length === 0;
  const moved = complete ? given.filter((name, place) => name !== expected[place]) : [];
  const groups = Object.entries({ missing, unknown, repeated, 'out of place': moved });
  const found = groups.filter(([, names]) => names.length > 0).map(([group, names]) => `${group}: ${names.join(', ')}`);
  return found.length === 0 ? undefined : `these features differ from the servo's (${found.join('; ')})`;
}
