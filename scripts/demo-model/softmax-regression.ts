/** Multinomial logistic regression on standardised features: the smallest model that shows the servo at work. */
import { seededRandom } from '../../src/domain/random.ts';
import { CLASSES } from '../../src/inference/passport.ts';
import type { Recipe } from './recipe.ts';

/** What the ONNX file holds, in its precision. */
export interface SoftmaxModel {
  readonly means: Float32Array;
  /** One over each standard deviation. */
  readonly scales: Float32Array;
  readonly clipDeviations: number;
  /** One row for each class, one column for each feature. */
  readonly weights: Float32Array;
  readonly biases: Float32Array;
}

export interface Example {
  readonly features: Float64Array;
  /** Its place among the classes. */
  readonly answer: number;
}

/** Mean and spread come from these examples alone: nothing of the hold-out enters the model. */
export function fitSoftmax(examples: readonly Example[], recipe: Recipe): SoftmaxModel {
  const scaling = standardise(examples, recipe.clipDeviations);
  const inputs = examples.map(({ features }) => scaled(scaling, features));
  const width = scaling.means.length;
  const theta = new Float64Array(CLASSES.length * (width + 1));
  const gradient = new Float64Array(theta.length);
  const adam = new Adam(theta.length);
  const random = seededRandom(`demo model ${recipe.seed}`);
  const { steps, batch, rate, weightDecay } = recipe.learning;
  for (let step = 1; step <= steps; step++) {
    gradient.fill(0);
    for (let i = 0; i < batch; i++) {
      const chosen = Math.floor(random.next() * examples.length);
      addGradient(gradient, theta, inputs[chosen] ?? new Float64Array(width), examples[chosen]?.answer ?? 0);
    }
    for (let i = 0; i < theta.length; i++) {
      const decay = i % (width + 1) < width ? weightDecay * at(theta, i) : 0;
      gradient[i] = at(gradient, i) / batch + decay;
    }
    adam.descend(theta, gradient, rate * (1 - step / steps));
  }
  return { ...scaling, ...unpacked(theta, width) };
}

const at = (values: ArrayLike<number>, i: number): number => values[i] ?? Number.NaN;

type Scaling = Pick<SoftmaxModel, 'means' | 'scales' | 'clipDeviations'>;

function standardise(examples: readonly Example[], clipDeviations: number): Scaling {
  const width = examples[0]?.features.length ?? 0;
  const sums = new Float64Array(width);
  const squares = new Float64Array(width);
  for (const { features } of examples) for (let i = 0; i < width; i++) sums[i] = at(sums, i) + at(features, i);
  const means = Float32Array.from(sums, (sum) => sum / examples.length);
  for (const { features } of examples) {
    for (let i = 0; i < width; i++) squares[i] = at(squares, i) + (at(features, i) - at(means, i)) ** 2;
  }
  // A feature that never changes says nothing: its scale of 0 takes it out.
  const scales = Float32Array.from(squares, (sum) => (sum > 0 ? 1 / Math.sqrt(sum / examples.length) : 0));
  return { means, scales, clipDeviations };
}

/** In the arithmetic of the ONNX graph: each step rounds to float32. */
function scaled({ means, scales, clipDeviations }: Scaling, features: Float64Array): Float64Array {
  return features.map((value, i) => {
    const deviations = Math.fround(Math.fround(Math.fround(value) - at(means, i)) * at(scales, i));
    return Math.min(clipDeviations, Math.max(-clipDeviations, deviations));
  });
}

/** `theta` holds, class by class, the weights and then the bias. */
function addGradient(gradient: Float64Array, theta: Float64Array, input: Float64Array, answer: number): void {
  const width = input.length;
  const chances = softmax(CLASSES.map((_, k) => score(theta, k * (width + 1), input)));
  for (const [k, chance] of chances.entries()) {
    const error = chance - (k === answer ? 1 : 0);
    const start = k * (width + 1);
    for (let i = 0; i < width; i++) gradient[start + i] = at(gradient, start + i) + error * at(input, i);
    gradient[start + width] = at(gradient, start + width) + error;
  }
}

function score(theta: Float64Array, start: number, input: Float64Array): number {
  let sum = at(theta, start + input.length);
  for (let i = 0; i < input.length; i++) sum += at(theta, start + i) * at(input, i);
  return sum;
}

function softmax(scores: readonly number[]): number[] {
  const highest = Math.max(...scores);
  const exponentials = scores.map((each) => Math.exp(each - highest));
  const total = exponentials.reduce((sum, each) => sum + each, 0);
  return exponentials.map((each) => each / total);
}

function unpacked(theta: Float64Array, width: number): Pick<SoftmaxModel, 'weights' | 'biases'> {
  const isBias = (i: number) => i % (width + 1) === width;
  return {
    weights: Float32Array.from(theta.filter((_, i) => !isBias(i))),
    biases: Float32Array.from(theta.filter((_, i) => isBias(i))),
  };
}

/** The probabilities of `CLASSES`, in their order. */
export function predictSoftmax(model: SoftmaxModel, features: Float64Array): number[] {
  const input = scaled(model, features);
  return softmax(
    CLASSES.map((_, k) => {
      let sum = at(model.biases, k);
      for (let i = 0; i < input.length; i++) sum += at(model.weights, k * input.length + i) * at(input, i);
      return sum;
    }),
  );
}

/** Adam, with its authors' constants. */
class Adam {
  readonly #means: Float64Array;
  readonly #squares: Float64Array;
  #meanShare = 1;
  #squareShare = 1;

  constructor(parameters: number) {
    this.#means = new Float64Array(parameters);
    this.#squares = new Float64Array(parameters);
  }

  descend(theta: Float64Array, gradient: Float64Array, rate: number): void {
    this.#meanShare *= 0.9;
    this.#squareShare *= 0.999;
    for (let i = 0; i < theta.length; i++) {
      const slope = at(gradient, i);
      const mean = 0.9 * at(this.#means, i) + 0.1 * slope;
      const square = 0.999 * at(this.#squares, i) + 0.001 * slope * slope;
      this.#means[i] = mean;
      this.#squares[i] = square;
      const step = mean / (1 - this.#meanShare) / (Math.sqrt(square / (1 - this.#squareShare)) + 1e-8);
      theta[i] = at(theta, i) - rate * step;
    }
  }
}
