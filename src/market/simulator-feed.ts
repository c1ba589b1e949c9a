/** The default feed: simulated markets, warm history first, then one close time after another at a steady pace. */
import type { Instrument } from '../domain/instrument.ts';
import type { Timeframe } from '../domain/market.ts';
import type { BarFeed, Clock } from '../domain/ports.ts';
import { type UnixMs, unixMs } from '../domain/units.ts';
import { mergeSources } from './bar-source.ts';
import { pacedFeed } from './paced-feed.ts';
import { NO_PACE, paceBy } from './pacing.ts';
import { simulatedSource } from './simulator.ts';

/** A Monday. Fixed, so that a seed shows the same market whenever it is started. */
export const SIMULATION_START_AT = unixMs(Date.UTC(2026, 0, 5));

interface SimulatorFeedOptions {
  readonly instruments: readonly { readonly instrument: Instrument; readonly timeframe: Timeframe }[];
  readonly seed: string | number;
  readonly startAt?: UnixMs;
  /** Close times given as history. */
  readonly warmupBars?: number;
  /** Between close times; 0 gives them as fast as they are asked for. */
  readonly barEveryMs?: number;
  /** Close times after which the feed ends; it has no end when left out. */
  readonly barsMax?: number;
  readonly clock: Clock;
}

export function simulatorFeed(options: SimulatorFeedOptions): BarFeed {
  const { instruments, seed, startAt = SIMULATION_START_AT, warmupBars = 1500, barEveryMs = 2000, clock } = options;
  const sources = instruments.map(
    ({ instrument, timeframe }) =>
      [instrument.symbol, simulatedSource({ instrument, timeframe, seed, startAt })] as const,
  );
  return pacedFeed({
    description: `SIMULATED market, seed ${seed}, ${paceInWords(barEveryMs)}`,
    simulated: true,
    following: mergeSources(new Map(sources)),
    warmupBars,
    barsMax: options.barsMax,
    pace: barEveryMs === 0 ? NO_PACE : paceBy(clock, () => barEveryMs),
  });
}

const paceInWords = (barEveryMs: number): string =>
  barEveryMs === 0 ? 'as fast as it is read' : `a bar every ${barEveryMs / 1000} s`;
