/** The real pipeline and the plain loop over the same bars: the same decisions, the same trades, the same state. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { predictorOf } from '../../src/adapters.ts';
import { brokerOf } from '../../src/broker/paper/configured-broker.ts';
import { Pipeline } from '../../src/jobs/pipeline.ts';
import { type QueueServer, startQueueServer } from '../../src/jobs/queue-server/start-queue-server.ts';
import { systemClock } from '../../src/servo/clock.ts';
import type { Servo } from '../../src/servo/servo.ts';
import type { Stage } from '../../src/servo/stage.ts';
import { Watchdog } from '../../src/servo/watchdog.ts';
import { plainLoop } from '../support/plain-loop.ts';
import {
  decisionsIn,
  hashOf,
  livePolicyOf,
  openWorld,
  pathsIn,
  simulated,
  temporaryFolder,
  testConfig,
  tradesIn,
  type World,
  waitFor,
} from '../support/world.ts';

const BARS = 560;
const CHECK_INTERVAL_MS = 500;
/** A venue that refuses and splits now and then, so that retries and partial fills are compared as well. */
const config = testConfig((shipped) => ({
  ...shipped,
  paper: { ...shipped.paper, rejectionProbability: 0.1, partialFillProbability: 0.15 },
}));

const scratch = temporaryFolder();
let queueServer: QueueServer;
let expected: Awaited<ReturnType<typeof plainLoop>>;

beforeAll(async () => {
  queueServer = await startQueueServer({ dataDir: join(scratch.path, 'queue'), log: () => undefined });
  const broker = brokerOf(config, { ...pathsIn(scratch.path), venue: join(scratch.path, 'loop-venue.json') });
  const predictor = await predictorOf(config, () => undefined);
  expected = await plainLoop(await livePolicyOf(config), simulated(config, BARS), broker, predictor);
  await predictor.close();
  await broker.close();
}, 60_000);

afterAll(async () => {
  await queueServer.stop();
  scratch.remove();
});

interface Disturbance {
  /** Called after each stage run by the queue. */
  readonly afterAdvance?: (servo: Servo, stage: Stage, count: number) => Promise<void>;
}

async function runPipeline(name: string, disturbance: Disturbance): Promise<World> {
  const folder = join(scratch.path, name);
  mkdirSync(folder);
  const world = await openWorld(folder, config, simulated(config, BARS));
  const { servo } = world;
  await servo.start();
  const advance = servo.advance.bind(servo);
  let count = 0;
  servo.advance = async (stage) => {
    const worked = await advance(stage);
    count += 1;
    await disturbance.afterAdvance?.(servo, stage, count);
    return worked;
  };
  const watchdog = new Watchdog(servo, systemClock, 60_000, () => undefined);
  const pipeline = new Pipeline({
    servo,
    watchdog,
    connection: queueServer.connection,
    prefix: name,
    checkIntervalMs: CHECK_INTERVAL_MS,
    timeoutMs: 10_000,
    retryAttempts: 3,
    retryDelayMs: 20,
    log: () => undefined,
  });
  await pipeline.start();
  await waitFor(() => servo.finished, 90_000);
  await pipeline.stop();
  await world.close();
  return world;
}

function expectSame(world: World): void {
  expect(decisionsIn(world.events)).toEqual(decisionsIn(expected.events));
  expect(tradesIn(world.events)).toEqual(tradesIn(expected.events));
  expect(hashOf(world.servo.state)).toBe(hashOf(expected.state));
}

test('the loop itself saw enough: bars, symbols, trades, stop-outs, refusals by the venue, retries', () => {
  const { events } = expected;
  const bars = events.filter((event) => event.kind === 'bar_closed' && !event.warm);
  const trades = tradesIn(events);
  expect(bars.length).toBeGreaterThanOrEqual(2 * 500);
  expect(new Set(trades.map(({ symbol }) => symbol)).size).toBe(2);
  expect(trades.length).toBeGreaterThanOrEqual(30);
  expect(trades.filter(({ exitReason }) => exitReason === 'stop_loss').length).toBeGreaterThanOrEqual(5);
  expect(events.filter(({ kind }) => kind === 'retry_scheduled').length).toBeGreaterThan(0);
  expect(
    events.filter((event) => event.kind === 'fill_applied' && event.change === 'partial_fill').length,
  ).toBeGreaterThan(0);
});

test('the pipeline decides, trades and ends as the loop does', { timeout: 120_000 }, async () => {
  expectSame(await runPipeline('plain', {}));
});

test('also when every seventh job runs twice', { timeout: 120_000 }, async () => {
  let again = 0;
  const world = await runPipeline('twice', {
    afterAdvance: async (servo, stage, count) => {
      if (count % 7 !== 0) return;
      again += 1;
      await Object.getPrototypeOf(servo).advance.call(servo, stage);
    },
  });
  expect(again).toBeGreaterThan(100);
  expectSame(world);
});

test('also when the queue is flushed midway', { timeout: 120_000 }, async () => {
  let flushes = 0;
  const world = await runPipeline('flushed', {
    afterAdvance: async (_, __, count) => {
      if (count % 1_000 !== 500) return;
      flushes += 1;
      const redis = new Redis({ ...queueServer.connection, lazyConnect: true });
      await redis.flushall();
      redis.disconnect();
    },
  });
  expect(flushes).toBeGreaterThan(1);
  expectSame(world);
});
