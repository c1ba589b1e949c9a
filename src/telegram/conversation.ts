/**
 * What an update does: one synchronous piece, from who sent it to what the servo is told and what is answered. Waits for nothing:
 * what only the journal knows is answered when it has been read.
 */
import { COMMANDS, type CommandName, mayUse, type Role } from '../domain/commands.ts';
import type { Clock } from '../domain/ports.ts';
import type { ServoControl } from '../servo/control.ts';
import { momentIn } from '../servo/moment.ts';
import type { Outbox } from '../servo/ports.ts';
import { BOT_COMMANDS, isControl, isRead, type ReadName, typedCommand } from './bot-commands.ts';
import { Confirmations, type Question } from './confirmations.ts';
import type { Doorkeeper } from './doorkeeper.ts';
import { failureOf } from './failures.ts';
import { messagesOf, oneLine } from './html.ts';
import type { Button, Outgoing } from './lane.ts';
import * as messages from './messages.ts';
import { type Incoming, readUpdate } from './updates.ts';

export interface ConversationParts {
  readonly control: ServoControl;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly door: Doorkeeper;
  readonly log: (line: string) => void;
  /** Puts a message for a user's own chat on its way. */
  readonly say: (message: Outgoing, sent?: (messageId: number) => void) => void;
  /** The same for someone who is not known. */
  readonly sayToStranger: (message: Outgoing) => void;
  /** Shows a word above the chat and ends the waiting of the pressed button. */
  readonly notice: (queryId: string, text: string) => void;
}

type Message = Extract<Incoming, { kind: 'message' }>;
type ButtonPress = Extract<Incoming, { kind: 'press' }>;

interface Answer {
  readonly blocks: readonly string[];
  readonly buttons?: readonly Button[];
  readonly sent?: (messageId: number) => void;
}

interface PressAnswer {
  readonly notice: string;
  /** Takes the place of the message that bears the button. */
  readonly instead?: Answer;
}

const REASON_LENGTH_MAX = 200;
const SYMBOL_LENGTH_MAX = 32;
const NAME_LENGTH_MAX = 32;
const DECISIONS_SHOWN = 5;
/** What loosens or closes is not done on an old word; a brake is, however late it comes. */
const OLD_AFTER_MS = 60_000;
const REFRESH: Button = { text: '↻ Refresh', data: 'status' };

export class Conversation {
  readonly #parts: ConversationParts;
  readonly #questions: Confirmations;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#questions = new Confirmations(parts.clock);
  }

  handle(raw: unknown): void {
    const { door, outbox, clock, notice } = this.#parts;
    const update = readUpdate(raw);
    if (update.kind === 'dropped') {
      door.turnAway(update.why);
      return;
    }
    const { userId } = update;
    const role = door.roleOf(userId);
    if (role === undefined) {
      const html = messages.strangerMessage(userId);
      if (door.meetStranger(userId)) this.#parts.sayToStranger({ chatId: userId, html });
      return;
    }
    // Before anything is done: what comes again, even after a crash, does nothing.
    if (!outbox.firstSight(update.updateId, clock.wall())) return;
    if (update.kind === 'message') {
      const answer = this.#messageAnswer(update, role);
      if (answer instanceof Promise) this.#sayLater(userId, answer);
      else this.#say(userId, answer);
    } else {
      const answer = this.#pressAnswer(update);
      if (answer.instead !== undefined) this.#say(userId, answer.instead, update.messageId);
      notice(update.queryId, answer.notice);
    }
  }

  #messageAnswer(message: Message, role: Role): Answer | Promise<Answer> {
    const { userId, text } = message;
    const { name, rest } = typedCommand(text) ?? { name: '', rest: '' };
    const command = BOT_COMMANDS.find((each) => each.name === name);
    if (command !== undefined && !mayUse(role, command.role)) {
      this.#parts.door.turnAway('above the role of their sender', userId);
      return { blocks: [messages.notAllowedMessage(command, role)] };
    }
    if (isRead(name)) return this.#readAnswer(name, rest, userId, role);
    if (isControl(name)) return this.#orderAnswer(name, oneLine(rest, REASON_LENGTH_MAX), message);
    return { blocks: [messages.unknownMessage(oneLine(name, NAME_LENGTH_MAX))] };
  }

  #readAnswer(name: ReadName, rest: string, userId: number, role: Role): Answer | Promise<Answer> {
    const { control } = this.#parts;
    switch (name) {
      case 'start':
        return { blocks: messages.startMessage(userId, role, control.status()) };
      case 'help':
        return { blocks: messages.helpMessage(role) };
      case 'status':
        return this.#statusAnswer();
      case 'risk':
        return { blocks: [messages.riskMessage(control.risk(), control.status())] };
      case 'limits':
        return { blocks: messages.limitsMessage(control.limits(), rest.trim() !== '', control.status()) };
      case 'positions':
        return { blocks: messages.positionsMessage(control.positions(), control.status()) };
      case 'why':
        return this.#whyAnswer(rest);
    }
  }

  /** `/why`, `/why EURUSD` and `/why EURUSD 2026-01-05 10:35`. */
  #whyAnswer(rest: string): Answer | Promise<Answer> {
    const { control } = this.#parts;
    const [, named = '', time] = /^\s*(\S*)(?:\s+(.+))?$/s.exec(rest) ?? [];
    const symbol = oneLine(named, SYMBOL_LENGTH_MAX).toUpperCase() || undefined;
    const traded = control.status().markets.map((market) => market.symbol);
    if (symbol === undefined || time === undefined || !traded.includes(symbol)) {
      return { blocks: messages.whyMessage(control.why(symbol, DECISIONS_SHOWN), symbol, traded) };
    }
    const at = momentIn(time.trim());
    if (at === undefined) return { blocks: [messages.notATimeMessage(oneLine(time, NAME_LENGTH_MAX))] };
    return control.reads.why(symbol, at).then((bar) => ({ blocks: messages.barMessage(bar) }));
  }

  #sayLater(userId: number, reading: Promise<Answer>): void {
    const failed = (error: unknown): Answer => {
      this.#parts.log(`user ${userId}: the journal could not be read: ${failureOf(error).text}`);
      return { blocks: [messages.unreadMessage] };
    };
    void reading.catch(failed).then((answer) => this.#say(userId, answer));
  }

  #statusAnswer(): Answer {
    const { control, clock } = this.#parts;
    const nowIso = new Date(clock.wall()).toISOString();
    const [last] = control.why(undefined, 1);
    const picture = { status: control.status(), positions: control.positions(), last, nowIso };
    return { blocks: [messages.statusMessage(picture)], buttons: [REFRESH] };
  }

  #orderAnswer(command: CommandName, reason: string, { userId, sentAt }: Message): Answer {
    const { danger, needsReason } = COMMANDS[command];
    if (danger === 'none') return this.#obey({ userId, command, reason });
    const ageMs = this.#parts.clock.wall() - sentAt;
    if (ageMs > OLD_AFTER_MS) return { blocks: [messages.tooOldMessage(command, ageMs)] };
    if (needsReason && reason === '') return { blocks: [messages.reasonMissingMessage(command)] };
    return this.#ask({ userId, command, reason });
  }

  #ask(question: Question): Answer {
    const { control } = this.#parts;
    const { command, reason } = question;
    const nonce = this.#questions.ask(question);
    const picture = { status: control.status(), positions: control.positions() };
    return {
      blocks: [messages.questionMessage(command, reason, picture)],
      buttons: [
        { text: `✓ ${command}`, data: `yes:${nonce}` },
        { text: '✗ Cancel', data: `no:${nonce}` },
      ],
      sent: (messageId) => this.#questions.shownIn(nonce, messageId),
    };
  }

  #pressAnswer({ userId, messageId, data }: ButtonPress): PressAnswer {
    const { NOTICES } = messages;
    if (data === REFRESH.data) return { notice: NOTICES.updated, instead: this.#statusAnswer() };
    const [word, nonce = ''] = data.split(':');
    if (word !== 'yes' && word !== 'no') return { notice: NOTICES.unknown };
    const verdict = this.#questions.answer({ nonce, userId, messageId, yes: word === 'yes' });
    switch (verdict.kind) {
      case 'act':
        return { notice: NOTICES.done, instead: this.#obey(verdict.question) };
      case 'cancelled':
        return { notice: NOTICES.cancelled, instead: { blocks: [messages.cancelledMessage] } };
      case 'expired':
        return { notice: NOTICES.expired, instead: { blocks: [messages.expiredMessage] } };
      case 'answered':
        return { notice: NOTICES[verdict.before] };
      case 'foreign':
        return { notice: NOTICES.foreign };
    }
  }

  /** Tells the servo; when that fails, the answer says so. */
  #obey({ userId, command, reason }: Question): Answer {
    const { control, log } = this.#parts;
    try {
      const before = control.positions();
      const result = control.command({ name: command, by: `user ${userId}`, surface: 'telegram', reason });
      log(`user ${userId}: ${command} ${result.accepted ? 'accepted' : `refused (${result.code})`}`);
      return { blocks: messages.resultMessage(command, result, before, control.status()) };
    } catch (error) {
      log(`user ${userId}: ${command} failed: ${failureOf(error).text}`);
      return { blocks: [messages.failedMessage(command)] };
    }
  }

  /** `edits`: the message to take the place of. Buttons go under the last message. */
  #say(chatId: number, { blocks, buttons = [], sent }: Answer, edits?: number): void {
    const all = messagesOf(blocks);
    for (const [index, html] of all.entries()) {
      const place = index === 0 && edits !== undefined ? { edits } : {};
      const keyboard = index === all.length - 1 ? { buttons } : {};
      this.#parts.say({ chatId, html, ...place, ...keyboard }, sent);
    }
  }
}
