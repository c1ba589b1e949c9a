/** The trainers behind one door: fit on some rows, stop by others, and say the model as a graph. */
import type { OnnxGraph } from '../../inference/onnx/graph.ts';
import type { Classifier, Examples } from '../dataset.ts';
import { fitGbdt } from '../gbdt/fit-gbdt.ts';
import { gbdtGraph } from '../gbdt/gbdt-graph.ts';
import { GBDT_DEFAULTS } from '../gbdt/options.ts';
import { CLASS_COUNT } from '../labels/labels.ts';
import { fitMlp } from '../mlp/fit-mlp.ts';
import { mlpGraph } from '../mlp/mlp-graph.ts';
import { MLP_DEFAULTS } from '../mlp/options.ts';
import type { TrainerName, TrainingRequest } from './request.ts';

export interface FittedModel {
  readonly classifier: Classifier;
  /** `118 rounds of 15 leaves`. */
  readonly description: string;
  /** 1 leaves the forecasts as they are. */
  graph(temperature: number): OnnxGraph;
}

export type Fit = (train: Examples, stop: Examples, onStep: (step: number) => void) => FittedModel;

export const TRAINER_WORDS: Record<TrainerName, string> = { gbdt: 'gradient-boosted trees', mlp: 'neural network' };

export const fitOf = (trainer: TrainerName, request: TrainingRequest): Fit =>
  trainer === 'gbdt' ? gbdtFit(request) : mlpFit(request.seed);

const gbdtFit =
  ({ seed, roundsMax, learningRate, leavesMax }: TrainingRequest): Fit =>
  (train, stop, onStep) => {
    const options = { ...GBDT_DEFAULTS, seed, roundsMax, learningRate, leavesMax };
    const model = fitGbdt({ train, stop, classes: CLASS_COUNT, options, onRound: ({ round }) => onStep(round) });
    return {
      classifier: model,
      description: `${model.rounds} rounds of ${CLASS_COUNT} trees with at most ${options.leavesMax} leaves`,
      graph: (temperature) => gbdtGraph(model, { temperature }),
    };
  };

const mlpFit =
  (seed: number): Fit =>
  (train, stop, onStep) => {
    const options = { ...MLP_DEFAULTS, seed };
    const model = fitMlp({ train, stop, classes: CLASS_COUNT, options, onEpoch: ({ epoch }) => onStep(epoch) });
    return {
      classifier: model,
      description: `hidden layers of ${options.hidden.join(' and ')} units`,
      graph: (temperature) => mlpGraph(model, { temperature }),
    };
  };
