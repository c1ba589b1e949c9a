/** Updates no honest client sends: each changes nothing, answers nothing that was not earned, and the next honest command is obeyed. */
import { expect, test } from 'vitest';
import type { Outbox } from '../../src/servo/ports.ts';
import { eventually, now, person } from './fake-bot-api.ts';
import { ADMIN, OPERATOR, STRANGER, startBot } from './support.ts';

const chat = { id: ADMIN, type: 'private' };
const message = (change: Record<string, unknown>) => ({
  message: { message_id: 1, date: now(), from: person(ADMIN), chat, text: '/halt', ...change },
});
const press = (change: Record<string, unknown>) => ({
  callback_query: {
    id: '1',
    from: person(ADMIN),
    message: { message_id: 1, date: 0, chat },
    data: 'status',
    ...change,
  },
});
const without = (key: string) => message({ [key]: undefined });

/** What is dropped without a word. */
const DROPPED: readonly (readonly [string, object])[] = [
  ['nothing but a number', {}],
  ['a message that is text', { message: '/halt' }],
  ['a message that is null', { message: null }],
  ['a message that is a list', { message: [message({}).message] }],
  ['no sender', without('from')],
  ['a sender without number', message({ from: { first_name: 'A' } })],
  ['a sender whose number is text', message({ from: { ...person(ADMIN), id: String(ADMIN) } })],
  ['a sender whose number is a fraction', message({ from: { ...person(ADMIN), id: ADMIN + 0.5 } })],
  ['a sender whose number is too large to be one', message({ from: { ...person(ADMIN), id: 2 ** 60 } })],
  ['a sender that is a bot', message({ from: { ...person(ADMIN), is_bot: true } })],
  ['no chat', without('chat')],
  ['no date', without('date')],
  ['a date that is text', message({ date: 'now' })],
  ['a date before time', message({ date: -1 })],
  ['a date after time', message({ date: 1e15 })],
  ['text that is an object', message({ text: { toString: '/halt' } })],
  ['text that is a number', message({ text: 7 })],
  ['a group', message({ chat: { id: -100, type: 'group' } })],
  ['a supergroup', message({ chat: { id: -100, type: 'supergroup' } })],
  ["another person's private chat", message({ chat: { id: STRANGER, type: 'private' } })],
  ['a group that calls itself by his number', message({ chat: { id: ADMIN, type: 'group' } })],
  ['a forwarded command', message({ forward_origin: { type: 'user', sender_user: person(STRANGER), date: 1 } })],
  ['a command forwarded the old way', message({ forward_from: person(STRANGER), forward_date: 1 })],
  ['a command by way of another bot', message({ via_bot: { id: 5, is_bot: true, first_name: 'B' } })],
  ['a command on behalf of a chat', message({ sender_chat: { id: -100, type: 'channel' } })],
  ['a command through a business account', message({ business_connection_id: 'x' })],
  ['an edited command', { edited_message: message({}).message }],
  ['a post in a channel', { channel_post: message({}).message }],
  ['a business message', { business_message: message({}).message }],
  ['an inline query', { inline_query: { id: '1', from: person(ADMIN), query: '/halt', offset: '' } }],
  ['a press that is text', { callback_query: 'status' }],
  ['a press without presser', press({ from: undefined })],
  ['a press without message', press({ message: undefined, inline_message_id: 'x' })],
  ['a press without data', press({ data: undefined })],
  ['a press whose data is a list', press({ data: ['status'] })],
  ['a press whose number is empty', press({ id: '' })],
  ['a press in a group', press({ message: { message_id: 1, chat: { id: -100, type: 'group' } } })],
  ["a press in another's chat", press({ message: { message_id: 1, chat: { id: OPERATOR, type: 'private' } } })],
  ['a press by a bot', press({ from: { ...person(ADMIN), is_bot: true } })],
];

test.each(DROPPED)('%s', async (_, update) => {
  const { api, servo, lines } = await startBot();
  api.push(update);
  await api.drained();
  expect([servo.commands, api.messages, api.notices]).toEqual([[], [], []]);
  expect(lines.filter((line) => line.includes('turned away: 1 '))).toHaveLength(1);
  api.say(ADMIN, '/halt honest');
  await eventually(() => servo.commands.length === 1);
  expect(servo.commands).toMatchObject([{ name: 'halt', reason: 'honest' }]);
});

test.each([
  ['no update_id', message({})],
  ['an update_id that is text', { update_id: 'x', ...message({}) }],
  ['an update_id below zero', { update_id: -3, ...message({}) }],
  ['null', null],
  ['text', '/halt'],
  ['a list', [message({})]],
])('an update with %s does nothing', async (_, update) => {
  const { api, servo } = await startBot();
  api.pushRaw(update);
  api.say(ADMIN, '/pause honest');
  await api.message(ADMIN, 'pause is done.');
  await api.drained();
  expect(servo.commands).toMatchObject([{ name: 'pause', reason: 'honest' }]);
  expect(api.messages).toHaveLength(1);
});

/** What is heard, and answered in a message that Telegram takes. */
const HEARD: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['HTML in a reason', { text: '/pause <b>bold</b> & <script>alert(1)</script>' }, 'pause is done.'],
  ['a reason without end', { text: `/pause ${'x'.repeat(100_000)}` }, 'pause is done.'],
  ['a name without end', { text: `/${'x'.repeat(100_000)}` }, 'There is no command /xxxxxxx'],
  ['HTML where a command should be', { text: '<b>/halt</b>' }, 'Only commands are understood here'],
  ['lines and control characters in a reason', { text: '/pause a\u0000b\r\n\u202Ec' }, 'pause is done.'],
  ['a broken character', { text: '/pause \ud83d' }, 'pause is done.'],
  ['a photo', { text: undefined, photo: [] }, 'Only commands are understood here'],
  [
    'HTML in the name of the sender',
    { from: { ...person(ADMIN), first_name: '<b>' }, text: '/start' },
    `You are user ${ADMIN}`,
  ],
  ['HTML in a symbol', { text: '/why </pre><b>' }, '&lt;/PRE&gt;&lt;B&gt; is not traded here'],
  ['a command in other letters', { text: '/ＨＡＬＴ' }, 'Only commands are understood here'],
  ['two commands', { text: '/pause /halt' }, 'pause is done.'],
];

test.each(HEARD)('%s', async (_, change, answer) => {
  const { api, servo } = await startBot();
  api.push(message(change));
  await api.message(ADMIN, answer);
  for (const { name, reason } of servo.commands) {
    expect(name).toBe('pause');
    expect(reason).toMatch(/^[^\p{C}]{0,200}$/u);
  }
});

test('a flood of strangers costs no row in the store, few messages and one line of the log', async () => {
  const remembered: number[] = [];
  const outbox: Outbox = {
    pending: () => [],
    delivered: () => undefined,
    firstSight: (updateId) => remembered.push(updateId) > 0,
  };
  const { api, servo, lines } = await startBot({ outbox, timings: { messageEveryMs: 50 } });
  for (let i = 0; i < 500; i++) api.say(100_000 + i, '/halt');
  const honest = api.say(ADMIN, '/pause honest');
  await api.drained();
  expect(servo.commands).toMatchObject([{ name: 'pause' }]);
  expect(remembered).toEqual([honest]);
  expect(api.messages.length).toBeLessThan(100);
  expect(lines.filter((line) => !line.includes('connected'))).toHaveLength(2);
});
