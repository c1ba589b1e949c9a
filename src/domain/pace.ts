/** How fast and how luckily entries have followed one another: what the gate's questions of pace are answered from. */
import type { Side } from './order.ts';
import type { UnixMs } from './units.ts';

const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;

/** Of an account, or of one symbol. */
export interface LosingStreak {
  /** Closed trades in a row that lost, since the last win or the last pause. */
  readonly losses: number;
  readonly pause?: Pause;
}

/** No entries until then, in market time. */
export interface Pause {
  readonly until: UnixMs;
  readonly losses: number;
}

/** Entries of one symbol and side, one after another. */
export interface Repeats {
  readonly side: Side;
  readonly count: number;
}

/** A trade that neither won nor lost ends no streak and lengthens none. */
export function streakAfter(streak: LosingStreak | undefined, profit: number): LosingStreak {
  const { losses = 0, ...rest } = streak ?? {};
  return { ...rest, losses: profit < 0 ? losses + 1 : profit > 0 ? 0 : losses };
}

/** Sent within the hour before `at`, and at it. */
export const sentAfter = (sentAt: readonly UnixMs[] | undefined, at: UnixMs): readonly UnixMs[] => [
  ...(sentAt ?? []).filter((sent) => sent > at - HOUR_MS),
  at,
];

/** Moments later than `at − ms`. */
export function countSince(sentAt: readonly UnixMs[] | undefined, at: UnixMs, ms: number): number {
  let count = 0;
  for (const sent of sentAt ?? []) if (!(sent <= at - ms)) count++;
  return count;
}

export const countInHour = (sentAt: readonly UnixMs[] | undefined, at: UnixMs): number =>
  countSince(sentAt, at, HOUR_MS);

export const repeatsAfter = (repeats: Repeats | undefined, side: Side): Repeats => ({
  side,
  count: repeats?.side === side ? repeats.count + 1 : 1,
});
