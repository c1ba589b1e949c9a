/** Real candles through the real pipeline and through the backtest: the same trades and the same state, guards and all. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { feedOf } from '../../src/adapters.ts';
import { backtest } from '../../src/backtest/backtest.ts';
import { withBacktestOverrides } from '../../src/config/backtest-overrides.ts';
import type { Config } from '../../src/config/config.ts';
import { Pipeline } from '../../src/jobs/pipeline.ts';
import { type QueueServer, startQueueServer } from '../../src/jobs/queue-server/start-queue-server.ts';
import { systemClock } from '../../src/servo/clock.ts';
import { Watchdog } from '../../src/servo/watchdog.ts';
import { hashOf, openWorld, temporaryFolder, testConfig, tradesIn, waitFor } from '../support/world.ts';

const FILE = join(import.meta.dirname, '../../../shared/data/EURUSD_M5_2019-10_2020-10.csv');
/** March 2020: wide moves, so that there is something to trade. */
const FROM_ROW = 31_000;
const WARMUP_BARS = 500;
const BARS = 700;

const scratch = temporaryFolder();
let queueServer: QueueServer;
beforeAll(async () => {
  queueServer = await startQueueServer({ dataDir: join(scratch.path, 'queue'), log: () => undefined });
}, 60_000);
afterAll(async () => {
  await queueServer.stop();
  scratch.remove();
});

/** A stretch of the file, and filters that let trades through: what is compared must happen. */
function configOf(): Config {
  const lines = readFileSync(FILE, 'utf8').split('\n');
  const path = join(scratch.path, 'stretch.csv');
  writeFileSync(path, [lines[0], ...lines.slice(FROM_ROW, FROM_ROW + WARMUP_BARS + BARS)].join('\n'));
  const eager = testConfig((config) => ({
    ...config,
    limits: {
      ...config.limits,
      minConfidence: 0.5,
      minExpectedValueR: -0.5,
      maxLoss: { day: 0.5, week: 0.5, month: 0.5 },
    },
  }));
  return withBacktestOverrides(eager, { data: [path], symbol: 'EURUSD', timeframe: 'M5' });
}

test.skipIf(!existsSync(FILE))(
  'EURUSD M5, March 2020 (skipped without ../shared/data)',
  { timeout: 180_000 },
  async () => {
    const config = configOf();
    const { result } = await backtest(config, { guards: true }, 'test');
    const folder = join(scratch.path, 'pipeline');
    mkdirSync(folder);
    const world = await openWorld(folder, config, feedOf(config, systemClock));
    const { servo } = world;
    await servo.start();
    const pipeline = new Pipeline({
      servo,
      watchdog: new Watchdog(servo, systemClock, 60_000, () => undefined),
      connection: queueServer.connection,
      prefix: 'real',
      checkIntervalMs: 500,
      timeoutMs: 10_000,
      retryAttempts: 3,
      retryDelayMs: 20,
      log: () => undefined,
    });
    await pipeline.start();
    await waitFor(() => servo.finished, 150_000);
    await pipeline.stop();
    await world.close();

    const trades = tradesIn(world.events);
    expect(result.bars).toBe(BARS);
    expect(trades.length).toBeGreaterThanOrEqual(5);
    expect(result.trades).toHaveLength(trades.length);
    expect(result.trades).toMatchObject(trades);
    expect(result.stateHash).toBe(hashOf(servo.state));
  },
);
