/** The ONNX graph that every model of ours ends in: `features` [rows, features] → `probabilities` [rows, classes], float32. */
import { type OnnxGraph, scalar } from '../inference/onnx/graph.ts';

export const INPUT = 'features';
export const SCORES = 'scores';
const OUTPUT = 'probabilities';

export interface GraphOptions {
  /** Divides the scores: above 1 the model is less sure, below 1 surer. 1 when absent. */
  readonly temperature?: number;
}

/** `nodes` lead from `INPUT` to `SCORES`. */
interface Body extends Pick<OnnxGraph, 'name' | 'constants' | 'nodes'> {
  readonly columns: number;
  readonly classes: number;
}

export function classifierGraph(body: Body, { temperature = 1 }: GraphOptions): OnnxGraph {
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`the model's temperature is ${temperature}. Give a number above 0, or leave it out.`);
  }
  const { name, columns, classes, constants, nodes } = body;
  const isTempered = temperature !== 1;
  return {
    name,
    inputs: [{ name: INPUT, shape: ['rows', columns] }],
    outputs: [{ name: OUTPUT, shape: ['rows', classes] }],
    constants: isTempered ? { ...constants, temperature: scalar(temperature) } : constants,
    nodes: [
      ...nodes,
      ...(isTempered ? [{ op: 'Div', inputs: [SCORES, 'temperature'], outputs: ['tempered'] }] : []),
      { op: 'Softmax', inputs: [isTempered ? 'tempered' : SCORES], outputs: [OUTPUT], attributes: { axis: 1 } },
    ],
  };
}
