/** What ONNX Runtime says of rows of a matrix, asked of a graph that was written to bytes first. */
import type { OnnxGraph } from '../../src/inference/onnx/graph.ts';
import { writeOnnx } from '../../src/inference/onnx/write-onnx.ts';
import { openSession, runSession } from '../../src/inference/session.ts';
import type { FeatureMatrix } from '../../src/training/dataset.ts';

export async function onnxAnswers(graph: OnnxGraph, features: FeatureMatrix, rows: Int32Array): Promise<Float32Array> {
  const { columns, values } = features;
  const asked = new Float32Array(rows.length * columns);
  rows.forEach((row, place) => {
    asked.set(values.subarray(row * columns, (row + 1) * columns), place * columns);
  });
  const session = await openSession(writeOnnx(graph));
  try {
    const ends = { inputName: 'features', outputName: 'probabilities' };
    return (await runSession(session, ends, { values: asked, rows: rows.length })).values;
  } finally {
    await session.release();
  }
}

export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}
