/** The demo model as an ONNX graph: standardise, clip, weigh, softmax. */
import { CLASSES } from '../../src/inference/passport.ts';
import type { OnnxGraph } from './onnx-writer.ts';
import type { SoftmaxModel } from './softmax-regression.ts';

export const INPUT_NAME = 'features';
export const OUTPUT_NAME = 'probabilities';

export function graphOf({ means, scales, clipDeviations, weights, biases }: SoftmaxModel): OnnxGraph {
  const width = means.length;
  const classes = CLASSES.length;
  return {
    name: 'demo',
    inputs: [{ name: INPUT_NAME, shape: ['rows', width] }],
    outputs: [{ name: OUTPUT_NAME, shape: ['rows', classes] }],
    constants: {
      means: { shape: [width], values: means },
      scales: { shape: [width], values: scales },
      lowest: { shape: [], values: Float32Array.of(-clipDeviations) },
      highest: { shape: [], values: Float32Array.of(clipDeviations) },
      weights: { shape: [classes, width], values: weights },
      biases: { shape: [classes], values: biases },
    },
    nodes: [
      { op: 'Sub', inputs: [INPUT_NAME, 'means'], outputs: ['centred'] },
      { op: 'Mul', inputs: ['centred', 'scales'], outputs: ['deviations'] },
      { op: 'Clip', inputs: ['deviations', 'lowest', 'highest'], outputs: ['clipped'] },
      { op: 'Gemm', inputs: ['clipped', 'weights', 'biases'], outputs: ['scores'], attributes: { transB: 1 } },
      { op: 'Softmax', inputs: ['scores'], outputs: [OUTPUT_NAME], attributes: { axis: 1 } },
    ],
  };
}
