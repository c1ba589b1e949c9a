/** What each event makes of the read models: a pure function of the journal, run as it is written and again to verify it. */
import type Database from 'better-sqlite3';
import type { DomainEvent, EventKind, EventOf } from '../domain/events.ts';
import { bookWriter } from './writers/book-writer.ts';
import { decisionWriter } from './writers/decision-writer.ts';
import { orderWriter } from './writers/order-writer.ts';
import { positionWriter } from './writers/position-writer.ts';
import { shadowWriter } from './writers/shadow-writer.ts';

interface ReadModels {
  readonly book: ReturnType<typeof bookWriter>;
  readonly decisions: ReturnType<typeof decisionWriter>;
  readonly orders: ReturnType<typeof orderWriter>;
  readonly positions: ReturnType<typeof positionWriter>;
  readonly shadows: ReturnType<typeof shadowWriter>;
}

/** Prepared once; then called for each event in the order of the journal. */
export function projector(database: Database.Database): (event: DomainEvent, sequence: number) => void {
  const models: ReadModels = {
    book: bookWriter(database),
    decisions: decisionWriter(database),
    orders: orderWriter(database),
    positions: positionWriter(database),
    shadows: shadowWriter(database),
  };
  return (event, sequence) => {
    const projection = PROJECTIONS[event.kind] as (models: ReadModels, event: DomainEvent, sequence: number) => void;
    projection(models, event, sequence);
  };
}

type Projection<K extends EventKind> = (models: ReadModels, event: EventOf<K>, sequence: number) => void;

/** Told by the journal alone. */
const JOURNAL_ONLY = (): void => {};

const PROJECTIONS: { readonly [K in EventKind]: Projection<K> } = {
  account_opened: ({ book }, event) => book.open(event),
  process_started: JOURNAL_ONLY,
  fenced: JOURNAL_ONLY,
  reconciled: JOURNAL_ONLY,
  process_ended: JOURNAL_ONLY,
  bar_closed: JOURNAL_ONLY,
  model_changed: JOURNAL_ONLY,
  model_refused: JOURNAL_ONLY,
  trust_changed: JOURNAL_ONLY,
  shadow_opened: ({ shadows }, { trade }, sequence) => shadows.open(trade, sequence),
  shadow_closed: ({ shadows }, event) => shadows.close(event),
  signal_made: ({ decisions }, { signal }, sequence) => decisions.begin(signal, sequence),
  signal_dropped: ({ decisions }, event, sequence) => decisions.drop(event, sequence),
  decision_made: ({ decisions, orders, book }, { at, decision }, sequence) => {
    decisions.complete(decision, at, sequence);
    book.countDecision(decision.outcome);
    if (decision.outcome === 'approved') orders.add(decision.intent, at, sequence);
  },
  retry_scheduled: ({ decisions }, event, sequence) => decisions.repeat(event, sequence),
  reduce_requested: ({ orders }, { at, intent }, sequence) => orders.add(intent, at, sequence),
  order_changed: ({ orders }, event) => orders.change(event),
  fill_applied: ({ orders, positions, book }, event, sequence) => {
    const { at, fill, change, position, trade, cash } = event;
    positions.addFill(event, sequence);
    if (fill.orderId !== undefined && change !== undefined) orders.fill(fill.orderId, change, fill, at);
    if (position === undefined) positions.remove(fill.positionId);
    else positions.hold(position);
    if (trade !== undefined) {
      positions.addTrade(trade, sequence);
      book.countTrade(trade);
    }
    book.addCash(cash);
  },
  position_amended: ({ positions }, event) => positions.amend(event),
  levels_adopted: ({ positions }, event) => positions.amend(event),
  position_adopted: ({ positions, book }, { positionId, position, trade }, sequence) => {
    if (position === undefined) positions.remove(positionId);
    else positions.hold(position);
    if (trade === undefined) return;
    positions.addTrade(trade, sequence);
    book.countTrade(trade);
  },
  balance_adopted: ({ book }, { amount }) => book.addCash(amount),
  deal_told_late: ({ positions }, event, sequence) => positions.addFill(event, sequence),
  report_told_late: JOURNAL_ONLY,
  stop_missing: JOURNAL_ONLY,
  slippage_exceeded: JOURNAL_ONLY,
  externals_seen: JOURNAL_ONLY,
  cash_moved: ({ book }, { amount }) => book.addCash(amount),
  swap_charged: ({ positions, book }, event) => {
    positions.chargeSwap(event);
    book.addCash(event.amount);
  },
  equity_marked: ({ book }, event) => book.mark(event),
  windows_rolled: ({ book }, { windows, periods }) => {
    if (windows.includes('day')) book.beginDay(periods.day);
  },
  risk_assessed: JOURNAL_ONLY,
  mandate_rolled: JOURNAL_ONLY,
  mandate_stopped: JOURNAL_ONLY,
  ladder_stepped: ({ book }, event) => {
    if (event.window === 'day') book.stepLadder(event);
  },
  losing_streak: JOURNAL_ONLY,
  step_completed: JOURNAL_ONLY,
  command_accepted: JOURNAL_ONLY,
  limit_edited: JOURNAL_ONLY,
  live_checked: JOURNAL_ONLY,
  armed: JOURNAL_ONLY,
  disarmed: JOURNAL_ONLY,
  arming_failed: JOURNAL_ONLY,
  cooldown_started: JOURNAL_ONLY,
  cooldown_ended: JOURNAL_ONLY,
  safety_lost: JOURNAL_ONLY,
  safety_regained: JOURNAL_ONLY,
  halted: JOURNAL_ONLY,
  flatten_started: JOURNAL_ONLY,
  flattened: JOURNAL_ONLY,
};
