/** A run of quotes of one instrument held as columns. */

/** Prices in ticks of the instrument, times in Unix ms, never going back. */
export interface Ticks {
  readonly at: Float64Array;
  readonly bid: Int32Array;
  readonly ask: Int32Array;
}
