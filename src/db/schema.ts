/** Every table of the store. Money in micros, prices in ticks, quantities in lot steps, times in UTC ms, as in the domain. */
import type { LadderStep } from '../domain/account.ts';
import type { DenialReason } from '../domain/decision.ts';
import type { EventKind } from '../domain/events.ts';
import type { Fill, OpenIntent, OrderStatus, ReduceIntent, ReduceReason, Side } from '../domain/order.ts';
import type { ExitReason } from '../domain/position.ts';
import type { Regime } from '../domain/regime.ts';
import type { ShadowExit } from '../domain/shadow.ts';
import type { NeutralReason } from '../domain/signal.ts';
import type { Money, Price, Quantity, UnixMs } from '../domain/units.ts';
import type { AlertKind, Severity } from '../servo/alerts.ts';
import type { Stage } from '../servo/stage.ts';
import { index, integer, primaryKey, real, sql, sqliteTable, text, uniqueIndex } from './drizzle.ts';

const money = (name: string) => integer(name).$type<Money>();
const price = (name: string) => integer(name).$type<Price>();
const quantity = (name: string) => integer(name).$type<Quantity>();
const time = (name: string) => integer(name).$type<UnixMs>();
const side = (name: string) => text(name).$type<Side>();
const regime = (name: string) => text(name).$type<Regime>();

/** Which account and mode the file belongs to. */
export const meta = sqliteTable('meta', {
  key: text('key').$type<'account' | 'mode'>().primaryKey(),
  value: text('value').notNull(),
});

/** The truth: append-only by triggers, each row's hash covers the row before. Everything under "read models" follows from it. */
export const journal = sqliteTable(
  'journal',
  {
    sequence: integer('sequence').primaryKey(),
    at: time('at').notNull(),
    recordedAt: time('recorded_at').notNull(),
    kind: text('kind').$type<EventKind>().notNull(),
    symbol: text('symbol'),
    decisionId: text('decision_id'),
    /** The event's own fields as JSON. */
    payload: text('payload').notNull(),
    hash: text('hash').notNull(),
  },
  (table) => [
    index('journal_kind').on(table.kind),
    // An old bar is found without a look at those since.
    index('journal_bar').on(table.symbol, table.at).where(sql`kind = 'bar_closed'`),
  ],
);

// Read models. `sequence` is that of the journal row which made the row.

/** One row: the book of the account. */
export const account = sqliteTable('account', {
  account: text('account').primaryKey(),
  currency: text('currency').notNull(),
  openedAt: time('opened_at').notNull(),
  openingBalance: money('opening_balance').notNull(),
  balance: money('balance').notNull(),
  /** As last marked. */
  equity: money('equity').notNull(),
  markedAt: time('marked_at'),
});

export const DECISION_OUTCOMES = ['pending', 'approved', 'denied', 'dropped'] as const;
export type DecisionOutcome = (typeof DECISION_OUTCOMES)[number];

/** One row for each symbol, bar and attempt. What the model said is absent where a newer bar came before the prediction. */
export const decisions = sqliteTable(
  'decisions',
  {
    sequence: integer('sequence').primaryKey(),
    decisionId: text('decision_id').notNull(),
    symbol: text('symbol').notNull(),
    barClosedAt: time('bar_closed_at').notNull(),
    attempt: integer('attempt').notNull(),
    outcome: text('outcome').$type<DecisionOutcome>().notNull(),
    reason: text('reason').$type<DenialReason>(),
    decidedAt: time('decided_at'),
    model: text('model'),
    probabilityDown: real('probability_down'),
    probabilityFlat: real('probability_flat'),
    probabilityUp: real('probability_up'),
    neutralReason: text('neutral_reason').$type<NeutralReason>(),
    neutralDetail: text('neutral_detail'),
    side: text('side').$type<Side | 'flat'>(),
    confidence: real('confidence'),
    expectedValueR: real('expected_value_r'),
    regime: regime('regime'),
    regimeConfidence: real('regime_confidence'),
    stopDistance: price('stop_distance'),
    targetDistance: price('target_distance'),
    costTicks: real('cost_ticks'),
    bid: price('bid'),
    ask: price('ask'),
    expiresAt: time('expires_at'),
    orderId: text('order_id'),
    /** The journal row that holds the verdicts and the sizing. */
    decidedSequence: integer('decided_sequence'),
  },
  (table) => [
    uniqueIndex('decisions_id').on(table.decisionId, table.attempt),
    index('decisions_bar').on(table.barClosedAt),
  ],
);

export const orders = sqliteTable(
  'orders',
  {
    sequence: integer('sequence').primaryKey(),
    orderId: text('order_id').notNull(),
    decisionId: text('decision_id').notNull(),
    symbol: text('symbol').notNull(),
    kind: text('kind').$type<OpenIntent['kind'] | ReduceIntent['kind']>().notNull(),
    /** Why it reduces; absent when it opens. */
    reason: text('reason').$type<ReduceReason>(),
    side: side('side'),
    type: text('type').$type<OpenIntent['type']>(),
    quantity: quantity('quantity'),
    referencePrice: price('reference_price'),
    deviation: price('deviation'),
    stopLoss: price('stop_loss'),
    takeProfit: price('take_profit'),
    /** Of what it reduces, or of what it opened. */
    positionId: text('position_id'),
    cancelOrderId: text('cancel_order_id'),
    attempt: integer('attempt'),
    status: text('status').$type<OrderStatus>().notNull(),
    filled: quantity('filled').notNull(),
    venueOrderId: text('venue_order_id'),
    detail: text('detail'),
    decidedAt: time('decided_at').notNull(),
    expiresAt: time('expires_at'),
    sentAt: time('sent_at'),
    changedAt: time('changed_at').notNull(),
  },
  (table) => [uniqueIndex('orders_id').on(table.orderId), index('orders_decision').on(table.decisionId)],
);

/** Executions at the venue. The key makes applying a deal twice impossible. */
export const fills = sqliteTable('fills', {
  dealId: text('deal_id').primaryKey(),
  sequence: integer('sequence').notNull(),
  orderId: text('order_id'),
  positionId: text('position_id').notNull(),
  symbol: text('symbol').notNull(),
  side: side('side').notNull(),
  effect: text('effect').$type<Fill['effect']>().notNull(),
  cause: text('cause').$type<Fill['cause']>().notNull(),
  quantity: quantity('quantity').notNull(),
  price: price('price').notNull(),
  profit: money('profit').notNull(),
  commission: money('commission').notNull(),
  /** Adverse distance from the decision's price in ticks; entries only. */
  slippage: integer('slippage'),
  at: time('at').notNull(),
});

/** What is open. Excursions are marked by the running servo and stand in its snapshot, not here. */
export const positions = sqliteTable('positions', {
  positionId: text('position_id').primaryKey(),
  decisionId: text('decision_id').notNull(),
  symbol: text('symbol').notNull(),
  side: side('side').notNull(),
  quantity: quantity('quantity').notNull(),
  openingQuantity: quantity('opening_quantity').notNull(),
  entryPrice: price('entry_price').notNull(),
  stopLoss: price('stop_loss').notNull(),
  takeProfit: price('take_profit').notNull(),
  initialStopDistance: price('initial_stop_distance').notNull(),
  openedAt: time('opened_at').notNull(),
  regime: regime('regime').notNull(),
  realised: money('realised').notNull(),
  commission: money('commission').notNull(),
  swap: money('swap').notNull(),
  initialRisk: money('initial_risk').notNull(),
});

/** Closed round trips. */
export const trades = sqliteTable(
  'trades',
  {
    sequence: integer('sequence').primaryKey(),
    positionId: text('position_id').notNull(),
    decisionId: text('decision_id').notNull(),
    symbol: text('symbol').notNull(),
    side: side('side').notNull(),
    quantity: quantity('quantity').notNull(),
    entryPrice: price('entry_price').notNull(),
    /** Absent where nobody told it. */
    exitPrice: price('exit_price'),
    openedAt: time('opened_at').notNull(),
    closedAt: time('closed_at').notNull(),
    exitReason: text('exit_reason').$type<ExitReason>().notNull(),
    regime: regime('regime').notNull(),
    profit: money('profit').notNull(),
    commission: money('commission').notNull(),
    swap: money('swap').notNull(),
    initialRisk: money('initial_risk').notNull(),
    worst: money('worst').notNull(),
    best: money('best').notNull(),
  },
  (table) => [index('trades_decision').on(table.decisionId)],
);

/** Would-be trades of models in the shadow: nothing of them was sent. The last four are absent while one is open. */
export const shadowTrades = sqliteTable(
  'shadow_trades',
  {
    sequence: integer('sequence').primaryKey(),
    shadowId: text('shadow_id').notNull(),
    model: text('model').notNull(),
    decisionId: text('decision_id').notNull(),
    symbol: text('symbol').notNull(),
    side: side('side').notNull(),
    openedAt: time('opened_at').notNull(),
    entryPrice: price('entry_price').notNull(),
    stopLoss: price('stop_loss').notNull(),
    takeProfit: price('take_profit').notNull(),
    regime: regime('regime').notNull(),
    confidence: real('confidence').notNull(),
    expectedValueR: real('expected_value_r').notNull(),
    closedAt: time('closed_at'),
    exitPrice: price('exit_price'),
    exitReason: text('exit_reason').$type<ShadowExit>(),
    resultR: real('result_r'),
  },
  (table) => [uniqueIndex('shadow_trades_id').on(table.shadowId)],
);

/** One row a minute of market time: the last mark in it. */
export const equitySamples = sqliteTable('equity_samples', {
  minute: time('minute').primaryKey(),
  balance: money('balance').notNull(),
  equity: money('equity').notNull(),
});

/** One row a trading day, current while the day lasts. */
export const dailyMetrics = sqliteTable('daily_metrics', {
  /** Days since 1970-01-01, by the session's own day start. */
  day: integer('day').primaryKey(),
  startEquity: money('start_equity').notNull(),
  endEquity: money('end_equity').notNull(),
  peakEquity: money('peak_equity').notNull(),
  lowestEquity: money('lowest_equity').notNull(),
  /** Largest fall from the day's peak so far. */
  maxDrawdown: money('max_drawdown').notNull(),
  approved: integer('approved').notNull(),
  denied: integer('denied').notNull(),
  trades: integer('trades').notNull(),
  wins: integer('wins').notNull(),
  /** Net profit of the day's trades that gained, and net loss (zero or less) of those that did not. */
  grossProfit: money('gross_profit').notNull(),
  grossLoss: money('gross_loss').notNull(),
  commission: money('commission').notNull(),
  swap: money('swap').notNull(),
  /** The step of the daily loss ladder that was reached. */
  ladderStep: text('ladder_step').$type<LadderStep>().notNull(),
});

// Beside the journal: messages, pictures and measurements that do not follow from it.

/** The outbox: an alert is committed with the events that raise it, and delivered afterwards. */
export const alerts = sqliteTable(
  'alerts',
  {
    id: integer('id').primaryKey(),
    raisedAt: time('raised_at').notNull(),
    severity: text('severity').$type<Severity>().notNull(),
    kind: text('kind').$type<AlertKind>().notNull(),
    text: text('text').notNull(),
    decisionId: text('decision_id'),
    deliveredAt: time('delivered_at'),
  },
  (table) => [index('alerts_pending').on(table.id).where(sql`delivered_at is null`)],
);

/** Chat updates that were acted on: a redelivered command is not obeyed twice. */
export const telegramUpdates = sqliteTable('telegram_updates', {
  updateId: integer('update_id').primaryKey(),
  seenAt: time('seen_at').notNull(),
});

/** Pictures of the state, so that a start need not replay everything. */
export const snapshots = sqliteTable('snapshots', {
  /** Of the last journal row that the state contains. */
  sequence: integer('sequence').primaryKey(),
  takenAt: time('taken_at').notNull(),
  state: text('state').notNull(),
  /** SHA-256 of `state`. */
  hash: text('hash').notNull(),
});

/** How long stage runs took, by wall minute and size class. */
export const stageLatencies = sqliteTable(
  'stage_latencies',
  {
    minute: time('minute').notNull(),
    stage: text('stage').$type<Stage>().notNull(),
    /** Upper bound of the size class: a power of two. */
    upperMs: real('upper_ms').notNull(),
    count: integer('count').notNull(),
    sumMs: real('sum_ms').notNull(),
    maxMs: real('max_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.minute, table.stage, table.upperMs] })],
);
