/** A hundred symbols at one close time are the work of about five jobs. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { SymbolConfig } from '../../src/config/config.ts';
import { type QueueServer, startQueueServer } from '../../src/jobs/queue-server/start-queue-server.ts';
import { simulatorFeed } from '../../src/market/simulator-feed.ts';
import { systemClock } from '../../src/servo/clock.ts';
import { nextStage, STAGES } from '../../src/servo/stage.ts';
import { ANY_PACE, UNBOUND } from '../domain/builders.ts';
import { openLife } from '../servo/support/life.ts';
import { drive, until } from '../servo/support/pipeline-rig.ts';
import { temporaryFolder, testConfig } from '../support/world.ts';

const SYMBOLS = 100;
const CLOSE_TIMES = 3;
const WARMUP_BARS = 410;

const scratch = temporaryFolder();
let server: QueueServer;

beforeAll(async () => {
  server = await startQueueServer({ dataDir: scratch.path, log: () => undefined });
});

afterAll(async () => {
  await server.stop();
  scratch.remove();
});

const clonesOf = (model: SymbolConfig): SymbolConfig[] =>
  Array.from({ length: SYMBOLS }, (_, i) => {
    const symbol = `EUR${String(i).padStart(3, '0')}`;
    return { ...model, instrument: { ...model.instrument, symbol } };
  });

test('three close times of a hundred symbols', { timeout: 60_000 }, async () => {
  const config = testConfig((shipped) => ({
    ...shipped,
    trading: { ...shipped.trading, symbols: clonesOf(shipped.trading.symbols[0] as SymbolConfig) },
    limits: { ...shipped.limits, maxPositions: SYMBOLS, maxDailyTrades: 1_000, maxPositionMargin: 0.005 },
    exposure: UNBOUND,
    pace: ANY_PACE,
  }));
  const folder = join(scratch.path, 'servo');
  mkdirSync(folder);
  const feed = simulatorFeed({
    ...{ instruments: config.trading.symbols, seed: 3, warmupBars: WARMUP_BARS, barEveryMs: 0 },
    ...{ barsMax: CLOSE_TIMES, clock: systemClock },
  });
  const life = openLife({ folder, config, bars: 1, seed: 3 }, (ports) => ({ ...ports, feed }));
  onTestFinished(() => life.close());
  const kinds = new Map<string, number>();
  life.servo.onCommit(({ events }) => {
    for (const { kind } of events) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  });
  await life.servo.start();
  const { pipeline } = await drive(life.servo, server, { prefix: 'hundred', checkIntervalMs: 60_000 });
  const isDone = () => nextStage(life.servo.state) === 'ingest' && life.servo.feedDelayMs() === undefined;
  await until(isDone, 40_000);

  expect(kinds.get('decision_made')).toBeGreaterThanOrEqual(CLOSE_TIMES * SYMBOLS);
  expect(kinds.get('fill_applied')).toBeGreaterThan(SYMBOLS / 2);
  const jobs = await Promise.all(pipeline.queues.map((queue) => queue.getCompletedCount()));
  const sweepsOfTheStart = STAGES.length;
  // Orders for which the monitor asks are one job more, and so is a nudge whose stage had no time to answer.
  const inAll = jobs.reduce((sum, count) => sum + count, 0) - sweepsOfTheStart;
  expect(inAll).toBeGreaterThanOrEqual(5 * CLOSE_TIMES - 1);
  expect(inAll).toBeLessThan(12 * CLOSE_TIMES);
});
