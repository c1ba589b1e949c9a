/** The one way out to a chat: a message a second, brakes and grave news first, and nothing given up for a bad network. */
import type { Api } from 'node-telegram-bot-api';
import { type Failure, failureOf } from './failures.ts';
import { pause } from './pause.ts';

export interface Button {
  readonly text: string;
  /** Comes back when it is pressed; at most 64 bytes. */
  readonly data: string;
}

export interface Outgoing {
  readonly chatId: number;
  readonly html: string;
  readonly silent?: boolean;
  readonly buttons?: readonly Button[];
  /** The message that this one replaces. */
  readonly edits?: number;
}

export interface Delivery {
  readonly outgoing: Outgoing;
  readonly urgent: boolean;
  sent(messageId: number): void;
  /** It will never be taken; `text` says why. */
  refused(text: string): void;
}

export interface LaneParts {
  readonly api: Api;
  readonly log: (line: string) => void;
  readonly timings: LaneTimings;
  /** The next alert, when there is one. */
  readonly alerts: () => Delivery | undefined;
  readonly onUnauthorised: (text: string) => void;
}

export interface LaneTimings {
  readonly messageEveryMs: number;
  /** How often an idle lane looks for alerts. */
  readonly lookEveryMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

const REPLIES_WAITING_MAX = 50;

export class Lane {
  readonly #parts: LaneParts;
  readonly #replies: Delivery[] = [];
  #idle = new AbortController();
  #ending = false;
  #failures = 0;
  #problem: string | undefined;

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  reply(outgoing: Outgoing, sent: (messageId: number) => void = () => undefined): void {
    if (this.#replies.length >= REPLIES_WAITING_MAX) {
      this.#parts.log(`${REPLIES_WAITING_MAX} answers wait for chat ${outgoing.chatId}; one more is dropped`);
      return;
    }
    const refused = (text: string) => this.#parts.log(`an answer to chat ${outgoing.chatId} was refused: ${text}`);
    this.#replies.push({ outgoing, urgent: false, sent, refused });
    this.#idle.abort();
  }

  /** Sends the answers that wait and takes no more alerts; `run` ends when they are out. */
  end(): void {
    this.#ending = true;
    this.#idle.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    const isOver = () => signal.aborted || (this.#ending && this.#replies.length === 0);
    while (!isOver()) {
      const waitMs = await this.#step(signal);
      if (isOver()) return;
      if (waitMs === 'idle') await this.#waitForWork(this.#parts.timings.lookEveryMs, signal);
      else await pause(waitMs, signal);
    }
  }

  /** Sends one message, if there is one; returns how long to wait before the next. */
  async #step(signal: AbortSignal): Promise<number | 'idle'> {
    try {
      const delivery = this.#next();
      if (delivery === undefined) return 'idle';
      const outcome = await this.#send(delivery, signal);
      this.#works();
      if (outcome === undefined) return 0;
      if (this.#replies[0] === delivery) this.#replies.shift();
      if ('messageId' in outcome) delivery.sent(outcome.messageId);
      else delivery.refused(outcome.refused);
      return this.#parts.timings.messageEveryMs;
    } catch (error) {
      return signal.aborted ? 0 : this.#failed(failureOf(error));
    }
  }

  #next(): Delivery | undefined {
    const alert = this.#ending ? undefined : this.#parts.alerts();
    return alert?.urgent === true ? alert : (this.#replies[0] ?? alert);
  }

  /** Throws what may pass; undefined when an edit became a message of its own, still to be sent. */
  async #send(
    delivery: Delivery,
    signal: AbortSignal,
  ): Promise<{ messageId: number } | { refused: string } | undefined> {
    const { outgoing } = delivery;
    try {
      return { messageId: await sendOrEdit(this.#parts.api, outgoing, signal) };
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind !== 'refused') throw error;
      if (outgoing.edits === undefined) return { refused: failure.text };
      if (/not modified/i.test(failure.text)) return { messageId: outgoing.edits };
      const { edits: _, ...asNew } = outgoing;
      this.#replies[0] = { ...delivery, outgoing: asNew };
      return undefined;
    }
  }

  #failed(failure: Failure): number {
    if (failure.kind === 'unauthorised') {
      this.#parts.onUnauthorised(failure.text);
      return 0;
    }
    const { retryMinMs, retryMaxMs } = this.#parts.timings;
    if (failure.kind === 'flood') return Math.max(failure.waitMs, retryMinMs);
    this.#failures += 1;
    if (failure.text !== this.#problem) this.#parts.log(`messages wait: ${failure.text}`);
    this.#problem = failure.text;
    return Math.min(retryMinMs * 2 ** (this.#failures - 1), retryMaxMs);
  }

  #works(): void {
    if (this.#problem !== undefined) this.#parts.log('messages go out again');
    this.#problem = undefined;
    this.#failures = 0;
  }

  async #waitForWork(ms: number, signal: AbortSignal): Promise<void> {
    this.#idle = new AbortController();
    await pause(ms, AbortSignal.any([signal, this.#idle.signal]));
  }
}

async function sendOrEdit(api: Api, outgoing: Outgoing, signal: AbortSignal): Promise<number> {
  const { chatId, html, silent = false, buttons = [], edits } = outgoing;
  const keyboard = buttons.map(({ text, data }) => ({ text, callback_data: data }));
  const content = {
    chat_id: chatId,
    text: html,
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
    ...(keyboard.length > 0 && { reply_markup: { inline_keyboard: [keyboard] } }),
  };
  if (edits !== undefined) {
    await api.editMessageText({ ...content, message_id: edits }, signal);
    return edits;
  }
  const message = await api.sendMessage({ ...content, disable_notification: silent }, signal);
  return message.message_id;
}
