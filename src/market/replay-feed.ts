/** Real candles from files through the live pipeline, as fast as they are read or at a multiple of the market's pace. */
import { formatUtc } from '../domain/calendar.ts';
import type { Instrument } from '../domain/instrument.ts';
import { type Timeframe, timeframeMs } from '../domain/market.ts';
import type { BarFeed, Clock } from '../domain/ports.ts';
import { type BarSource, mergeSources } from './bar-source.ts';
import { CandleFileError } from './candle-file-error.ts';
import { type Candles, indexClosingAfter } from './candles.ts';
import { openCandles } from './open-candles.ts';
import { pacedFeed } from './paced-feed.ts';
import { NO_PACE, type Pace, paceBy } from './pacing.ts';
import { blockingReasons, qualityOf, refuseUnfit } from './quality/quality.ts';

interface ReplayFile {
  readonly instrument: Instrument;
  readonly timeframe: Timeframe;
  readonly path: string;
}

interface ReplayFeedOptions {
  readonly files: readonly ReplayFile[];
  /** Seconds of market time in a second of wall time. */
  readonly speed: number | 'max';
  /** Close times given as history. */
  readonly warmupBars: number;
  readonly defaultSpreadPoints: number;
  readonly clock: Clock;
}

/** Throws a `CandleFileError` on a file with faults or unfit for use, and on files too short to leave a bar after the history. */
export function replayFeed({ files, speed, warmupBars, defaultSpreadPoints, clock }: ReplayFeedOptions): BarFeed {
  const replayed = files.map((file) => fitCandles(file, defaultSpreadPoints));
  const following = mergeSources(new Map(replayed.map((candles) => [candles.symbol, sourceOf(candles)])));
  const feed = pacedFeed({
    description: `replay of ${replayed.map(inWords).join(', ')}; ${speed === 'max' ? 'full speed' : `${speed}x`}`,
    simulated: false,
    following,
    warmupBars,
    barsMax: undefined,
    pace: speed === 'max' ? NO_PACE : marketPace(clock, speed, replayed),
  });
  if (following(feed.history().at(-1)?.closeAt) === undefined) {
    const paths = files.map(({ path }) => path).join(', ');
    throw new CandleFileError([
      `${paths}: the history takes all its ${warmupBars} bars; give a longer file or less history`,
    ]);
  }
  return feed;
}

/** Decisions on prices that did not happen are worth less than none. */
function fitCandles(file: ReplayFile, defaultSpreadPoints: number): Candles {
  const candles = openCandles({ ...file, defaultSpreadPoints });
  refuseUnfit(file.path, blockingReasons(qualityOf(candles, file.instrument)));
  return candles;
}

/** Hours without a candle, such as a weekend's, pass in the time of one. */
function marketPace(clock: Clock, speed: number, replayed: readonly Candles[]): Pace {
  const periodMs = Math.min(...replayed.map(({ timeframe }) => timeframeMs(timeframe)));
  return paceBy(clock, (from, to) => Math.min(to - from, periodMs) / speed);
}

const sourceOf = (candles: Candles): BarSource => ({
  following: (after) => {
    const index = after === undefined ? 0 : indexClosingAfter(candles, after);
    return index < candles.length ? candles.barAt(index) : undefined;
  },
});

function inWords({ symbol, timeframe, length, barAt }: Candles): string {
  return `${length} ${timeframe} bars of ${symbol} from ${formatUtc(barAt(0).openAt)} to ${formatUtc(barAt(length - 1).closeAt)}`;
}
