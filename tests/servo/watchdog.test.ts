/** The monitor's second heart by itself: when it takes over, and what it does while other things fail. */
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/servo/clock.ts';
import { Watchdog } from '../../src/servo/watchdog.ts';
import { until } from './support/pipeline-rig.ts';
import { Rig, rigConfig } from './support/rig.ts';

const INTERVAL_MS = 80;

function watchdogOf(rig: Rig): Watchdog {
  const watchdog = new Watchdog(rig.servo, systemClock, INTERVAL_MS, () => undefined);
  onTestFinished(() => watchdog.stop());
  watchdog.start();
  return watchdog;
}

test('it is quiet as long as the queue ticks, and its heart beats when the queue does not', async () => {
  const rig = await Rig.start({ timings: { maxErrors: 1_000 } });
  const watchdog = watchdogOf(rig);
  const ticks = setInterval(() => watchdog.ticked(), INTERVAL_MS / 8);
  await new Promise((resolve) => setTimeout(resolve, 6 * INTERVAL_MS));
  expect(watchdog.active).toBe(false);
  clearInterval(ticks);
  await until(() => watchdog.active, 2_000);
  rig.market.move(1);
  await until(() => rig.state.step.completed && rig.state.step.at !== undefined, 2_000);
  watchdog.ticked();
  expect(watchdog.active).toBe(false);
});

test('a watch that hangs is waited for, not repeated behind itself', async () => {
  const rig = await Rig.start({ timings: { maxErrors: 1_000 } });
  const gate = Promise.withResolvers<void>();
  let watches = 0;
  rig.servo.watch = () => {
    watches += 1;
    return gate.promise;
  };
  const watchdog = watchdogOf(rig);
  await until(() => watchdog.active, 2_000);
  await new Promise((resolve) => setTimeout(resolve, 8 * INTERVAL_MS));
  expect(watches).toBe(1);
  gate.resolve();
  await until(() => watches > 2, 2_000);
});

test('a watch that fails is an error, and the next one comes all the same', async () => {
  const rig = await Rig.start({ timings: { maxErrors: 1_000 } });
  const watch = rig.servo.watch.bind(rig.servo);
  let failures = 0;
  rig.servo.watch = () => {
    failures += 1;
    return failures < 3 ? Promise.reject(new Error('not now')) : watch();
  };
  watchdogOf(rig);
  rig.market.move(1);
  await until(() => rig.state.step.at !== undefined && rig.state.step.completed, 2_000);
  expect(failures).toBeGreaterThanOrEqual(3);
});

test('exits that a limit has asked for leave, although no bar comes any more', async () => {
  const config = rigConfig((shipped) => ({
    ...shipped,
    limits: { ...shipped.limits, maxLoss: { ...shipped.limits.maxLoss, day: 0.01 } },
  }));
  const rig = await Rig.start({ config });
  rig.model.wants = 'buy';
  await rig.bars(2);
  rig.model.wants = 'nothing';
  rig.market.move(-30);
  await rig.servo.advance('ingest');
  await rig.servo.advance('predict');
  await rig.servo.advance('risk-gate');
  await rig.servo.advance('monitor');
  expect(rig.of('flatten_started')).toHaveLength(1);
  expect((await rig.broker.snapshot()).positions).toHaveLength(1);
  rig.market.fault = 'the feed is dead';
  await expect(rig.servo.watch()).rejects.toThrow(/the feed is dead/);
  expect((await rig.broker.snapshot()).positions).toEqual([]);
});

test('while it stands in nothing is opened: what was authorised waits, and expires with its bar', async () => {
  const rig = await Rig.start();
  rig.model.wants = 'buy';
  rig.market.move(2);
  for (const stage of ['ingest', 'predict', 'risk-gate'] as const) await rig.servo.advance(stage);
  rig.market.move(1);
  rig.market.move(1);
  for (let i = 0; i < 3; i++) await rig.servo.watch();
  expect(rig.of('order_changed').map(({ change }) => change)).toEqual(['expire']);
  expect((await rig.broker.snapshot()).positions).toEqual([]);
});
