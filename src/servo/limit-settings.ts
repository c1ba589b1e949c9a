/** Each limit that may be edited as people see it: what holds, what config.yaml and the journal say, and what waits. */
import {
  EDITABLE,
  LIMIT_NAMES,
  type LimitName,
  type LimitUnit,
  type LimitValue,
  limitsIn,
} from '../domain/limits/editable.ts';
import type { LimitWord } from '../domain/limits/edits.ts';
import type { LossWindowName, TradingPolicy } from '../domain/policy.ts';
import type { ServoState } from '../domain/state.ts';
import { authorWords, limitWords, WINDOW_BEGINS } from './limit-words.ts';

export interface LimitWordView {
  readonly value: LimitValue;
  readonly by: string;
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly reason: string;
}

export interface LimitSetting {
  readonly name: LimitName;
  /** Its path in config.yaml. */
  readonly key: string;
  readonly unit: LimitUnit;
  /** What holds now; null is no limit. */
  readonly value: LimitValue;
  /** What config.yaml says. */
  readonly file: LimitValue;
  /** What was said of it while the servo ran; null: nothing. */
  readonly journal: LimitWordView | null;
  /** A looser value that waits for the window to begin. */
  readonly pending: (LimitWordView & { readonly from: LossWindowName }) | null;
  /** Who says what, in words; empty where config.yaml alone does. */
  readonly text: string;
}

/** `file`: the policy as config.yaml has it. */
export function limitSettings(
  { policy, limitEdits }: Pick<ServoState, 'policy' | 'limitEdits'>,
  file: TradingPolicy,
): LimitSetting[] {
  const [now, written] = [limitsIn(policy), limitsIn(file)];
  return LIMIT_NAMES.map((name) => {
    const { key, unit, window } = EDITABLE[name];
    const { held, pending } = limitEdits[name] ?? {};
    return {
      name,
      key,
      unit,
      value: now[name],
      file: written[name],
      journal: held === undefined ? null : viewOf(held),
      pending: pending === undefined ? null : { ...viewOf(pending), from: window },
      text: [
        ...(held === undefined ? [] : [`journal ${limitWords(name, held.value)} (${authorWords(held)})`]),
        ...(pending === undefined
          ? []
          : [`${limitWords(name, pending.holds)} ${WINDOW_BEGINS[window]} (${authorWords(pending)})`]),
      ].join('; '),
    };
  });
}

const viewOf = ({ value, by, at, reason }: LimitWord): LimitWordView => ({
  value,
  by,
  at: new Date(at).toISOString(),
  reason,
});

/** One line for each limit that the journal has a say in: part of the first screen. */
export const editedLines = (settings: readonly LimitSetting[]): string[] =>
  settings
    .filter(({ text }) => text !== '')
    .map(
      ({ name, value, file, text }) =>
        `${name} ${limitWords(name, value)} · config.yaml ${limitWords(name, file)} · ${text}`,
    );
