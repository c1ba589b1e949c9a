/** What a person may choose about the neural network, and what it is without a choice. */
import { checkRange, type OptionRange, real, whole } from '../option-ranges.ts';

export interface MlpOptions {
  readonly seed: string | number;
  /** Units of each hidden layer. */
  readonly hidden: readonly number[];
  /** An epoch sees every training row once. */
  readonly epochsMax: number;
  /** Epochs without a better log-loss on the stop set after which fitting ends. */
  readonly patienceEpochs: number;
  /** Rows between two steps. */
  readonly batchRows: number;
  readonly learningRate: number;
  /** Share of each weight that a step takes away, beside what it learns, as a multiple of the learning rate. */
  readonly weightDecay: number;
  /** Standardised inputs are cut off at so many deviations. */
  readonly clipDeviations: number;
}

export const MLP_DEFAULTS: MlpOptions = {
  seed: 1,
  hidden: [64, 32],
  epochsMax: 100,
  patienceEpochs: 5,
  batchRows: 256,
  learningRate: 0.0005,
  weightDecay: 1,
  clipDeviations: 5,
};

const RANGES = {
  epochsMax: whole(1, 100_000),
  patienceEpochs: whole(1, 100_000),
  batchRows: whole(1, 1_000_000),
  learningRate: real(1e-7, 1),
  weightDecay: real(0, 100),
  clipDeviations: real(0.1, 1e6),
} as const satisfies Partial<Record<keyof MlpOptions, OptionRange>>;

const UNITS = whole(1, 4_096);
const LAYERS = whole(1, 16);

export function checkMlpOptions(options: MlpOptions): void {
  const trainer = 'neural network';
  for (const [name, range] of Object.entries(RANGES)) {
    checkRange(trainer, name, options[name as keyof typeof RANGES], range);
  }
  checkRange(trainer, 'hidden.length', options.hidden.length, LAYERS);
  for (const [place, units] of options.hidden.entries()) checkRange(trainer, `hidden[${place}]`, units, UNITS);
}
