/** Stage latencies, gathered in memory and written at most once a second: a measurement must not cost what it measures. */
import type Database from 'better-sqlite3';
import { floorToMinute } from '../domain/calendar.ts';
import type { UnixMs } from '../domain/units.ts';
import type { Stage } from '../servo/stage.ts';

const FLUSH_EVERY_MS = 1000;
const KEPT_MS = 3 * 86_400_000;
const LEAST_UPPER_MS = 0.25;

interface Tally {
  readonly minute: UnixMs;
  readonly stage: Stage;
  readonly upperMs: number;
  count: number;
  sumMs: number;
  maxMs: number;
}

/** Size classes are powers of two: few rows, and a percentile is right within a factor of two. */
const upperOf = (durationMs: number): number => 2 ** Math.ceil(Math.log2(Math.max(LEAST_UPPER_MS, durationMs)));

interface LatencyRecorder {
  record(stage: Stage, durationMs: number, at: UnixMs): void;
  flush(): void;
}

export function latencyRecorder(database: Database.Database): LatencyRecorder {
  const add = database.prepare<[Tally]>(
    `INSERT INTO stage_latencies (minute, stage, upper_ms, count, sum_ms, max_ms)
     VALUES (@minute, @stage, @upperMs, @count, @sumMs, @maxMs)
     ON CONFLICT DO UPDATE SET count = count + excluded.count, sum_ms = sum_ms + excluded.sum_ms,
       max_ms = max(max_ms, excluded.max_ms)`,
  );
  const forget = database.prepare<[number]>('DELETE FROM stage_latencies WHERE minute < ?');
  const tallies = new Map<string, Tally>();
  let flushedAt: number | undefined;

  const write = database.transaction(() => {
    for (const tally of tallies.values()) add.run(tally);
    if (flushedAt !== undefined) forget.run(flushedAt - KEPT_MS);
  });
  const flush = (): void => {
    if (tallies.size === 0) return;
    write.immediate();
    tallies.clear();
  };

  return {
    record(stage, durationMs, at) {
      const minute = floorToMinute(at);
      const upperMs = upperOf(durationMs);
      const key = `${minute} ${stage} ${upperMs}`;
      const { count, sumMs, maxMs } = tallies.get(key) ?? { count: 0, sumMs: 0, maxMs: 0 };
      const grown = { count: count + 1, sumMs: sumMs + durationMs, maxMs: Math.max(maxMs, durationMs) };
      tallies.set(key, { minute, stage, upperMs, ...grown });
      flushedAt ??= at;
      // The wall clock may be set back: any second's distance will do.
      if (Math.abs(at - flushedAt) < FLUSH_EVERY_MS) return;
      flushedAt = at;
      flush();
    },
    flush,
  };
}
