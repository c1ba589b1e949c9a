/** One ONNX Runtime session: opened from bytes, asked a batch at a time. */
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** Rows of features, one after another. */
export interface Batch {
  readonly values: Float32Array;
  readonly rows: number;
}

/** What the model gave, unjudged. */
export interface Answer {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

export interface Ends {
  readonly inputName: string;
  readonly outputName: string;
}

/** What the runtime would print of errors is in its exceptions as well. */
const LOG_FATAL_ONLY = 4;

/** One thread: a second one makes the slowest answers slower and helps no small model. */
export const openSession = (model: Uint8Array): Promise<InferenceSession> =>
  InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: LOG_FATAL_ONLY,
  });

/** Throws what the runtime throws, and when the output is not a float tensor. */
export async function runSession(
  session: InferenceSession,
  { inputName, outputName }: Ends,
  batch: Batch,
): Promise<Answer> {
  const input = new Tensor('float32', batch.values, [batch.rows, batch.values.length / batch.rows]);
  const output = (await session.run({ [inputName]: input }, [outputName]))[outputName];
  if (!(output?.data instanceof Float32Array))
    throw new Error(`output "${outputName}" is ${output?.type}, not float32`);
  return { values: output.data, shape: output.dims };
}
