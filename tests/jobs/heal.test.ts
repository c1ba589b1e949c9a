/** Schedulers that a queue server lost, in whole or by half, are back within ten seconds. */
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type QueueServer, startQueueServer } from '../../src/jobs/queue-server/start-queue-server.ts';
import { StageQueue } from '../../src/jobs/stage-queue.ts';
import { STAGES } from '../../src/servo/stage.ts';
import { drive, until } from '../servo/support/pipeline-rig.ts';
import { Rig } from '../servo/support/rig.ts';
import { temporaryFolder } from '../support/world.ts';

const CHECK_INTERVAL_MS = 200;
const HEALED_WITHIN_MS = 10_000;

const scratch = temporaryFolder();
let server: QueueServer;
/** For the loss of everything, which would touch the other cases. */
let emptied: QueueServer;

beforeAll(async () => {
  const [dataDir, log] = [scratch.path, () => undefined];
  server = await startQueueServer({ dataDir, log });
  emptied = await startQueueServer({ dataDir, workDir: join(scratch.path, 'emptied'), log });
});

afterAll(async () => {
  await Promise.all([server.stop(), emptied.stop()]);
  scratch.remove();
});

interface Loss {
  readonly what: string;
  readonly server: () => QueueServer;
  readonly happens: (redis: Redis, prefix: string) => Promise<unknown>;
}

const LOSSES: readonly Loss[] = [
  { what: 'everything', server: () => emptied, happens: (redis) => redis.flushall() },
  {
    what: 'the delayed set',
    server: () => server,
    happens: (redis, prefix) => redis.del(...STAGES.map((stage) => `${prefix}:${stage}:delayed`)),
  },
  {
    what: 'the schedulers',
    server: () => server,
    happens: (redis, prefix) =>
      redis.del(...STAGES.flatMap((stage) => [`${prefix}:${stage}:repeat`, `${prefix}:${stage}:repeat:${stage}`])),
  },
];

async function loseAndHeal({ what, server: of, happens }: Loss): Promise<number> {
  const rig = await Rig.start();
  const prefix = what.replaceAll(' ', '-');
  const { calls, lines } = await drive(rig.servo, of(), { prefix, checkIntervalMs: CHECK_INTERVAL_MS });
  const ticks = () => STAGES.map((stage) => calls.get(stage) ?? 0);
  await until(() => ticks().every((count) => count >= 3));

  const redis = new Redis({ ...of().connection, lazyConnect: true });
  await happens(redis, prefix);
  redis.disconnect();
  const lostAtMs = performance.now();
  // What was under way at the loss still comes.
  await new Promise((resolve) => setTimeout(resolve, 2 * CHECK_INTERVAL_MS));
  const before = ticks();
  await until(() => ticks().every((count, i) => count >= (before[i] ?? 0) + 3), HEALED_WITHIN_MS);
  // A stage that was at work at that moment may not have lost its next tick.
  expect(lines.filter((line) => line.includes('it is back')).length, what).toBeGreaterThan(0);
  return performance.now() - lostAtMs;
}

test('after a loss every stage ticks again', { timeout: 40_000 }, async () => {
  const tookMs = await Promise.all(LOSSES.map(loseAndHeal));
  for (const ms of tookMs) expect(ms).toBeLessThan(HEALED_WITHIN_MS);
});

test('a schedule that lies far ahead, because the clock was set back, is made anew', async () => {
  const [prefix, checkIntervalMs] = ['clock', 100];
  const { connection } = server;
  let works = 0;
  const handlers = {
    work: async () => {
      works += 1;
    },
    failed: () => undefined,
    late: () => undefined,
    disturbed: () => undefined,
  };
  const times = { checkIntervalMs, retryAttempts: 0, retryDelayMs: 1, timeoutMs: 1_000 };
  const stage = new StageQueue('monitor', { connection, prefix, ...times }, handlers);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
  await stage.start();
  await until(() => works === 1);
  vi.useRealTimers();
  await new Promise((resolve) => setTimeout(resolve, 5 * checkIntervalMs));
  expect(works).toBe(1);
  expect(await stage.heal(Date.now())).toBe(true);
  await until(() => works > 3, 2_000);
  expect(await stage.heal(Date.now())).toBe(false);
  await stage.close(2_000);
});
