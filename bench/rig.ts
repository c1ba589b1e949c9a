/** A whole servo to measure: the real pipeline, queue server, SQLite with FULL commits and paper venue, in a folder of its own. */
import { mkdtempSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Config, SymbolConfig } from '../src/config/config.ts';
import type { BarFeed } from '../src/domain/ports.ts';
import { money, price } from '../src/domain/units.ts';
import { Pipeline } from '../src/jobs/pipeline.ts';
import type { QueueServer } from '../src/jobs/queue-server/start-queue-server.ts';
import { simulatorFeed } from '../src/market/simulator-feed.ts';
import { systemClock } from '../src/servo/clock.ts';
import type { Servo } from '../src/servo/servo.ts';
import type { ServoPorts } from '../src/servo/servo-parts.ts';
import { STAGES } from '../src/servo/stage.ts';
import { Watchdog } from '../src/servo/watchdog.ts';
import { ANY_PACE, UNBOUND } from '../tests/domain/builders.ts';
import { openWorld, TIMINGS, testConfig } from '../tests/support/world.ts';
import { askServer } from './queue-figures.ts';

/** Where the bench works; its folder is removed at the end. */
export interface Bench {
  readonly folder: string;
  readonly queueServer: QueueServer;
}

/** More than the feature pack needs to warm up. */
const WARMUP_BARS = 450;
const LOOK_EVERY_MS = 10;
const CHECK_INTERVAL_MS = 1_000;

/** Six to a trading day, at whose end the servo forgets finished orders: a hundred at every bar do not become thousands. */
const TIMEFRAME = 'H4';

/** The shipped configuration with its limits wide open, so that it is the code that is measured and not the market's mood. */
export function openLimits(symbols: number): Config {
  return testConfig(({ trading, execution, limits, paper, ...config }) => ({
    ...config,
    trading: { ...trading, timeframe: TIMEFRAME, symbols: replicasOf(trading.symbols, symbols) },
    execution: { ...execution, order: { ...execution.order, retryAttempts: 0 } },
    exposure: UNBOUND,
    pace: ANY_PACE,
    limits: { ...limits, riskPerTrade: 0.0001, maxPositions: symbols + 1, maxDailyTrades: 1_000_000 },
    // Each order is sent and refused, so that its symbol is free to trade again at the next bar.
    paper: { ...paper, latencyMs: 0, rejectionProbability: 1, balance: money(paper.balance * 1_000) },
  }));
}

/** The first symbol under as many names as are wanted. */
function replicasOf([first]: readonly SymbolConfig[], count: number): SymbolConfig[] {
  if (first === undefined) throw new Error('config.yaml names no symbol');
  return Array.from({ length: count }, (_, i) => ({
    ...first,
    timeframe: TIMEFRAME,
    maxSpread: price(1_000_000),
    instrument: { ...first.instrument, symbol: `SIM${String(i).padStart(3, '0')}` },
  }));
}

export const simulatedBars = (config: Config, barsMax: number, warmupBars = WARMUP_BARS): BarFeed =>
  simulatorFeed({
    instruments: config.trading.symbols,
    seed: 7,
    warmupBars,
    barEveryMs: 0,
    barsMax,
    clock: systemClock,
  });

export interface Rig {
  readonly servo: Servo;
  /** Nudges so far, over all stages. */
  jobsAdded(): Promise<number>;
  /** Runs the pipeline until the feed has ended, or for `maxMs`. */
  run(maxMs: number): Promise<void>;
  close(): Promise<void>;
}

/** `change` puts measuring ports around the real ones. */
export async function openRig(
  { folder, queueServer }: Bench,
  config: Config,
  feed: BarFeed,
  change: (ports: ServoPorts) => ServoPorts,
): Promise<Rig> {
  const path = mkdtempSync(join(folder, 'servo-'));
  const world = await openWorld(path, config, feed, change);
  const { servo } = world;
  await servo.start();
  const { timeoutMs } = TIMINGS;
  const prefix = `bench-${basename(path)}`;
  const pipeline = new Pipeline({
    servo,
    watchdog: new Watchdog(servo, systemClock, CHECK_INTERVAL_MS, () => undefined),
    connection: queueServer.connection,
    prefix,
    checkIntervalMs: CHECK_INTERVAL_MS,
    timeoutMs,
    retryAttempts: 3,
    retryDelayMs: 1_000,
    log: () => undefined,
  });
  return {
    servo,
    jobsAdded: () =>
      askServer(queueServer.connection, async (redis) => {
        const counters = await redis.mget(STAGES.map((stage) => `${prefix}:${stage}:id`));
        return counters.reduce((sum, counter) => sum + Number(counter), 0);
      }),
    async run(maxMs) {
      const untilMs = performance.now() + maxMs;
      await pipeline.start();
      while (!servo.finished && performance.now() < untilMs)
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    },
    async close() {
      await pipeline.stop();
      await world.close();
    },
  };
}
