/** Adam with decoupled weight decay (Loshchilov and Hutter 2019): steps as long as each gradient is steady. */
import { emptyLike, type Network } from './network.ts';

export interface StepRules {
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** How long the running means of the gradient and of its square remember. */
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

export class Adam {
  readonly #network: Network;
  readonly #means: Network;
  readonly #squares: Network;
  readonly #rules: StepRules;
  #steps = 0;

  constructor(network: Network, rules: StepRules) {
    this.#network = network;
    this.#means = emptyLike(network);
    this.#squares = emptyLike(network);
    this.#rules = rules;
  }

  /** Moves the network against `gradients` × `scale`, and sets the gradients to 0. Biases do not decay. */
  step(gradients: Network, scale: number): void {
    this.#steps++;
    for (let place = 0; place < this.#network.length; place++) {
      this.#move(place, 'weights', gradients, scale, this.#rules.weightDecay);
      this.#move(place, 'biases', gradients, scale, 0);
    }
  }

  #move(place: number, part: 'weights' | 'biases', gradients: Network, scale: number, decay: number): void {
    const numbers = this.#network[place]?.[part];
    const means = this.#means[place]?.[part];
    const squares = this.#squares[place]?.[part];
    const slopes = gradients[place]?.[part];
    if (!numbers || !means || !squares || !slopes) return;
    const { learningRate } = this.#rules;
    const meanShare = 1 - BETA_1 ** this.#steps;
    const squareShare = 1 - BETA_2 ** this.#steps;
    for (let i = 0; i < numbers.length; i++) {
      const slope = scale * (slopes[i] ?? 0);
      const mean = BETA_1 * (means[i] ?? 0) + (1 - BETA_1) * slope;
      const square = BETA_2 * (squares[i] ?? 0) + (1 - BETA_2) * slope * slope;
      means[i] = mean;
      squares[i] = square;
      slopes[i] = 0;
      const number = numbers[i] ?? 0;
      const direction = mean / meanShare / (Math.sqrt(square / squareShare) + EPSILON);
      numbers[i] = number - learningRate * (direction + decay * number);
    }
  }
}
