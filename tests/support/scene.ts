/** Where a servo of a test lives, and what it sees: no more than a child process needs that is started a hundred times. */
import { join } from 'node:path';
import type { Config } from '../../src/config/config.ts';
import type { BarFeed } from '../../src/domain/ports.ts';
import { simulatorFeed } from '../../src/market/simulator-feed.ts';
import { systemClock } from '../../src/servo/clock.ts';
import type { ServoTimings } from '../../src/servo/servo-parts.ts';

export const simulated = (config: Config, barsMax: number, seed = 7, warmupBars = 600): BarFeed =>
  simulatorFeed({ instruments: config.trading.symbols, seed, warmupBars, barEveryMs: 0, barsMax, clock: systemClock });

export const pathsIn = (folder: string) => ({
  account: 'test',
  folder,
  database: join(folder, 'servo.db'),
  venue: join(folder, 'venue.json'),
  haltFile: join(folder, 'HALT'),
});

export const TIMINGS: ServoTimings = { maxErrors: 5, errorCooldownMs: 300_000, timeoutMs: 10_000, retryDelayMs: 20 };
