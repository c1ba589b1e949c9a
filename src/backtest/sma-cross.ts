/** The plainest signal source: certain of the side to which a fast average has just crossed a slow one, flat on every other bar. */

export interface SmaCross {
  readonly fastBars: number;
  readonly slowBars: number;
}

/** Throws a RangeError unless the fast average is over fewer bars than the slow one. */
export function checkedSmaCross({ fastBars, slowBars }: SmaCross): SmaCross {
  const whole = Number.isInteger(fastBars) && Number.isInteger(slowBars);
  if (!whole || fastBars < 1 || slowBars <= fastBars) {
    throw new RangeError(
      `averages of ${fastBars} and ${slowBars} bars do not cross: give two whole numbers, fast < slow`,
    );
  }
  return { fastBars, slowBars };
}

/** Row-major down, flat, up for each close; flat while the slow average fills. Sums of ticks are exact, so nothing drifts. */
export function smaCrossProbabilities(
  closes: Int32Array,
  rows: number,
  { fastBars, slowBars }: SmaCross,
): Float32Array {
  const probabilities = new Float32Array(rows * 3);
  let fastSum = 0;
  let slowSum = 0;
  let wasAbove: boolean | undefined;
  let wasBelow: boolean | undefined;
  for (let row = 0; row < rows; row++) {
    const close = closes[row] ?? Number.NaN;
    fastSum += close - (row >= fastBars ? (closes[row - fastBars] ?? 0) : 0);
    slowSum += close - (row >= slowBars ? (closes[row - slowBars] ?? 0) : 0);
    let side = 1;
    if (row >= slowBars - 1) {
      // fast / fastBars against slow / slowBars, without the divisions.
      const difference = fastSum * slowBars - slowSum * fastBars;
      if (wasAbove === false && difference > 0) side = 2;
      else if (wasBelow === false && difference < 0) side = 0;
      wasAbove = difference > 0;
      wasBelow = difference < 0;
    }
    probabilities[row * 3 + side] = 1;
  }
  return probabilities;
}
