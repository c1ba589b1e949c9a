/** What a live servo knows of its right to trade: what was found when it looked, who armed it and until when, and what ended that. */
import type { Cause } from './servo.ts';
import { type UnixMs, unixMs } from './units.ts';

/** What a venue says of itself. */
export interface VenueIdentity {
  readonly login: string;
  readonly server: string;
  readonly tradeMode: 'real' | 'demo' | 'contest';
  /** Its own permission, given in its terminal. */
  readonly allowsLive: boolean;
  /** Its own limit on one order, whatever it is asked for; null: it has none. */
  readonly maxLots: number | null;
  /** What it tags our orders with. */
  readonly tag: number;
}

/** What only the process around the core knows. */
export interface ProcessGround {
  readonly fileMode: string;
  /** Null: --mode was not given. */
  readonly flagMode: string | null;
  readonly dryRun: boolean;
  /** The stamp of the database that is open; null: none is. */
  readonly stamp: { readonly account: string; readonly mode: string } | null;
  readonly queuePrefix: string;
  readonly locked: boolean;
  /** Keys of limits that the file leaves to their defaults. */
  readonly implicitLimits: readonly string[];
  /** Why live trading must not rely on the queue server; null: it may. */
  readonly queueDoubt: string | null;
  /** Whether there is a secret that one-time codes can be checked by. */
  readonly secondFactor: boolean;
}

export interface LiveFacts {
  readonly process: ProcessGround;
  /** Null: it says nothing of itself. */
  readonly venue: VenueIdentity | null;
}

export interface Armed extends Cause {
  /** Wall time. */
  readonly until: UnixMs;
  readonly account: string;
  /** Which model serves which symbol: only these are armed. */
  readonly models: Readonly<Record<string, string>>;
  /** Wall times of the starts since, the latest ones. */
  readonly starts: readonly UnixMs[];
}

/** What a live servo knows of its right to trade. */
export interface LiveState {
  /** Absent until this process has looked. */
  readonly facts?: LiveFacts;
  readonly armed?: Armed;
  /** Why it is not armed any more. */
  readonly disarmed?: Cause;
  /** Of the last one-time code that was taken: no earlier one is, nor the same again. */
  readonly codeStep?: number;
  /** Wall times of the attempts that failed since the last that did not. */
  readonly failedAt?: readonly UnixMs[];
}

export const START_LOOP = { starts: 3, withinMs: 600_000 } as const;

/** What somebody who may not arm gets wrong. */
export type ArmingFailure = 'account_wrong' | 'code_wrong' | 'code_used';

export const ARMING_LOCK = { failures: 5, forMs: 900_000 } as const;

/** Until when no code is looked at, after too many that were wrong; undefined: it may be tried. */
export function armingLockedUntil({ failedAt = [] }: LiveState, now: UnixMs): UnixMs | undefined {
  const last = failedAt.at(-1);
  if (failedAt.length < ARMING_LOCK.failures || last === undefined) return undefined;
  const until = unixMs(last + ARMING_LOCK.forMs);
  return now < until ? until : undefined;
}

/** What the process before this one had found says nothing of this one. */
export function startedAnew(live: LiveState, startedAt: UnixMs): LiveState {
  const { facts: _, armed, ...rest } = live;
  if (armed === undefined) return rest;
  const starts = [...armed.starts, startedAt].filter((at) => at > startedAt - START_LOOP.withinMs);
  return { ...rest, armed: { ...armed, starts } };
}

export function armedBy(live: LiveState, armed: Omit<Armed, 'starts'>, codeStep: number): LiveState {
  const { disarmed: _, failedAt: __, ...rest } = live;
  return { ...rest, codeStep, armed: { ...armed, starts: [] } };
}

export function disarmedBy(live: LiveState, cause: Cause): LiveState {
  const { armed, ...rest } = live;
  return armed === undefined ? live : { ...rest, disarmed: cause };
}

/** After a lock that is over the count begins anew. */
export function armingFailed(live: LiveState, at: UnixMs): LiveState {
  const { failedAt = [] } = live;
  const before = failedAt.filter((earlier) => earlier > at - ARMING_LOCK.forMs);
  return { ...live, failedAt: [...before, at] };
}
