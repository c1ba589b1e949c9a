/** How far and for how long the equity of a curve lay under its peak. */
import type { EquityCurve } from '../result.ts';

export interface DrawdownFigures {
  /** Largest 1 − equity ÷ peak. */
  readonly ratio: number;
  /** Of the fall with the largest ratio; null where equity never fell. */
  readonly startedAt: number | null;
  readonly troughAt: number | null;
  /** Null while the old peak was not reached again. */
  readonly recoveredAt: number | null;
  /** Largest fall in money, in the unit of the curve: seldom another fall than the largest by ratio. */
  readonly amount: number;
  /** Longest time from a peak to its return, or to the end. */
  readonly longestMs: number;
}

export function drawdownFigures(curve: EquityCurve, endsAt: number): DrawdownFigures {
  let found: DrawdownFigures = {
    ratio: 0,
    startedAt: null,
    troughAt: null,
    recoveredAt: null,
    amount: 0,
    longestMs: 0,
  };
  for (const fall of fallsOf(curve)) {
    const { peak, lowest, startedAt, troughAt, recoveredAt } = fall;
    const ratio = 1 - lowest / peak;
    found = {
      ...(ratio > found.ratio ? { ratio, startedAt, troughAt, recoveredAt } : found),
      amount: Math.max(found.amount, peak - lowest),
      longestMs: Math.max(found.longestMs, (recoveredAt ?? endsAt) - startedAt),
    };
  }
  return found;
}

/** From a peak down and back, or to the end. */
interface Fall {
  readonly peak: number;
  readonly lowest: number;
  readonly startedAt: number;
  readonly troughAt: number;
  readonly recoveredAt: number | null;
}

function fallsOf({ at, equity }: EquityCurve): Fall[] {
  const falls: Fall[] = [];
  let [peak, peakPlace, lowest, lowestPlace] = [Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY, 0];
  const end = (recoveredAt: number | null) => {
    if (lowest >= peak) return;
    falls.push({ peak, lowest, startedAt: at[peakPlace] ?? 0, troughAt: at[lowestPlace] ?? 0, recoveredAt });
  };
  for (let i = 0; i < equity.length; i++) {
    const value = equity[i] ?? Number.NaN;
    if (value >= peak) {
      end(at[i] ?? 0);
      [peak, peakPlace, lowest, lowestPlace] = [value, i, value, i];
    } else if (value < lowest) {
      lowest = value;
      lowestPlace = i;
    }
  }
  end(null);
  return falls;
}

/** 1 − equity ÷ peak so far, at each point of the curve, as a negative number: what lies under water. */
export function underwater({ at, equity }: EquityCurve): EquityCurve {
  const depth = new Float64Array(equity.length);
  let peak = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < equity.length; i++) {
    const value = equity[i] ?? Number.NaN;
    if (value > peak) peak = value;
    depth[i] = value / peak - 1;
  }
  return { at, equity: depth };
}
