/** What an operator's word does. The same on every surface: pause, resume, flatten, halt, arm, disarm, stop, reset. */
import { COMMANDS, type Command, type CommandName, isCommandOf } from '../domain/commands.ts';
import type { Emit } from '../domain/events.ts';
import { riskLevelOf } from '../domain/limits/risk-level.ts';
import { pursueFlatten } from '../domain/management/flatten.ts';
import { cancelWorkingEntries } from '../domain/management/working-entries.ts';
import { leadingCause, type ServoStatus, statusOf } from '../domain/servo.ts';
import type { ServoState } from '../domain/state.ts';
import type { UnixMs } from '../domain/units.ts';
import { type ArmRefusalCode, armedWords, armRefusal, emitArmed, isFailure } from './arm.ts';

export type CommandResult =
  | { readonly accepted: true; readonly status: ServoStatus; readonly message: string }
  | { readonly accepted: false; readonly status: ServoStatus; readonly code: RefusalCode; readonly message: string };

export type RefusalCode =
  | 'reason_missing'
  | 'not_halted'
  | 'not_paused'
  | 'stopping'
  | 'value_invalid'
  | 'limit_unchanged'
  | 'loosening_unconfirmed'
  | 'surface_forbidden'
  | 'not_armed'
  | ArmRefusalCode;

/**
 * Decides and emits; a refused command changes nothing, but that a stranger's attempt to arm is remembered. `codeStep`: of the one-time
 * code that came with it, where it is a right one.
 */
export function obey(state: ServoState, command: Command, at: UnixMs, emit: Emit, codeStep?: number): CommandResult {
  const { name, by, surface, reason } = command;
  const refusal = refusalOf(state, command) ?? (name === 'arm' ? armRefusal(state, command, at, codeStep) : undefined);
  if (refusal !== undefined) {
    if (isFailure(refusal.code)) emit({ kind: 'arming_failed', at, by, surface, why: refusal.code });
    return { accepted: false, status: statusOf(state.causes), ...refusal };
  }
  emit({ kind: 'command_accepted', at, command: name, by, surface, reason });
  if (name === 'arm') emitArmed(state, command, at, codeStep, emit);
  if (name === 'disarm') {
    emit({ kind: 'disarmed', at, by, reason: reason || 'asked for' });
    cancelWorkingEntries(state, 'disarmed', state.step.at ?? at, emit);
  }
  if (name === 'pause') cancelWorkingEntries(state, 'no_entries', state.step.at ?? at, emit);
  if (name === 'flatten' || name === 'halt') {
    emit({ kind: 'flatten_started', at, by, reason: name });
    pursueFlatten(state, state.step.at ?? at, emit);
  }
  return { accepted: true, status: statusOf(state.causes), message: ANSWERS[name](state) };
}

function refusalOf(
  state: ServoState,
  { name, reason, surface }: Command,
): { code: RefusalCode; message: string } | undefined {
  const { halted, paused, stopRequested } = state.causes;
  if (!isCommandOf(surface, name)) {
    return { code: 'surface_forbidden', message: `${name} is not done by ${surface}: use the command line.` };
  }
  if (COMMANDS[name].needsReason && reason.trim() === '') {
    return { code: 'reason_missing', message: `${name} needs a reason: it is kept in the journal.` };
  }
  if (stopRequested !== undefined && name !== 'halt') {
    return { code: 'stopping', message: 'The servo is stopping; it takes no more commands than halt.' };
  }
  if (name === 'reset' && halted === undefined && riskLevelOf(state) !== 'extreme') {
    return { code: 'not_halted', message: `Nothing to reset: the servo is ${statusOf(state.causes)}.` };
  }
  if (name === 'resume' && paused === undefined) {
    return { code: 'not_paused', message: `Nothing to resume: the servo is ${statusWords(state)}.` };
  }
  if (name === 'disarm' && state.live?.armed === undefined) {
    return { code: 'not_armed', message: 'Nothing to disarm: live trading is not armed.' };
  }
  return undefined;
}

/** `halted: drawdown 5.02 % reached its limit of 5.00 %` */
export function statusWords(state: ServoState): string {
  const status = statusOf(state.causes);
  const cause = leadingCause(state.causes);
  return cause === undefined || cause.reason === '' ? status : `${status}: ${cause.reason}`;
}

const ANSWERS: Record<CommandName, (state: ServoState) => string> = {
  pause: () => 'Paused: no new entries. Exits, stops and monitoring go on.',
  resume: (state) => `Resumed. The servo is ${statusWords(state)}.`,
  flatten: (state) => `Paused; ${closingWords(state)}`,
  halt: (state) => `HALTED; ${closingWords(state)} Lift with reset and a reason.`,
  arm: armedWords,
  disarm: () => 'Disarmed: nothing is opened. Exits, stops and monitoring go on.',
  stop: (state) => `Stopping. Positions keep their broker stops (${state.positions.size} open).`,
  reset: () => 'The halt is lifted; trading starts again once the books agree with the broker.',
};

const openWords = (state: ServoState): string =>
  state.positions.size === 1 ? '1 position' : `${state.positions.size} positions`;

const closingWords = (state: ServoState): string =>
  state.causes.flattening === undefined
    ? 'nothing was open.'
    : `closing ${openWords(state)}, done when the broker confirms.`;
