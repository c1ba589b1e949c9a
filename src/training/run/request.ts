/** What a training run is asked for, with what it is without a wish; a request that cannot work is refused before any work. */
import type { Config } from '../../config/config.ts';
import { GBDT_DEFAULTS } from '../gbdt/options.ts';

export type TrainerName = 'gbdt' | 'mlp';
export type ValidationName = 'expanding' | 'rolling' | 'cpcv';
export type LabelName = 'triple_barrier' | 'fixed_horizon';
/** What a barrier is a multiple of: the ATR of the stops, or the deviation of a walk over the horizon (EWMA). */
export type BarrierUnit = 'atr' | 'sigma';

export interface TrainingRequest {
  readonly config: Config;
  readonly name: string;
  readonly label: LabelName;
  readonly horizonBars: number;
  readonly barrierUnit: BarrierUnit;
  /** `balanced`: the multiple that makes the classes most even on the training rows. */
  readonly barrier: number | 'balanced';
  readonly trainers: readonly TrainerName[];
  readonly validation: ValidationName;
  readonly folds: number;
  /** Share of the rows, the latest, that nothing is chosen by. */
  readonly holdOutShare: number;
  /** α of exp(−age ÷ (α × rows)); undefined weighs all times alike. */
  readonly decayAlpha: number | undefined;
  readonly roundsMax: number;
  /** Of gradient boosting: how much of each tree is added, and how many leaves it may have. */
  readonly learningRate: number;
  readonly leavesMax: number;
  readonly seed: number;
  /** Days after which the model's word opens nothing any more; undefined: never. */
  readonly expiresAfterDays: number | undefined;
  /** The candles are made up. */
  readonly simulated: boolean;
  /** When it was asked for: the model's date of birth. */
  readonly now: Date;
}

export type TrainingWishes = Pick<TrainingRequest, 'config' | 'name' | 'now'> & Partial<TrainingRequest>;

const DEFAULTS = {
  label: 'triple_barrier',
  horizonBars: 24,
  barrierUnit: 'atr',
  trainers: ['gbdt'],
  validation: 'expanding',
  holdOutShare: 0.15,
  decayAlpha: undefined,
  roundsMax: 400,
  learningRate: GBDT_DEFAULTS.learningRate,
  leavesMax: GBDT_DEFAULTS.leavesMax,
  seed: 1,
  expiresAfterDays: 90,
  simulated: false,
} as const satisfies Partial<TrainingRequest>;

/** The barriers stand where the stops do, unless it is said otherwise. Throws a RangeError that names what to change. */
export function trainingRequest(wishes: TrainingWishes): TrainingRequest {
  const { symbols, stops } = wishes.config.trading;
  const barrier = wishes.barrierUnit === 'sigma' ? 0.9 : stops.stopAtr;
  const request: TrainingRequest = { ...DEFAULTS, barrier, folds: wishes.validation === 'cpcv' ? 6 : 4, ...wishes };
  const { horizonBars, folds, holdOutShare, trainers, name, validation, decayAlpha, roundsMax, seed } = request;
  demand(
    /^[a-z0-9][a-z0-9._-]*$/.test(name),
    `a model's name is of lower-case letters, digits, dots and dashes, not "${name}"`,
  );
  demand(symbols.length === 1, 'a model is trained on one symbol: name it with --symbol');
  demand(
    Number.isInteger(horizonBars) && horizonBars >= 1,
    `--horizon is a whole number of bars from 1 on, was ${horizonBars}`,
  );
  const foldsMin = validation === 'cpcv' ? 3 : 2;
  demand(
    Number.isInteger(folds) && folds >= foldsMin && folds <= 20,
    `--folds is a whole number from ${foldsMin} to 20, was ${folds}`,
  );
  demand(holdOutShare >= 0.05 && holdOutShare <= 0.5, `--hold-out is a share from 0.05 to 0.5, was ${holdOutShare}`);
  const odd = trainers.find((trainer) => trainer !== 'gbdt' && trainer !== 'mlp');
  demand(odd === undefined && trainers.length > 0, `--trainer is gbdt or mlp, was ${odd ?? 'none'}`);
  demand(new Set(trainers).size === trainers.length, `--trainer names ${trainers[0]} twice: name each once`);
  demand(decayAlpha === undefined || decayAlpha > 0, `--decay is above 0, was ${decayAlpha}: leave it out for none`);
  demand(
    Number.isInteger(roundsMax) && roundsMax >= 1 && roundsMax <= 10_000,
    `--rounds is a whole number from 1 to 10000, was ${roundsMax}`,
  );
  demand(Number.isSafeInteger(seed), `--seed is a whole number, was ${seed}`);
  demand(
    request.expiresAfterDays === undefined || (request.expiresAfterDays > 0 && request.expiresAfterDays <= 3_650),
    `--expires-days is above 0 and at most 3650, or never; was ${request.expiresAfterDays}`,
  );
  demand(request.barrier === 'balanced' || request.barrier > 0, '--barrier is a multiple above 0, or balanced');
  return request;
}

function demand(holds: boolean, complaint: string): void {
  if (!holds) throw new RangeError(complaint);
}
