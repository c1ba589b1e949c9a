/** Figures: each equals what the slow, obvious way makes of the same history. */
import { describe, expect, test } from 'vitest';
import { openQueries } from '../../src/db/queries.ts';
import { openStore } from '../../src/db/store.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import { money, unixMs } from '../../src/domain/units.ts';
import { DECISIONS, EVENTS, LIFE, ofKind, storedLife, type TRADES } from './stored-life.ts';
import { NOW, opened, tempPath, tempStore } from './support.ts';

const life = storedLife();

describe('figures', () => {
  test('the account is what the state has', () => {
    const { balance, equity } = LIFE.state.account;
    expect(life.queries.account()).toMatchObject({ account: 'demo', currency: 'USD', balance, equity });
    expect(life.queries.stamp()).toEqual({ account: 'demo', mode: 'paper' });
  });

  test('equity: every mark, or as many points as asked for with the lowest between them', () => {
    const marks = ofKind('equity_marked').map(({ at, balance, equity }) => ({ at, balance, equity }));
    const all = life.queries.equity({ points: 10_000 });
    expect(all.map(({ lowestEquity: _, ...point }) => point)).toEqual(marks);
    const thin = life.queries.equity({ points: 9 });
    expect(thin).toHaveLength(9);
    expect(thin.at(-1)).toMatchObject(marks.at(-1)!);
    expect(Math.min(...thin.map(({ lowestEquity }) => lowestEquity))).toBe(
      Math.min(...marks.map(({ equity }) => equity)),
    );
    const part = life.queries.equity({ from: marks[10]!.at, to: marks[20]!.at, points: 100 });
    expect(part.map(({ at }) => at)).toEqual(marks.slice(10, 20).map(({ at }) => at));
  });

  test('the last mark of a minute wins', () => {
    const path = tempPath();
    const store = tempStore(path);
    const at = (ms: number) => unixMs(1_700_000_040_000 + ms);
    const mark = (ms: number, equity: number): DomainEvent => ({
      kind: 'equity_marked',
      at: at(ms),
      balance: money(1),
      equity: money(equity),
    });
    store.append([opened(5), mark(0, 7), mark(59_999, 8), mark(60_000, 9)], [], NOW);
    const reader = openQueries(path);
    expect(reader.equity({ points: 9 }).map(({ at: minute, equity }) => [minute, equity])).toEqual([
      [at(0), 8],
      [at(60_000), 9],
    ]);
    reader.close();
  });

  test('trading days: each with its own marks, decisions and trades', () => {
    const days = [...life.queries.daily(1000)].reverse();
    const slices = sliceByDay();
    expect(days.map(({ day }) => day)).toEqual(slices.map(({ day }) => day));
    for (const [i, { marks, trades, approved, denied, startEquity }] of slices.entries()) {
      const profits = trades.map(({ profit }) => profit);
      expect(days[i]).toMatchObject({
        startEquity,
        endEquity: marks.at(-1) ?? startEquity,
        lowestEquity: Math.min(startEquity, ...marks),
        peakEquity: Math.max(startEquity, ...marks),
        maxDrawdown: deepestFall([startEquity, ...marks]),
        approved,
        denied,
        trades: trades.length,
        wins: profits.filter((profit) => profit > 0).length,
        grossProfit: sum(profits.filter((profit) => profit > 0)),
        grossLoss: sum(profits.filter((profit) => profit < 0)),
        commission: sum(trades.map(({ commission }) => commission)),
        swap: sum(trades.map(({ swap }) => swap)),
      });
    }
    expect(days.some(({ ladderStep }) => ladderStep !== 'none')).toBe(true);
    expect(life.queries.daily(2).map(({ day }) => day)).toEqual(
      slices
        .slice(-2)
        .map(({ day }) => day)
        .reverse(),
    );
  });

  test('how often each reason decided', () => {
    const counts = life.queries.reasonCounts(unixMs(0));
    const denied = DECISIONS.flatMap((decision) => (decision.outcome === 'denied' ? [decision.reason] : []));
    for (const reason of new Set(denied)) {
      const expected = denied.filter((each) => each === reason).length;
      expect(counts).toContainEqual({ outcome: 'denied', reason, count: expected });
    }
    const approved = DECISIONS.filter(({ outcome }) => outcome === 'approved').length;
    expect(counts).toContainEqual({ outcome: 'approved', reason: null, count: approved });
    expect(life.queries.reasonCounts(unixMs(9_000_000_000_000))).toEqual([]);
  });

  test('latencies: counts, mean and maximum exact, percentiles within a factor of two', () => {
    const target = tempPath();
    const store = openStore({ path: target, account: 'demo', mode: 'paper' });
    for (let ms = 1; ms <= 100; ms++) store.recordLatency('predict', ms, unixMs(NOW + ms * 1000));
    store.recordLatency('monitor', 0.01, NOW);
    store.close();
    const reader = openQueries(target);
    const [monitor, predict] = reader.latencies(unixMs(0));
    expect(monitor).toEqual({ stage: 'monitor', count: 1, meanMs: 0.01, p50Ms: 0.01, p95Ms: 0.01, maxMs: 0.01 });
    expect(predict).toEqual({ stage: 'predict', count: 100, meanMs: 50.5, p50Ms: 64, p95Ms: 100, maxMs: 100 });
    expect(reader.latencies(unixMs(NOW + 10 * 60_000))).toEqual([]);
    reader.close();
  });
});

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** By the slow, obvious way. */
function deepestFall(equity: readonly number[]): number {
  return Math.max(...equity.flatMap((peak, i) => equity.slice(i).map((later) => peak - later)));
}

interface DaySlice {
  readonly day: number;
  readonly startEquity: number;
  readonly marks: number[];
  readonly trades: (typeof TRADES)[number][];
  approved: number;
  denied: number;
}

/** The events of each trading day, from the roll that begins it to the next. */
function sliceByDay(): DaySlice[] {
  const slices: DaySlice[] = [];
  let equity = 0;
  for (const event of EVENTS) {
    if (event.kind === 'account_opened') equity = event.balance;
    if (event.kind === 'windows_rolled' && event.windows.includes('day')) {
      slices.push({ day: event.periods.day, startEquity: equity, marks: [], trades: [], approved: 0, denied: 0 });
    }
    const slice = slices.at(-1);
    if (event.kind === 'equity_marked') {
      equity = event.equity;
      slice?.marks.push(equity);
    }
    if (event.kind === 'fill_applied' && event.trade !== undefined) slice?.trades.push(event.trade);
    if (event.kind === 'decision_made' && slice !== undefined) slice[event.decision.outcome] += 1;
  }
  return slices;
}
