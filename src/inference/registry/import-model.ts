/** Takes a model that was trained elsewhere: ONNX of any maker, or XGBoost's JSON converted here, with a passport that says what is not known. */
import { seededRandom } from '../../domain/random.ts';
import { CLASSES, type ClassName } from '../classes.ts';
import { ModelError, reasonOf } from '../model-error.ts';
import { readOnnx, summaryOf } from '../onnx/read-onnx.ts';
import { writeOnnx } from '../onnx/write-onnx.ts';
import { xgboostToOnnx } from '../onnx/xgboost-to-onnx.ts';
import { withoutZipMap } from '../onnx/zip-map.ts';
import { featureHash, type Passport, sha256 } from '../passport.ts';
import { type Batch, openSession, runSession } from '../session.ts';
import type { NewVersion } from './promote.ts';

export interface ImportRequest {
  readonly name: string;
  /** In the model's order; absent: the file's own, else the pack's where there are as many. */
  readonly featureNames?: readonly string[] | undefined;
  readonly pack: { readonly name: string; readonly names: readonly string[] };
  /** What its columns stand for; absent: as the file names them, else down, flat, up. */
  readonly classes?: readonly ClassName[] | undefined;
  readonly label: Passport['label'];
  readonly now: Date;
}

/** A model as it will be kept, and what its file says of itself. */
interface Converted {
  readonly onnx: Uint8Array;
  readonly origin: string;
  readonly featureNames: readonly string[];
  /** Of the output's columns, where the file names them. */
  readonly classes: readonly (number | string)[];
}

/** Throws a `ModelError` with what is wrong and how to export it better. Nothing is written. */
export async function importModel(file: string, bytes: Uint8Array, request: ImportRequest): Promise<NewVersion> {
  const converted = isJson(bytes) ? fromXgboost(file, bytes) : fromOnnx(file, bytes);
  const { onnx } = converted;
  const ends = await endsOf(file, onnx);
  const names = featureNamesOf(file, ends.width, converted.featureNames, request);
  const classes = classesOf(file, converted.classes, request.classes);
  const goldenRows = await answersOf(file, onnx, ends);
  return {
    onnx,
    passport: {
      schema: 1,
      name: request.name,
      description: `Imported: ${converted.origin}`,
      kind: {
        is: `a model that was trained elsewhere and imported from ${fileName(file)}`,
        isNot: 'known in its training: nothing says on which data it was fitted, or what it is worth',
      },
      features: { pack: request.pack.name, names: [...names], hash: featureHash(names) },
      input: { name: ends.input, shape: ['rows', ends.width] },
      output: { name: ends.output },
      classes: [...classes],
      label: request.label,
      training: null,
      metrics: { rows: 0, figures: {} },
      verdict: {
        deployable: false,
        reasons: ['it was imported and nobody has judged it here: backtest it on data that it has not seen'],
      },
      modelSha256: sha256(onnx),
      createdAt: request.now.toISOString(),
      expiresAt: null,
      goldenRows,
    },
  };
}

/** The first character that is not white space. */
const isJson = (bytes: Uint8Array): boolean => /^\s*\{/.test(new TextDecoder().decode(bytes.subarray(0, 64)));

function fromXgboost(file: string, bytes: Uint8Array): Converted {
  const { graph, featureNames, rounds } = xgboostToOnnx(file, bytes);
  return {
    onnx: writeOnnx(graph),
    origin: `XGBoost, ${rounds} rounds, converted to ONNX here`,
    featureNames,
    classes: [],
  };
}

function fromOnnx(file: string, bytes: Uint8Array): Converted {
  const { producer } = summaryOf(readOnnx(file, bytes));
  const { onnx, outputs } = withoutZipMap(file, bytes);
  const [map] = outputs;
  const origin = `ONNX by ${producer || 'an unnamed exporter'}${map === undefined ? '' : ', its ZipMap taken out'}`;
  return { onnx, origin, featureNames: [], classes: map?.classes ?? [] };
}

interface FoundEnds {
  readonly input: string;
  readonly output: string;
  readonly width: number;
}

/** One float input of free rows, and the output that has a column for each class. */
async function endsOf(file: string, onnx: Uint8Array): Promise<FoundEnds> {
  const session = await opened(file, onnx);
  try {
    const [input, ...more] = session.inputMetadata;
    if (!input?.isTensor || more.length > 0) {
      const found = session.inputNames.join(', ');
      throw new ModelError(`${file}: inputs`, `it takes ${found}`, 'Export it with one input: [rows, features]');
    }
    if (input.type !== 'float32') {
      const remedy = 'Export it as float32: with skl2onnx, `FloatTensorType([None, n])`; with PyTorch, `model.float()`';
      throw new ModelError(`${file}: input ${input.name}`, `of type ${input.type}, not float32`, remedy);
    }
    const [rows, width] = input.shape;
    if (typeof rows === 'number' || typeof width !== 'number' || input.shape.length !== 2) {
      const remedy =
        'Export it as [rows, features] with a free number of rows: with PyTorch, `dynamic_axes={"input": {0: "rows"}}`';
      throw new ModelError(`${file}: input ${input.name}`, `of shape [${input.shape.join(', ')}]`, remedy);
    }
    const outputs = session.outputMetadata.filter((output) => output.isTensor && output.type === 'float32');
    const [output, ...others] = outputs.filter(({ name }) => outputs.length === 1 || /prob/i.test(name));
    if (output === undefined || others.length > 0) {
      const found = session.outputNames.join(', ');
      const remedy = 'Export it with one float output, or call the one with the probabilities "probabilities"';
      throw new ModelError(`${file}: outputs`, `which of ${found} has the probabilities is not clear`, remedy);
    }
    return { input: input.name, output: output.name, width };
  } finally {
    await session.release();
  }
}

const opened = (file: string, onnx: Uint8Array) =>
  openSession(onnx).catch((thrown: unknown) => {
    throw new ModelError(file, `ONNX Runtime cannot open it: ${reasonOf(thrown)}`, 'Export it with standard operators');
  });

function featureNamesOf(
  file: string,
  width: number,
  own: readonly string[],
  { featureNames, pack }: ImportRequest,
): readonly string[] {
  const names = featureNames ?? (own.length > 0 ? own : pack.names);
  if (names.length === width) return names;
  const source =
    featureNames !== undefined ? '--features has' : own.length > 0 ? 'the file names' : `pack ${pack.name} has`;
  throw new ModelError(
    file,
    `it takes ${width} features, ${source} ${names.length}`,
    'Name them in its own order, one a line: --features names.txt',
  );
}

function classesOf(
  file: string,
  own: readonly (number | string)[],
  given: readonly ClassName[] | undefined,
): readonly ClassName[] {
  if (given !== undefined) return given;
  const named = own.filter((name): name is ClassName => CLASSES.some((known) => known === name));
  if (named.length === CLASSES.length) return named;
  const rising = own.every(
    (name, i) => typeof name === 'number' && name > Number(own[i - 1] ?? Number.NEGATIVE_INFINITY),
  );
  if (rising) return CLASSES;
  throw new ModelError(
    file,
    `which of its classes ${own.join(', ')} is down, flat and up is not clear`,
    'Say it in the order of its columns: --classes down,flat,up',
  );
}

const GOLDEN_ROWS = 16;
/** Features are of very different sizes: shares, ratios, levels of 0 to 100. */
const SCALES = [0.01, 0.3, 1, 5, 50] as const;

/** Made-up rows with this very model's answers: they prove later that nothing has changed. */
async function answersOf(file: string, onnx: Uint8Array, ends: FoundEnds): Promise<Passport['goldenRows']> {
  const batch = madeUpRows(ends.width);
  const session = await opened(file, onnx);
  const answer = await runSession(session, { inputName: ends.input, outputName: ends.output }, batch)
    .catch((thrown: unknown) => {
      throw new ModelError(
        file,
        `it fails on ${batch.rows} rows: ${reasonOf(thrown)}`,
        'Export it for a free number of rows',
      );
    })
    .finally(() => session.release());
  if (answer.shape.length !== 2 || answer.shape[1] !== CLASSES.length) {
    const remedy = 'Fit it on the three classes down, flat and up';
    throw new ModelError(file, `it answers with [${answer.shape.join(', ')}], not [rows, ${CLASSES.length}]`, remedy);
  }
  return Array.from({ length: batch.rows }, (_, row) => {
    const probabilities = [...answer.values.subarray(row * CLASSES.length, (row + 1) * CLASSES.length)];
    checkProbabilities(file, probabilities);
    return { values: [...batch.values.subarray(row * ends.width, (row + 1) * ends.width)], probabilities };
  });
}

function madeUpRows(width: number): Batch {
  const random = seededRandom('golden rows');
  const values = Float32Array.from({ length: GOLDEN_ROWS * width }, (_, place) => {
    const scale = SCALES[(place % width) % SCALES.length] ?? 1;
    return scale * (2 * random.next() - 0.5);
  });
  return { values, rows: GOLDEN_ROWS };
}

function checkProbabilities(file: string, probabilities: readonly number[]): void {
  const sum = probabilities.reduce((total, each) => total + each, 0);
  if (probabilities.every((each) => each >= 0 && each <= 1) && Math.abs(sum - 1) <= 1e-3) return;
  throw new ModelError(
    file,
    `it answers with scores (${probabilities.map((each) => each.toFixed(3)).join(', ')}), not probabilities`,
    'End it with a softmax: with PyTorch, `torch.nn.Softmax(dim=1)` after the last layer',
  );
}

const fileName = (path: string): string => path.split(/[/\\]/).at(-1) ?? path;
