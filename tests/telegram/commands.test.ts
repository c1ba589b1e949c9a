/** Everything that can be typed, by everyone who may and may not, through a real Bot API server on loopback. */
import { expect, test } from 'vitest';
import { COMMAND_NAMES, COMMANDS, isCommandOf, mayUse, type Role } from '../../src/domain/commands.ts';
import type { BarExplanation } from '../../src/servo/explain-bar.ts';
import { BOT_COMMANDS } from '../../src/telegram/bot-commands.ts';
import { eventually, now } from './fake-bot-api.ts';
import { ADMIN, OPERATOR, STATUS, STRANGER, startBot, type TestBot, VIEWER } from './support.ts';

const CONTROLS = COMMAND_NAMES.filter((name) => isCommandOf('telegram', name));
const USER_OF: Record<Role, number> = { viewer: VIEWER, operator: OPERATOR, admin: ADMIN };

test('introduces itself with the menu made from the command table', async () => {
  const { api, bot, lines } = await startBot();
  await eventually(() => api.menu.length > 0);
  expect(api.menu.map(({ command }) => command)).toEqual([
    'start',
    'help',
    'status',
    'positions',
    'risk',
    'limits',
    'why',
    ...CONTROLS,
  ]);
  expect(api.menu.find(({ command }) => command === 'flatten')?.description).toBe(`⚠ ${COMMANDS.flatten.effect}`);
  expect(bot.description).toBe("on (@servo_test_bot) · 3 users · alerts to each user's own chat");
  expect(lines).toContain('Telegram: connected as @servo_test_bot');
});

test.each([
  'viewer',
  'operator',
  'admin',
] as const)('/help and /start list what a %s may do, and nothing more', async (role) => {
  const { api } = await startBot();
  for (const ask of ['/help', '/start']) {
    api.say(USER_OF[role], ask);
    const [text] = (await eventually(() => api.inChat(USER_OF[role]).at(ask === '/help' ? 0 : 1))).texts;
    const listed = [...(text ?? '').matchAll(/^\/(\w+)/gm)].map(([, name]) => name);
    expect(listed).toEqual(BOT_COMMANDS.filter((command) => mayUse(role, command.role)).map(({ name }) => name));
  }
  const start = api.inChat(USER_OF[role])[1]?.texts[0];
  expect(start).toContain(`You are user ${USER_OF[role]}, role <b>${role}</b>.`);
});

test('/start and the other reads tell the servo nothing', async () => {
  const { api, servo } = await startBot();
  for (const ask of ['/start', '/help', '/status', '/positions', '/why']) api.say(ADMIN, ask);
  await eventually(() => api.inChat(ADMIN).length === 5);
  expect(servo.commands).toEqual([]);
});

test('/status is one screen, and its button renews it in place', async () => {
  const { api, servo } = await startBot();
  api.say(VIEWER, '/status');
  const message = await api.message(VIEWER, 'RUNNING');
  expect(message.texts[0]).toContain('PAPER · SIMULATED');
  expect(message.texts[0]).toMatch(/^day loss +48\.00 of 200\.00 {2}24 %$/m);
  servo.statusNow = {
    ...STATUS,
    status: 'paused',
    since: '2026-01-05T10:36:00.000Z',
    by: 'user 22',
    reason: 'news <14:30>',
  };
  const query = api.press(VIEWER, message, message.buttons['↻ Refresh'] ?? '');
  expect(await api.notice(query)).toBe('Updated.');
  await eventually(() => message.texts.length === 2);
  expect(message.texts[1]).toContain('since 2026-01-05 10:36 UTC by user 22: news &lt;14:30&gt;');
  expect(message.buttons).toEqual({ '↻ Refresh': 'status' });
  expect(api.inChat(VIEWER)).toHaveLength(1);
});

test('a status that has not changed is left as it is, without a word', async () => {
  const { api, clock, lines } = await startBot();
  const moment = clock.wall();
  clock.wall = () => moment;
  api.say(VIEWER, '/status');
  const message = await api.message(VIEWER, 'RUNNING');
  api.press(VIEWER, message, 'status');
  await eventually(() => api.callsOf('editMessageText').length === 1);
  api.say(VIEWER, '/help');
  await api.message(VIEWER, '/positions: ');
  expect(api.inChat(VIEWER).map(({ texts }) => texts.length)).toEqual([1, 1]);
  expect(lines.filter((line) => line.includes('modified'))).toEqual([]);
});

test('/positions says each position in its own words', async () => {
  const { api, servo } = await startBot();
  api.say(VIEWER, '/positions');
  const { texts } = await api.message(VIEWER, 'open position');
  expect(texts[0]).toBe(
    ['<b>2 open positions</b>  PAPER · SIMULATED', ...servo.positions().map(({ text }) => text)].join('\n'),
  );
});

test('/limits shows what holds and who said so, and changes nothing whatever is typed', async () => {
  const { api, servo } = await startBot();
  api.say(VIEWER, '/limits');
  const shown = await api.message(VIEWER, '<b>Limits</b>');
  expect(shown.texts[0]).toMatch(/^<pre>max_daily_loss +1 %$/m);
  expect(shown.texts[0]).toMatch(/^max_symbol_leverage +no limit<\/pre>$/m);
  expect(shown.texts[0]).toContain(
    'max_daily_loss: config.yaml 2 %; journal 1 % (anna, 2026-01-05 10:00: news); 3 % when',
  );
  api.say(ADMIN, '/limits max_daily_loss 0.5');
  const refused = await api.message(ADMIN, '<b>Limits</b>');
  expect(refused.texts[0]).toMatch(/^✋ Limits are not changed by Telegram: <code>servo limits set NAME VALUE/);
  expect(servo.commands).toEqual([]);
});

test('a hundred positions come in as many messages as it takes, none cut', async () => {
  const { api, servo } = await startBot();
  servo.positionsNow = Array.from({ length: 100 }, () => servo.positionsNow)
    .flat()
    .slice(0, 100);
  api.say(VIEWER, '/positions');
  const lines = await eventually(() => {
    const all = api.inChat(VIEWER).flatMap(({ texts }) => (texts[0] ?? '').split('\n'));
    return all.length === 101 && all;
  });
  expect(api.inChat(VIEWER).length).toBeGreaterThan(1);
  expect(lines.slice(1)).toEqual(servo.positionsNow.map(({ text }) => text));
});

test.each([
  ['/why', '✗ confidence 0.55 &lt; 0.60'],
  ['/why eurusd', '<code>EURUSD-1767609600000</code>'],
  ['/why@servo_test_bot EURUSD', '✗ confidence'],
  ['/why XAUUSD', 'No decision on XAUUSD since the start.'],
  ['/why <b>GBP', '&lt;B&gt;GBP is not traded here. Traded: EURUSD, XAUUSD.'],
])('%s answers from memory', async (ask, expected) => {
  const { api } = await startBot();
  api.say(VIEWER, ask);
  await api.message(VIEWER, expected);
});

test('/why with a time is read from the journal, and what comes meanwhile does not wait for it', async () => {
  const { api, servo, lines } = await startBot();
  const read = Promise.withResolvers<BarExplanation>();
  const known = servo.barNow;
  servo.barNow = () => read.promise;
  api.say(VIEWER, '/why eurusd 2026-01-05 10:35');
  api.say(VIEWER, '/positions');
  await eventually(() => api.inChat(VIEWER).length === 1);
  read.resolve({ ...(await known()), note: 'No bar came from then to <now>.' });
  const message = await api.message(VIEWER, 'No bar came');
  expect(message.texts[0]).toMatch(
    /^No bar came from then to &lt;now&gt;\.\n[\s\S]*<code>EURUSD-1767609600000<\/code>/,
  );
  expect(servo.barsAsked).toEqual(['EURUSD 2026-01-05T10:35:00.000Z']);

  servo.barNow = () => Promise.reject(new Error('the file is gone'));
  api.say(VIEWER, '/why EURUSD 2026-01-05T10:35Z');
  await api.message(VIEWER, 'The journal could not be read');
  expect(lines.join('\n')).toMatch(/the journal could not be read: .*the file is gone/);

  api.say(VIEWER, '/why EURUSD <yesterday>');
  await api.message(VIEWER, '<code>&lt;yesterday&gt;</code> is no time');
  api.say(VIEWER, '/why GBPUSD 2026-01-05 10:35');
  await api.message(VIEWER, 'GBPUSD is not traded here');
  expect(servo.barsAsked).toHaveLength(2);
});

test.each(
  CONTROLS.flatMap((name) => (['viewer', 'operator', 'admin'] as const).map((role) => [name, role] as const)),
)('/%s by a %s', async (name, role) => {
  const { api, servo, lines } = await startBot();
  const user = USER_OF[role];
  api.say(user, `/${name} because of <news>`);
  const [message] = await eventually(() => api.inChat(user).length > 0 && api.inChat(user));
  const said = { name, by: `user ${user}`, surface: 'telegram', reason: 'because of <news>' };
  if (!mayUse(role, COMMANDS[name].role)) {
    expect(message?.texts).toEqual([
      `/${name} needs the role ${COMMANDS[name].role}; yours is ${role}. Nothing was done.`,
    ]);
    expect(servo.commands).toEqual([]);
    expect(lines.join()).toContain(`above the role of their sender (latest ${user})`);
  } else if (COMMANDS[name].danger === 'none') {
    expect(message?.texts[0]).toContain(`${name} is done.`);
    expect(servo.commands).toEqual([said]);
  } else {
    expect(servo.commands).toEqual([]);
    expect(message?.texts[0]).toContain(`<i>${COMMANDS[name].effect}</i>`);
    if (message !== undefined) api.press(user, message, message.buttons[`✓ ${name}`] ?? '');
    await eventually(() => message?.texts[1]?.includes(`${name} is done.`));
    expect(servo.commands).toEqual([said]);
    expect(message?.buttons).toEqual({});
  }
});

test('/arm does not exist here, whoever asks: a phone cannot let real money trade; /disarm is one tap', async () => {
  const { api, servo } = await startBot();
  api.say(ADMIN, '/arm 40071 123456');
  await api.message(ADMIN, 'There is no command /arm.');
  expect(servo.commands).toEqual([]);
  expect(CONTROLS).not.toContain('arm');
  api.say(OPERATOR, '/disarm');
  await api.message(OPERATOR, 'disarm is done.');
  expect(servo.commands).toMatchObject([{ name: 'disarm', surface: 'telegram' }]);
});

test('a halt is one tap and tells what it closes', async () => {
  const { api, servo } = await startBot();
  api.say(OPERATOR, '/halt');
  const { texts } = await api.message(OPERATOR, 'halt is done.');
  expect(servo.commands).toMatchObject([{ name: 'halt', reason: '' }]);
  expect(texts[0]).toContain('• EURUSD buy 0.2 +8.20 USD\n• XAUUSD sell 0.05 +2.50 USD');
});

test('what the servo refuses is answered with its reason', async () => {
  const { api, servo } = await startBot();
  servo.answer = () => ({ accepted: false, status: 'stopping', code: 'stopping', message: 'The servo is stopping.' });
  api.say(OPERATOR, '/pause');
  await api.message(OPERATOR, '✋ The servo is stopping.');
});

test('a command that fails inside the servo is answered as failed, and the bot goes on', async () => {
  const { api, servo, lines } = await startBot();
  servo.answer = () => {
    throw new Error('the disk is full');
  };
  api.say(OPERATOR, '/halt');
  await api.message(OPERATOR, '/halt FAILED');
  expect(lines).toContain('Telegram: user 22: halt failed: the disk is full');
  api.say(OPERATOR, '/status');
  await api.message(OPERATOR, 'RUNNING');
});

test('a reset without a reason asks for one', async () => {
  const { api, servo } = await startBot();
  api.say(ADMIN, '/reset  \n ');
  await api.message(ADMIN, '/reset needs a reason');
  expect(servo.commands).toEqual([]);
});

test.each([
  ['hello', 'Only commands are understood here. /help lists them.'],
  ['/buy EURUSD', 'There is no command /buy. /help lists them.'],
  ['/constructor', 'There is no command /constructor. /help lists them.'],
  ['/', 'Only commands are understood here. /help lists them.'],
])('%s is not a command', async (text, answer) => {
  const { api, servo } = await startBot();
  api.say(ADMIN, text);
  await api.message(ADMIN, answer);
  expect(servo.commands).toEqual([]);
});

test('a stranger is told his number once an hour, and counted', async () => {
  const { api, servo, clock, lines } = await startBot();
  /** Strangers are answered one after another, so what was said to the first is said by then. */
  const answeredUpTo = async (laterStranger: number) => {
    api.say(laterStranger, 'hello');
    await api.message(laterStranger, `Your id is ${laterStranger}.`);
    return api.inChat(STRANGER).length;
  };
  for (const text of ['/halt', '/status', 'hello']) api.say(STRANGER, text);
  expect(await answeredUpTo(STRANGER + 1)).toBe(1);
  expect(api.inChat(STRANGER)[0]?.texts).toEqual([`Your id is ${STRANGER}.`]);
  expect(lines.filter((line) => line.includes('unknown users'))).toEqual([
    'Telegram: turned away: 1 from unknown users (latest 99)',
  ]);
  clock.advance(3_600_001);
  api.say(STRANGER, '/halt');
  expect(await answeredUpTo(STRANGER + 2)).toBe(2);
  expect(lines.at(-1)).toBe('Telegram: turned away: 4 from unknown users (latest 99)');
  expect(servo.commands).toEqual([]);
});

test('a stranger who presses a button of his own is no less a stranger', async () => {
  const { api, servo } = await startBot();
  api.press(STRANGER, { messageId: 100, chatId: STRANGER }, 'status');
  await api.message(STRANGER, `Your id is ${STRANGER}.`);
  expect([servo.commands, api.notices]).toEqual([[], []]);
});

const anHourAgo = () => ({ date: now() - 3600 });

test.each(['pause', 'halt', 'stop'] as const)('an old /%s is still obeyed', async (name) => {
  const { api, servo } = await startBot();
  api.say(ADMIN, `/${name}`, anHourAgo());
  await eventually(() => servo.commands.length === 1);
  expect(servo.commands).toMatchObject([{ name }]);
});

test.each(['resume', 'flatten', 'reset fine again'])('an old /%s is answered and not done', async (typed) => {
  const { api, servo } = await startBot();
  api.say(ADMIN, `/${typed}`, anHourAgo());
  const message = await api.message(ADMIN, 'too old to act on. Nothing was done.');
  expect(message.buttons).toEqual({});
  expect(servo.commands).toEqual([]);
});

test('without a token nothing is started', async () => {
  const { bot, api, lines } = await startBot({ config: { token: null } });
  expect(bot.description).toBe('off: no token (set TELEGRAM_TOKEN)');
  await bot.stop();
  expect([api.calls, lines]).toEqual([[], []]);
});

test('with a token and no users it says how to become one', async () => {
  const { api, bot }: TestBot = await startBot({ config: { users: [] } });
  await eventually(() => api.menu.length > 0);
  expect(bot.description).toContain(
    'no user is listed: write to the bot and put the id it answers under telegram.users',
  );
});
