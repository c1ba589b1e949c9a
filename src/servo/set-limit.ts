/** What `set_limit` does: proves name, value and reason, asks for a loosening to be confirmed, and says what holds from when. */
import { type LimitSurface, SET_LIMIT } from '../domain/commands.ts';
import type { Emit } from '../domain/events.ts';
import { EDITABLE, isLooser, isWithinBounds, type LimitName, type LimitValue } from '../domain/limits/editable.ts';
import { editLimit } from '../domain/limits/edits.ts';
import type { TradingPolicy } from '../domain/policy.ts';
import { statusOf } from '../domain/servo.ts';
import type { ServoState } from '../domain/state.ts';
import type { UnixMs } from '../domain/units.ts';
import { boundsWords, limitWords, WINDOW_BEGINS } from './limit-words.ts';
import type { CommandResult } from './operate.ts';

export interface LimitOrder {
  readonly limit: LimitName;
  readonly value: LimitValue;
  readonly by: string;
  readonly surface: LimitSurface;
  readonly reason: string;
  /** The person knows that it is looser; without it only tightening is done. */
  readonly confirmed: boolean;
}

type Refusal = Omit<Extract<CommandResult, { accepted: false }>, 'accepted' | 'status'>;

/** Decides and emits; a refused command changes nothing. */
export function setLimit(
  state: ServoState,
  file: TradingPolicy,
  { confirmed, ...wish }: LimitOrder,
  at: UnixMs,
  emit: Emit,
): CommandResult {
  const refusal = refusalOf(state, { ...wish, confirmed });
  const status = statusOf(state.causes);
  if (refusal !== undefined) return { accepted: false, status, ...refusal };
  const { limit, value } = wish;
  const before = { now: EDITABLE[limit].read(state.policy), waits: state.limitEdits[limit]?.pending };
  editLimit(state.policy, wish, at, emit);
  const waits = state.limitEdits[limit]?.pending !== undefined;
  const was = `, was ${limitWords(limit, before.now)}`;
  const message = [
    waits
      ? `${limit} becomes ${limitWords(limit, value)} ${WINDOW_BEGINS[EDITABLE[limit].window]}; until then ${limitWords(limit, before.now)} holds.`
      : `${limit} is ${limitWords(limit, value)} from now on${before.now === value ? '' : was}.`,
    ...(before.waits && !waits
      ? [`The change to ${limitWords(limit, before.waits.holds)} that waited is taken back.`]
      : []),
    ...fileWords(limit, value, EDITABLE[limit].read(file)),
  ].join(' ');
  return { accepted: true, status, message };
}

/** A restart takes the tighter of the two: what is looser must stand in the file too. */
function fileWords(limit: LimitName, value: LimitValue, file: LimitValue): string[] {
  if (!isLooser(limit, file, value)) return [];
  return [
    `A restart goes back to the ${limitWords(limit, file)} of config.yaml, unless ${EDITABLE[limit].key} is changed too.`,
  ];
}

function refusalOf(state: ServoState, { limit, value, reason, confirmed }: LimitOrder): Refusal | undefined {
  if (reason.trim() === '') {
    return { code: 'reason_missing', message: `${SET_LIMIT.name} needs a reason: it is kept in the journal.` };
  }
  if (!isWithinBounds(limit, value)) {
    return { code: 'value_invalid', message: `${limit} is ${boundsWords(limit)}; was ${value ?? 'none'}.` };
  }
  if (state.causes.stopRequested !== undefined) {
    return { code: 'stopping', message: 'The servo is stopping; it takes no more commands than halt.' };
  }
  const now = EDITABLE[limit].read(state.policy);
  const { held, pending } = state.limitEdits[limit] ?? {};
  if (value === now && pending === undefined && (held === undefined || held.value === value)) {
    return { code: 'limit_unchanged', message: `${limit} is ${limitWords(limit, now)} already.` };
  }
  if (isLooser(limit, now, value) && !confirmed) {
    const message = `${limit} ${limitWords(limit, value)} is looser than the ${limitWords(limit, now)} that holds: that is done only when it is confirmed.`;
    return { code: 'loosening_unconfirmed', message };
  }
  return undefined;
}
