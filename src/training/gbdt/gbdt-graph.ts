/** A fitted forest as an ONNX graph. */
import { forestNode } from '../../inference/onnx/forest.ts';
import type { OnnxGraph } from '../../inference/onnx/graph.ts';
import { classifierGraph, type GraphOptions, INPUT, SCORES } from '../classifier-graph.ts';
import type { GbdtModel } from './gbdt-model.ts';

export const gbdtGraph = ({ forest, columns, classes }: GbdtModel, options: GraphOptions = {}): OnnxGraph =>
  classifierGraph(
    { name: 'gbdt', columns, classes, constants: {}, nodes: [forestNode(forest, classes, INPUT, SCORES)] },
    options,
  );
