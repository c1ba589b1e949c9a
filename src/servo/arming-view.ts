/** The conditions of live trading as people see them: which hold, what was found, and until when it is armed. */
import { type ConditionVerdict, conditionsOf } from '../domain/live-conditions.ts';
import type { ServoState } from '../domain/state.ts';

export interface ArmingView {
  /** All conditions hold. */
  readonly mayOpen: boolean;
  readonly until: string | null;
  readonly conditions: readonly ConditionVerdict[];
}

/** Null where the money is not real. */
export function armingView(state: ServoState): ArmingView | null {
  const conditions = conditionsOf(state);
  if (conditions === undefined) return null;
  const until = state.live?.armed?.until;
  return {
    mayOpen: conditions.every(({ holds }) => holds),
    until: until === undefined ? null : new Date(until).toISOString(),
    conditions,
  };
}

/** `✓ 4 limits     every limit stands in the file`, a line a condition. */
export const conditionLines = (conditions: readonly ConditionVerdict[]): string[] =>
  conditions.map(
    ({ condition, holds, text }, i) => `${holds ? '✓' : '✗'} ${i + 1} ${condition.replace('_', ' ').padEnd(9)} ${text}`,
  );
