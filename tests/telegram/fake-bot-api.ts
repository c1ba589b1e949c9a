/** A Bot API server on loopback that speaks the real protocol, keeps what was sent, and fails when it is told to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';

export const TOKEN = '7000000001:AAE-canary_token_that_must_never_be_logged';

export interface SentMessage {
  readonly messageId: number;
  readonly chatId: number;
  readonly silent: boolean;
  readonly at: number;
  /** The latest last: an edit adds one. */
  readonly texts: string[];
  /** Label → callback data, of the latest text. */
  buttons: Readonly<Record<string, string>>;
}

/** How a call fails; `lost`: it is done, and its answer never arrives; `hang`: neither. */
export type Fault =
  | { readonly status: number; readonly description?: string; readonly retryAfter?: number }
  | { readonly body: string; readonly status?: number }
  | 'reset'
  | 'lost'
  | 'hang';

interface Call {
  readonly method: string;
  readonly params: Readonly<Record<string, string>>;
}

type Result = { readonly ok: true; readonly result: unknown } | ApiError;
interface ApiError {
  readonly ok: false;
  readonly error_code: number;
  readonly description: string;
  readonly parameters?: { readonly retry_after: number };
}

const ok = (result: unknown): Result => ({ ok: true, result });
const apiError = (error_code: number, description: string, retryAfter?: number): ApiError => ({
  ok: false,
  error_code,
  description,
  ...(retryAfter !== undefined && { parameters: { retry_after: retryAfter } }),
});

const MESSAGE_LENGTH_MAX = 4096;
const CALLBACK_BYTES_MAX = 64;

/** Of all servers of a process, so that tests may share a store that remembers updates. */
let nextUpdateId = 5001;

export class FakeBotApi {
  readonly calls: Call[] = [];
  readonly messages: SentMessage[] = [];
  readonly notices: { readonly queryId: string; readonly text: string }[] = [];
  menu: readonly { readonly command: string; readonly description: string }[] = [];
  /** Chats the bot cannot write to. */
  readonly closedChats = new Set<number>();
  /** Any token is answered with 401. */
  tokenRevoked = false;
  readonly #updates: { readonly id: number; readonly update: unknown }[] = [];
  readonly #faults: { readonly method: string; readonly fault: Fault }[] = [];
  #nextMessageId = 100;
  #nextQueryId = 1;
  #confirmedBelow = 0;
  #waitingPoll: ((why: 'news' | 'conflict') => void) | undefined;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error) => response.destroy(error));
  });

  static async start(): Promise<FakeBotApi> {
    const api = new FakeBotApi();
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => api.close());
    return api;
  }

  get root(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** The next calls of a method fail, one after the other, and then work again. */
  fail(method: string, ...faults: Fault[]): void {
    this.#faults.push(...faults.map((fault) => ({ method, fault })));
  }

  /** A private message as Telegram delivers it; `change` overrides fields of the message. */
  say(userId: number, text: string, change: Record<string, unknown> = {}): number {
    return this.push({ message: { ...this.#privateMessage(userId), text, ...change } });
  }

  press(userId: number, message: Pick<SentMessage, 'messageId' | 'chatId'>, data: string): string {
    const id = String(this.#nextQueryId++);
    const bearer = { message_id: message.messageId, date: now(), chat: { id: message.chatId, type: 'private' } };
    this.push({ callback_query: { id, from: person(userId), message: bearer, chat_instance: '1', data } });
    return id;
  }

  /** Any update, well formed or not. Returns its id. */
  push(update: object, id = nextUpdateId++): number {
    this.pushRaw({ update_id: id, ...update }, id);
    return id;
  }

  pushRaw(update: unknown, id = nextUpdateId++): void {
    this.#updates.push({ id, update });
    this.#waitingPoll?.('news');
  }

  /** Delivers again what was confirmed, as after a restart that lost the offset. */
  redeliver(): void {
    this.#confirmedBelow = 0;
    this.#waitingPoll?.('news');
  }

  /** Until every update so far was confirmed by the next poll. */
  async drained(): Promise<void> {
    await eventually(() => this.#confirmedBelow > Math.max(0, ...this.#updates.map(({ id }) => id)));
  }

  callsOf(method: string): Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  inChat(chatId: number): SentMessage[] {
    return this.messages.filter((message) => message.chatId === chatId);
  }

  /** The message whose latest text holds `part`, once there is one. */
  async message(chatId: number, part: string): Promise<SentMessage> {
    return eventually(
      () => this.inChat(chatId).find(({ texts }) => texts.at(-1)?.includes(part)),
      () => this.#seen(chatId, part),
    );
  }

  async notice(queryId: string): Promise<string> {
    return eventually(() => this.notices.find((notice) => notice.queryId === queryId)?.text);
  }

  #seen(chatId: number, part: string): string {
    return `no message with "${part}" in chat ${chatId}; there: ${JSON.stringify(this.inChat(chatId).map(({ texts }) => texts))}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, token, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
    const params = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
    this.calls.push({ method, params });
    const at = this.#faults.findIndex((each) => each.method === method);
    const fault = at < 0 ? undefined : this.#faults.splice(at, 1)[0]?.fault;
    if (fault === 'hang') return;
    if (fault === 'reset') return void request.socket.destroy();
    if (typeof fault === 'object') return answerFault(response, fault);
    const authorised = decodeURIComponent(token ?? '') === TOKEN && !this.tokenRevoked;
    const result = authorised ? await this.#call({ method, params }, response) : apiError(401, 'Unauthorized');
    if (fault === 'lost') return void request.socket.destroy();
    answer(response, result.ok ? 200 : result.error_code, JSON.stringify(result));
  }

  async #call({ method, params }: Call, response: ServerResponse): Promise<Result> {
    switch (method) {
      case 'getMe':
        return ok({ id: 7000000001, is_bot: true, first_name: 'Servo', username: 'servo_test_bot' });
      case 'getUpdates':
        return this.#getUpdates(params, response);
      case 'sendMessage':
        return this.#sendMessage(params);
      case 'editMessageText':
        return this.#editMessageText(params);
      case 'answerCallbackQuery':
        this.notices.push({ queryId: params['callback_query_id'] ?? '', text: params['text'] ?? '' });
        return ok(true);
      case 'setMyCommands':
        return this.#setMyCommands(params);
      default:
        return apiError(404, 'Not Found');
    }
  }

  async #getUpdates(params: Call['params'], response: ServerResponse): Promise<Result> {
    this.#waitingPoll?.('conflict');
    const offset = params['offset'] === undefined ? undefined : Number(params['offset']);
    if (offset !== undefined && !Number.isInteger(offset))
      return apiError(400, 'Bad Request: offset must be an integer');
    if (offset !== undefined) this.#confirmedBelow = offset;
    const timeoutMs = 1000 * Number(params['timeout'] ?? 0);
    if (this.#pending().length === 0 && timeoutMs > 0) {
      const why = await this.#newsOr(timeoutMs, response);
      if (why === 'conflict') return apiError(409, 'Conflict: terminated by other getUpdates request');
    }
    return ok(this.#pending().slice(0, 100));
  }

  #pending(): unknown[] {
    return this.#updates.filter(({ id }) => id >= this.#confirmedBelow).map(({ update }) => update);
  }

  async #newsOr(timeoutMs: number, response: ServerResponse): Promise<'news' | 'conflict' | 'over'> {
    const why = await new Promise<'news' | 'conflict' | 'over'>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs, 'over');
      const end = (reason: 'news' | 'conflict' | 'over') => {
        clearTimeout(timer);
        resolve(reason);
      };
      this.#waitingPoll = end;
      response.once('close', () => end('over'));
    });
    this.#waitingPoll = undefined;
    return why;
  }

  #sendMessage(params: Call['params']): Result {
    const chatId = Number(params['chat_id']);
    if (this.closedChats.has(chatId)) return apiError(403, "Forbidden: bot can't initiate conversation with a user");
    const text = params['text'] ?? '';
    const refusal = refusalOf(text) ?? keyboardRefusal(params['reply_markup']);
    if (refusal !== undefined) return apiError(400, `Bad Request: ${refusal}`);
    const message: SentMessage = {
      messageId: this.#nextMessageId++,
      chatId,
      silent: params['disable_notification'] === 'true',
      at: performance.now(),
      texts: [text],
      buttons: buttonsOf(params['reply_markup']),
    };
    this.messages.push(message);
    return ok({ message_id: message.messageId, date: now(), chat: { id: chatId, type: 'private' }, text });
  }

  #editMessageText(params: Call['params']): Result {
    const message = this.messages.find(
      ({ messageId, chatId }) => messageId === Number(params['message_id']) && chatId === Number(params['chat_id']),
    );
    if (message === undefined) return apiError(400, 'Bad Request: message to edit not found');
    const text = params['text'] ?? '';
    const refusal = refusalOf(text) ?? keyboardRefusal(params['reply_markup']);
    if (refusal !== undefined) return apiError(400, `Bad Request: ${refusal}`);
    if (message.texts.at(-1) === text) return apiError(400, 'Bad Request: message is not modified');
    message.texts.push(text);
    message.buttons = buttonsOf(params['reply_markup']);
    return ok({ message_id: message.messageId, date: now(), chat: { id: message.chatId, type: 'private' }, text });
  }

  #setMyCommands(params: Call['params']): Result {
    const commands = JSON.parse(params['commands'] ?? '[]') as { command: string; description: string }[];
    const wrong = commands.some(
      ({ command, description }) =>
        !/^[a-z0-9_]{1,32}$/.test(command) || description.length < 1 || description.length > 256,
    );
    if (wrong) return apiError(400, 'Bad Request: BOT_COMMAND_INVALID');
    this.menu = commands;
    return ok(true);
  }

  #privateMessage(userId: number): Record<string, unknown> {
    return {
      message_id: this.#nextMessageId++,
      date: now(),
      from: person(userId),
      chat: { id: userId, type: 'private', first_name: 'A' },
    };
  }
}

export const now = (): number => Math.floor(Date.now() / 1000);
export const person = (id: number) => ({ id, is_bot: false, first_name: 'A' });

/** The value, once it is neither undefined nor false. */
export function eventually<T>(look: () => T | undefined | false, problem = () => 'it did not happen'): Promise<T> {
  return vi.waitFor(
    () => {
      const found = look();
      if (found === undefined || found === false) throw new Error(problem());
      return found;
    },
    { timeout: 5000, interval: 5 },
  );
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

function answerFault(response: ServerResponse, fault: Exclude<Fault, string>): void {
  if ('body' in fault) {
    answer(response, fault.status ?? 200, fault.body);
    return;
  }
  const { status, description = `fault ${status}`, retryAfter } = fault;
  answer(response, status, JSON.stringify(apiError(status, description, retryAfter)));
}

/** What the real server says of a text in HTML parse mode, or undefined when it takes it. */
function refusalOf(html: string): string | undefined {
  const open: string[] = [];
  for (const [tag, slash, name = ''] of html.matchAll(/<(\/?)([^<>]*)>?/g)) {
    if (!tag.endsWith('>') || !['b', 'i', 'code', 'pre'].includes(name))
      return `can't parse entities: unsupported start tag "${name}"`;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) return `can't parse entities: unexpected end tag "${name}"`;
  }
  if (open.length > 0) return `can't parse entities: can't find end tag corresponding to start tag "${open[0]}"`;
  const read = html.replace(/<[^>]*>/g, '').replace(/&(amp|lt|gt);/g, '.');
  if (read.trim() === '') return 'message text is empty';
  return read.length > MESSAGE_LENGTH_MAX ? 'message is too long' : undefined;
}

interface Keyboard {
  readonly inline_keyboard: readonly (readonly { readonly text: string; readonly callback_data: string }[])[];
}

const keyboardOf = (markup: string | undefined) =>
  markup === undefined ? [] : (JSON.parse(markup) as Keyboard).inline_keyboard.flat();

const buttonsOf = (markup: string | undefined) =>
  Object.fromEntries(keyboardOf(markup).map(({ text, callback_data }) => [text, callback_data]));

const keyboardRefusal = (markup: string | undefined): string | undefined =>
  keyboardOf(markup).some(({ callback_data }) => Buffer.byteLength(callback_data) > CALLBACK_BYTES_MAX)
    ? 'BUTTON_DATA_INVALID'
    : undefined;
