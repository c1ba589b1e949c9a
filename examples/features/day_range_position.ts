/** Where the close lies between the lowest low and the highest high of the last 288 bars, 0 to 1. A function over a window. */

interface Bar {
  readonly openAt: number;
  readonly closeAt: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export const feature = {
  name: 'day_range_position',
  warmupBars: 288,
  compute(window: readonly Bar[]): number {
    const highest = Math.max(...window.map(({ high }) => high));
    const lowest = Math.min(...window.map(({ low }) => low));
    const close = window.at(-1)?.close ?? Number.NaN;
    return highest > lowest ? (close - lowest) / (highest - lowest) : 0.5;
  },
};
