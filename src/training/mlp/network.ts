/** Layers of units: forward from a row to scores, backward from what the scores should have been to gradients. */
import type { Random } from '../../domain/random.ts';

/** Weights are input-major: those of one input to all outputs stand together. */
export interface Layer<Numbers extends Float32Array | Float64Array = Float64Array> {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Numbers;
  readonly biases: Numbers;
}

/** Every layer but the last cuts off below 0 (ReLU). */
export type Network = readonly Layer[];

/** Numbers of one row on its way: what each layer is given, then the scores. */
export type Signals = readonly Float64Array[];

/** He's start for the hidden layers. The last begins at the prior: weights of 0 and the given scores. */
export function startNetwork(columns: number, hidden: readonly number[], prior: Float32Array, random: Random): Network {
  const widths = [columns, ...hidden];
  const hiddenLayers = hidden.map((outputs, place) => {
    const inputs = widths[place] ?? 0;
    const spread = Math.sqrt(2 / inputs);
    const weights = Float64Array.from({ length: inputs * outputs }, () => spread * random.normal());
    return { inputs, outputs, weights, biases: new Float64Array(outputs) };
  });
  const inputs = widths[hidden.length] ?? 0;
  const weights = new Float64Array(inputs * prior.length);
  return [...hiddenLayers, { inputs, outputs: prior.length, weights, biases: Float64Array.from(prior) }];
}

/** A network of the same form where all numbers are 0. */
export const emptyLike = (network: Network): Network =>
  network.map(({ inputs, outputs, weights, biases }) => ({
    inputs,
    outputs,
    weights: new Float64Array(weights.length),
    biases: new Float64Array(biases.length),
  }));

/** Room for one row. */
export const signalsFor = (network: Network): Signals => [
  new Float64Array(network[0]?.inputs ?? 0),
  ...network.map(({ outputs }) => new Float64Array(outputs)),
];

/** `signals[0]` holds the row; the others are written. */
export function forward(network: Network, signals: Signals): void {
  for (let place = 0; place < network.length; place++) {
    const layer = network[place];
    const input = signals[place];
    const output = signals[place + 1];
    if (layer === undefined || input === undefined || output === undefined) return;
    pass(layer, input, output);
    if (place + 1 < network.length) cutOff(output);
  }
}

function pass({ inputs, outputs, weights, biases }: Layer, input: Float64Array, output: Float64Array): void {
  output.set(biases);
  for (let i = 0; i < inputs; i++) {
    const value = input[i] ?? 0;
    // After ReLU about half are 0.
    if (value === 0) continue;
    const start = i * outputs;
    for (let o = 0; o < outputs; o++) output[o] = (output[o] ?? 0) + value * (weights[start + o] ?? 0);
  }
}

function cutOff(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) if (!((values[i] ?? 0) > 0)) values[i] = 0;
}

/**
 * Adds one row's gradients. `errors` has the form of `signals`: its last part is given, the derivatives of the loss by the scores;
 * the parts of the hidden layers are written.
 */
export function backward(network: Network, signals: Signals, errors: Signals, gradients: Network): void {
  for (let place = network.length - 1; place >= 0; place--) {
    const layer = network[place];
    const gradient = gradients[place];
    const input = signals[place];
    const outputErrors = errors[place + 1];
    const inputErrors = errors[place];
    if (!layer || !gradient || !input || !outputErrors || !inputErrors) return;
    const { biases } = gradient;
    for (let o = 0; o < layer.outputs; o++) biases[o] = (biases[o] ?? 0) + (outputErrors[o] ?? 0);
    addWeightGradients(gradient, input, outputErrors);
    if (place > 0) passBack(layer, input, outputErrors, inputErrors);
  }
}

function addWeightGradients({ inputs, outputs, weights }: Layer, input: Float64Array, errors: Float64Array): void {
  for (let i = 0; i < inputs; i++) {
    const value = input[i] ?? 0;
    if (value === 0) continue;
    const start = i * outputs;
    for (let o = 0; o < outputs; o++) weights[start + o] = (weights[start + o] ?? 0) + value * (errors[o] ?? 0);
  }
}

/** A unit that was cut off passes nothing back. */
function passBack(
  { inputs, outputs, weights }: Layer,
  input: Float64Array,
  errors: Float64Array,
  into: Float64Array,
): void {
  for (let i = 0; i < inputs; i++) {
    let sum = 0;
    if ((input[i] ?? 0) > 0) {
      const start = i * outputs;
      for (let o = 0; o < outputs; o++) sum += (weights[start + o] ?? 0) * (errors[o] ?? 0);
    }
    into[i] = sum;
  }
}
