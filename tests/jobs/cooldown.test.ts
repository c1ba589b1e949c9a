/** Errors under the real queue: the budget, the cooldown and its end, with monitoring going on and the process alive. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type QueueServer, startQueueServer } from '../../src/jobs/queue-server/start-queue-server.ts';
import { ComponentError } from '../../src/servo/error-budget.ts';
import { drive, until } from '../servo/support/pipeline-rig.ts';
import { Rig } from '../servo/support/rig.ts';
import { temporaryFolder } from '../support/world.ts';

const CHECK_INTERVAL_MS = 150;
const COOLDOWN_MS = 300_000;

const scratch = temporaryFolder();
let server: QueueServer;

beforeAll(async () => {
  server = await startQueueServer({ dataDir: scratch.path, log: () => undefined });
});

afterAll(async () => {
  await server.stop();
  scratch.remove();
});

async function drivenRig(prefix: string): Promise<Rig> {
  const rig = await Rig.start({ timings: { maxErrors: 4, errorCooldownMs: COOLDOWN_MS } });
  await drive(rig.servo, server, { prefix, checkIntervalMs: CHECK_INTERVAL_MS });
  return rig;
}

for (const how of ['hangs', 'fails']) {
  test(`a broker that ${how} is the broker's error, each time once, and the queue is not called dead`, async () => {
    let broken = false;
    let calls = 0;
    const timeoutMs = 4 * CHECK_INTERVAL_MS;
    const rig = await Rig.start({
      timings: { maxErrors: 2, errorCooldownMs: COOLDOWN_MS, timeoutMs },
      ports: (ports) => ({
        ...ports,
        broker: {
          ...ports.broker,
          onBars: (bars) => {
            if (!broken) return ports.broker.onBars(bars);
            calls += 1;
            return how === 'hangs' ? new Promise(() => {}) : Promise.reject(new Error('no route'));
          },
        },
      }),
    });
    const counted: string[] = [];
    const noteError = rig.servo.noteError.bind(rig.servo);
    rig.servo.noteError = (error, fallback) => {
      counted.push(error instanceof ComponentError ? error.component : `${fallback} ${error}`);
      noteError(error, fallback);
    };
    const driven = { prefix: how, checkIntervalMs: CHECK_INTERVAL_MS, timeoutMs, retryAttempts: 0 };
    const { lines } = await drive(rig.servo, server, driven);
    broken = true;
    rig.market.move(1);
    await until(() => rig.status === 'cooldown');
    expect(rig.view.reason).toMatch(/^2 broker errors in a row/);
    expect(new Set(counted)).toEqual(new Set(['broker']));
    // One may be on its way still.
    expect(calls - counted.length).toBeLessThanOrEqual(1);
    expect(lines.join()).not.toMatch(/has not ticked/);
  });
}

test('a model that fails at every bar: after max_errors bars entries stop, exits go on, and the status says until when', async () => {
  const rig = await drivenRig('model');
  rig.model.wants = 'buy';
  rig.market.move(2);
  await until(() => rig.state.positions.size === 1);
  const stopBefore = [...rig.state.positions.values()][0]?.stopLoss ?? 0;

  rig.model.instead = () => Promise.reject(new Error('the file is torn'));
  for (let bar = 1; bar <= 4; bar++) {
    expect(rig.status).toBe('running');
    rig.market.move(8);
    const at = rig.state.step.at ?? 0;
    await until(() => (rig.state.step.at ?? 0) > at && rig.state.step.completed);
  }
  await until(() => rig.status === 'cooldown');
  expect(rig.view).toMatchObject({ cooldownUntil: new Date(rig.clock.wall() + COOLDOWN_MS).toISOString() });
  expect(rig.view.reason).toBe('4 predictor errors in a row: model_failed: the file is torn');
  expect([...rig.state.positions.values()][0]?.stopLoss).toBeGreaterThan(stopBefore);

  rig.model.instead = undefined;
  rig.market.move(200);
  await until(() => rig.state.positions.size === 0 && rig.state.step.completed);
  rig.market.move(1);
  await until(
    () => rig.of('decision_made').at(-1)?.decision.barClosedAt === rig.state.step.at && rig.state.step.completed,
  );
  expect(rig.of('decision_made').at(-1)?.decision).toMatchObject({ reason: 'status_forbids_opening' });

  rig.clock.pass(COOLDOWN_MS);
  await until(() => rig.status === 'running');
  rig.market.move(1);
  await until(() => rig.state.positions.size === 1);
});

test('a feed that throws is met by its own stage, wherever it is asked', async () => {
  const rig = await drivenRig('feed');
  rig.market.fault = 'the disk is gone';
  await until(() => rig.status === 'cooldown');
  expect(rig.view.reason).toBe('4 feed errors in a row: feed: the disk is gone');
  // Long enough for every timer of the pipeline to ask the feed as well.
  await new Promise((resolve) => setTimeout(resolve, 700));
  rig.market.fault = undefined;
  rig.market.move(2);
  await until(() => rig.state.step.at !== undefined && rig.state.step.completed);
  rig.clock.pass(COOLDOWN_MS);
  rig.model.wants = 'buy';
  await until(() => rig.status === 'running');
  rig.market.move(1);
  await until(() => rig.state.positions.size === 1);
});
