/** Jobs that fail: how often they run again, and that each failure is counted. */
import { Queue } from 'bullmq';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type QueueServer, startQueueServer } from '../../src/jobs/queue-server/start-queue-server.ts';
import { STAGES, type Stage } from '../../src/servo/stage.ts';
import { drive, RETRY_DELAY_MS, until } from '../servo/support/pipeline-rig.ts';
import { Rig } from '../servo/support/rig.ts';
import { temporaryFolder } from '../support/world.ts';

/** So long that each stage has the sweep of the start alone. */
const ONE_SWEEP_MS = 60_000;
const RETRY_ATTEMPTS = 3;

const scratch = temporaryFolder();
let server: QueueServer;

beforeAll(async () => {
  server = await startQueueServer({ dataDir: scratch.path, log: () => undefined });
});

afterAll(async () => {
  await server.stop();
  scratch.remove();
});

function queueOf(stage: Stage, prefix: string): Queue {
  const queue = new Queue(stage, { connection: server.connection, prefix });
  onTestFinished(() => queue.close());
  return queue;
}

const countOfErrors = (rig: Rig, name: string): number =>
  rig.view.components.find(({ component }) => component === name)?.errorsInARow ?? 0;

test('sweeps run again as retry_attempts and retry_delay say; the execute queue never', async () => {
  const rig = await Rig.start();
  await drive(rig.servo, server, { prefix: 'templates', checkIntervalMs: ONE_SWEEP_MS, retryAttempts: RETRY_ATTEMPTS });
  for (const stage of STAGES) {
    const scheduler = await queueOf(stage, 'templates').getJobScheduler(stage);
    expect(scheduler?.every).toBe(ONE_SWEEP_MS);
    expect(scheduler?.template?.opts).toMatchObject({
      attempts: stage === 'execute' ? 1 : RETRY_ATTEMPTS + 1,
      backoff: { type: 'fixed', delay: RETRY_DELAY_MS },
    });
  }
});

test('a stage that throws is tried again as often, and every failure is counted', async () => {
  const rig = await Rig.start({ timings: { maxErrors: 1_000 } });
  rig.servo.advance = async (stage) => Promise.reject(new Error(`${stage} is broken`));
  await drive(rig.servo, server, { prefix: 'broken', checkIntervalMs: ONE_SWEEP_MS, retryAttempts: RETRY_ATTEMPTS });
  let attempts = 0;
  for (const stage of STAGES) {
    const queue = queueOf(stage, 'broken');
    const swept = async () => (await queue.getFailed()).find(({ name }) => name === 'sweep');
    await until(async () => (await swept()) !== undefined);
    const job = await swept();
    expect(job?.attemptsMade).toBe(stage === 'execute' ? 1 : RETRY_ATTEMPTS + 1);
    expect(job?.failedReason).toBe(`${stage} is broken`);
    attempts += job?.attemptsMade ?? 0;
  }
  expect(attempts).toBe(4 * (RETRY_ATTEMPTS + 1) + 1);
  // Nudges that failed are counted as well.
  await until(() => countOfErrors(rig, 'queue') >= attempts);
});

test('a stage that throws twice succeeds at its third try', async () => {
  const rig = await Rig.start();
  const advance = rig.servo.advance.bind(rig.servo);
  let failures = 0;
  rig.servo.advance = async (stage) => {
    if (stage === 'predict' && failures < 2) {
      failures += 1;
      throw new Error('not now');
    }
    return advance(stage);
  };
  rig.model.wants = 'buy';
  rig.market.move(2);
  await drive(rig.servo, server, { prefix: 'twice', checkIntervalMs: 200 });
  await until(() => rig.state.positions.size === 1);
  expect(failures).toBe(2);
  expect(rig.status).toBe('running');
});

test('a job that takes longer than the timeout fails and is counted; its late work does no harm', async () => {
  const rig = await Rig.start({ timings: { maxErrors: 1_000 } });
  const gate = Promise.withResolvers<void>();
  const advance = rig.servo.advance.bind(rig.servo);
  let held = 0;
  rig.servo.advance = async (stage) => {
    if (stage === 'execute' && held === 0) {
      held += 1;
      await gate.promise;
    }
    return advance(stage);
  };
  const counted: string[] = [];
  rig.servo.noteError = (error) => counted.push(String(error instanceof Error ? error.message : error));
  rig.model.wants = 'buy';
  rig.market.move(2);
  await drive(rig.servo, server, { prefix: 'late', checkIntervalMs: ONE_SWEEP_MS, timeoutMs: 150 });
  const queue = queueOf('execute', 'late');
  await until(async () => (await queue.getFailed()).length > 0);
  const [job] = await queue.getFailed();
  expect(job?.failedReason).toBe('the execute job took longer than 150 ms');
  expect(counted).toContain('the execute job took longer than 150 ms');
  await until(() => rig.state.positions.size === 1);
  gate.resolve();
  await rig.servo.advance('execute');
  expect(rig.of('order_changed').filter(({ change }) => change === 'send')).toHaveLength(1);
});

test('a stage with nothing to do succeeds: an idle night counts no errors', async () => {
  const rig = await Rig.start();
  const { calls } = await drive(rig.servo, server, { prefix: 'idle', checkIntervalMs: 50 });
  await until(() => STAGES.every((stage) => (calls.get(stage) ?? 0) > 5));
  expect(rig.view.components.every(({ errorsInARow }) => errorsInARow === 0)).toBe(true);
  expect(rig.status).toBe('running');
});
