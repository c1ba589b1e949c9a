/** Who may come in. Everyone else is counted, told his number at most once an hour, and never floods log or memory. */
import type { TelegramConfig, TelegramRole } from '../config/config.ts';
import type { Clock } from '../domain/ports.ts';
import type { DropReason } from './updates.ts';

type TurnedAway = DropReason | 'from unknown users' | 'above the role of their sender';

const TELL_AGAIN_AFTER_MS = 3_600_000;
const LOG_EVERY_MS = 600_000;
const STRANGERS_KEPT = 1000;

export class Doorkeeper {
  readonly #roles: ReadonlyMap<number, TelegramRole>;
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  /** Latest last. */
  readonly #toldAtMs = new Map<number, number>();
  readonly #counts = new Map<TurnedAway, { count: number; latestUserId: number | undefined }>();
  #loggedAtMs = Number.NEGATIVE_INFINITY;

  constructor(users: TelegramConfig['users'], clock: Clock, log: (line: string) => void) {
    this.#roles = new Map(users.map(({ id, role }) => [id, role]));
    this.#clock = clock;
    this.#log = log;
  }

  roleOf(userId: number): TelegramRole | undefined {
    return this.#roles.get(userId);
  }

  /** True when this stranger is to be told his number. */
  meetStranger(userId: number): boolean {
    this.turnAway('from unknown users', userId);
    const now = this.#clock.monotonic();
    const toldAt = this.#toldAtMs.get(userId);
    if (toldAt !== undefined && now - toldAt < TELL_AGAIN_AFTER_MS) return false;
    this.#toldAtMs.delete(userId);
    this.#toldAtMs.set(userId, now);
    const [longestAgo] = this.#toldAtMs.keys();
    if (this.#toldAtMs.size > STRANGERS_KEPT && longestAgo !== undefined) this.#toldAtMs.delete(longestAgo);
    return true;
  }

  /** The first is logged at once, then a count each ten minutes in which there is one. */
  turnAway(why: TurnedAway, userId?: number): void {
    const count = (this.#counts.get(why)?.count ?? 0) + 1;
    this.#counts.set(why, { count, latestUserId: userId });
    const now = this.#clock.monotonic();
    if (now - this.#loggedAtMs < LOG_EVERY_MS) return;
    this.#loggedAtMs = now;
    const kinds = [...this.#counts].map(
      ([reason, { count, latestUserId }]) =>
        `${count} ${reason}${latestUserId === undefined ? '' : ` (latest ${latestUserId})`}`,
    );
    this.#counts.clear();
    this.#log(`turned away: ${kinds.join(', ')}`);
  }
}
