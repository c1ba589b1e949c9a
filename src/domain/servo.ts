/** What the servo may do. Causes are stored, the status is derived as the gravest that holds, and one table says what it permits. */
import type { ReduceReason } from './order.ts';
import type { LossWindowName } from './policy.ts';
import type { UnixMs } from './units.ts';

export const SERVO_STATUSES = [
  'stopped',
  'stopping',
  'halted',
  'starting',
  'cooldown',
  'close_only',
  'paused',
  'reduced',
  'running',
] as const;
export type ServoStatus = (typeof SERVO_STATUSES)[number];

/** Who brought it about, when (market or wall time, as the cause says) and why, in words. */
export interface Cause {
  readonly by: string;
  readonly at: UnixMs;
  readonly reason: string;
}

export type Component = 'feed' | 'predictor' | 'broker' | 'store' | 'queue';

export interface Cooldown extends Cause {
  readonly component: Component;
  /** Wall time; the running process counts it down on the monotonic clock. */
  readonly until: UnixMs;
}

/** What the process itself can find unsound: the machine's clock, the disk that the journal is on, and its sight of what is open at the broker. */
export type SafetyGuard = 'clock' | 'disk' | 'sight';

export interface Halt extends Cause {
  /** The drawdown limit was reached: a reset starts a new peak. */
  readonly drawdown?: true;
}

export interface Flattening extends Cause {
  readonly kind: ReduceReason;
}

export interface Causes {
  readonly reconciled: boolean;
  readonly ended: boolean;
  readonly stopRequested?: Cause;
  readonly halted?: Halt;
  readonly cooldown?: Cooldown;
  /** Wall time at which the last cooldown began: a second one within an hour halts. */
  readonly lastCooldownAt?: UnixMs;
  readonly closeOnly: Readonly<Partial<Record<LossWindowName | 'mandate', Cause>>>;
  /** Entries wait until it is sound again. Absent in a picture that an older servo took. */
  readonly unsafe?: Readonly<Partial<Record<SafetyGuard, Cause>>>;
  readonly paused?: Cause;
  /** A promise to keep closing until the broker says that nothing is left; nothing is opened meanwhile. */
  readonly flattening?: Flattening;
  readonly reduced: Readonly<Partial<Record<LossWindowName, Cause>>>;
}

export const INITIAL_CAUSES: Causes = { reconciled: false, ended: false, closeOnly: {}, reduced: {} };

export function statusOf(causes: Causes): ServoStatus {
  if (causes.ended) return 'stopped';
  if (causes.stopRequested !== undefined) return 'stopping';
  if (causes.halted !== undefined) return 'halted';
  if (!causes.reconciled) return 'starting';
  if (causes.cooldown !== undefined) return 'cooldown';
  if (holdsAny(causes.closeOnly) || isUnsafe(causes)) return 'close_only';
  if (causes.paused !== undefined || causes.flattening !== undefined) return 'paused';
  if (holdsAny(causes.reduced)) return 'reduced';
  return 'running';
}

const isUnsafe = ({ unsafe = {} }: Causes): boolean => Object.keys(unsafe).length > 0;

const holdsAny = ({ day, week, month, mandate }: Causes['closeOnly']): boolean =>
  day !== undefined || week !== undefined || month !== undefined || mandate !== undefined;

/** The cause behind the present status, for the operator. */
export function leadingCause(causes: Causes): Cause | undefined {
  switch (statusOf(causes)) {
    case 'stopped':
    case 'stopping':
      return causes.stopRequested;
    case 'halted':
      return causes.halted;
    case 'cooldown':
      return causes.cooldown;
    case 'close_only':
      return Object.values(causes.closeOnly)[0] ?? Object.values(causes.unsafe ?? {})[0];
    case 'paused':
      return causes.paused ?? causes.flattening;
    case 'reduced':
      return Object.values(causes.reduced)[0];
    case 'starting':
    case 'running':
      return undefined;
  }
}

export interface Permits {
  readonly open: boolean;
  readonly reduce: boolean;
  readonly cancel: boolean;
  readonly sizeFactor: number;
}

const NO_ENTRIES: Permits = { open: false, reduce: true, cancel: true, sizeFactor: 0 };

export const PERMITS: Record<ServoStatus, Permits> = {
  running: { open: true, reduce: true, cancel: true, sizeFactor: 1 },
  reduced: { open: true, reduce: true, cancel: true, sizeFactor: 0.5 },
  paused: NO_ENTRIES,
  close_only: NO_ENTRIES,
  cooldown: NO_ENTRIES,
  halted: NO_ENTRIES,
  // Nothing is sent before the broker's book and ours agree.
  starting: { open: false, reduce: false, cancel: false, sizeFactor: 0 },
  // Draining: positions keep their broker stops.
  stopping: { open: false, reduce: true, cancel: true, sizeFactor: 0 },
  stopped: { open: false, reduce: false, cancel: false, sizeFactor: 0 },
};
