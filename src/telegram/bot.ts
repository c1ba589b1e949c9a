/** The Telegram bot: hears its users, tells them what happens, and never makes the servo wait or fall. */
import { Api } from 'node-telegram-bot-api';
import type { TelegramConfig } from '../config/config.ts';
import type { Clock } from '../domain/ports.ts';
import type { ServoControl } from '../servo/control.ts';
import type { Outbox } from '../servo/ports.ts';
import { AlertDesk } from './alert-desk.ts';
import { menu } from './bot-commands.ts';
import { Conversation, type ConversationParts } from './conversation.ts';
import { Doorkeeper } from './doorkeeper.ts';
import { failureOf, tokenScrubber } from './failures.ts';
import { Lane, type LaneParts, type LaneTimings } from './lane.ts';
import { badge } from './messages.ts';
import { pause } from './pause.ts';
import { type PollingTimings, pollUpdates } from './polling.ts';

export interface TelegramParts {
  readonly config: TelegramConfig;
  readonly control: ServoControl;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

export interface TelegramTimings extends LaneTimings, PollingTimings {
  /** For one call of the API. */
  readonly timeoutMs: number;
  /** How long the last answers may take at the end. */
  readonly lastWordsMs: number;
}

const TIMINGS: TelegramTimings = {
  longPollSeconds: 30,
  conflictWaitMs: 60_000,
  retryMinMs: 1000,
  retryMaxMs: 60_000,
  messageEveryMs: 1000,
  lookEveryMs: 1000,
  timeoutMs: 10_000,
  lastWordsMs: 3000,
};

export interface TelegramBot {
  /** One line for the operator: off and why, or who listens. */
  readonly description: string;
  stop(): Promise<void>;
}

/** Does not wait for the network. Without a token nothing is started. */
export async function startTelegram(
  parts: TelegramParts,
  timings: Partial<TelegramTimings> = {},
): Promise<TelegramBot> {
  const { token } = parts.config;
  if (token === null) return { description: 'off: no token (set TELEGRAM_TOKEN)', stop: async () => undefined };
  return new RunningBot(token, parts, { ...TIMINGS, ...timings });
}

class RunningBot implements TelegramBot {
  readonly #api: Api;
  readonly #parts: TelegramParts;
  readonly #timings: TelegramTimings;
  readonly #lanes: ReadonlyMap<number, Lane>;
  readonly #strangers: Lane;
  readonly #listening = new AbortController();
  readonly #speaking = new AbortController();
  readonly #running: Promise<void>[];
  #name = 'connecting';
  #off: string | undefined;

  constructor(token: string, parts: TelegramParts, timings: TelegramTimings) {
    const { config, control, outbox, clock } = parts;
    const scrub = tokenScrubber(token);
    const log = (line: string) => parts.log(scrub(`Telegram: ${line}`));
    this.#parts = { ...parts, log };
    this.#timings = timings;
    // Each caller has its own idea of when to try again, so the library has none.
    this.#api = new Api(token, { apiRoot: config.apiRoot, timeoutMs: timings.timeoutMs, maxRetries: 0 });
    const userIds = config.users.map(({ id }) => id);
    const readers = config.chatId === null ? userIds : [config.chatId];
    const desk = new AlertDesk({ outbox, clock, log, chatIds: readers, badge: () => badge(control.status()) });
    const chatIds = new Set([...userIds, ...readers]);
    this.#lanes = new Map([...chatIds].map((chatId) => [chatId, this.#lane(log, () => desk.next(chatId))]));
    // Their number is in their hands, so nothing about them is logged here.
    this.#strangers = this.#lane(
      () => undefined,
      () => undefined,
    );
    const conversation = this.#conversation(new Doorkeeper(config.users, clock, log), desk);
    const work = [this.#listen(conversation), ...this.#allLanes().map((lane) => lane.run(this.#speaking.signal))];
    // A fault of the bot is the bot's: the servo goes on.
    this.#running = work.map((each) => each.catch((error) => log(`broke down: ${failureOf(error).text}`)));
  }

  get description(): string {
    if (this.#off !== undefined) return this.#off;
    const { users, chatId } = this.#parts.config;
    const told = chatId === null ? "each user's own chat" : `chat ${chatId}`;
    return users.length === 0
      ? `on (${this.#name}), but no user is listed: write to the bot and put the id it answers under telegram.users`
      : `on (${this.#name}) · ${users.length} user${users.length === 1 ? '' : 's'} · alerts to ${told}`;
  }

  async stop(): Promise<void> {
    this.#listening.abort();
    for (const lane of this.#allLanes()) lane.end();
    const ended = Promise.all(this.#running);
    await Promise.race([ended, pause(this.#timings.lastWordsMs, this.#speaking.signal)]);
    this.#speaking.abort();
    await ended;
  }

  #allLanes(): Lane[] {
    return [...this.#lanes.values(), this.#strangers];
  }

  #lane(log: LaneParts['log'], alerts: LaneParts['alerts']): Lane {
    const onUnauthorised = (text: string) => this.#giveUp(text);
    return new Lane({ api: this.#api, timings: this.#timings, log, alerts, onUnauthorised });
  }

  #conversation(door: Doorkeeper, desk: AlertDesk): Conversation {
    const { control, outbox, clock, log } = this.#parts;
    const say: ConversationParts['say'] = (message, sent) => {
      desk.heardFrom(message.chatId);
      this.#lanes.get(message.chatId)?.reply(message, sent);
    };
    const sayToStranger: ConversationParts['sayToStranger'] = (message) => this.#strangers.reply(message);
    const notice = (queryId: string, text: string) => {
      // Worth one try: Telegram drops it after a few seconds anyway.
      const answer = { callback_query_id: queryId, text };
      this.#api.answerCallbackQuery(answer, this.#speaking.signal).catch(() => undefined);
    };
    return new Conversation({ control, outbox, clock, door, log, say, sayToStranger, notice });
  }

  #listen(conversation: Conversation): Promise<void> {
    const { log } = this.#parts;
    return pollUpdates(
      {
        api: this.#api,
        timings: this.#timings,
        handle: (update) => conversation.handle(update),
        onConnected: () => {
          this.#introduce().catch((error) => log(`its name and menu are not set: ${failureOf(error).text}`));
        },
        onUnauthorised: (text) => this.#giveUp(text),
        log,
      },
      this.#listening.signal,
    );
  }

  async #introduce(): Promise<void> {
    const { username } = await this.#api.getMe(this.#listening.signal);
    this.#name = `@${username ?? 'bot'}`;
    this.#parts.log(`connected as ${this.#name}`);
    await this.#api.setMyCommands({ commands: menu() }, this.#listening.signal);
  }

  /** The servo goes on without it. */
  #giveUp(text: string): void {
    if (this.#off !== undefined) return;
    this.#off = `off: the Bot API refuses the token (${text}); set the right TELEGRAM_TOKEN and restart`;
    this.#parts.log(this.#off);
    this.#listening.abort();
    this.#speaking.abort();
  }
}
