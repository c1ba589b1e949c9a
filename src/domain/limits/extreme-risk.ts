/** Extreme risk: a margin level, a worst case or a value at risk of the open book that no single loss window would see in time. It halts. */
import { bookValueAtRisk } from '../book-risk.ts';
import type { Emit } from '../events.ts';
import { marginOf, riskOf } from '../instrument.ts';
import { symbolPolicy } from '../policy.ts';
import { ticksToStop } from '../position.ts';
import type { ServoState } from '../state.ts';
import { moneyToUnits, type UnixMs } from '../units.ts';
import { conversionOf, externalMargin } from '../valuation.ts';

export type ExtremeRule = 'margin_level' | 'worst_case' | 'value_at_risk';

interface Floor {
  readonly rule: ExtremeRule;
  /** Micros of equity at or under which the rule is broken. */
  readonly equity: number;
  /** What the rule measures, in micros. */
  readonly measured: number;
}

export function watchExtremeRisk(state: ServoState, at: UnixMs, emit: Emit): void {
  const { account, causes } = state;
  if (state.positions.size === 0) return;
  const floor = extremeFloor(state);
  // Written so that a value that is no number halts.
  if (floor === undefined || account.equity > floor.equity) return;
  const closing = causes.flattening !== undefined;
  // The halt stands and everything is being closed: there is nothing to add.
  if (closing && causes.halted !== undefined) return;
  emit({ kind: 'halted', at, by: 'servo', reason: `extreme risk: ${wordsOf(state, floor)}` });
  if (!closing) emit({ kind: 'flatten_started', at, by: 'servo', reason: 'extreme_risk' });
}

/** The highest of the rules' floors: above it none of them has anything to say. Between fills and days it moves with rates alone, and no further. */
export function extremeFloor(state: ServoState): Floor | undefined {
  const { marginLevelMin, worstCaseMax, valueAtRiskMax } = state.policy.limits.extreme;
  const { margin, worstCase } = bookFigures(state);
  const valueAtRisk = valueAtRiskMax === null ? undefined : valueAtRiskOf(state);
  const floors: Floor[] = [];
  if (marginLevelMin !== null) floors.push({ rule: 'margin_level', equity: margin * marginLevelMin, measured: margin });
  if (worstCaseMax !== null) floors.push({ rule: 'worst_case', equity: worstCase / worstCaseMax, measured: worstCase });
  if (valueAtRiskMax !== null && valueAtRisk !== undefined) {
    floors.push({ rule: 'value_at_risk', equity: valueAtRisk / valueAtRiskMax, measured: valueAtRisk });
  }
  // A floor that is no number is above every equity.
  const unknown = floors.find(({ equity }) => !Number.isFinite(equity));
  return unknown ?? floors.toSorted((a, b) => b.equity - a.equity)[0];
}

interface Remembered {
  readonly cursor: number;
  readonly day: number;
  readonly value: number | undefined;
}
const remembered = new WeakMap<ServoState, Remembered>();

/** Between two fills and within a day it stays what it was. */
function valueAtRiskOf(state: ServoState): number | undefined {
  const { reportCursor: cursor } = state;
  const day = state.account.windows.day.period;
  const before = remembered.get(state);
  if (before !== undefined && before.cursor === cursor && before.day === day) return before.value;
  const value = bookValueAtRisk(state, 0.99);
  remembered.set(state, { cursor, day, value });
  return value;
}

/** Margin of all that is open, of others' too, and what is lost from its entries if every stop is hit: a stop in profit loses nothing but its slippage. */
export function bookFigures(state: ServoState): { readonly margin: number; readonly worstCase: number } {
  let margin: number = externalMargin(state);
  let worstCase = 0;
  for (const position of state.positions.values()) {
    const { instrument, slippage } = symbolPolicy(state.policy, position.symbol);
    const rate = conversionOf(state, position.symbol);
    // Its price has not been seen, so nothing is known of its loss: as with the mark, it is passed over until then.
    if (rate === undefined) continue;
    margin += marginOf(instrument, position.entryPrice, position.quantity, rate, state.policy.leverage);
    worstCase += riskOf(instrument, Math.max(0, ticksToStop(position)) + slippage, position.quantity, rate);
  }
  return { margin, worstCase };
}

function wordsOf({ account, policy }: ServoState, { rule, measured }: Floor): string {
  const { marginLevelMin, worstCaseMax, valueAtRiskMax } = policy.limits.extreme;
  const percent = (fraction: number) => `${(100 * fraction).toFixed(2)} %`;
  const share = measured / account.equity;
  const amount = `${moneyToUnits(measured as typeof account.equity).toFixed(2)} ${policy.currency}`;
  switch (rule) {
    case 'margin_level':
      return `margin level ${percent(account.equity / measured)} is at or under its floor of ${percent(marginLevelMin ?? 0)}`;
    case 'worst_case':
      return `all stops hit would cost ${amount}, ${percent(share)} of equity; the limit is ${percent(worstCaseMax ?? 0)}`;
    case 'value_at_risk':
      return `one day costs ${amount} with a chance of 1 %, ${percent(share)} of equity; the limit is ${percent(valueAtRiskMax ?? 0)}`;
  }
}
