/** Bars of one symbol by market time, and the merge of several: what every feed is made from. */
import type { Bar } from '../domain/market.ts';
import type { UnixMs } from '../domain/units.ts';

export interface BarSource {
  /** The first bar that closes after a time, or the first of all; `undefined` past the last. */
  following(after: UnixMs | undefined): Bar | undefined;
}

/** The bars of the first close time after `after`, in order of symbol; `undefined` past the last. */
export type BarsFollowing = (after: UnixMs | undefined) => readonly [Bar, ...Bar[]] | undefined;

export function mergeSources(sourcesBySymbol: ReadonlyMap<string, BarSource>): BarsFollowing {
  const sources = [...sourcesBySymbol].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, source]) => source);
  return (after) => {
    const candidates = sources.flatMap((source) => source.following(after) ?? []);
    const closeAt = Math.min(...candidates.map((bar) => bar.closeAt));
    const [first, ...others] = candidates.filter((bar) => bar.closeAt === closeAt);
    return first === undefined ? undefined : [first, ...others];
  };
}
