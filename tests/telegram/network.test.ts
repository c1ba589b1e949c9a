/** A Bot API that conflicts, floods, fails, hangs or talks nonsense: the bot waits and goes on, the servo notices nothing, the token stays secret. */
import { TelegramApiError } from 'node-telegram-bot-api';
import { afterEach, expect, test } from 'vitest';
import { startTelegram } from '../../src/telegram/bot.ts';
import { errorText, failureOf, tokenScrubber } from '../../src/telegram/failures.ts';
import { eventually, FakeBotApi, type Fault, TOKEN } from './fake-bot-api.ts';
import { ADMIN, IN_A_HURRY, OPERATOR, ScriptedServo, startBot, TestClock, temporaryStore } from './support.ts';

const logs: string[][] = [];
const lines = (): string[] => {
  const log: string[] = [];
  logs.push(log);
  return log;
};

afterEach(() => {
  expect(logs.length).toBeGreaterThan(0);
  expect(
    logs
      .splice(0)
      .flat()
      .filter((line) => line.includes(TOKEN) || line.includes('canary')),
  ).toEqual([]);
});

const NONSENSE: readonly (readonly [string, Fault])[] = [
  ['a conflict', { status: 409, description: 'Conflict: terminated by other getUpdates request' }],
  ['a flood', { status: 429, retryAfter: 0.05 }],
  ['an error of the server', { status: 500 }],
  ['a bad gateway in HTML', { status: 502, body: '<html>Bad Gateway</html>' }],
  ['HTML with status 200', { body: '<html>Log in to the hotel network</html>' }],
  ['an empty answer', { body: '' }],
  ['null', { body: 'null' }],
  ['a number', { body: '7' }],
  ['an empty object', { body: '{}' }],
  ['a result that is no list', { body: '{"ok":true,"result":{"update_id":1}}' }],
  ['no result', { body: '{"ok":true}' }],
  ['updates without numbers', { body: '{"ok":true,"result":[{"message":{}},null,3]}' }],
  ['a refusal', { status: 403, description: 'Forbidden' }],
  ['an error that quotes the address', { status: 403, description: `Forbidden: /bot${TOKEN}/getUpdates` }],
  ['a broken connection', 'reset'],
  ['an answer that got lost', 'lost'],
];

test.each(NONSENSE)('polling outlives %s', async (_, fault) => {
  const { api, servo, lines: log } = await startBot({ lines: lines() });
  await eventually(() => api.menu.length > 0);
  api.fail('getUpdates', fault, fault);
  api.say(OPERATOR, '/pause');
  api.say(OPERATOR, '/halt');
  await api.message(OPERATOR, 'halt is done.');
  expect(servo.commands.map(({ name }) => name)).toEqual(['pause', 'halt']);
  // The poll that was open when the trouble began may have carried the commands; the trouble is met all the same.
  await eventually(() => log.some((line) => line.startsWith('Telegram: commands do not arrive: ')));
});

test.each(
  NONSENSE.filter(([name]) => !/list|refusal|numbers|address/.test(name)),
)('sending outlives %s', async (_, fault) => {
  const { api } = await startBot({ lines: lines() });
  api.fail('sendMessage', fault, fault);
  api.say(OPERATOR, '/status');
  api.say(OPERATOR, '/help');
  await api.message(OPERATOR, 'asks before it acts');
  expect(api.inChat(OPERATOR).at(-2)?.texts[0]).toContain('RUNNING');
});

test.each(NONSENSE.slice(3))('the introduction may meet %s', async (_, fault) => {
  const { api, servo } = await startBot({ lines: lines() });
  api.fail('getMe', fault);
  api.fail('setMyCommands', fault);
  api.say(OPERATOR, '/halt');
  await eventually(() => servo.commands.length === 1);
});

test('a conflict waits its minute, says so once, and no longer than it lasts', async () => {
  const { api, lines: log, servo } = await startBot({ lines: lines(), timings: { conflictWaitMs: 150 } });
  await eventually(() => api.menu.length > 0);
  const conflict = { status: 409, description: 'Conflict: terminated by other getUpdates request' };
  api.fail('getUpdates', conflict, conflict);
  const before = performance.now();
  api.say(OPERATOR, '/status');
  await api.message(OPERATOR, 'RUNNING');
  api.say(OPERATOR, '/pause');
  await eventually(() => servo.commands.length === 1);
  expect(performance.now() - before).toBeGreaterThan(299);
  expect(log.filter((line) => line.includes('409'))).toEqual([
    "Telegram: commands do not arrive: another program, or a webhook, uses this bot's token (409: Conflict: terminated by other getUpdates request); trying again in 1 s",
  ]);
});

test('two servos with one token: each command is obeyed by one of them, and both live on', async () => {
  const api = await FakeBotApi.start();
  const one = await startBot({ api, lines: lines() });
  const two = await startBot({ api, lines: lines() });
  const shared = two.servo.commands;
  for (let i = 0; i < 5; i++) {
    api.say(OPERATOR, `/pause ${i}`);
    await api.drained();
  }
  await eventually(() => [...one.lines, ...two.lines].some((line) => line.includes('another program')));
  const reasons = new Set([...one.servo.commands, ...shared].map(({ reason }) => reason));
  expect(reasons).toEqual(new Set(['0', '1', '2', '3', '4']));
});

test('a refused token switches the bot off, visibly, and nothing more is asked', async () => {
  const api = await FakeBotApi.start();
  api.tokenRevoked = true;
  const { bot, lines: log } = await startBot({ api, lines: lines() });
  await eventually(() => bot.description.startsWith('off'));
  expect(bot.description).toBe(
    'off: the Bot API refuses the token (401: Unauthorized); set the right TELEGRAM_TOKEN and restart',
  );
  expect(log).toEqual([`Telegram: ${bot.description}`]);
  const calls = api.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(api.calls).toHaveLength(calls);
});

test('a token that is revoked while an answer is sent switches it off too', async () => {
  const { api, bot, servo } = await startBot({ lines: lines() });
  await eventually(() => api.menu.length > 0);
  api.fail('sendMessage', { status: 401, description: 'Unauthorized' });
  api.say(OPERATOR, '/pause');
  await eventually(() => bot.description.startsWith('off'));
  expect(servo.commands).toHaveLength(1);
});

test('retry_after is honoured before the next message', async () => {
  const { api } = await startBot({ lines: lines() });
  await eventually(() => api.menu.length > 0);
  api.fail('sendMessage', { status: 429, retryAfter: 0.3 });
  const before = performance.now();
  api.say(OPERATOR, '/status');
  await api.message(OPERATOR, 'RUNNING');
  expect(performance.now() - before).toBeGreaterThan(299);
  expect(api.callsOf('sendMessage')).toHaveLength(2);
});

test('messages to one chat keep their distance, and chats do not wait for each other', async () => {
  const { api } = await startBot({ lines: lines(), timings: { messageEveryMs: 150 } });
  for (const user of [OPERATOR, ADMIN]) for (let i = 0; i < 3; i++) api.say(user, '/status');
  await eventually(() => api.messages.length === 6);
  for (const user of [OPERATOR, ADMIN]) {
    const [first = 0, second = 0, third = 0] = api.inChat(user).map(({ at }) => at);
    expect(Math.min(second - first, third - second)).toBeGreaterThan(145);
  }
  expect(Math.max(...api.messages.map(({ at }) => at)) - Math.min(...api.messages.map(({ at }) => at))).toBeLessThan(
    450,
  );
});

test('a hanging answer delays no command', async () => {
  const { api, servo } = await startBot({ lines: lines() });
  api.fail('sendMessage', 'hang');
  api.fail('answerCallbackQuery', 'hang');
  api.say(OPERATOR, '/status');
  api.press(OPERATOR, { chatId: OPERATOR, messageId: 1 }, 'status');
  api.say(OPERATOR, '/halt');
  const before = performance.now();
  await eventually(() => servo.commands.length === 1);
  expect(performance.now() - before).toBeLessThan(1000);
});

test.each(['hang', 'reset'] as const)('starting and stopping do not wait for a server that would %s', async (fault) => {
  const api = await FakeBotApi.start();
  api.fail('getUpdates', ...Array.from({ length: 50 }, () => fault));
  const before = performance.now();
  const { bot } = await startBot({ api, lines: lines() });
  expect(performance.now() - before).toBeLessThan(500);
  await eventually(() => api.calls.length > 0);
  await bot.stop();
  expect(performance.now() - before).toBeLessThan(1500);
});

test('no server at all: the servo runs, the log says why commands do not arrive', async () => {
  const log = lines();
  const bot = await startTelegram(
    {
      config: { token: TOKEN, apiRoot: 'http://127.0.0.1:1', chatId: null, users: [{ id: ADMIN, role: 'admin' }] },
      control: new ScriptedServo(),
      outbox: temporaryStore().store.outbox,
      clock: new TestClock(),
      log: (line) => log.push(line),
    },
    IN_A_HURRY,
  );
  await eventually(() => log.length > 0);
  expect(log[0]).toMatch(
    /^Telegram: commands do not arrive: Network request failed: getUpdates \(.+\); trying again in 1 s$/,
  );
  expect(bot.description).toBe("on (connecting) · 1 user · alerts to each user's own chat");
  await bot.stop();
});

test('the answer to /stop goes out before the bot ends', async () => {
  const { api, bot, servo } = await startBot({ lines: lines(), timings: { messageEveryMs: 50 } });
  const stopping: Promise<void>[] = [];
  servo.answer = () => {
    stopping.push(bot.stop());
    return { accepted: true, status: 'stopping', message: 'Stopping.' };
  };
  api.say(OPERATOR, '/status');
  api.say(OPERATOR, '/stop');
  await eventually(() => stopping.length > 0);
  await Promise.all(stopping);
  expect(api.inChat(OPERATOR).map(({ texts }) => texts[0]?.includes('Stopping.'))).toEqual([false, true]);
});

test('what Telegram delivers again is not done again, not even after a restart', async () => {
  const stores = temporaryStore();
  const before = await startBot({ store: stores.store, lines: lines() });
  for (const command of ['/pause one', '/halt two', '/stop three']) before.api.say(OPERATOR, command);
  await eventually(() => before.api.inChat(OPERATOR).length === 3);
  await before.bot.stop();
  before.api.redeliver();
  const after = await startBot({ api: before.api, store: stores.reopen(), lines: lines() });
  after.api.say(OPERATOR, '/pause four');
  await eventually(() => after.api.inChat(OPERATOR).length === 4);
  await after.api.drained();
  expect(after.servo.commands.map(({ reason }) => reason)).toEqual(['four']);
  expect(after.api.inChat(OPERATOR)).toHaveLength(4);
});

test('a store that cannot remember an update obeys nothing, says so in the log, and the bot goes on', async () => {
  const { store } = temporaryStore();
  let broken = true;
  const outbox = {
    ...store.outbox,
    firstSight: (...seen: Parameters<typeof store.outbox.firstSight>) => {
      if (broken) throw new Error('database is locked');
      return store.outbox.firstSight(...seen);
    },
  };
  const { api, servo, lines: log } = await startBot({ store, outbox, lines: lines() });
  const id = api.say(OPERATOR, '/pause');
  await eventually(() => log.includes(`Telegram: update ${id} failed: database is locked`));
  broken = false;
  api.say(OPERATOR, '/halt');
  await eventually(() => servo.commands.length === 1);
  expect(servo.commands).toMatchObject([{ name: 'halt' }]);
});

test.each([
  [{ retry_after: 7 }, 7000],
  [{ retry_after: 86_400 }, 3_600_000],
  [{ retry_after: -1 }, 1000],
  [{ retry_after: '7' }, 1000],
  [{}, 1000],
  [undefined, 1000],
])('a flood with %j waits %i ms', (parameters, waitMs) => {
  lines();
  const error = new TelegramApiError(429, 'Too Many Requests', parameters as never);
  expect(failureOf(error)).toMatchObject({ kind: 'flood', waitMs });
});

test('no error text holds the token, whatever the network puts into it', () => {
  const url = `http://host/bot${TOKEN}/getUpdates`;
  const scrub = tokenScrubber(TOKEN);
  const error = new Error('Network request failed', { cause: new TypeError(`Failed to parse URL from ${url}`) });
  expect(errorText(error)).toContain(TOKEN);
  const encoded = `http://host/bot${encodeURIComponent(TOKEN)}/getMe`;
  for (const text of [failureOf(error).text, url, encoded, TOKEN.split(':')[1] ?? '']) {
    expect(scrub(text)).not.toMatch(/canary/);
  }
  lines();
});
