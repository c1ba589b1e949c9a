/** What became of each prediction: settled by the bars that follow, with the same barriers as the labels that were learned. */
import type { Bar } from '../market.ts';
import type { Regime } from '../regime.ts';
import type { Probabilities } from '../signal.ts';
import type { KnownOutcome } from './calibration-watch.ts';

/** Of a passport's labels. */
export interface OutcomeRule {
  readonly horizonBars: number;
  readonly stopAtr: number;
  readonly targetAtr: number;
}

/** JSON. Distances and prices in ticks, not rounded, as labels have them. */
export interface PendingOutcome {
  readonly probabilities: Probabilities;
  readonly regime: Regime;
  readonly entry: number;
  readonly stopTicks: number;
  readonly targetTicks: number;
  readonly barsLeft: number;
  /** Whether a purchase, and a sale, could still reach their target before their stop. */
  readonly up: boolean;
  readonly down: boolean;
}

export interface Foretold {
  readonly probabilities: Probabilities;
  readonly regime: Regime;
  readonly close: number;
  readonly atrTicks: number;
}

export const pendingOutcome = (
  rule: OutcomeRule,
  { probabilities, regime, close, atrTicks }: Foretold,
): PendingOutcome => ({
  probabilities,
  regime,
  entry: close,
  stopTicks: rule.stopAtr * atrTicks,
  targetTicks: rule.targetAtr * atrTicks,
  barsLeft: rule.horizonBars,
  up: true,
  down: true,
});

/** After one more bar: known, or still to be waited for. A bar that touches stop and target counts as the stop, on both sides. */
export function settledBy(pending: PendingOutcome, { high, low }: Bar): KnownOutcome | PendingOutcome {
  const { probabilities, regime, entry, stopTicks, targetTicks } = pending;
  const up = pending.up && !(low <= entry - stopTicks);
  const down = pending.down && !(high >= entry + stopTicks);
  const known = (cameTrue: keyof Probabilities): KnownOutcome => ({ probabilities, regime, cameTrue });
  if (up && high >= entry + targetTicks) return known('up');
  if (down && low <= entry - targetTicks) return known('down');
  const barsLeft = pending.barsLeft - 1;
  return barsLeft === 0 || !(up || down) ? known('flat') : { ...pending, barsLeft, up, down };
}
