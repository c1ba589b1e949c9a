/** What people may ask of the servo: one registry for CLI, API, Telegram and the documents. */

export type Role = 'viewer' | 'operator' | 'admin';
const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };
export const mayUse = (role: Role, required: Role): boolean => RANK[role] >= RANK[required];

export type Surface = 'cli' | 'api' | 'telegram' | 'signal' | 'file';

export interface CommandSpec {
  readonly role: Role;
  /** `confirm`: the surface asks before it acts, because positions change or a brake is loosened. Stopping is always one tap. */
  readonly danger: 'none' | 'confirm';
  readonly needsReason: boolean;
  /** Surfaces that do not have it. */
  readonly notBy?: readonly Surface[];
  /** What will happen, in one sentence: shown in help, in the question and in the documents. */
  readonly effect: string;
}

export const COMMANDS = {
  pause: {
    role: 'operator',
    danger: 'none',
    needsReason: false,
    effect: 'No new entries, and those that wait at the venue are cancelled; exits, stops and monitoring go on.',
  },
  resume: {
    role: 'operator',
    danger: 'confirm',
    needsReason: false,
    effect: 'Entries are allowed again from the next bar. Does not lift a halt or a loss limit.',
  },
  flatten: {
    role: 'operator',
    danger: 'confirm',
    needsReason: false,
    effect: 'Pauses, cancels working entries and closes every position; done when the broker confirms.',
  },
  halt: {
    role: 'operator',
    danger: 'none',
    needsReason: false,
    effect: 'Emergency stop: halted first, then entries are cancelled and positions closed. Lifted only by reset.',
  },
  arm: {
    role: 'admin',
    danger: 'confirm',
    needsReason: false,
    // A phone that is lost must not be able to let real money trade.
    notBy: ['telegram'],
    effect: 'Lets a live servo open positions for a while, if all conditions of live trading hold.',
  },
  disarm: {
    role: 'operator',
    danger: 'none',
    needsReason: false,
    effect: 'Ends the arming of a live servo: working entries are cancelled, exits and stops go on.',
  },
  stop: {
    role: 'operator',
    danger: 'none',
    needsReason: false,
    effect: 'The process finishes its work and ends; positions keep their broker stops.',
  },
  reset: {
    role: 'admin',
    danger: 'confirm',
    needsReason: true,
    effect:
      'Lifts a halt, and re-arms an extreme risk level. Positions and loss windows stay as they are; after a drawdown halt the peak becomes the present equity.',
  },
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS) as readonly CommandName[];

export interface Command {
  readonly name: CommandName;
  readonly by: string;
  readonly surface: Surface;
  readonly reason: string;
  /** Of `arm` alone. */
  readonly arming?: ArmingRequest;
}

/** The one command that takes a name and a value. */
export const SET_LIMIT = {
  name: 'set_limit',
  role: 'admin',
  /** Of a loosening; tightening is one tap. */
  danger: 'confirm',
  needsReason: true,
  // As with `arm`: a phone that is lost must not loosen.
  notBy: ['telegram', 'signal', 'file'],
  effect: 'Changes a limit: a tighter value holds at once, a looser one when the next window of the limit begins.',
} as const satisfies CommandSpec & { readonly name: string };

/** How `set_limit` may be said. */
export type LimitSurface = Exclude<Surface, (typeof SET_LIMIT.notBy)[number]>;

export interface ArmingRequest {
  /** The account's number, as the person typed it. */
  readonly account: string;
  readonly forMs: number;
  /** From the person's authenticator. Never written down. */
  readonly code: string;
}

/** Is it a command of this surface? */
export const isCommandOf = (surface: Surface, name: CommandName): boolean => {
  const { notBy = [] }: CommandSpec = COMMANDS[name];
  return !notBy.includes(surface);
};
