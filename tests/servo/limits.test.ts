/** Limits edited while the servo runs: in words, through kills and restarts, and beside a file that was changed in between. */
import { expect, test } from 'vitest';
import { verifyStore } from '../../src/db/verify.ts';
import type { LimitName, LimitValue } from '../../src/domain/limits/editable.ts';
import { editedLines, limitSettings } from '../../src/servo/limit-settings.ts';
import { hashOf } from '../support/world.ts';
import { Rig, rigConfig } from './support/rig.ts';

const withDailyLimit = (day: number) =>
  rigConfig((config) => ({ ...config, limits: { ...config.limits, maxLoss: { ...config.limits.maxLoss, day } } }));

const set = (rig: Rig, limit: LimitName, value: LimitValue, change: { reason?: string; confirmed?: boolean } = {}) =>
  rig.servo.setLimit({ limit, value, by: 'anna', surface: 'cli', reason: 'news', confirmed: false, ...change });

const settingOf = (rig: Rig, limit: LimitName) =>
  limitSettings(rig.state, rig.servo.policy).find(({ name }) => name === limit);

const lines = (rig: Rig) => editedLines(limitSettings(rig.state, rig.servo.policy));

test('a tightening holds before it is answered, survives a kill, and the start says who set it', async () => {
  const rig = await Rig.start({ config: withDailyLimit(0.04) });
  expect(set(rig, 'max_daily_loss', 0.01)).toEqual({
    accepted: true,
    status: 'running',
    message: 'max_daily_loss is 1 % from now on, was 4 %.',
  });
  const before = hashOf(rig.state);
  const killed = await rig.restarted();
  expect(hashOf(killed.state)).toBe(before);
  expect(killed.state.policy.limits.maxLoss.day).toBe(0.01);
  expect(lines(killed)).toEqual(['max_daily_loss 1 % · config.yaml 4 % · journal 1 % (anna, 2026-01-07 09:00: news)']);
  await killed.servo.end();
  const ended = await killed.restarted();
  expect(ended.state.policy.limits.maxLoss.day).toBe(0.01);
  await ended.close();
  expect(verifyStore(`${ended.folder}/servo.db`)).toMatchObject({ ok: true });
});

test.each([
  [0.005, 0.005],
  [0.09, 0.01],
])('a file of %d beside a journal of 0.01: the tighter holds, and both are shown', async (file, expected) => {
  const rig = await Rig.start({ config: withDailyLimit(0.04) });
  set(rig, 'max_daily_loss', 0.01);
  const next = await rig.restarted({ config: withDailyLimit(file) });
  expect(next.state.policy.limits.maxLoss.day).toBe(expected);
  expect(settingOf(next, 'max_daily_loss')).toMatchObject({
    value: expected,
    file,
    journal: { value: 0.01, by: 'anna', reason: 'news', at: '2026-01-07T09:00:00.000Z' },
    pending: null,
  });
  expect(next.of('process_started')[0]?.limits).toMatchObject({ max_daily_loss: file });
});

test('a loosening is confirmed, waits for the next trading day through a kill, and then holds', async () => {
  const rig = await Rig.start({ config: withDailyLimit(0.04) });
  expect(set(rig, 'max_daily_loss', 0.06)).toMatchObject({ accepted: false, code: 'loosening_unconfirmed' });
  expect(rig.of('limit_edited')).toEqual([]);
  expect(set(rig, 'max_daily_loss', 0.06, { confirmed: true })).toMatchObject({
    message:
      'max_daily_loss becomes 6 % when the next trading day begins; until then 4 % holds. ' +
      'A restart goes back to the 4 % of config.yaml, unless trading.risk_management.max_daily_loss is changed too.',
  });
  const killed = await rig.restarted({ config: withDailyLimit(0.06) });
  expect(killed.state.policy.limits.maxLoss.day).toBe(0.04);
  expect(settingOf(killed, 'max_daily_loss')?.pending).toMatchObject({ value: 0.06, by: 'anna', from: 'day' });
  const day = killed.state.account.windows.day.period;
  while (killed.state.account.windows.day.period === day) await killed.bars(0);
  expect(killed.state.policy.limits.maxLoss.day).toBe(0.06);
  expect(settingOf(killed, 'max_daily_loss')?.pending).toBeNull();
});

test('tightened under the present loss, the ladder closes everything at the next bar', async () => {
  const rig = await Rig.start({ config: withDailyLimit(0.04) });
  rig.model.wants = 'buy';
  await rig.bars(2);
  rig.model.wants = 'nothing';
  await rig.bars(-8);
  expect([rig.status, rig.state.positions.size]).toEqual(['running', 1]);
  set(rig, 'max_daily_loss', 0.0005);
  expect(rig.view.limits.find(({ name }) => name === 'day')?.usedRatio).toBeGreaterThan(1);
  await rig.bars(0, 0);
  expect(rig.of('ladder_stepped')).toMatchObject([{ window: 'day', step: 'reached' }]);
  expect([rig.status, rig.state.positions.size]).toEqual(['close_only', 0]);
});

test('a tightened number of positions refuses the next entry with both numbers', async () => {
  const rig = await Rig.start();
  set(rig, 'max_daily_trades', 1);
  rig.model.wants = 'buy';
  await rig.bars(2, 200, 2);
  const denied = rig.of('decision_made').flatMap(({ decision }) => (decision.outcome === 'denied' ? [decision] : []));
  expect(denied[0]?.verdicts.find(({ check }) => check === 'daily_trades_limit')).toMatchObject({ value: 1, limit: 1 });
});

test.each([
  [
    'max_daily_loss',
    2,
    'value_invalid',
    'max_daily_loss is a fraction of equity above 0 and below 1, such as 0.02 for 2 %; was 2.',
  ],
  ['max_positions', 1.5, 'value_invalid', 'max_positions is a whole number from 1 to 1000; was 1.5.'],
  ['max_drawdown', null, 'value_invalid', /^max_drawdown is .*; was none\.$/],
  ['max_leverage', 9999, 'value_invalid', 'max_leverage is a multiple of equity from 0.01 to 5000, or none; was 9999.'],
  ['max_daily_loss', 0.02, 'limit_unchanged', 'max_daily_loss is 2 % already.'],
  ['min_confidence', 0, 'loosening_unconfirmed', /^min_confidence 0 is looser than the 0\.\d+ that holds/],
] as const)('%s %s is refused: %s', async (limit, value, code, message) => {
  const rig = await Rig.start({ config: withDailyLimit(0.02) });
  const refused = set(rig, limit, value);
  expect(refused).toMatchObject({ accepted: false, code });
  expect(refused.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  expect(rig.of('limit_edited')).toEqual([]);
});

test('without a reason, and while it stops, nothing is edited', async () => {
  const rig = await Rig.start();
  expect(set(rig, 'max_positions', 1, { reason: ' ' })).toMatchObject({ code: 'reason_missing' });
  rig.say('stop');
  expect(set(rig, 'max_positions', 1)).toMatchObject({ code: 'stopping' });
});

test('a second word takes the place of the one that waits, and people are told of each', async () => {
  const rig = await Rig.start({ config: withDailyLimit(0.04) });
  set(rig, 'max_daily_loss', 0.06, { confirmed: true });
  expect(set(rig, 'max_daily_loss', 0.04)).toMatchObject({
    message: 'max_daily_loss is 4 % from now on. The change to 6 % that waited is taken back.',
  });
  const told = rig.store.outbox
    .pending(20)
    .flatMap(({ kind, severity, text }) => (kind === 'limit' ? [[severity, text]] : []));
  expect(told).toEqual([
    ['warning', 'anna set max_daily_loss by cli from 4 % to 6 %, when the next trading day begins: news.'],
    ['info', 'anna took back by cli what waited for max_daily_loss, 4 % holds: news.'],
  ]);
});
