/** Opens a model in the runtime and proves that it takes and answers what its passport says. */
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { CLASSES } from './classes.ts';
import { ModelError, reasonOf } from './model-error.ts';
import { EXPORT_AGAIN, type Proof } from './proof.ts';
import { type Answer, openSession, runSession } from './session.ts';

const GOLDEN_TOLERANCE = 1e-5;

/** Throws a `ModelError` when it is not what its passport says; nothing is left open then. */
export async function openProven(onnx: Uint8Array, proof: Proof): Promise<InferenceSession> {
  const onnxFile = join(proof.folder, 'model.onnx');
  const session = await openSession(onnx).catch((thrown: unknown) => {
    throw new ModelError(onnxFile, `not a model that ONNX Runtime can open: ${reasonOf(thrown)}`, EXPORT_AGAIN);
  });
  try {
    checkEnds(onnxFile, session, proof);
    await checkGoldenRows(join(proof.folder, 'passport.json'), session, proof);
    return session;
  } catch (refusal) {
    await session.release();
    throw refusal;
  }
}

/** One float input of a free number of rows, one float tensor with a probability for each class. */
function checkEnds(file: string, session: InferenceSession, { input, output }: Proof): void {
  const [first, ...others] = session.inputMetadata;
  if (first?.name !== input.name || others.length > 0) {
    const found = session.inputNames.join(', ');
    throw new ModelError(
      `${file}: inputs`,
      `the model takes ${found}, the passport says ${input.name} alone`,
      EXPORT_AGAIN,
    );
  }
  checkTensor(`${file}: input ${first.name}`, first, input.shape[1]);
  const result = session.outputMetadata.find(({ name }) => name === output.name);
  if (result === undefined) {
    const found = session.outputNames.join(', ');
    throw new ModelError(
      `${file}: outputs`,
      `the model gives ${found}, the passport says ${output.name}`,
      EXPORT_AGAIN,
    );
  }
  checkTensor(`${file}: output ${result.name}`, result, CLASSES.length);
}

function checkTensor(where: string, value: InferenceSession.ValueMetadata, width: number): void {
  if (!value.isTensor) {
    throw new ModelError(
      where,
      'not a tensor (a ZipMap of classes)',
      'Export without ZipMap: with skl2onnx, `options={"zipmap": False}`',
    );
  }
  if (value.type !== 'float32') throw new ModelError(where, `of type ${value.type}`, 'Export it as float32');
  const [rows, columns, ...more] = value.shape;
  const fits = more.length === 0 && typeof rows !== 'number' && (columns === width || typeof columns === 'string');
  if (!fits)
    throw new ModelError(
      where,
      `of shape [${value.shape.join(', ')}]`,
      `Export it as [rows, ${width}] with a free number of rows`,
    );
}

/** The stored answers prove that features go in, and probabilities come out, in the order that the passport says. */
async function checkGoldenRows(
  file: string,
  session: InferenceSession,
  { input, output, goldenRows }: Proof,
): Promise<void> {
  const values = Float32Array.from(goldenRows.flatMap((row) => row.values));
  const ends = { inputName: input.name, outputName: output.name };
  const answer = await runSession(session, ends, { values, rows: goldenRows.length }).catch(
    (thrown: unknown): Answer => {
      throw new ModelError(`${file}: goldenRows`, `the model fails on them: ${reasonOf(thrown)}`, EXPORT_AGAIN);
    },
  );
  if (answer.values.length !== goldenRows.length * CLASSES.length) {
    throw new ModelError(
      `${file}: goldenRows`,
      `the model answers them with [${answer.shape.join(', ')}]`,
      EXPORT_AGAIN,
    );
  }
  for (const [row, golden] of goldenRows.entries()) {
    const differences = golden.probabilities.map((expected, i) =>
      Math.abs(expected - (answer.values[row * CLASSES.length + i] ?? Number.NaN)),
    );
    const largest = Math.max(...differences);
    if (largest <= GOLDEN_TOLERANCE) continue;
    throw new ModelError(
      `${file}: goldenRows[${row}]`,
      `the model differs by ${largest.toExponential(1)}, more than ${GOLDEN_TOLERANCE}`,
      EXPORT_AGAIN,
    );
  }
}
