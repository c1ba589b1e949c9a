/** A feed over bars in order of time: the first close times are history, those after fall due at a pace. */
import type { Bar } from '../domain/market.ts';
import type { BarFeed } from '../domain/ports.ts';
import type { UnixMs } from '../domain/units.ts';
import type { BarsFollowing } from './bar-source.ts';
import type { Pace } from './pacing.ts';

interface PacedFeedParts {
  readonly description: string;
  readonly simulated: boolean;
  readonly following: BarsFollowing;
  /** Close times given as history. */
  readonly warmupBars: number;
  /** Close times given after it; no limit when `undefined`. */
  readonly barsMax: number | undefined;
  readonly pace: Pace;
}

export function pacedFeed(parts: PacedFeedParts): BarFeed {
  const { description, simulated, following, warmupBars, barsMax, pace } = parts;
  const history = [...closeTimes(following, undefined, warmupBars)].flat();
  const warmAt = history.at(-1)?.closeAt;
  const endAt = barsMax === undefined ? undefined : lastCloseAt(following, warmAt, barsMax);
  return {
    description,
    simulated,
    history: () => history,
    due: (after) => {
      const bars = following(later(after, warmAt));
      const closeAt = bars?.[0].closeAt;
      if (bars === undefined || closeAt === undefined) return { kind: 'ended' };
      if (endAt !== undefined && closeAt > endAt) return { kind: 'ended' };
      const inMs = pace(closeAt);
      return inMs > 0 ? { kind: 'wait', inMs } : { kind: 'bars', bars };
    },
    close: () => {},
  };
}

function* closeTimes(following: BarsFollowing, after: UnixMs | undefined, count: number): Generator<readonly Bar[]> {
  let reached = after;
  for (let i = 0; i < count; i++) {
    const bars = following(reached);
    if (bars === undefined) return;
    reached = bars[0].closeAt;
    yield bars;
  }
}

function lastCloseAt(following: BarsFollowing, after: UnixMs | undefined, count: number): number {
  let last: number = after ?? Number.NEGATIVE_INFINITY;
  for (const [bar] of closeTimes(following, after, count)) last = bar?.closeAt ?? last;
  return last;
}

function later(a: UnixMs | undefined, b: UnixMs | undefined): UnixMs | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
