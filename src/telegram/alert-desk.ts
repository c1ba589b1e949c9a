/** Brings the outbox to its readers: in order to each chat, at least once, and done only when every chat that can be reached has it. */
import type { Clock } from '../domain/ports.ts';
import type { UnixMs } from '../domain/units.ts';
import type { Outbox, PendingAlert } from '../servo/ports.ts';
import { nextAlertMessage } from './alert-messages.ts';
import { errorText } from './failures.ts';
import type { Delivery } from './lane.ts';

export interface AlertDeskParts {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  readonly chatIds: readonly number[];
  readonly badge: () => string;
}

const LOOK_AHEAD = 1000;
/** Each is a durable write, on the thread that trades. */
const SETTLED_AT_ONCE = 20;
const UNREACHABLE_MS = 600_000;
/** The chat is well; this one message is not. */
const UNREADABLE = /can't parse|too long|is empty/i;

export class AlertDesk {
  readonly #parts: AlertDeskParts;
  readonly #startedAt: UnixMs;
  /** By chat: what it has, and is not settled yet. */
  readonly #had: ReadonlyMap<number, Set<number>>;
  readonly #unreachableUntilMs = new Map<number, number>();
  #storeProblem: string | undefined;

  constructor(parts: AlertDeskParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.wall();
    this.#had = new Map(parts.chatIds.map((chatId) => [chatId, new Set()]));
  }

  next(chatId: number): Delivery | undefined {
    const had = this.#had.get(chatId);
    if (had === undefined || !this.#isReachable(chatId)) return undefined;
    this.#settle();
    const waiting = this.#pending().filter(({ id }) => !had.has(id));
    if (waiting.length === 0) return undefined;
    const { clock, badge } = this.#parts;
    const plan = nextAlertMessage(waiting, { startedAt: this.#startedAt, now: clock.wall(), badge: badge() });
    if (plan === undefined) return undefined;
    return {
      outgoing: { chatId, html: plan.html, silent: plan.silent },
      urgent: plan.urgent,
      sent: () => this.#note(had, plan.alerts),
      refused: (text) => this.#refused(chatId, had, plan.alerts, text),
    };
  }

  /** The chat spoke, so it can be spoken to. */
  heardFrom(chatId: number): void {
    this.#unreachableUntilMs.delete(chatId);
  }

  #isReachable(chatId: number): boolean {
    return this.#parts.clock.monotonic() >= (this.#unreachableUntilMs.get(chatId) ?? 0);
  }

  #note(had: Set<number>, alerts: readonly PendingAlert[]): void {
    for (const { id } of alerts) had.add(id);
    this.#settle();
  }

  #refused(chatId: number, had: Set<number>, alerts: readonly PendingAlert[], text: string): void {
    const { log, clock } = this.#parts;
    if (UNREADABLE.test(text)) {
      log(`alert ${alerts.map(({ id }) => id).join(', ')} cannot be shown (${text}): ${alerts[0]?.text ?? ''}`);
      this.#note(had, alerts);
      return;
    }
    log(`chat ${chatId} cannot be reached (${text}); alerts wait until its user presses Start, or for 10 min`);
    this.#unreachableUntilMs.set(chatId, clock.monotonic() + UNREACHABLE_MS);
    this.#settle();
  }

  #settle(): void {
    const reached = [...this.#had].filter(([chatId]) => this.#isReachable(chatId)).map(([, had]) => had);
    const known = new Set([...this.#had.values()].flatMap((had) => [...had]));
    const complete = [...known].filter((id) => reached.every((had) => had.has(id))).slice(0, SETTLED_AT_ONCE);
    if (complete.length === 0) return;
    this.#usingStore(() => {
      for (const id of complete) {
        this.#parts.outbox.delivered(id, this.#parts.clock.wall());
        for (const had of this.#had.values()) had.delete(id);
      }
    });
  }

  #pending(): readonly PendingAlert[] {
    return this.#usingStore(() => this.#parts.outbox.pending(LOOK_AHEAD)) ?? [];
  }

  /** A broken store holds up alerts, but not the answers to people. */
  #usingStore<T>(work: () => T): T | undefined {
    try {
      const result = work();
      this.#storeProblem = undefined;
      return result;
    } catch (error) {
      const text = errorText(error);
      if (text !== this.#storeProblem) this.#parts.log(`alerts wait for the store: ${text}`);
      this.#storeProblem = text;
      return undefined;
    }
  }
}
