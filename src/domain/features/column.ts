/** One column of numbers over closed bars, brought forward bar by bar: what everything beside the pack is made of. */

/** A closed bar as columns see it. Prices in ticks, times in Unix ms. */
export interface BarRow {
  readonly openAt: number;
  readonly closeAt: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export interface Column {
  /** All that it remembers, for snapshots. */
  readonly memory: object;
  push(bar: BarRow): void;
  value(): number;
  /** Its memory has just come from a snapshot: whatever else it holds is to be made from that. */
  restored?(): void;
}
