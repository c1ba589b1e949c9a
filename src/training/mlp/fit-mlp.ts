/** Fits a neural network: epochs of small steps over the shuffled rows, the best epoch by the stop set kept. */
import { type Random, seededRandom } from '../../domain/random.ts';
import { checkFitData, type FitData, logLoss, logPrior, meanOneWeights } from '../examples.ts';
import { softmaxRow } from '../softmax.ts';
import { Adam } from './adam.ts';
import { type MlpModel, mlpModel, networkProbabilities } from './mlp-model.ts';
import { backward, emptyLike, forward, type Network, type Signals, signalsFor, startNetwork } from './network.ts';
import { checkMlpOptions, type MlpOptions } from './options.ts';
import { fitScaling, scaleRows } from './scaling.ts';

export interface MlpEpoch {
  /** From 1 on. */
  readonly epoch: number;
  /** NaN without a stop set. */
  readonly stopLogLoss: number;
  readonly bestEpoch: number;
}

export interface MlpFit extends FitData {
  readonly options: MlpOptions;
  readonly onEpoch?: (epoch: MlpEpoch) => void;
}

/** The same input gives the same model, bit by bit. The model may be that of no epoch: the prior. */
export function fitMlp(fit: MlpFit): MlpModel {
  const { train, stop, classes, options, onEpoch } = fit;
  checkFitData(fit);
  checkMlpOptions(options);
  const { columns } = train.features;
  const weights = meanOneWeights(train);
  const scaling = fitScaling(train.features, train.rows, options.clipDeviations);
  const random = seededRandom(options.seed);
  const network = startNetwork(columns, options.hidden, logPrior(train, weights, classes), random);
  const labels = Uint8Array.from(train.rows, (row) => train.classes[row] ?? 0);
  const scaled = scaleRows(scaling, train.features, train.rows);
  const learnEpoch = epochLearner({ scaled, labels, weights }, network, options, random);
  const stopScaled = scaleRows(scaling, stop.features, stop.rows);
  const stopLogLoss = (): number => logLoss(networkProbabilities(network, classes, stopScaled), classes, stop);

  const stops = stop.rows.length > 0;
  let best = { epoch: 0, loss: stopLogLoss(), layers: rounded(network) };
  for (let epoch = 1; epoch <= options.epochsMax && (!stops || epoch - best.epoch <= options.patienceEpochs); epoch++) {
    learnEpoch();
    const loss = stopLogLoss();
    if (!stops || loss < best.loss) best = { epoch, loss, layers: rounded(network) };
    onEpoch?.({ epoch, stopLogLoss: loss, bestEpoch: best.epoch });
  }
  const { epoch, loss, layers } = best;
  return mlpModel({ columns, classes, scaling, layers, epochs: epoch, stopLogLoss: stops ? loss : null });
}

const rounded = (network: Network): MlpModel['layers'] =>
  network.map(({ inputs, outputs, weights, biases }) => ({
    inputs,
    outputs,
    weights: Float32Array.from(weights),
    biases: Float32Array.from(biases),
  }));

/** All by place. */
interface Lessons {
  /** Row-major. */
  readonly scaled: Float32Array;
  readonly labels: Uint8Array;
  readonly weights: Float64Array;
}

function epochLearner(lessons: Lessons, network: Network, options: MlpOptions, random: Random): () => void {
  const adam = new Adam(network, options);
  const gradients = emptyLike(network);
  const signals = signalsFor(network);
  const errors = signalsFor(network);
  const places = Int32Array.from(lessons.labels.keys());
  const { batchRows } = options;
  return () => {
    shuffle(places, random);
    for (let from = 0; from < places.length; from += batchRows) {
      const batch = places.subarray(from, from + batchRows);
      for (const place of batch) learnRow(lessons, place, network, signals, errors, gradients);
      adam.step(gradients, 1 / batch.length);
    }
  };
}

/** Fisher and Yates. */
function shuffle(places: Int32Array, random: Random): void {
  for (let last = places.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    const place = places[last] ?? 0;
    places[last] = places[other] ?? 0;
    places[other] = place;
  }
}

function learnRow(
  { scaled, labels, weights }: Lessons,
  place: number,
  network: Network,
  signals: Signals,
  errors: Signals,
  gradients: Network,
): void {
  const columns = signals[0]?.length ?? 0;
  signals[0]?.set(scaled.subarray(place * columns, (place + 1) * columns));
  forward(network, signals);
  const scores = signals.at(-1);
  const slopes = errors.at(-1);
  if (scores === undefined || slopes === undefined) return;
  softmaxRow(scores, 0, scores.length, slopes);
  const label = labels[place] ?? 0;
  const weight = weights[place] ?? 0;
  for (let k = 0; k < slopes.length; k++) slopes[k] = weight * ((slopes[k] ?? 0) - (k === label ? 1 : 0));
  backward(network, signals, errors, gradients);
}
