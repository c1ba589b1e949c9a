/** The Predictor over an ONNX model: whatever is wrong with an input, an answer or the model becomes a neutral prediction with its reason. */
import { DissimilarityIndex } from '../domain/guards/dissimilarity.ts';
import type { ModelCard } from '../domain/model-card.ts';
import type { Predictor, PredictorInput } from '../domain/ports.ts';
import { type NeutralReason, type Prediction, probabilitiesFault } from '../domain/signal.ts';
import { CLASSES, type ClassName } from './classes.ts';
import { loadModel } from './load-model.ts';
import { modelCard } from './model-card.ts';
import type { ExpectedFeatures } from './passport.ts';
import type { LoadedModel } from './read-model.ts';
import type { Answer, Batch } from './session.ts';
import { SupervisedThread } from './supervised-thread.ts';

export interface OnnxPredictorOptions {
  /** Holds passport.json and model.onnx. */
  readonly folder: string;
  /** The features that the servo computes, in their order, or all that it can compute. */
  readonly featureNames: ExpectedFeatures;
  /** Longest wait for an answer, the start of a new thread included. */
  readonly timeoutMs: number;
  /** One line each time the model's thread had to be given up. */
  readonly log?: ((line: string) => void) | undefined;
}

/** One model. */
export interface ModelPredictor extends Predictor {
  readonly card: ModelCard;
  readonly featureNames: readonly string[];
}

/** Throws a `ModelError` when the model is refused. The predictor's `predict` never rejects. */
export async function onnxPredictor({
  folder,
  featureNames,
  timeoutMs,
  log,
}: OnnxPredictorOptions): Promise<ModelPredictor> {
  const model = await loadModel(folder, featureNames);
  const { input, output } = model.passport;
  const setup = { onnx: model.onnx, ends: { inputName: input.name, outputName: output.name } };
  const thread = new SupervisedThread(setup, timeoutMs, log ?? (() => undefined));
  await thread.start();
  const reference = model.passport.guards?.dissimilarity;
  const likeness = reference && new DissimilarityIndex(reference);
  return {
    card: modelCard(model),
    featureNames: model.passport.features.names,
    predict: async (inputs) => {
      const predictions = await predict(model, thread, inputs);
      return likeness === undefined
        ? predictions
        : predictions.map((prediction, row) => measured(likeness, prediction, inputs[row]));
    },
    close: () => thread.close(),
  };
}

async function predict(
  model: LoadedModel,
  thread: SupervisedThread,
  inputs: readonly PredictorInput[],
): Promise<Prediction[]> {
  if (inputs.length === 0) return [];
  const { names } = model.passport.features;
  const faults = inputs.map(({ values }) => featuresFault(values, names));
  const attempt = await thread.ask(batchOf(inputs, faults, names.length));
  return faults.map((fault, row) => {
    if (fault !== undefined) return neutral(model, 'features_invalid', fault);
    if (attempt.kind === 'neutral') return neutral(model, attempt.reason, attempt.detail);
    return predictionAt(model, attempt.answer, row, inputs.length);
  });
}

const neutral = ({ id }: LoadedModel, reason: NeutralReason, detail: string): Prediction => ({
  kind: 'neutral',
  model: id,
  reason,
  detail,
});

/** Undefined when the model may be asked; the model computes in float32, so a value too large for that is no number either. */
function featuresFault(values: Float64Array, names: readonly string[]): string | undefined {
  if (values.length !== names.length) return `${values.length} values for ${names.length} features`;
  const place = values.findIndex((value) => !Number.isFinite(Math.fround(value)));
  return place < 0 ? undefined : `${names[place]} is ${values[place]}`;
}

/** A row that may not be asked about is left at zero, so that rows keep their places. */
function batchOf(inputs: readonly PredictorInput[], faults: readonly (string | undefined)[], width: number): Batch {
  const values = new Float32Array(inputs.length * width);
  for (const [row, input] of inputs.entries()) if (faults[row] === undefined) values.set(input.values, row * width);
  return { values, rows: inputs.length };
}

function predictionAt(model: LoadedModel, { values, shape }: Answer, row: number, rows: number): Prediction {
  if (shape.length !== 2 || shape[0] !== rows || shape[1] !== CLASSES.length) {
    return neutral(model, 'output_invalid', `output of shape [${shape.join(', ')}], not [${rows}, ${CLASSES.length}]`);
  }
  const { classes } = model.passport;
  const of = (name: ClassName) => values[row * CLASSES.length + classes.indexOf(name)] ?? Number.NaN;
  const probabilities = { down: of('down'), flat: of('flat'), up: of('up') };
  const fault = probabilitiesFault(probabilities);
  if (fault !== undefined) return neutral(model, 'output_invalid', fault);
  return { kind: 'prediction', model: model.id, probabilities };
}

/** A prediction says how unlike its training the features were. */
function measured(index: DissimilarityIndex, prediction: Prediction, input: PredictorInput | undefined): Prediction {
  if (prediction.kind === 'neutral' || input === undefined) return prediction;
  return { ...prediction, dissimilarity: index.finiteOf(input.values) };
}
