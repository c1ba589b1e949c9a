/** A fitted neural network as an ONNX graph; scaling and missing values are part of it. */
import { type OnnxConstant, type OnnxGraph, type OnnxNode, scalar } from '../../inference/onnx/graph.ts';
import { classifierGraph, type GraphOptions, INPUT, SCORES } from '../classifier-graph.ts';
import type { MlpModel } from './mlp-model.ts';
import type { Scaling } from './scaling.ts';

interface Part {
  readonly constants: Readonly<Record<string, OnnxConstant>>;
  readonly nodes: readonly OnnxNode[];
}

export function mlpGraph({ columns, classes, scaling, layers }: MlpModel, options: GraphOptions = {}): OnnxGraph {
  const scaled = scalingPart(scaling);
  const dense = layers.map(({ inputs, outputs, weights, biases }, place): Part => {
    const isLast = place + 1 === layers.length;
    const [weight, bias, sums] = [`weights_${place}`, `biases_${place}`, isLast ? SCORES : `sums_${place}`];
    const input = place === 0 ? 'inputs' : `units_${place - 1}`;
    return {
      constants: {
        [weight]: { shape: [inputs, outputs], values: weights },
        [bias]: { shape: [outputs], values: biases },
      },
      nodes: [
        { op: 'Gemm', inputs: [input, weight, bias], outputs: [sums] },
        ...(isLast ? [] : [{ op: 'Relu', inputs: [sums], outputs: [`units_${place}`] }]),
      ],
    };
  });
  const parts = [scaled, ...dense];
  const constants = Object.assign({}, ...parts.map((part) => part.constants)) as Part['constants'];
  const nodes = parts.flatMap((part) => part.nodes);
  return classifierGraph({ name: 'mlp', columns, classes, constants, nodes }, options);
}

/** `INPUT` → `inputs`. What is no number after standardising was missing, or infinite in a feature that never changed. */
function scalingPart({ means, factors, clip }: Scaling): Part {
  return {
    constants: {
      means: { shape: [means.length], values: means },
      factors: { shape: [factors.length], values: factors },
      lowest: scalar(-clip),
      highest: scalar(clip),
      mean: scalar(0),
    },
    nodes: [
      { op: 'Sub', inputs: [INPUT, 'means'], outputs: ['centred'] },
      { op: 'Mul', inputs: ['centred', 'factors'], outputs: ['standardised'] },
      { op: 'IsNaN', inputs: ['standardised'], outputs: ['missing'] },
      { op: 'Clip', inputs: ['standardised', 'lowest', 'highest'], outputs: ['clipped'] },
      { op: 'Where', inputs: ['missing', 'mean', 'clipped'], outputs: ['inputs'] },
    ],
  };
}
