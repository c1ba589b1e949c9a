/** A servo that is started anew is where it was: positions, limits, statuses and half-done steps survive. */
import { expect, test } from 'vitest';
import { awaitingExecution } from '../../src/domain/stages/execute.ts';
import { nextStage } from '../../src/servo/stage.ts';
import { positionViews } from '../../src/servo/views.ts';
import { hashOf } from '../support/world.ts';
import { Rig, type RigOptions, rigConfig } from './support/rig.ts';

/** A stop-out costs 2 % of equity: with a daily limit of 2.5 % it uses 80 % of it, with one of 1.5 % all. */
const withDailyLimit = (day: number) =>
  rigConfig((config) => ({
    ...config,
    limits: { ...config.limits, maxLoss: { ...config.limits.maxLoss, day } },
  }));

async function rigWithPosition(options: RigOptions = {}): Promise<Rig> {
  const rig = await Rig.start(options);
  rig.model.wants = 'buy';
  await rig.bars(2);
  rig.model.wants = 'nothing';
  expect(rig.state.positions.size).toBe(1);
  return rig;
}

test('a position, the account and every order are what they were, and go on to the same end', async () => {
  const rig = await rigWithPosition();
  await rig.bars(5, 5, -1);
  const before = hashOf(rig.state);
  const next = await rig.restarted();
  expect(hashOf(next.state)).toBe(before);
  expect(next.status).toBe('running');
  await next.bars(-200);
  expect(next.state.positions.size).toBe(0);
  expect(next.state.account.balance).toBe((await next.broker.snapshot()).balance);
});

test('from a snapshot and the journal after it, the same as from the journal alone', async () => {
  const rig = await rigWithPosition();
  await rig.bars(3);
  await rig.servo.end();
  const ended = hashOf(rig.state);
  const next = await rig.restarted();
  expect(next.store.loadSnapshot()?.sequence).toBeGreaterThan(600);
  expect(hashOf(next.state)).toBe(ended);
  await next.bars(3);
  const again = await next.restarted();
  expect(hashOf(again.state)).toBe(hashOf(next.state));
});

test('a step that was cut short at any stage is taken up at that stage', async () => {
  for (const stage of ['predict', 'risk-gate', 'execute', 'monitor'] as const) {
    const rig = await Rig.start();
    rig.model.wants = 'buy';
    rig.market.move(2);
    while (nextStage(rig.state) !== stage) await rig.servo.advance(nextStage(rig.state));
    const next = await rig.restarted();
    expect(nextStage(next.state)).toBe(stage);
    await next.run();
    expect(next.state.positions.size).toBe(1);
    expect(next.state.account.entriesToday).toBe(1);
  }
});

test('an order that was authorised and has expired since is not sent', async () => {
  const rig = await Rig.start();
  rig.model.wants = 'buy';
  rig.market.move(2);
  while (awaitingExecution(rig.state).length === 0) await rig.servo.advance(nextStage(rig.state));
  const [order] = awaitingExecution(rig.state);
  const next = await rig.next();
  next.model.wants = 'nothing';
  next.market.move(1);
  await next.servo.start();
  // The watchdog's way: the next bar is taken although the entry was never sent.
  await next.servo.watch();
  await next.servo.watch();
  await next.run();
  expect(next.state.orders.get(order?.intent.orderId ?? '')).toMatchObject({ status: 'expired' });
  expect((await next.broker.snapshot()).positions).toEqual([]);
});

test('paused stays paused, with who and why, until it is resumed', async () => {
  const rig = await Rig.start();
  rig.say('pause', 'lunch');
  const next = await rig.restarted();
  expect(next.view).toMatchObject({ status: 'paused', by: 'anna', reason: 'lunch' });
  next.model.wants = 'buy';
  await next.bars(2);
  expect(next.state.positions.size).toBe(0);
  next.say('resume');
  await next.bars(2);
  expect(next.state.positions.size).toBe(1);
});

test('halted stays halted through a clean end and through a crash', async () => {
  const rig = await rigWithPosition();
  rig.say('halt', 'enough');
  await rig.run();
  await rig.servo.end();
  const next = await rig.restarted();
  expect(next.view).toMatchObject({ status: 'halted', by: 'anna', reason: 'enough', entriesAllowed: false });
  const crashed = await next.restarted();
  crashed.model.wants = 'buy';
  await crashed.bars(2, 2);
  expect(crashed.status).toBe('halted');
  expect(crashed.state.positions.size).toBe(0);
});

test('a step of the loss ladder is taken once a window, not once a process', async () => {
  const rig = await rigWithPosition({ config: withDailyLimit(0.025) });
  await rig.bars(-60);
  expect(rig.of('ladder_stepped')).toMatchObject([{ window: 'day', step: 'warned' }]);
  expect(rig.status).toBe('reduced');

  const next = await rig.restarted();
  expect(next.status).toBe('reduced');
  next.model.wants = 'buy';
  await next.bars(-1);
  expect(next.of('ladder_stepped')).toEqual([]);
  const [first] = rig.of('decision_made').flatMap(({ decision }) => decision.sizing ?? []);
  const [halved] = next.of('decision_made').flatMap(({ decision }) => decision.sizing ?? []);
  expect(halved?.multipliers).toEqual([{ name: 'status', value: 0.5 }]);
  expect(halved?.riskOfOrder).toBeLessThan(0.55 * (first?.riskOfOrder ?? 0));
});

test('a limit that was reached stays reached: no entries until the window ends', async () => {
  const rig = await rigWithPosition({ config: withDailyLimit(0.015) });
  await rig.bars(-60);
  expect(rig.status).toBe('close_only');
  const next = await rig.restarted();
  next.model.wants = 'buy';
  await next.bars(2, 2);
  expect(next.view).toMatchObject({ status: 'close_only', entriesAllowed: false });
  expect(next.of('decision_made').map(({ decision }) => decision)).toMatchObject([
    { outcome: 'denied', reason: 'status_forbids_opening' },
    { outcome: 'denied', reason: 'status_forbids_opening' },
  ]);
  expect(next.of('ladder_stepped')).toEqual([]);
});

test('entries of the day are counted on', async () => {
  const config = rigConfig((shipped) => ({ ...shipped, limits: { ...shipped.limits, maxDailyTrades: 1 } }));
  const rig = await rigWithPosition({ config });
  await rig.bars(200);
  expect(rig.state.positions.size).toBe(0);
  const next = await rig.restarted();
  next.model.wants = 'buy';
  await next.bars(1);
  expect(next.of('decision_made').at(-1)?.decision).toMatchObject({ outcome: 'denied', reason: 'daily_trades_limit' });
});

test('each start is an epoch of its own, and the process before is fenced off', async () => {
  const rig = await Rig.start();
  const { epoch } = rig.state;
  const zombie = rig.broker;
  const next = await rig.restarted();
  expect(next.state.epoch).toBe(epoch + 1);
  next.model.wants = 'buy';
  await next.bars(2);
  const [order] = next.state.orders.values();
  if (order === undefined) throw new Error('no order');
  const late = { ...order, intent: { ...order.intent, orderId: 'sent-by-a-zombie' } };
  expect(await zombie.submit(late)).toMatchObject([{ kind: 'lost' }]);
  await next.close();
  const again = await next.restarted();
  expect(await again.broker.statusOf('sent-by-a-zombie')).toEqual({ kind: 'never_seen' });
});

test('a profit ladder goes on where it was, wherever the process ends: each rung once', async () => {
  const ladder = [0.5, 1].map((atR) => ({ atR, fraction: 0.25 }));
  const config = rigConfig((shipped) => {
    const position = { ...shipped.execution.position, trailingStop: false, profitLadder: ladder };
    return { ...shipped, execution: { ...shipped.execution, position } };
  });
  let rig = await rigWithPosition({ config });
  const [opened] = rig.state.positions.values();
  if (opened === undefined) throw new Error('nothing is open');
  const { quantity: opening, initialStopDistance, stopLoss } = opened;
  const half = Math.ceil(initialStopDistance / 2);
  const closed = () =>
    rig
      .of('fill_applied')
      .filter(({ fill }) => fill.effect === 'close')
      .map(({ fill }) => fill.quantity);

  // Asked for, and not sent yet, when the process ends.
  const bid = rig.state.markets.get('EURUSD')?.lastBar?.close ?? 0;
  rig.market.move(opened.entryPrice + half - bid);
  for (const stage of ['ingest', 'predict', 'risk-gate', 'execute', 'monitor'] as const) await rig.servo.advance(stage);
  expect(awaitingExecution(rig.state)).toMatchObject([{ intent: { kind: 'close', reason: 'take_profit_ladder' } }]);
  rig = await rig.restarted();
  await rig.run();
  const quarter = Math.round(opening / 4);
  expect(closed()).toEqual([quarter]);

  rig = await rig.restarted();
  expect([...rig.state.positions.values()]).toMatchObject([
    { quantity: opening - quarter, openingQuantity: opening, stopLoss, progress: { rungs: 1 } },
  ]);
  expect(positionViews(rig.state)[0]?.text).toContain(`(${(opening - quarter) / 100} of ${opening / 100} left)`);
  await rig.bars(1, half);
  expect(closed()).toEqual([quarter]);
  rig = await rig.restarted();
  await rig.bars(1);
  expect(closed()).toEqual([]);
  expect(rig.status).toBe('running');
  await rig.bars(-3 * initialStopDistance);
  expect(closed()).toEqual([opening - 2 * quarter]);
  expect(rig.state.positions.size).toBe(0);
});
