/** How the demo model is made: every number that the committed files follow from. */
import type { Timeframe } from '../../src/domain/market.ts';
import type { SignalPolicy } from '../../src/domain/signal.ts';
import { type UnixMs, unixMs } from '../../src/domain/units.ts';

export interface Recipe {
  readonly symbols: readonly string[];
  readonly timeframe: Timeframe;
  /** Of the simulated markets and of the order in which rows are learned. */
  readonly seed: number;
  readonly startAt: UnixMs;
  readonly barsPerSymbol: number;
  /** Rows next to one another share nearly all of their future, so not every one is taken. */
  readonly barsBetweenRows: number;
  /** The rest, at the end, is looked at once, when the model is done. */
  readonly trainingShare: number;
  /** The stops that the model is made for. */
  readonly stops: SignalPolicy;
  readonly horizonBars: number;
  readonly clipDeviations: number;
  readonly learning: {
    readonly steps: number;
    readonly batch: number;
    readonly rate: number;
    readonly weightDecay: number;
  };
}

/**
 * The horizon makes the expected value honest. The signal reckons that a buy earns p_up × target − p_down × stop and that what is
 * neither up nor down ends where it began. With no horizon, four rows in five of a market without drift would be up or down, and
 * both sides would seem to earn a fifth of the risk although neither earns anything. Within twelve bars few paths reach a target by
 * chance, many do in a trend: there, what the signal expects of its chosen side is what that side goes on to earn.
 * models/demo/README.md has the comparison.
 */
export const RECIPE: Recipe = {
  symbols: ['EURUSD', 'GBPUSD', 'USDJPY', 'XAUUSD', 'US500'],
  timeframe: 'M5',
  seed: 1001,
  startAt: unixMs(Date.UTC(2024, 0, 1)),
  barsPerSymbol: 40_000,
  barsBetweenRows: 4,
  trainingShare: 0.8,
  stops: { stopAtrMultiple: 2, targetAtrMultiple: 3 },
  horizonBars: 12,
  clipDeviations: 8,
  learning: { steps: 2000, batch: 256, rate: 0.01, weightDecay: 0.001 },
};
