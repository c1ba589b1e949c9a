/** The bot on a real servo: a position is closed by a tap, the news of it comes to the chat, and a restart repeats nothing. */
import { expect, onTestFinished, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { type ServoControl, servoControl } from '../../src/servo/control.ts';
import { STAGES } from '../../src/servo/stage.ts';
import { startTelegram, type TelegramBot } from '../../src/telegram/bot.ts';
import { openWorld, simulated, temporaryFolder, testConfig, type World } from '../support/world.ts';
import { eventually, FakeBotApi, TOKEN } from './fake-bot-api.ts';
import { ADMIN, IN_A_HURRY, TestClock } from './support.ts';

const BARS_MAX = 1500;

const notFromHere = (): never => {
  throw new Error('the bot must not ask the database');
};
const reads: ServoControl['reads'] = {
  trades: notFromHere,
  decisions: notFromHere,
  events: notFromHere,
  why: notFromHere,
  performance: notFromHere,
};

async function live(folder: string, config: Config, api: FakeBotApi): Promise<{ world: World; bot: TelegramBot }> {
  const world = await openWorld(folder, config, simulated(config, BARS_MAX));
  const clock = new TestClock();
  const facts = () => ({
    nowWallMs: clock.wall(),
    nowMonotonicMs: clock.monotonic(),
    simulated: true,
    watchdogActive: false,
    heartbeatAgoMs: 0,
  });
  const control = servoControl({ servo: world.servo, reads, facts });
  await world.servo.start();
  const users = [{ id: ADMIN, role: 'admin' as const }];
  const bot = await startTelegram(
    {
      config: { token: TOKEN, apiRoot: api.root, chatId: null, users },
      control,
      outbox: world.store.outbox,
      clock,
      log: () => undefined,
    },
    IN_A_HURRY,
  );
  return { world, bot };
}

/** One stage after another until it is so, or the feed ends. */
async function advance({ servo }: World, isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    if (servo.finished) throw new Error(`it was not so within ${BARS_MAX} bars`);
    for (const stage of STAGES) await servo.advance(stage);
  }
}

test('flatten by a tap, news in the chat, nothing twice after a restart', { timeout: 60_000 }, async () => {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const api = await FakeBotApi.start();
  const config = testConfig();
  const first = await live(folder.path, config, api);
  const { servo } = first.world;

  await advance(first.world, () => servo.state.positions.size > 0);
  await api.message(ADMIN, 'OPEN ');
  api.say(ADMIN, '/why');
  await api.message(ADMIN, '✓ all ');
  api.say(ADMIN, '/flatten');
  const question = await api.message(ADMIN, 'and pause entries?');
  expect(question.texts[0]).toMatch(/Close \d positions? \([A-Z]+ [+−]\d+\.\d\d/);
  await api.drained();
  const tap = api.press(ADMIN, question, Object.values(question.buttons)[0] ?? '');
  expect(await api.notice(tap)).toBe('Done.');
  await eventually(() => question.texts.at(-1)?.includes('• '));
  expect(servo.state.causes.paused).toMatchObject({ by: `user ${ADMIN}` });
  await advance(first.world, () => servo.state.positions.size === 0);
  await api.message(ADMIN, 'CLOSE ');
  await api.message(ADMIN, 'The broker confirms: nothing is open');
  api.say(ADMIN, '/halt enough');
  await api.message(ADMIN, `HALTED by user ${ADMIN}: enough.`);
  await eventually(() => first.world.store.outbox.pending(1).length === 0);

  await first.bot.stop();
  await servo.end();
  await first.world.close();
  api.redeliver();
  const told = api.messages.length;
  const second = await live(folder.path, config, api);
  onTestFinished(async () => {
    await second.bot.stop();
    await second.world.close();
  });
  api.say(ADMIN, '/reset the books agree');
  const again = await api.message(ADMIN, 'Lift the halt with the reason “the books agree”?');
  expect(again.texts[0]).toContain('Now halted (enough).');
  expect(second.world.events.filter(({ kind }) => kind === 'command_accepted')).toEqual([]);
  const news = api.messages.slice(told).map(({ texts }) => texts[0]?.split('\n')[0]);
  expect(news.filter((line) => /OPEN|CLOSE|HALTED by/.test(line ?? ''))).toEqual([]);
});
