/** Trades, decisions, orders and positions as they are stored, in the domain's units. */
import type Database from 'better-sqlite3';
import type { SQL } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Decision, Verdict } from '../../domain/decision.ts';
import type { OrderStatus } from '../../domain/order.ts';
import { decisionIdOf } from '../../domain/signal.ts';
import type { Sizing } from '../../domain/sizing.ts';
import type { UnixMs } from '../../domain/units.ts';
import type { Page } from '../../servo/control.ts';
import { and, asc, desc, drizzle, eq, getTableColumns, gte, inArray, lt, lte } from '../drizzle.ts';
import { type DecisionOutcome, decisions, fills, journal, orders, positions, trades } from '../schema.ts';
import { type PageQuery, pageOf } from './page.ts';

export type TradeRecord = typeof trades.$inferSelect;
type OrderRecord = typeof orders.$inferSelect;
type FillRecord = typeof fills.$inferSelect;
type PositionRecord = typeof positions.$inferSelect;

/** With the checks and the arithmetic behind it, which the journal holds. */
export type DecisionRecord = typeof decisions.$inferSelect & {
  readonly verdicts: readonly Verdict[];
  readonly sizing: Sizing | null;
};

/** All that came of one signal. */
interface DecisionTrail {
  readonly attempts: readonly DecisionRecord[];
  readonly orders: readonly OrderRecord[];
  readonly fills: readonly FillRecord[];
  readonly trades: readonly TradeRecord[];
}

interface Filter extends PageQuery {
  readonly symbol?: string;
}

/** `from` is included, `to` is not; both are times of closing. */
interface TradeFilter extends Filter {
  readonly from?: UnixMs;
  readonly to?: UnixMs;
}
interface DecisionFilter extends Filter {
  readonly outcome?: DecisionOutcome;
  /** On bars that had closed by then. */
  readonly at?: UnixMs;
}
interface OrderFilter extends Filter {
  readonly status?: OrderStatus;
}

export interface Lists {
  trades(filter: TradeFilter): Page<TradeRecord>;
  decisions(filter: DecisionFilter): Page<DecisionRecord>;
  /** Empty lists where no such bar was decided on. */
  decision(symbol: string, barClosedAt: UnixMs): DecisionTrail;
  orders(filter: OrderFilter): Page<OrderRecord>;
  /** What is open, oldest first. */
  positions(): readonly PositionRecord[];
}

export function lists(database: Database.Database): Lists {
  const orm = drizzle({ client: database });
  const tradesWhere = (where: SQL | undefined, count: number): TradeRecord[] =>
    orm.select().from(trades).where(where).orderBy(desc(trades.sequence)).limit(count).all();
  const ordersWhere = (where: SQL | undefined, count: number): OrderRecord[] =>
    orm.select().from(orders).where(where).orderBy(desc(orders.sequence)).limit(count).all();
  const decisionsWhere = (where: SQL | undefined, count: number): DecisionRecord[] =>
    orm
      .select({ ...getTableColumns(decisions), payload: journal.payload })
      .from(decisions)
      .leftJoin(journal, eq(journal.sequence, decisions.decidedSequence))
      .where(where)
      .orderBy(desc(decisions.sequence))
      .limit(count)
      .all()
      .map(({ payload, ...row }) => ({ ...row, ...groundsIn(payload) }));
  const fillsOf = (decisionId: string): FillRecord[] => {
    const own = orm.select({ id: orders.positionId }).from(orders).where(eq(orders.decisionId, decisionId));
    return orm.select().from(fills).where(inArray(fills.positionId, own)).orderBy(asc(fills.sequence)).all();
  };

  return {
    trades: ({ symbol, from, to, ...page }) =>
      pageOf(
        page,
        (before, count) =>
          tradesWhere(
            and(
              lt(trades.sequence, before),
              symbol === undefined ? undefined : eq(trades.symbol, symbol),
              from === undefined ? undefined : gte(trades.closedAt, from),
              to === undefined ? undefined : lt(trades.closedAt, to),
            ),
            count,
          ),
        ({ sequence }) => sequence,
      ),
    decisions: ({ symbol, outcome, at, ...page }) =>
      pageOf(
        page,
        (before, count) =>
          decisionsWhere(
            and(
              lt(decisions.sequence, at === undefined ? before : Math.min(before, latestBy(orm, at) + 1)),
              symbol === undefined ? undefined : eq(decisions.symbol, symbol),
              outcome === undefined ? undefined : eq(decisions.outcome, outcome),
            ),
            count,
          ),
        ({ sequence }) => sequence,
      ),
    decision(symbol, barClosedAt) {
      const decisionId = decisionIdOf(symbol, barClosedAt);
      return {
        attempts: decisionsWhere(eq(decisions.decisionId, decisionId), ALL).reverse(),
        orders: ordersWhere(eq(orders.decisionId, decisionId), ALL).reverse(),
        fills: fillsOf(decisionId),
        trades: tradesWhere(eq(trades.decisionId, decisionId), ALL).reverse(),
      };
    },
    orders: ({ symbol, status, ...page }) =>
      pageOf(
        page,
        (before, count) =>
          ordersWhere(
            and(
              lt(orders.sequence, before),
              symbol === undefined ? undefined : eq(orders.symbol, symbol),
              status === undefined ? undefined : eq(orders.status, status),
            ),
            count,
          ),
        ({ sequence }) => sequence,
      ),
    positions: () => orm.select().from(positions).orderBy(asc(positions.openedAt), asc(positions.positionId)).all(),
  };
}

/** Bars are taken in the order of their closing, and so are the rows: the last one by then is found by the index of the closes. */
function latestBy(orm: BetterSQLite3Database, at: UnixMs): number {
  const [latest] = orm
    .select({ sequence: decisions.sequence })
    .from(decisions)
    .where(lte(decisions.barClosedAt, at))
    .orderBy(desc(decisions.barClosedAt), desc(decisions.sequence))
    .limit(1)
    .all();
  return latest?.sequence ?? 0;
}

/** SQLite's word for no limit. */
const ALL = -1;

/** The verdicts and the sizing of the `decision_made` event. */
function groundsIn(payload: string | null): Pick<DecisionRecord, 'verdicts' | 'sizing'> {
  if (payload === null) return { verdicts: [], sizing: null };
  const { decision } = JSON.parse(payload) as { decision: Decision };
  return { verdicts: decision.verdicts, sizing: decision.sizing ?? null };
}
