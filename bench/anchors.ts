/** What peers did where they were measured last, for the lines of those that cannot run here. Ratios travel between machines, speeds do not. */

export const ANCHORED = 'anchor of November 2026: two shared cores, Node 20, medians of three';

/** As whole processes on the SMA cross: how many times the peer's CPU a tight TypeScript loop's was contained in it. */
export const TIMES_TIGHT_LOOP = {
  'Backtesting.py': { 5000: 5.4, 100000: 13, 500000: 36 },
  backtrader: { 100000: 62 },
  grademark: { 100000: 15 },
} as const;

/** In bars a second, in process. */
export const BARS_PER_SECOND = {
  'Backtesting.py': { 5000: 54_000, 100000: 72_000 },
  backtrader: { 100000: 8_700 },
  grademark: { 100000: 58_000 },
  'backtest-kit': { 5000: 2_100 },
  indicatorts: { 100000: 11_000_000 },
} as const;
