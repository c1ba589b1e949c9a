/** `arm`: who may let real money trade, and for how long. A refusal says what to mend; one that smells of a stranger is a fact. */
import { formatUtc } from '../domain/calendar.ts';
import type { ArmingRequest, Command } from '../domain/commands.ts';
import type { Emit } from '../domain/events.ts';
import { type ArmingFailure, armingLockedUntil, disarmedBy, type LiveState, START_LOOP } from '../domain/live.ts';
import { conditionsOf, failingWords, servingModels } from '../domain/live-conditions.ts';
import type { ServoState } from '../domain/state.ts';
import { type UnixMs, unixMs } from '../domain/units.ts';

export const ARM_FOR = { leastMs: 60_000, mostMs: 86_400_000 } as const;

export type ArmRefusalCode =
  | 'not_live'
  | 'arming_incomplete'
  | 'no_second_factor'
  | 'halted'
  | 'conditions_fail'
  | 'arming_locked'
  | ArmingFailure;

export interface ArmRefusal {
  readonly code: ArmRefusalCode;
  readonly message: string;
}

/** `codeStep`: the time step that the typed code belongs to; undefined when it is wrong. */
export function armRefusal(
  state: ServoState,
  { arming }: Command,
  at: UnixMs,
  codeStep: number | undefined,
): ArmRefusal | undefined {
  const { live = {}, policy, causes } = state;
  if (policy.live === undefined) {
    return { code: 'not_live', message: 'Nothing to arm: this servo does not trade real money.' };
  }
  if (arming === undefined || !(arming.forMs >= ARM_FOR.leastMs && arming.forMs <= ARM_FOR.mostMs)) {
    const message = 'arm needs the account’s number, a one-time code, and a time from 1 minute to 24 hours.';
    return { code: 'arming_incomplete', message };
  }
  if (live.facts?.process.secondFactor === false) {
    const message = 'Nobody can arm without one-time codes: set account.totp_secret and start again.';
    return { code: 'no_second_factor', message };
  }
  if (causes.halted !== undefined) {
    return { code: 'halted', message: `Lift the halt first, with reset and a reason: ${causes.halted.reason}` };
  }
  const failing = failingWords(conditionsToArm(state, live));
  if (failing !== '') return { code: 'conditions_fail', message: `Not armed. What fails: ${failing}.` };
  return strangerRefusal(policy.live.login, live, arming, at, codeStep);
}

/** All but that it is armed; and a new arming pins the models anew. */
const conditionsToArm = (state: ServoState, live: LiveState) =>
  (conditionsOf(state, disarmedBy(live, { by: '', at: unixMs(0), reason: '' })) ?? []).filter(
    ({ condition }) => condition !== 'armed',
  );

const FAILURE_WORDS: Record<ArmingFailure, string> = {
  account_wrong: 'Not armed: that is not this account’s number.',
  code_wrong: 'Not armed: the code is wrong. Is the clock of the authenticator right?',
  code_used: 'Not armed: that code has been used. Wait for the next one.',
};

function strangerRefusal(
  login: string | null,
  live: LiveState,
  { account }: ArmingRequest,
  at: UnixMs,
  codeStep: number | undefined,
): ArmRefusal | undefined {
  const lockedUntil = armingLockedUntil(live, at);
  if (lockedUntil !== undefined) {
    const until = new Date(lockedUntil).toISOString().slice(11, 19);
    return { code: 'arming_locked', message: `Too many attempts have failed: none is looked at until ${until} UTC.` };
  }
  const code = failureOf(account === login, live, codeStep);
  return code && { code, message: FAILURE_WORDS[code] };
}

function failureOf(rightAccount: boolean, live: LiveState, codeStep: number | undefined): ArmingFailure | undefined {
  if (!rightAccount) return 'account_wrong';
  if (codeStep === undefined) return 'code_wrong';
  return codeStep > (live.codeStep ?? Number.NEGATIVE_INFINITY) ? undefined : 'code_used';
}

const FAILURES: ReadonlySet<string> = new Set(Object.keys(FAILURE_WORDS));
export const isFailure = (code: string): code is ArmingFailure => FAILURES.has(code);

export function emitArmed(
  state: ServoState,
  { arming, by, reason }: Command,
  at: UnixMs,
  codeStep: number | undefined,
  emit: Emit,
): void {
  if (arming === undefined || codeStep === undefined) throw new Error('armed without being asked');
  const until = unixMs(at + arming.forMs);
  emit({ kind: 'armed', at, by, reason, account: arming.account, until, models: servingModels(state), codeStep });
}

export const armedWords = ({ live: { armed } = {} }: ServoState): string =>
  `ARMED: account ${armed?.account} may open positions until ${armed && formatUtc(armed.until)} UTC. ` +
  `disarm, any halt, or ${START_LOOP.starts} starts within ${START_LOOP.withinMs / 60_000} minutes end it.`;
