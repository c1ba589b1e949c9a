/** Lists: what they say equals the history they were made of, page by page, in this thread and in another. */
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openQueries } from '../../src/db/queries.ts';
import { type AsyncQueries, queriesInWorker } from '../../src/db/queries-in-worker.ts';
import { formatUtc } from '../../src/domain/calendar.ts';
import { unixMs } from '../../src/domain/units.ts';
import { explainBar } from '../../src/servo/explain-bar.ts';
import { POLICY } from './history.ts';
import { DECISIONS, EVENTS, FILLS, LIFE, ofKind, storedLife, TRADES } from './stored-life.ts';
import { NOW, storeErrorOf, tempPath, tempStore } from './support.ts';

const life = storedLife();

/** Every page, to its end. */
function allPages<T>(
  list: (page: { limit: number; cursor?: string }) => { items: readonly T[]; nextCursor: string | null },
): T[] {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page = list({ limit: 7, ...(cursor !== null && { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(7);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

describe('lists', () => {
  test('trades: all of them, newest first, by symbol and by time of closing', () => {
    expect(TRADES.length).toBeGreaterThan(20);
    const all = allPages((page) => life.queries.trades(page));
    expect(all.map(({ sequence: _, ...trade }) => trade)).toEqual([...TRADES].reverse());

    const euro = allPages((page) => life.queries.trades({ ...page, symbol: 'EURUSD' }));
    expect(euro.map(({ positionId }) => positionId)).toEqual(
      [...TRADES]
        .reverse()
        .filter(({ symbol }) => symbol === 'EURUSD')
        .map(({ positionId }) => positionId),
    );
    const [from, to] = [TRADES.at(5)!.closedAt, TRADES.at(-5)!.closedAt];
    const between = allPages((page) => life.queries.trades({ ...page, from, to }));
    expect(between).toHaveLength(TRADES.filter(({ closedAt }) => closedAt >= from && closedAt < to).length);
  });

  test('decisions on bars that had closed by a moment, found by the index of the closes', () => {
    const bars = [...new Set(DECISIONS.map(({ barClosedAt }) => barClosedAt))];
    expect(bars.length).toBeGreaterThan(20);
    for (const at of [bars[0] as number, bars[7] as number, bars.at(-1) as number]) {
      const listed = allPages((page) => life.queries.decisions({ ...page, at: unixMs(at) })).filter(
        ({ decidedSequence }) => decidedSequence !== null,
      );
      const known = DECISIONS.filter(({ barClosedAt }) => barClosedAt <= at);
      expect(listed.map(({ barClosedAt }) => barClosedAt).toSorted()).toEqual(
        known.map(({ barClosedAt }) => barClosedAt).toSorted(),
      );
    }
    expect(life.queries.decisions({ limit: 5, at: unixMs((bars[0] as number) - 1) }).items).toEqual([]);
  });

  test('an old bar is found without a look at those since', () => {
    const database = new Database(life.path, { readonly: true });
    const planOf = (query: string) =>
      database
        .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${query}`)
        .all()
        .map(({ detail }) => detail)
        .join('; ');
    const bar = `SELECT * FROM journal WHERE kind = 'bar_closed' AND symbol = 'EURUSD' AND at <= 1 ORDER BY at DESC, sequence DESC`;
    const decision =
      'SELECT sequence FROM decisions WHERE bar_closed_at <= 1 ORDER BY bar_closed_at DESC, sequence DESC';
    expect(planOf(bar)).toBe('SEARCH journal USING INDEX journal_bar (symbol=? AND at<?)');
    expect(planOf(decision)).toBe('SEARCH decisions USING COVERING INDEX decisions_bar (bar_closed_at<?)');
    database.close();
  });

  test('any bar is explained: what was decided on it, or that nothing was', () => {
    const seen = { decided: 0, warm: 0, undecided: 0 };
    for (const { bar, warm } of ofKind('bar_closed')) {
      const trail = life.queries.barTrail(bar.symbol, bar.closeAt);
      const decided = ofKind('decision_made').map(({ decision }) => decision);
      const own = decided.filter((each) => each.symbol === bar.symbol && each.barClosedAt === bar.closeAt);
      expect(trail).toMatchObject({ bar: { closedAt: bar.closeAt, warm }, decisions: own });
      const { items, note } = explainBar(POLICY, bar.symbol, bar.closeAt, trail);
      expect(items.map(({ checks }) => checks.length)).toEqual(own.map(({ verdicts }) => verdicts.length));
      if (own.length > 0) expect(note).toBeNull();
      else expect(note).toMatch(warm ? /^Nothing was decided .* it was history/ : /^Nothing (?:was|is) decided/);
      seen[own.length > 0 ? 'decided' : warm ? 'warm' : 'undecided'] += 1;
    }
    expect(seen.decided).toBeGreaterThan(20);
    expect(seen.warm).toBeGreaterThan(20);
  });

  test('a moment between bars, or before all, is answered in words', () => {
    const { bar } = ofKind('bar_closed').at(-1)!;
    const later = unixMs(bar.closeAt + 90 * 60_000);
    const after = explainBar(POLICY, bar.symbol, later, life.queries.barTrail(bar.symbol, later));
    expect(after.note).toContain(`the latest was the bar of ${bar.symbol} that closed at ${formatUtc(bar.closeAt)}`);
    expect(explainBar(POLICY, bar.symbol, unixMs(0), life.queries.barTrail(bar.symbol, unixMs(0)))).toEqual({
      items: [],
      note: `No bar of ${bar.symbol} had closed by 1970-01-01 00:00.`,
    });
  });

  test('a list that ends with a full page says so', () => {
    expect(life.queries.trades({ limit: TRADES.length }).nextCursor).toBeNull();
    expect(life.queries.trades({ limit: TRADES.length - 1 }).nextCursor).not.toBeNull();
  });

  test('decisions: outcome, reason and numbers as decided, with the checks behind them', () => {
    const decided = allPages((page) => life.queries.decisions(page)).filter(
      ({ decidedSequence }) => decidedSequence !== null,
    );
    expect(decided.map(({ verdicts }) => verdicts).reverse()).toEqual(DECISIONS.map(({ verdicts }) => verdicts));
    expect(decided.map(({ sizing }) => sizing).reverse()).toEqual(DECISIONS.map(({ sizing }) => sizing ?? null));
    const outcomes = decided.map(({ outcome, reason, orderId }) => [outcome, reason, orderId]).reverse();
    expect(outcomes).toEqual(
      DECISIONS.map((decision) =>
        decision.outcome === 'approved'
          ? ['approved', null, decision.intent.orderId]
          : ['denied', decision.reason, null],
      ),
    );
    for (const outcome of ['approved', 'dropped'] as const) {
      const some = allPages((page) => life.queries.decisions({ ...page, outcome, symbol: 'GBPUSD' }));
      expect(some.length).toBeGreaterThan(0);
      expect(some.every((row) => row.outcome === outcome && row.symbol === 'GBPUSD')).toBe(true);
    }
  });

  test('a signal keeps what the model said, and a retry keeps it too', () => {
    const { signal } = ofKind('signal_made').find(({ signal: { prediction } }) => prediction.kind === 'prediction')!;
    const [first] = life.queries.decision(signal.symbol, signal.barClosedAt).attempts;
    const { prediction, ...opinion } = signal;
    expect(first).toMatchObject(opinion);
    expect(prediction.kind === 'prediction' && prediction.probabilities.up).toBe(first?.probabilityUp);

    const [retry] = ofKind('retry_scheduled');
    const barClosedAt = unixMs(Number(retry!.decisionId.split('-')[1]));
    const { attempts } = life.queries.decision(retry!.symbol, barClosedAt);
    expect(attempts.map(({ attempt }) => attempt).slice(0, 2)).toEqual([1, 2]);
    expect(attempts[1]?.probabilityUp).toBe(attempts[0]?.probabilityUp);
    expect(attempts[1]?.sequence).not.toBe(attempts[0]?.sequence);
  });

  test('a decision’s trail: its orders, its deals, its trade', () => {
    const trade = TRADES.find(({ exitReason }) => exitReason === 'stop_loss')!;
    const barClosedAt = unixMs(Number(trade.decisionId.split('-')[1]));
    const trail = life.queries.decision(trade.symbol, barClosedAt);
    expect(trail.trades.map(({ positionId }) => positionId)).toEqual([trade.positionId]);
    expect(trail.orders[0]).toMatchObject({ kind: 'open', decisionId: trade.decisionId, positionId: trade.positionId });
    expect(trail.orders[0]?.filled).toBe(trade.quantity);
    const deals = FILLS.filter(({ fill }) => fill.positionId === trade.positionId).map(({ fill }) => fill.dealId);
    expect(trail.fills.map(({ dealId }) => dealId)).toEqual(deals);
    expect(life.queries.decision('EURUSD', unixMs(1))).toEqual({ attempts: [], orders: [], fills: [], trades: [] });
  });

  test('orders and positions stand as the state has them', () => {
    const stored = new Map(allPages((page) => life.queries.orders(page)).map((order) => [order.orderId, order]));
    const remembered = [...LIFE.state.orders.values()];
    expect(remembered.length).toBeGreaterThan(0);
    for (const { intent, status, filled: steps } of remembered) {
      expect(stored.get(intent.orderId)).toMatchObject({ status, filled: steps, kind: intent.kind });
    }
    const rejected = allPages((page) => life.queries.orders({ ...page, status: 'rejected' }));
    expect(rejected.length).toBeGreaterThan(0);
    expect(rejected.every(({ detail }) => detail === 'requote: the price has moved')).toBe(true);
    const open = [...LIFE.state.positions.values()].map(({ worst: _, best: __, ...position }) => position);
    expect(life.queries.positions()).toEqual(expect.arrayContaining(open));
    expect(life.queries.positions()).toHaveLength(open.length);
  });

  test('events: the notable ones unless kinds are named, newest first, with what happened', () => {
    const halts = allPages((page) => life.queries.events({ ...page, kinds: ['halted', 'flatten_started'] }));
    const expected = EVENTS.filter(({ kind }) => kind === 'halted' || kind === 'flatten_started').reverse();
    expect(halts.map(({ kind, at, payload }) => ({ kind, at, ...payload }))).toEqual(expected);
    const notable = allPages((page) => life.queries.events(page));
    expect(notable.length).toBeGreaterThan(halts.length);
    expect(notable.some(({ kind }) => kind === 'bar_closed')).toBe(false);
    const bars = life.queries.events({ kinds: ['bar_closed'], symbol: 'GBPUSD', limit: 3 }).items;
    expect(bars.map(({ symbol }) => symbol)).toEqual(['GBPUSD', 'GBPUSD', 'GBPUSD']);
    expect(life.queries.journalTail(5).map(({ event }) => event)).toEqual(EVENTS.slice(-5));
  });

  test.each(['x', '-1', '1.5', '0', '1e99'])('cursor "%s" came from no list: told so', (cursor) => {
    expect(storeErrorOf(() => life.queries.trades({ limit: 5, cursor }))).toMatchObject({
      code: 'cursor',
      message: expect.stringContaining(`cursor "${cursor}" is not the nextCursor`),
    });
  });
});

describe('beside a writer', () => {
  test('reads what is committed, never what is not, and can write nothing', () => {
    const target = tempPath();
    const store = tempStore(target);
    const reader = openQueries(target);
    let appended = 0;
    for (const events of LIFE.batches.slice(0, 60)) {
      store.append(events, [], NOW);
      appended += events.length;
      expect(reader.journalTail(1)[0]?.sequence).toBe(appended);
    }
    expect(reader.entriesAfter(appended - 3, 2).map(({ sequence }) => sequence)).toEqual([appended - 2, appended - 1]);
    expect(reader.loadSnapshot()).toBeUndefined();
    reader.close();
  });
});

describe('in a worker', () => {
  let asked: AsyncQueries;
  beforeAll(() => {
    asked = queriesInWorker(life.path);
  });
  afterAll(() => asked.close());

  test('every read answers as it does in this thread', async () => {
    const since = unixMs(0);
    const page = { limit: 5 };
    const { symbol, barClosedAt } = DECISIONS[0]!;
    expect(await asked.trades(page)).toEqual(life.queries.trades(page));
    expect(await asked.decisions({ ...page, outcome: 'denied' })).toEqual(
      life.queries.decisions({ ...page, outcome: 'denied' }),
    );
    expect(await asked.decision(symbol, barClosedAt)).toEqual(life.queries.decision(symbol, barClosedAt));
    expect(await asked.orders(page)).toEqual(life.queries.orders(page));
    expect(await asked.positions()).toEqual(life.queries.positions());
    expect(await asked.account()).toEqual(life.queries.account());
    expect(await asked.equity({ points: 4 })).toEqual(life.queries.equity({ points: 4 }));
    expect(await asked.daily(3)).toEqual(life.queries.daily(3));
    expect(await asked.latencies(since)).toEqual(life.queries.latencies(since));
    expect(await asked.reasonCounts(since)).toEqual(life.queries.reasonCounts(since));
    expect(await asked.stamp()).toEqual(life.queries.stamp());
    expect(await asked.events(page)).toEqual(life.queries.events(page));
    expect(await asked.journalTail(2)).toEqual(life.queries.journalTail(2));
    expect(await asked.entriesAfter(3, 2)).toEqual(life.queries.entriesAfter(3, 2));
    expect(await asked.loadSnapshot()).toEqual(life.queries.loadSnapshot());
  });

  test('many questions at once each get their own answer', async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5].map((limit) => asked.trades({ limit })));
    expect(answers.map(({ items }) => items.length)).toEqual([1, 2, 3, 4, 5]);
  });

  test('a failure arrives typed, and the thread goes on; a closed one refuses', async () => {
    await expect(asked.trades({ limit: 1, cursor: 'x' })).rejects.toMatchObject({ name: 'StoreError', code: 'cursor' });
    expect((await asked.trades({ limit: 1 })).items).toHaveLength(1);

    const target = tempPath();
    const early = queriesInWorker(target);
    await expect(early.positions()).rejects.toMatchObject({ name: 'StoreError', code: 'missing' });
    tempStore(target);
    expect(await early.positions()).toEqual([]);
    await early.close();
    await expect(early.positions()).rejects.toThrow('closed');
  });
});
