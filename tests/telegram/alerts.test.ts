/** Alerts from the store's outbox to the chats: in order, a message at a time, at least once, and critical ones before all else. */
import { expect, test } from 'vitest';
import { unixMs } from '../../src/domain/units.ts';
import type { Alert, Severity } from '../../src/servo/alerts.ts';
import { eventually, FakeBotApi } from './fake-bot-api.ts';
import { ADMIN, OPERATOR, raise, startBot, type TestBot, temporaryStore, USERS, VIEWER } from './support.ts';

const CHAT = 4711;
const HOUR_MS = 3_600_000;
const TO_ONE_CHAT = { chatId: CHAT };

const alert = (severity: Severity, text: string): Alert => ({ kind: 'closed', severity, text });
const infos = (count: number): Alert[] => Array.from({ length: count }, (_, i) => alert('info', `info ${i + 1}`));
const firstLines = ({ api }: Pick<TestBot, 'api'>, chatId = CHAT) =>
  api.inChat(chatId).map(({ texts }) => (texts[0] ?? '').split('\n')[0]?.replace(/^\S+ |<\/?b>/g, ''));
const allDelivered = ({ store }: Pick<TestBot, 'store'>) => eventually(() => store.outbox.pending(10).length === 0);

test('each user has every alert, idle ones without a sound', async () => {
  const bot = await startBot({ store: temporaryStore().store });
  raise(bot.store, [alert('info', 'one'), alert('warning', 'two')]);
  await allDelivered(bot);
  for (const { id } of USERS) {
    expect(bot.api.inChat(id).map(({ texts, silent }) => [texts[0], silent])).toEqual([
      ['⚠️ <b>two</b>\nPAPER · SIMULATED', false],
      ['🏁 one\nPAPER · SIMULATED', true],
    ]);
  }
});

test('a configured chat has them in place of the users', async () => {
  const bot = await startBot({ store: temporaryStore().store, config: TO_ONE_CHAT });
  raise(bot.store, [alert('info', 'one')]);
  await allDelivered(bot);
  expect(bot.api.messages.map(({ chatId }) => chatId)).toEqual([CHAT]);
});

test('the gravest comes first, and each kind in its order', async () => {
  const { store } = temporaryStore();
  raise(store, [
    ...infos(2),
    alert('warning', 'w'),
    alert('error', 'e'),
    alert('critical', 'c1'),
    alert('critical', 'c2'),
  ]);
  const bot = await startBot({ store, config: TO_ONE_CHAT });
  await allDelivered(bot);
  expect(firstLines(bot)).toEqual(['c1', 'c2', 'e', 'w', 'info 1', 'info 2']);
});

test('a crowd of idle alerts becomes one message, and a critical one passes it', async () => {
  const { store } = temporaryStore();
  raise(store, [...infos(40), alert('critical', 'HALTED')]);
  const bot = await startBot({ store, config: TO_ONE_CHAT });
  await allDelivered(bot);
  expect(firstLines(bot)[0]).toBe('HALTED');
  expect(firstLines(bot)[1]).toContain('40 messages');
  expect(bot.api.inChat(CHAT)).toHaveLength(2);
});

test('a critical alert does not wait behind answers and idle alerts', async () => {
  const bot = await startBot({
    store: temporaryStore().store,
    timings: { messageEveryMs: 60 },
    config: { chatId: OPERATOR },
  });
  raise(bot.store, infos(5));
  for (let i = 0; i < 5; i++) bot.api.say(OPERATOR, '/help');
  await eventually(() => bot.api.inChat(OPERATOR).length >= 2);
  raise(bot.store, [alert('critical', 'HALTED')]);
  const before = bot.api.inChat(OPERATOR).length;
  await bot.api.message(OPERATOR, 'HALTED');
  expect(firstLines(bot, OPERATOR).indexOf('HALTED')).toBeLessThanOrEqual(before + 1);
  await allDelivered(bot);
});

test('what is older than a day at the start is one line; what is younger is told in full', async () => {
  const { store } = temporaryStore();
  raise(store, [...infos(30), alert('critical', 'HALTED long ago')], Date.now() - 30 * HOUR_MS);
  raise(store, [alert('info', 'today')], Date.now() - HOUR_MS);
  const bot = await startBot({ store, config: TO_ONE_CHAT });
  await allDelivered(bot);
  expect(firstLines(bot)).toHaveLength(2);
  expect(firstLines(bot)[0]).toContain('critical 1, info 30');
  expect(firstLines(bot)[0]).toContain('HALTED long ago');
  expect(firstLines(bot)[1]).toBe('today');
});

test('what was delivered is not delivered again after a restart', async () => {
  const stores = temporaryStore();
  const before = await startBot({ store: stores.store, config: TO_ONE_CHAT });
  raise(before.store, [alert('warning', 'one')]);
  await allDelivered(before);
  await before.bot.stop();
  const store = stores.reopen();
  raise(store, [alert('warning', 'two')]);
  const after = await startBot({ api: before.api, store, config: TO_ONE_CHAT });
  await allDelivered(after);
  expect(firstLines(after)).toEqual(['one', 'two']);
});

test('at least once: an alert whose answer got lost comes again, one that never went out is kept', async () => {
  const stores = temporaryStore();
  const api = await FakeBotApi.start();
  api.fail('sendMessage', 'lost', { status: 500 }, 'reset', { status: 429, retryAfter: 0.02 });
  const bot = await startBot({ api, store: stores.store, config: TO_ONE_CHAT });
  raise(bot.store, [alert('critical', 'HALTED')]);
  await allDelivered(bot);
  expect(firstLines(bot)).toEqual(['HALTED', 'HALTED']);
  await bot.bot.stop();
  const store = stores.reopen();
  raise(store, [alert('warning', 'while it was off')]);
  expect(store.outbox.pending(10).map(({ text }) => text)).toEqual(['while it was off']);
});

test('order is kept across a flood', async () => {
  const { store } = temporaryStore();
  raise(store, infos(5));
  const bot = await startBot({ store, config: TO_ONE_CHAT });
  bot.api.fail('sendMessage', { status: 429, retryAfter: 0.02 }, { status: 429, retryAfter: 0.02 });
  await allDelivered(bot);
  expect(firstLines(bot)).toEqual(['info 1', 'info 2', 'info 3', 'info 4', 'info 5']);
});

test('one user who cannot be reached keeps nothing from the others', async () => {
  const api = await FakeBotApi.start();
  api.closedChats.add(VIEWER);
  const bot = await startBot({ store: temporaryStore().store, api });
  raise(bot.store, [alert('critical', 'HALTED')]);
  await allDelivered(bot);
  expect([firstLines(bot, OPERATOR), firstLines(bot, ADMIN), firstLines(bot, VIEWER)]).toEqual([
    ['HALTED'],
    ['HALTED'],
    [],
  ]);
  expect(bot.lines.filter((line) => line.includes(`chat ${VIEWER} cannot be reached`))).toHaveLength(1);
});

test('while nobody can be reached alerts wait, and go out when the user presses Start', async () => {
  const api = await FakeBotApi.start();
  api.closedChats.add(ADMIN);
  const bot = await startBot({ store: temporaryStore().store, api, config: { users: [{ id: ADMIN, role: 'admin' }] } });
  raise(bot.store, [alert('critical', 'HALTED')]);
  await eventually(() => bot.lines.some((line) => line.includes('cannot be reached')));
  const tries = api.callsOf('sendMessage').length;
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(api.callsOf('sendMessage')).toHaveLength(tries);
  expect(bot.store.outbox.pending(10)).toHaveLength(1);
  api.closedChats.clear();
  api.say(ADMIN, '/start');
  await allDelivered(bot);
  expect(firstLines(bot, ADMIN)).toContain('HALTED');
});

test('an alert that cannot be shown is left to the log and does not hold up the next', async () => {
  const bot = await startBot({ store: temporaryStore().store, config: TO_ONE_CHAT });
  bot.api.fail('sendMessage', { status: 400, description: "Bad Request: can't parse entities" });
  raise(bot.store, [alert('critical', 'unreadable'), alert('critical', 'HALTED')]);
  await allDelivered(bot);
  expect(firstLines(bot)).toEqual(['HALTED']);
  expect(bot.lines.some((line) => line.includes("can't parse entities") && line.includes('unreadable'))).toBe(true);
});

test('a broken store holds up alerts, not answers, and is said once', async () => {
  const { store } = temporaryStore();
  let broken = true;
  const outbox = {
    ...store.outbox,
    pending: (limit: number) => {
      if (broken) throw new Error('database disk image is malformed');
      return store.outbox.pending(limit);
    },
  };
  raise(store, [alert('critical', 'HALTED')]);
  const bot = await startBot({ store, outbox });
  bot.api.say(OPERATOR, '/status');
  await bot.api.message(OPERATOR, 'RUNNING');
  expect(bot.lines.filter((line) => line.includes('malformed'))).toEqual([
    'Telegram: alerts wait for the store: database disk image is malformed',
  ]);
  broken = false;
  await allDelivered(bot);
});

test('a delivery that cannot be written down is not sent twice by the same process', async () => {
  const { store } = temporaryStore();
  let failures = 3;
  const outbox = {
    ...store.outbox,
    delivered: (...args: Parameters<typeof store.outbox.delivered>) => {
      if (failures-- > 0) throw new Error('database is locked');
      store.outbox.delivered(...args);
    },
  };
  const bot = await startBot({ store, outbox, config: TO_ONE_CHAT });
  raise(store, [alert('critical', 'HALTED')], unixMs(Date.now()));
  await allDelivered(bot);
  expect(firstLines(bot)).toEqual(['HALTED']);
});
