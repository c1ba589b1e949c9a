/** Questions that wait for a yes: each is one person's, in one message, for one command, once, and for a minute. */
import { randomBytes } from 'node:crypto';
import type { CommandName } from '../domain/commands.ts';
import type { Clock } from '../domain/ports.ts';

export interface Question {
  readonly userId: number;
  readonly command: CommandName;
  readonly reason: string;
}

export type Press = Pick<Question, 'userId'> & {
  readonly nonce: string;
  readonly messageId: number;
  readonly yes: boolean;
};

export type Verdict =
  | { readonly kind: 'act'; readonly question: Question }
  | { readonly kind: 'cancelled' }
  /** It was answered before. */
  | { readonly kind: 'answered'; readonly before: 'yes' | 'no' }
  | { readonly kind: 'expired' }
  /** Another person's, or another message's. */
  | { readonly kind: 'foreign' };

interface Asked extends Question {
  readonly askedAtMs: number;
  messageId?: number;
  answer?: 'yes' | 'no';
}

const VALID_MS = 60_000;
/** Answered ones are kept to say so; the oldest are forgotten, which makes them expired. */
const KEEP = 200;

export class Confirmations {
  readonly #clock: Clock;
  readonly #asked = new Map<string, Asked>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the nonce that the buttons carry. */
  ask(question: Question): string {
    const nonce = randomBytes(12).toString('base64url');
    this.#asked.set(nonce, { ...question, askedAtMs: this.#clock.monotonic() });
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > KEEP && oldest !== undefined) this.#asked.delete(oldest);
    return nonce;
  }

  /** A question whose message is not known cannot be answered. */
  shownIn(nonce: string, messageId: number): void {
    const asked = this.#asked.get(nonce);
    if (asked !== undefined) asked.messageId = messageId;
  }

  /** An answer counts once; one that comes from elsewhere leaves the question as it was. */
  answer({ nonce, userId, messageId, yes }: Press): Verdict {
    const asked = this.#asked.get(nonce);
    if (asked === undefined) return { kind: 'expired' };
    if (asked.userId !== userId || asked.messageId !== messageId) return { kind: 'foreign' };
    if (asked.answer !== undefined) return { kind: 'answered', before: asked.answer };
    if (this.#clock.monotonic() - asked.askedAtMs > VALID_MS) return { kind: 'expired' };
    asked.answer = yes ? 'yes' : 'no';
    const { command, reason } = asked;
    return yes ? { kind: 'act', question: { userId, command, reason } } : { kind: 'cancelled' };
  }
}
