/** What changes positions or loosens a brake is asked first, in numbers, and done once, by the one who was asked, within a minute. */
import { expect, test } from 'vitest';
import { eventually, type SentMessage } from './fake-bot-api.ts';
import { ADMIN, OPERATOR, POSITIONS, STATUS, startBot, type TestBot, temporaryStore } from './support.ts';

const yes = (message: SentMessage): string => Object.values(message.buttons)[0] ?? '';
const no = (message: SentMessage): string => Object.values(message.buttons)[1] ?? '';

async function asked({ api }: Pick<TestBot, 'api'>, user = OPERATOR, typed = '/flatten'): Promise<SentMessage> {
  const before = api.inChat(user).length;
  api.say(user, typed);
  const message = await eventually(() => api.inChat(user)[before]);
  // The bot learns its number from the same answer, a moment later.
  await api.drained();
  return message;
}

test('flatten says what it closes, in numbers', async () => {
  const bot = await startBot();
  const { texts } = await asked(bot);
  expect(texts[0]).toContain('<b>Close 2 positions (EURUSD +8.20, XAUUSD +2.50 USD) and pause entries?</b>');
});

test('flatten with nothing open says what is left to do', async () => {
  const bot = await startBot();
  bot.servo.positionsNow = [];
  const { texts } = await asked(bot);
  expect(texts[0]).toContain('Nothing is open. Cancel 1 working order and pause entries?');
});

test('flatten with many positions names ten of them', async () => {
  const bot = await startBot();
  bot.servo.positionsNow = Array.from({ length: 25 }, () => POSITIONS[0]).filter((each) => each !== undefined);
  const { texts } = await asked(bot);
  expect(texts[0]).toMatch(/Close 25 positions \((EURUSD \+8\.20(, )?){10} USD and 15 more\) and pause entries\?/);
});

test('resume and reset say what they lift and how near the limits are', async () => {
  const bot = await startBot();
  bot.servo.statusNow = { ...STATUS, status: 'halted', reason: 'drawdown 5.02 % > 5 %' };
  const resume = await asked(bot, ADMIN, '/resume');
  expect(resume.texts[0]).toContain('Allow entries again? Now halted (drawdown 5.02 % &gt; 5 %). 2 positions open,');
  expect(resume.texts[0]).toContain('day loss 48.00 of 200.00 24 %, drawdown 0.39 % of 20.00 % 2 %.');
  const reset = await asked(bot, ADMIN, '/reset books agree & calm');
  expect(reset.texts[0]).toContain('Lift the halt with the reason “books agree &amp; calm”? Now halted');
});

test('yes does it once; a second press is told so', async () => {
  const bot = await startBot();
  const message = await asked(bot);
  const data = yes(message);
  const first = bot.api.press(OPERATOR, message, data);
  const second = bot.api.press(OPERATOR, message, data);
  expect([await bot.api.notice(first), await bot.api.notice(second)]).toEqual(['Done.', 'Already done.']);
  await eventually(() => message.texts.length === 2);
  expect(message.texts[1]).toContain('flatten is done.');
  expect(message.texts[1]).toContain('• EURUSD buy 0.2 +8.20 USD\n• XAUUSD sell 0.05 +2.50 USD');
  expect(message.buttons).toEqual({});
  expect(bot.servo.commands).toEqual([{ name: 'flatten', by: 'user 22', surface: 'telegram', reason: '' }]);
});

test('a press that is delivered twice is one press', async () => {
  const bot = await startBot();
  const message = await asked(bot, ADMIN, '/reset all is well');
  const press = {
    callback_query: {
      id: '7',
      from: { id: ADMIN, is_bot: false },
      message: { message_id: message.messageId, chat: { id: ADMIN, type: 'private' } },
      data: yes(message),
    },
  };
  bot.api.push(press, 6000);
  bot.api.push(press, 6000);
  await bot.api.drained();
  expect(bot.servo.commands).toMatchObject([{ name: 'reset', reason: 'all is well' }]);
  expect(bot.api.notices).toHaveLength(1);
});

test('no does nothing, and cannot be taken back', async () => {
  const bot = await startBot();
  const message = await asked(bot);
  const [refuse, agree] = [no(message), yes(message)];
  expect(await bot.api.notice(bot.api.press(OPERATOR, message, refuse))).toBe('Cancelled.');
  expect(await bot.api.notice(bot.api.press(OPERATOR, message, agree))).toBe('Already cancelled.');
  await eventually(() => message.texts.at(-1) === 'Cancelled. Nothing was done.');
  expect(bot.servo.commands).toEqual([]);
});

test('after a minute it has expired', async () => {
  const bot = await startBot();
  const message = await asked(bot);
  bot.clock.advance(60_001);
  expect(await bot.api.notice(bot.api.press(OPERATOR, message, yes(message)))).toBe('Expired: nothing was done.');
  await eventually(() => message.texts.at(-1)?.startsWith('This question has expired.'));
  expect([bot.servo.commands, message.buttons]).toEqual([[], {}]);
});

test('after a restart it has expired', async () => {
  const stores = temporaryStore();
  const before = await startBot({ store: stores.store });
  const message = await asked(before);
  await before.bot.stop();
  const after = await startBot({ api: before.api, servo: before.servo, store: stores.reopen() });
  expect(await after.api.notice(after.api.press(OPERATOR, message, yes(message)))).toBe('Expired: nothing was done.');
  expect(after.servo.commands).toEqual([]);
});

test.each([
  ['another user in his own chat', ADMIN, ADMIN, 0],
  ['another message of the same user', OPERATOR, OPERATOR, 1],
])('a press by %s does nothing and leaves the question open', async (_, user, chatId, messageOffset) => {
  const bot = await startBot();
  const message = await asked(bot);
  const data = yes(message);
  const forged = bot.api.press(user, { chatId, messageId: message.messageId + messageOffset }, data);
  expect(await bot.api.notice(forged)).toBe('This button is not yours to press.');
  expect(bot.servo.commands).toEqual([]);
  expect(await bot.api.notice(bot.api.press(OPERATOR, message, data))).toBe('Done.');
  expect(bot.servo.commands).toHaveLength(1);
});

test("a press from another user's chat is not heard at all", async () => {
  const bot = await startBot();
  const message = await asked(bot);
  bot.api.press(ADMIN, message, yes(message));
  await bot.api.drained();
  expect([bot.servo.commands, bot.api.notices]).toEqual([[], []]);
});

test('of a question that arrived twice, only the one the bot knows of can be answered', async () => {
  const bot = await startBot();
  bot.api.fail('sendMessage', 'lost');
  bot.api.say(OPERATOR, '/flatten');
  const [lost, known] = await eventually(() => bot.api.inChat(OPERATOR).length === 2 && bot.api.inChat(OPERATOR));
  if (lost === undefined || known === undefined) throw new Error('two messages were counted');
  await bot.api.drained();
  expect(await bot.api.notice(bot.api.press(OPERATOR, lost, yes(lost)))).toBe('This button is not yours to press.');
  expect(await bot.api.notice(bot.api.press(OPERATOR, known, yes(known)))).toBe('Done.');
  expect(bot.servo.commands).toHaveLength(1);
});

test('the result comes as a message of its own when the question can no longer be edited', async () => {
  const bot = await startBot();
  const message = await asked(bot);
  bot.api.fail('editMessageText', { status: 400, description: 'Bad Request: message to edit not found' });
  bot.api.press(OPERATOR, message, yes(message));
  await bot.api.message(OPERATOR, 'flatten is done.');
  expect(bot.api.inChat(OPERATOR)).toHaveLength(2);
  expect(bot.servo.commands).toHaveLength(1);
});

test('the result is not lost when the edit has to wait', async () => {
  const bot = await startBot();
  const message = await asked(bot);
  bot.api.fail('editMessageText', { status: 429, retryAfter: 0.05 }, 'reset', { status: 502 });
  bot.api.press(OPERATOR, message, yes(message));
  await eventually(() => message.texts.at(-1)?.includes('flatten is done.'));
  expect(bot.servo.commands).toHaveLength(1);
});

test.each([
  '',
  'yes',
  'yes:',
  'yes:AAAA',
  'ok:1',
  'status:now',
  'halt',
  '__proto__',
])('a button that says "%s" does nothing', async (data) => {
  const bot = await startBot();
  const message = await asked(bot);
  expect(await bot.api.notice(bot.api.press(OPERATOR, message, data))).toMatch(/^(This button is not known|Expired)/);
  expect(bot.servo.commands).toEqual([]);
});
