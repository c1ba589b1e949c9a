/** Figures over time: the equity curve, trading days, latencies and how often each reason decided. */
import type Database from 'better-sqlite3';
import type { EntryFill } from '../../domain/cost-model.ts';
import type { DenialReason } from '../../domain/decision.ts';
import { DRY_RUN } from '../../domain/shadow.ts';
import type { Money, UnixMs } from '../../domain/units.ts';
import type { Stage } from '../../servo/stage.ts';
import { desc, drizzle } from '../drizzle.ts';
import { account, type DecisionOutcome, dailyMetrics } from '../schema.ts';

type AccountRecord = typeof account.$inferSelect;
export type DayRecord = typeof dailyMetrics.$inferSelect;

interface EquityPoint {
  readonly at: UnixMs;
  readonly balance: Money;
  readonly equity: Money;
  /** Of the samples that the point stands for: a thinned curve still shows its worst moments. */
  readonly lowestEquity: Money;
}

interface EquityFilter {
  /** Included. */
  readonly from?: UnixMs;
  /** Not included. */
  readonly to?: UnixMs;
  /** At most. */
  readonly points: number;
}

interface StageLatency {
  readonly stage: Stage;
  readonly count: number;
  readonly meanMs: number;
  /** Upper bounds of their size class, a power of two. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export interface ReasonCount {
  readonly outcome: DecisionOutcome;
  readonly reason: DenialReason | null;
  readonly count: number;
}

/** What became of the would-be trades of one model in the shadow, or of a dry-run. */
export interface ShadowRecord {
  readonly model: string;
  readonly open: number;
  readonly closed: number;
  readonly wins: number;
  /** Sum of the results after costs, in multiples of the risk. */
  readonly totalR: number;
  /** Micros, by the risk of the orders that were decided; null where no order was. */
  readonly profit: number | null;
}

export interface EntryFillRecord extends EntryFill {
  readonly symbol: string;
}

export interface Figures {
  /** Undefined before the book is opened. */
  account(): AccountRecord | undefined;
  /** Oldest first. */
  equity(filter: EquityFilter): readonly EquityPoint[];
  /** The latest trading days, newest first. */
  daily(limit: number): readonly DayRecord[];
  /** Over the wall minutes from `since` on. */
  latencies(since: UnixMs): readonly StageLatency[];
  /** Of decisions on bars that closed at `since` or later, most frequent first. */
  reasonCounts(since: UnixMs): readonly ReasonCount[];
  /** Of entries that we decided, oldest first. */
  entryFills(): readonly EntryFillRecord[];
  /** In order of model. */
  shadows(): readonly ShadowRecord[];
}

interface SizeClass {
  readonly stage: Stage;
  readonly upperMs: number;
  readonly count: number;
  readonly sumMs: number;
  readonly maxMs: number;
}

export function figures(database: Database.Database): Figures {
  const orm = drizzle({ client: database });
  const thinned = database.prepare<[number, number, number], EquityPoint>(
    `WITH sliced AS (SELECT minute, equity, ntile(?) OVER (ORDER BY minute) AS slice FROM equity_samples
       WHERE minute >= ? AND minute < ?),
     ends AS (SELECT max(minute) AS minute, min(equity) AS lowestEquity FROM sliced GROUP BY slice)
     SELECT minute AS at, balance, equity, lowestEquity FROM ends JOIN equity_samples USING (minute) ORDER BY minute`,
  );
  const sizeClasses = database.prepare<[number], SizeClass>(
    `SELECT stage, upper_ms AS upperMs, sum(count) AS count, sum(sum_ms) AS sumMs, max(max_ms) AS maxMs
     FROM stage_latencies WHERE minute >= ? GROUP BY stage, upper_ms ORDER BY stage, upper_ms`,
  );
  const reasons = database.prepare<[number], ReasonCount>(
    `SELECT outcome, reason, count(*) AS count FROM decisions WHERE bar_closed_at >= ?
     GROUP BY outcome, reason ORDER BY count DESC, outcome, reason`,
  );
  const entries = database.prepare<[], EntryFillRecord>(
    `SELECT symbol, slippage, quantity, commission FROM fills
     WHERE effect = 'open' AND slippage IS NOT NULL ORDER BY sequence`,
  );
  const shadows = database.prepare<[], ShadowRecord>(
    `SELECT model, sum(closed_at IS NULL) AS open, count(closed_at) AS closed, coalesce(sum(result_r > 0), 0) AS wins,
       total(result_r) AS totalR,
       CASE model WHEN '${DRY_RUN}' THEN total(result_r * (
         SELECT json_extract(payload, '$.decision.sizing.riskOfOrder')
         FROM decisions JOIN journal ON journal.sequence = decided_sequence
         WHERE decisions.decision_id = shadow_trades.decision_id ORDER BY attempt DESC LIMIT 1)) END AS profit
     FROM shadow_trades GROUP BY model ORDER BY model`,
  );
  return {
    account: () => orm.select().from(account).get(),
    equity: ({ from = 0, to = Number.MAX_SAFE_INTEGER, points }) => thinned.all(points, from, to),
    daily: (limit) => orm.select().from(dailyMetrics).orderBy(desc(dailyMetrics.day)).limit(limit).all(),
    latencies(since) {
      const byStage = Map.groupBy(sizeClasses.all(since), ({ stage }) => stage);
      return [...byStage].map(([stage, classes]) => latencyOf(stage, classes));
    },
    reasonCounts: (since) => reasons.all(since),
    entryFills: () => entries.all(),
    shadows: () => shadows.all(),
  };
}

function latencyOf(stage: Stage, classes: readonly SizeClass[]): StageLatency {
  const count = classes.reduce((sum, each) => sum + each.count, 0);
  const sumMs = classes.reduce((sum, each) => sum + each.sumMs, 0);
  const maxMs = Math.max(...classes.map((each) => each.maxMs));
  const percentile = (share: number): number => Math.min(maxMs, classHolding(classes, Math.ceil(share * count)));
  return { stage, count, meanMs: sumMs / count, p50Ms: percentile(0.5), p95Ms: percentile(0.95), maxMs };
}

/** Upper bound of the class that holds the measurement of this rank, counted from the fastest. */
function classHolding(classes: readonly SizeClass[], rank: number): number {
  let below = 0;
  for (const { count, upperMs } of classes) {
    below += count;
    if (below >= rank) return upperMs;
  }
  return Number.POSITIVE_INFINITY;
}
