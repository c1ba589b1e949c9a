/** A model's passport, `passport.json` beside `model.onnx`: what it was fitted on, what it expects and what it must answer. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ModelError, reasonOf } from './model-error.ts';

export const CLASSES = ['down', 'flat', 'up'] as const;
export type ClassName = (typeof CLASSES)[number];

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
    label: z.strictObject({
      kind: z.literal('triple_barrier'),
      horizonBars: count,
      stopAtr: z.number().positive(),
      targetAtr: z.number().positive(),
    }),
    training: z.strictObject({
      data: text,
      symbols: z.array(text).min(1),
      timeframe: text,
      from: instant,
      to: instant,
      seed: z.union([z.string(), z.int()]),
      bars: count,
      simulated: z.boolean(),
    }),
    /** Out of sample, each figure beside what it costs nothing to reach. */
    metrics: z.strictObject({
      rows: count,
      figures: z.record(
        z.string(),
        z.strictObject({ model: z.number(), baseline: z.number(), note: z.string().optional() }),
      ),
    }),
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

/** Throws a `ModelError` unless the model was fitted on exactly these features in exactly this order. */
export function checkFeatures(
  file: string,
  { features, input, goldenRows }: Passport,
  expected: readonly string[],
): void {
  const { names, hash } = features;
  const remedy = 'Fit the model again on the features of this servo';
  const differences = featureDifferences(names, expected);
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
  const odd = goldenRows.findIndex(({ values }) => values.length !== names.length);
  if (odd >= 0) {
    const found = `${goldenRows[odd]?.values.length} values for ${names.length} features`;
    throw new ModelError(`${file}: goldenRows[${odd}].values`, found, 'Write one value for each feature');
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
