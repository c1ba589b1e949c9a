/** The only place that assigns the state: `apply` takes an event and makes it true. */
import { marked, openAccount, paidIn, withDayEnd } from './account.ts';
import { applyCommand, halt } from './apply-command.ts';
import type { DomainEvent, EventKind, EventOf, MarkedThrough } from './events.ts';
import { ModelWatch } from './guards/model-watch.ts';
import { type LimitEdits, policyUnder, rolledEdits, startedEdits, withEdit } from './limits/edits.ts';
import { mandateCause, mandateMarked, mandateRolled } from './limits/mandate.ts';
import { armedBy, armingFailed, disarmedBy, startedAnew } from './live.ts';
import { afterBar } from './management/progress.ts';
import { isTerminal, nextOrderStatus, type OpenIntent, type Order } from './order.ts';
import { repeatsAfter, sentAfter, streakAfter } from './pace.ts';
import { type LossWindowName, WINDOW_LABELS } from './policy.ts';
import type { Position, Trade } from './position.ts';
import type { Signal } from './signal.ts';
import { type Market, type MutableState, marketOf, orderOf, positionOf, type ServoState, StateError } from './state.ts';
import { addMoney, type Money, money, quantity, type UnixMs, ZERO_QUANTITY } from './units.ts';
import { floatingProfit } from './valuation.ts';

/** Makes an event true. Total over event kinds; throws StateError when the event does not fit. */
export function apply(state: ServoState, event: DomainEvent): void {
  const handler = APPLY[event.kind] as (state: MutableState, event: DomainEvent) => void;
  handler(state as MutableState, event);
}

const APPLY: { readonly [K in EventKind]: (state: MutableState, event: EventOf<K>) => void } = {
  account_opened: (state, { balance }) => {
    state.account = openAccount(balance);
  },
  process_started: (state, { epoch, limits, startedAt }) => {
    state.epoch = epoch;
    if (limits !== undefined) holdEdits(state, startedEdits(state.limitEdits, limits));
    if (state.live !== undefined) state.live = startedAnew(state.live, startedAt);
    const { stopRequested: _, ...causes } = state.causes;
    state.causes = { ...causes, reconciled: false, ended: false };
  },
  fenced: (state, { epoch }) => {
    if (epoch <= state.epoch) throw new StateError(`epoch ${epoch} after ${state.epoch}`);
    state.epoch = epoch;
  },
  reconciled: (state) => {
    state.causes = { ...state.causes, reconciled: true };
  },
  process_ended: (state) => {
    state.causes = { ...state.causes, ended: true };
  },
  bar_closed: (state, { bar, warm }) => {
    const market = marketOf(state, bar.symbol);
    if (market.lastBar !== undefined && bar.closeAt <= market.lastBar.closeAt) {
      throw new StateError(`${bar.symbol}: bar of ${bar.closeAt} after that of ${market.lastBar.closeAt}`);
    }
    market.engine.push(bar);
    market.watch?.barClosed(bar);
    state.markets.set(bar.symbol, { ...market, lastBar: bar, vectorPending: !warm && market.engine.ready });
    for (const position of state.positions.values()) {
      const after = afterBar(state.policy.position, position, bar);
      if (after !== position) state.positions.set(position.positionId, after);
    }
    if (!warm) state.step = { at: bar.closeAt, completed: false };
  },
  model_changed: (state, { symbols, to }) => {
    for (const symbol of symbols) {
      const { watch: _, ...market } = marketOf(state, symbol);
      const watch = to.guards && new ModelWatch(to.guards);
      state.markets.set(symbol, { ...market, model: to.id, ...(watch && { watch }) });
    }
    state.cards.set(to.id, to);
    const serving = new Set([...state.markets.values()].map(({ model }) => model));
    for (const id of state.cards.keys()) if (!serving.has(id)) state.cards.delete(id);
  },
  model_refused: () => undefined,
  // The step follows from the signals: the event tells of it.
  trust_changed: () => undefined,
  signal_made: (state, { signal }) => {
    const market = marketOf(state, signal.symbol);
    watchSignal(market, signal);
    state.markets.set(signal.symbol, {
      ...market,
      vectorPending: false,
      signal,
      attemptPending: 1,
    });
  },
  shadow_opened: (state, { trade }) => {
    const market = marketOf(state, trade.symbol);
    state.markets.set(trade.symbol, { ...market, shadowTrades: [...(market.shadowTrades ?? []), trade] });
  },
  shadow_closed: (state, { symbol, shadowId }) => {
    const { shadowTrades = [], ...market } = marketOf(state, symbol);
    const open = shadowTrades.filter((trade) => trade.shadowId !== shadowId);
    state.markets.set(symbol, { ...market, ...(open.length > 0 && { shadowTrades: open }) });
  },
  signal_dropped: (state, { symbol }) => {
    state.markets.set(symbol, { ...marketOf(state, symbol), vectorPending: false, attemptPending: 0 });
  },
  decision_made: (state, { at, decision }) => {
    state.markets.set(decision.symbol, { ...marketOf(state, decision.symbol), attemptPending: 0 });
    if (decision.outcome === 'approved') addOrder(state, decision.intent, at);
  },
  retry_scheduled: (state, { symbol, attempt }) => {
    state.markets.set(symbol, { ...marketOf(state, symbol), attemptPending: attempt });
  },
  reduce_requested: (state, { at, intent }) => addOrder(state, intent, at),
  order_changed: applyOrderChange,
  fill_applied: applyFill,
  position_amended: (state, { positionId, stopLoss, takeProfit, sequence, breakEven }) => {
    const { progress, ...position } = positionOf(state, positionId);
    const remembered = breakEven === undefined ? progress : { ...progress, breakEven };
    state.positions.set(positionId, { ...position, stopLoss, takeProfit, ...(remembered && { progress: remembered }) });
    advanceCursor(state, sequence);
  },
  levels_adopted: (state, { positionId, stopLoss, takeProfit }) => {
    state.positions.set(positionId, { ...positionOf(state, positionId), stopLoss, takeProfit });
  },
  position_adopted: applyAdoption,
  balance_adopted: (state, { amount }) => {
    state.balanceOwed = false;
    state.account = { ...state.account, balance: addMoney(state.account.balance, amount) };
  },
  deal_told_late: (state, { fill, sequence }) => {
    const { positionId } = fill;
    const left = (state.adopted.get(positionId) ?? 0) - fill.quantity;
    if (left < 0) throw new StateError(`deal ${fill.dealId} is larger than what was adopted of position ${positionId}`);
    if (left === 0) state.adopted.delete(positionId);
    else state.adopted.set(positionId, quantity(left));
    advanceCursor(state, sequence);
  },
  report_told_late: (state, { sequence }) => advanceCursor(state, sequence),
  // What follows from it is asked for beside it.
  slippage_exceeded: () => undefined,
  // The watch remembers on process time; the event tells of it.
  stop_missing: () => undefined,
  externals_seen: (state, { externals }) => {
    state.externals.clear();
    for (const external of externals) state.externals.set(external.positionId, external);
  },
  cash_moved: (state, { amount, capital, sequence }) => {
    const { account } = state;
    state.account = capital ? paidIn(account, amount) : { ...account, balance: addMoney(account.balance, amount) };
    advanceCursor(state, sequence);
  },
  swap_charged: (state, { positionId, amount, sequence }) => {
    const position = positionOf(state, positionId);
    state.positions.set(positionId, {
      ...position,
      swap: addMoney(position.swap, amount),
      realised: addMoney(position.realised, amount),
    });
    state.account = { ...state.account, balance: addMoney(state.account.balance, amount) };
    advanceCursor(state, sequence);
  },
  equity_marked: (state, { equity, through }) => {
    if (through !== undefined) markThrough(state, through);
    markAccount(state, equity);
    for (const position of state.positions.values()) {
      const floating = floatingProfit(state, position);
      widenRange(state, position, floating, floating);
    }
  },
  windows_rolled: (state, { windows, periods }) => {
    for (const name of windows) rollWindow(state, name, periods[name]);
    holdEdits(state, rolledEdits(state.limitEdits, windows));
  },
  risk_assessed: (state, { at, from, level, score, because, calmDays }) => {
    const since = level === from ? (state.account.assessment?.since ?? at) : at;
    state.account = { ...state.account, assessment: { level, since, score, because, calmDays } };
  },
  mandate_rolled: (state, { day, dayStart }) => {
    const book = mandateRolled(state.account, state.policy.mandate, day, dayStart);
    state.account = { ...state.account, mandate: book };
    const { mandate: lifted, ...closeOnly } = state.causes.closeOnly;
    if (lifted !== undefined && book.stopped === undefined) state.causes = { ...state.causes, closeOnly };
  },
  mandate_stopped: (state, { at, rule, breaksAt }) => {
    const { account, causes } = state;
    if (account.mandate !== undefined) state.account = { ...account, mandate: { ...account.mandate, stopped: rule } };
    const mandate = { by: 'servo', at, reason: mandateCause(rule, breaksAt) };
    state.causes = { ...causes, closeOnly: { ...causes.closeOnly, mandate } };
  },
  ladder_stepped: (state, { at, window, step, loss, limit }) => {
    const { account, causes } = state;
    state.account = { ...account, windows: { ...account.windows, [window]: { ...account.windows[window], step } } };
    const reason = `${WINDOW_LABELS[window]} loss ${percentOf(loss, limit)} % of its limit`;
    const cause = { by: 'servo', at, reason };
    state.causes =
      step === 'reached'
        ? { ...causes, closeOnly: { ...causes.closeOnly, [window]: cause } }
        : { ...causes, reduced: { ...causes.reduced, [window]: cause } };
  },
  losing_streak: (state, { symbol, losses, until }) => {
    const paused = { losses: 0, pause: { until, losses } };
    if (symbol === undefined) state.account = { ...state.account, losingStreak: paused };
    else state.markets.set(symbol, { ...marketOf(state, symbol), losingStreak: paused });
  },
  step_completed: (state) => {
    state.step = { ...state.step, completed: true };
  },
  command_accepted: applyCommand,
  limit_edited: (state, event) => holdEdits(state, withEdit(state.limitEdits, event)),
  live_checked: (state, { facts }) => {
    state.live = { ...state.live, facts };
  },
  armed: (state, { kind: _, codeStep, ...armed }) => {
    state.live = armedBy(state.live ?? {}, armed, codeStep);
  },
  disarmed: (state, { at, by, reason }) => {
    state.live = disarmedBy(state.live ?? {}, { at, by, reason });
  },
  arming_failed: (state, { at }) => {
    state.live = armingFailed(state.live ?? {}, at);
  },
  cooldown_started: (state, { at, component, errors, reason, until }) => {
    const cooldown = { by: 'servo', at, component, until, reason: `${errors} ${component} errors in a row: ${reason}` };
    state.causes = { ...state.causes, cooldown, lastCooldownAt: at };
  },
  cooldown_ended: (state) => {
    const { cooldown: _, ...causes } = state.causes;
    state.causes = causes;
  },
  safety_lost: (state, { at, guard, reason }) => {
    const unsafe = { ...state.causes.unsafe, [guard]: { by: 'servo', at, reason } };
    // While the process stood still, anything may have happened at the broker.
    const reconciled = state.causes.reconciled && guard !== 'clock';
    state.causes = { ...state.causes, unsafe, reconciled };
  },
  safety_regained: (state, { guard }) => {
    const { [guard]: _, ...unsafe } = state.causes.unsafe ?? {};
    state.causes = { ...state.causes, unsafe };
  },
  halted: (state, { at, by, reason, drawdown: reached }) => halt(state, { by, at, reason }, reached),
  flatten_started: (state, { at, by, reason }) => {
    state.causes = { ...state.causes, flattening: { by, at, kind: reason, reason: `closing everything: ${reason}` } };
  },
  flattened: (state) => {
    const { flattening: _, ...causes } = state.causes;
    state.causes = causes;
  },
};

function watchSignal({ watch, engine, lastBar }: Market, signal: Signal): void {
  if (watch === undefined || lastBar === undefined) return;
  watch.predicted({ signal, values: engine.values(), close: lastBar.close, atrTicks: engine.atrTicks });
}

function holdEdits(state: MutableState, edits: LimitEdits): void {
  state.limitEdits = edits;
  state.policy = policyUnder(state.policy, edits);
}

/** A mandate has a peak of its own, which no reset lowers. */
function markAccount(state: MutableState, equity: Money): void {
  const account = marked(state.account, equity);
  const { mandate } = account;
  state.account =
    mandate === undefined ? account : { ...account, mandate: mandateMarked(mandate, state.policy.mandate, account) };
}

function markThrough(state: MutableState, { peak, positions }: MarkedThrough): void {
  markAccount(state, peak);
  for (const { positionId, worst, best, progress } of positions) {
    const position = positionOf(state, positionId);
    if (progress !== undefined) state.positions.set(positionId, { ...position, progress });
    widenRange(state, positionOf(state, positionId), worst, best);
  }
}

function widenRange(state: MutableState, position: Position, worst: Money, best: Money): void {
  if (worst >= position.worst && best <= position.best) return;
  state.positions.set(position.positionId, {
    ...position,
    worst: money(Math.min(position.worst, worst)),
    best: money(Math.max(position.best, best)),
  });
}

const percentOf = (part: Money, whole: Money): string => (whole > 0 ? ((100 * part) / whole).toFixed(0) : '100');

function addOrder(state: MutableState, intent: Order['intent'], at: UnixMs): void {
  if (state.orders.has(intent.orderId)) throw new StateError(`order ${intent.orderId} exists already`);
  state.orders.set(intent.orderId, { intent, status: 'authorised', filled: ZERO_QUANTITY, changedAt: at });
}

function applyOrderChange(state: MutableState, event: EventOf<'order_changed'>): void {
  const order = orderOf(state, event.orderId);
  const status = nextOrderStatus(event.orderId, order.status, event.change);
  const today = state.account.windows.day.period;
  const { venueOrderId, detail, sequence } = event;
  if (event.change === 'send') state.ordersSent += 1;
  const changed: { -readonly [K in keyof Order]: Order[K] } = { ...order, status, changedAt: event.at };
  if (venueOrderId !== undefined) changed.venueOrderId = venueOrderId;
  if (detail !== undefined) changed.detail = detail;
  if (event.change === 'send') {
    changed.sentOnDay = today;
    changed.authorisation = { epoch: state.epoch, sequence: state.ordersSent };
  }
  state.orders.set(event.orderId, changed);
  if (sequence !== undefined) advanceCursor(state, sequence);
  if (order.intent.kind !== 'open') return;
  // What a dry-run withholds counts as sent, or it would decide more than a real run may.
  if (event.change === 'send' || event.change === 'withhold') noteEntry(state, order.intent, event.at);
  const neverTraded = event.change === 'reject' || (event.change === 'expire' && sequence === undefined);
  if (neverTraded) giveBackEntry(state, order.intent, order.sentOnDay === today);
}

function noteEntry(state: MutableState, { symbol, side, decidedAt }: OpenIntent, at: UnixMs): void {
  const { account } = state;
  const { entriesToday, sentAt } = account;
  state.account = { ...account, entriesToday: entriesToday + 1, sentAt: sentAfter(sentAt, at) };
  const market = marketOf(state, symbol);
  state.markets.set(symbol, { ...market, enteredOn: decidedAt, repeats: repeatsAfter(market.repeats, side) });
}

/** What the venue refused may be tried again on its bar, and is no trade of its day; it was an order all the same. */
function giveBackEntry(state: MutableState, { symbol, decidedAt }: OpenIntent, today: boolean): void {
  const { account } = state;
  if (today) state.account = { ...account, entriesToday: account.entriesToday - 1 };
  const { enteredOn, ...market } = marketOf(state, symbol);
  if (enteredOn === decidedAt) state.markets.set(symbol, market);
}

function applyFill(state: MutableState, event: EventOf<'fill_applied'>): void {
  const { fill, position, cash, change, sequence } = event;
  if (position === undefined) state.positions.delete(fill.positionId);
  else state.positions.set(fill.positionId, position);
  state.account = { ...state.account, balance: addMoney(state.account.balance, cash) };
  if (event.trade !== undefined) noteTrade(state, event.trade);
  if (fill.orderId !== undefined && change !== undefined) {
    const order = orderOf(state, fill.orderId);
    state.orders.set(fill.orderId, {
      ...order,
      status: nextOrderStatus(fill.orderId, order.status, change),
      filled: quantity(order.filled + fill.quantity),
      changedAt: event.at,
    });
  }
  advanceCursor(state, sequence);
}

/** Somebody has to look before anything is opened again. */
function applyAdoption(
  state: MutableState,
  { at, positionId, before, left, position, trade }: EventOf<'position_adopted'>,
) {
  if (position === undefined) state.positions.delete(positionId);
  else state.positions.set(positionId, position);
  state.adopted.set(positionId, quantity((state.adopted.get(positionId) ?? 0) + before - left));
  state.balanceOwed = true;
  if (trade !== undefined) state.tradesClosed += 1;
  const reason = `position ${positionId} was closed at the broker without a report of it`;
  state.causes = { ...state.causes, paused: state.causes.paused ?? { by: 'servo', at, reason } };
}

function noteTrade(state: MutableState, { symbol, profit }: Trade): void {
  const { account } = state;
  const market = marketOf(state, symbol);
  state.tradesClosed += 1;
  state.account = { ...account, losingStreak: streakAfter(account.losingStreak, profit) };
  state.markets.set(symbol, { ...market, losingStreak: streakAfter(market.losingStreak, profit) });
}

function advanceCursor(state: MutableState, sequence: number): void {
  if (sequence <= state.reportCursor) throw new StateError(`report ${sequence} was applied already`);
  state.reportCursor = sequence;
}

function rollWindow(state: MutableState, name: LossWindowName, period: number): void {
  const { account, causes } = state;
  const fresh = { period, startEquity: account.equity, step: 'none' } as const;
  state.account = {
    ...account,
    windows: { ...account.windows, [name]: fresh },
    ...(name === 'day' && { entriesToday: 0, dailyEquity: withDayEnd(account.dailyEquity, account.equity) }),
  };
  if (causes.closeOnly[name] !== undefined || causes.reduced[name] !== undefined) {
    const { [name]: _closeOnly, ...closeOnly } = causes.closeOnly;
    const { [name]: _reduced, ...reduced } = causes.reduced;
    state.causes = { ...causes, closeOnly, reduced };
  }
  if (name !== 'day') return;
  forgetFinishedOrders(state);
  keepDailyCloses(state);
}

/** Of every market alike, so that the days of one are the days of the others. */
function keepDailyCloses(state: MutableState): void {
  for (const [symbol, market] of state.markets) {
    if (market.lastBar === undefined) continue;
    const dailyCloses = withDayEnd(market.dailyCloses, market.lastBar.close);
    state.markets.set(symbol, { ...market, dailyCloses });
  }
}

/** The journal keeps every order; memory keeps those that may still matter. */
function forgetFinishedOrders(state: MutableState): void {
  for (const [orderId, { status }] of state.orders) if (isTerminal(status)) state.orders.delete(orderId);
}
