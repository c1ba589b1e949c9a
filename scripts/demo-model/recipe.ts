/** How the demo model is made: every number that the committed files follow from. */
import { type UnixMs, unixMs } from '../../src/domain/units.ts';

export interface Recipe {
  readonly symbol: string;
  readonly timeframe: 'M5';
  /** Of the simulated market and of the training: another than that of a servo's default run. */
  readonly seed: number;
  readonly startAt: UnixMs;
  readonly bars: number;
  /** Few rounds of small trees, each of which counts for much: a year of bars is answered in a blink. */
  readonly roundsMax: number;
  readonly learningRate: number;
  readonly leavesMax: number;
  readonly folds: number;
}

export const RECIPE: Recipe = {
  symbol: 'EURUSD',
  timeframe: 'M5',
  seed: 1001,
  startAt: unixMs(Date.UTC(2024, 0, 1)),
  bars: 40_000,
  roundsMax: 12,
  learningRate: 0.25,
  leavesMax: 8,
  folds: 2,
};
