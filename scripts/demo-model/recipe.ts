/** How the demo model is made: every number that the committed files follow from. */
import { type UnixMs, unixMs } from '../../src/domain/units.ts';

export interface Recipe {
  readonly symbol: string;
  readonly timeframe: 'M5';
  /** Of the simulated market and of the training: another than that of a servo's default run. */
  readonly seed: number;
  readonly startAt: UnixMs;
  readonly bars: number;
  /** Few, so that a year of bars is answered in a blink. */
  readonly roundsMax: number;
}

export const RECIPE: Recipe = {
  symbol: 'EURUSD',
  timeframe: 'M5',
  seed: 1001,
  startAt: unixMs(Date.UTC(2024, 0, 1)),
  bars: 40_000,
  roundsMax: 60,
};
