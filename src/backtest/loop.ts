/** The servo's stages in a plain loop over bars that were measured ahead: no queue, no journal, no promise between them. */
import type { PaperVenue } from '../broker/paper/venue.ts';
import { apply } from '../domain/apply.ts';
import { tradingDayEnd } from '../domain/calendar.ts';
import type { Emit } from '../domain/events.ts';
import type { DissimilarityIndex } from '../domain/guards/dissimilarity.ts';
import { mandateFlat } from '../domain/limits/mandate-flat.ts';
import type { Bar } from '../domain/market.ts';
import type { ModelCard } from '../domain/model-card.ts';
import { isTerminal } from '../domain/order.ts';
import type { TradingPolicy } from '../domain/policy.ts';
import type { Position } from '../domain/position.ts';
import type { Prediction } from '../domain/signal.ts';
import { authorise, awaitingExecution } from '../domain/stages/execute.ts';
import { ingest, ingestHistory, rollWindows } from '../domain/stages/ingest.ts';
import { monitor } from '../domain/stages/monitor.ts';
import { awaitingPrediction, predict } from '../domain/stages/predict.ts';
import { awaitingDecision, riskGate } from '../domain/stages/risk-gate.ts';
import { settle } from '../domain/stages/settle.ts';
import { newState, type ServoState } from '../domain/state.ts';
import { type Money, type UnixMs, unixMs } from '../domain/units.ts';
import { equityNow } from '../domain/valuation.ts';
import type { Candles } from '../market/candles.ts';
import { BookAtRest } from './book-at-rest.ts';
import type { Detail } from './detail.ts';
import type { Measures, RowEngine } from './measured-market.ts';

export interface LoopMarket {
  readonly candles: Candles;
  readonly measures: Measures;
  readonly engine: RowEngine;
  /** 1 where nothing but a flat signal can come of the row, and nobody else looks at it. */
  readonly flat: Uint8Array;
  /** The first row that is decided on; those before it are history. */
  readonly firstRow: number;
  /** What predictions are signed with. */
  readonly sourceId: string;
  /** Absent where the signals come from no model. */
  readonly card: ModelCard | undefined;
  /** Where the model's guards are on: how unlike its training the features are. */
  readonly likeness?: DissimilarityIndex | undefined;
  /** Finer bars, where there are any: they say in which order prices came. */
  readonly detail?: Detail;
}

export interface LoopListener {
  /** Called before the event is applied to the state. */
  event(state: ServoState, ...event: Parameters<Emit>): void;
  /** A trading day is over; what is told from here on is of the next. */
  dayEnded(): void;
  /** A close time is done with. */
  stepped(state: ServoState, at: UnixMs): void;
  /** Bars up to this close time changed nothing: the book was empty. */
  passed(at: UnixMs, equity: Money): void;
  /** A position stayed open through these rows, without a step; the last is left out. */
  held(position: Position, candles: Candles, fromRow: number, toRow: number): void;
  /** Equity after it: between steps nothing else changes. */
  marked(at: UnixMs, equity: Money): void;
}

export interface LoopRequest {
  readonly policy: TradingPolicy;
  /** In order of symbol. */
  readonly markets: readonly LoopMarket[];
  readonly venue: PaperVenue;
  readonly listener: LoopListener;
}

/** Runs to the last bar and returns the state that a servo would be in after the same bars. */
export function runLoop(request: LoopRequest): ServoState {
  const loop = new Loop(request);
  loop.warmUp();
  while (loop.step());
  return loop.state;
}

/** A market and how far the loop has come in it. */
interface Lane extends LoopMarket {
  readonly closeAfterMs: number;
  /** The next row. */
  row: number;
  /** The last row that the state knows of, and the last that the venue has played. */
  known: number;
  played: number;
  /** The next row when the book came to rest. */
  heldFrom: number;
}

class Loop {
  readonly state: ServoState;
  readonly #lanes: readonly Lane[];
  readonly #bySymbol: ReadonlyMap<string, Lane>;
  readonly #venue: PaperVenue;
  readonly #listener: LoopListener;
  readonly #emit: Emit;
  /** No order works and nothing is owed: only a signal, a stop, a target, a limit or a new trading day can change anything. */
  #calm = false;
  /** The open book while it is calm. */
  #rest: BookAtRest<Lane> | undefined;
  /** The state has not been told yet what the book at rest is worth. */
  #markOwed = false;
  /** The trading day's end, or the mandate's where it comes first. */
  #dayEndsAt = Number.NEGATIVE_INFINITY;
  #sessionEndsAt = Number.NEGATIVE_INFINITY;
  /** Open of the first bar of the trading day, whichever market's it was. */
  #dayBeganAt = Number.NEGATIVE_INFINITY;

  constructor({ policy, markets, venue, listener }: LoopRequest) {
    this.#lanes = markets.map((market) => ({
      ...market,
      closeAfterMs: policy.timeframeMs,
      row: market.firstRow,
      known: market.firstRow - 1,
      played: market.firstRow - 1,
      heldFrom: market.firstRow,
    }));
    this.#bySymbol = new Map(this.#lanes.map((lane) => [lane.candles.symbol, lane]));
    this.#venue = venue;
    this.#listener = listener;
    this.state = newState(policy, (_, symbol) => this.#laneOf(symbol).engine);
    this.#emit = (event) => {
      listener.event(this.state, event);
      apply(this.state, event);
    };
  }

  /** Opens the book and shows the state the last bar before the first decided one. */
  warmUp(): void {
    const at = unixMs(0);
    const { balance } = this.#venue.holdings();
    const { currency } = this.state.policy;
    this.#emit({ kind: 'account_opened', at, account: 'backtest', currency, balance });
    this.#emit({ kind: 'reconciled', at, epoch: 0, positions: 0, repaired: 0 });
    for (const { card, candles } of this.#lanes) {
      if (card !== undefined) this.#emit({ kind: 'model_changed', at, symbols: [candles.symbol], to: card });
    }
    for (const lane of this.#lanes) {
      if (lane.known < 0) continue;
      lane.engine.skipTo(lane.known);
      ingestHistory([lane.candles.barAt(lane.known)], this.#emit);
    }
  }

  /** False after the last bar. */
  step(): boolean {
    if (this.#rest !== undefined) this.#hold(this.#rest);
    else if (this.#calm) this.#pass(this.#nextEventfulCloseAt());
    const at = this.#nextCloseAt();
    if (at === Number.POSITIVE_INFINITY) return false;
    this.#play(this.#due(at), at as UnixMs);
    return true;
  }

  #due(at: number): readonly Lane[] {
    return this.#lanes.length === 1 ? this.#lanes : this.#lanes.filter((lane) => closesAt(lane) === at);
  }

  /** Infinity after the last bar. */
  #nextCloseAt(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) earliest = Math.min(earliest, closesAt(lane));
    return earliest;
  }

  /** Of the first bar that an empty book cannot pass over. The last bar of each market is always played: what it leaves behind is part of the final state. */
  #nextEventfulCloseAt(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { candles, flat, row, closeAfterMs } of this.#lanes) {
      if (row >= candles.length) continue;
      const signalled = flat.indexOf(0, row);
      const eventful = signalled < 0 ? candles.length - 1 : Math.min(signalled, candles.length - 1);
      earliest = Math.min(earliest, (candles.openAt[eventful] as number) + closeAfterMs);
    }
    return earliest;
  }

  /** Without a position a bar changes nothing, and a new day rolls the windows: its close and its equity are kept. */
  #pass(until: number): void {
    const { equity } = this.state.account;
    const untilOpen = until - this.state.policy.timeframeMs;
    for (;;) {
      const before = Math.min(untilOpen, this.#dayEndsAt);
      let passedTo = Number.NEGATIVE_INFINITY;
      for (const lane of this.#lanes) {
        const { openAt, length } = lane.candles;
        const from = lane.row;
        while (lane.row < length && (openAt[lane.row] as number) < before) lane.row += 1;
        if (lane.row > from) passedTo = Math.max(passedTo, lastCloseOf(lane));
      }
      if (passedTo > 0) this.#listener.passed(passedTo as UnixMs, equity);
      const next = this.#nextCloseAt();
      if (next >= until) return;
      const openAt = (next - this.state.policy.timeframeMs) as UnixMs;
      this.#beginDay(openAt);
      this.#catchUpState();
      rollWindows(this.state, openAt, this.#emit);
    }
  }

  /** Positions stay open through these bars, and none of them is more than another mark. */
  #hold(rest: BookAtRest<Lane>): void {
    for (const lane of this.#lanes) lane.heldFrom = lane.row;
    for (;;) {
      const at = this.#nextCloseAt();
      if (!this.#isHeldThrough(rest, at)) break;
      for (const lane of this.#lanes) if (closesAt(lane) === at) lane.row += 1;
      const equity = rest.mark();
      if (equity === undefined) {
        for (const lane of this.#lanes) if (lane.row > 0 && lastCloseOf(lane) === at) lane.row -= 1;
        break;
      }
      this.#markOwed = true;
      this.#listener.marked(at as UnixMs, equity);
    }
    for (const { position, lane } of rest.held) {
      if (lane.row > lane.heldFrom) this.#listener.held(position, lane.candles, lane.heldFrom, lane.row);
    }
  }

  /** Nothing is decided at this close time, the night is not charged, and no stop or target is met. */
  #isHeldThrough({ held }: BookAtRest<Lane>, at: number): boolean {
    if (at - this.state.policy.timeframeMs >= this.#dayEndsAt) return false;
    for (const lane of this.#lanes) {
      if (closesAt(lane) === at && (lane.flat[lane.row] === 0 || lane.row === lane.candles.length - 1)) return false;
    }
    for (const { position, lane } of held) {
      if (mandateFlat(this.state.policy, position.symbol, at as UnixMs) !== undefined) return false;
      if (closesAt(lane) !== at) continue;
      if (lane.detail !== undefined || this.#opensDay(lane) || touches(position, lane.candles, lane.row)) return false;
    }
    return at < Number.POSITIVE_INFINITY;
  }

  /** A market may open later than the one that began the day: its nights are charged then. */
  #opensDay({ candles, row }: Lane): boolean {
    return row > 0 && (candles.openAt[row - 1] as number) < this.#dayBeganAt;
  }

  #beginDay(openAt: UnixMs): void {
    const { session, mandate } = this.state.policy;
    if (openAt >= this.#sessionEndsAt) {
      this.#sessionEndsAt = tradingDayEnd(session.timezone, session.dayStartMinutes, openAt);
      this.#dayBeganAt = openAt;
      this.#listener.dayEnded();
    }
    const mandateEndsAt =
      mandate === null ? this.#sessionEndsAt : tradingDayEnd(mandate.timezone, mandate.dayStartMinutes, openAt);
    this.#dayEndsAt = Math.min(this.#sessionEndsAt, mandateEndsAt);
  }

  /** Bars that were passed over become known by the last of them: prices stand where they would stand. */
  #catchUpState(): void {
    const behind = this.#lanes.filter(isBehind);
    if (behind.length === 0) return;
    for (const lane of behind) lane.engine.skipTo(lane.row - 1);
    ingestHistory(lastBars(behind), this.#emit);
    for (const lane of behind) lane.known = lane.row - 1;
    if (!this.#markOwed || this.#rest === undefined) return;
    const { state } = this;
    const at = Math.max(...behind.map(lastCloseOf)) as UnixMs;
    const { balance } = state.account;
    this.#emit({
      kind: 'equity_marked',
      at,
      balance,
      equity: equityNow(state),
      through: this.#rest.markedThrough(),
    });
    this.#markOwed = false;
  }

  #catchUpVenue(): void {
    const behind = this.#lanes.filter(isUnplayed);
    if (behind.length === 0) return;
    this.#venue.onBars(lastBars(behind));
    for (const lane of behind) lane.played = lane.row - 1;
  }

  #play(due: readonly Lane[], at: UnixMs): void {
    const { state } = this;
    this.#catchUpState();
    this.#catchUpVenue();
    const openAt = (at - state.policy.timeframeMs) as UnixMs;
    if (openAt >= this.#dayEndsAt) this.#beginDay(openAt);
    const bars: Bar[] = [];
    for (const lane of due) {
      bars.push(lane.candles.barAt(lane.row));
      lane.known = lane.row;
      lane.played = lane.row;
      lane.row += 1;
    }
    this.#venue.onBars(due.some(({ detail }) => detail !== undefined) ? withDetail(due, bars) : bars);
    ingest(state, { bars, reports: this.#venue.reportsAfter(state.reportCursor) }, this.#emit);
    this.#predict();
    for (let waiting = awaitingDecision(state); waiting.length > 0; waiting = awaitingDecision(state)) {
      const symbols = waiting.map(({ symbol }) => symbol);
      riskGate(state, symbols, this.#emit);
      this.#execute();
    }
    monitor(state, this.#emit);
    this.#execute();
    this.#listener.stepped(state, at);
    this.#calm = isCalm(state);
    this.#rest = this.#calm && state.positions.size > 0 ? new BookAtRest(state, this.#laneOf) : undefined;
  }

  #predict(): void {
    const symbols = awaitingPrediction(this.state);
    if (symbols.length === 0) return;
    const answers = new Map<string, Prediction>();
    for (const symbol of symbols) answers.set(symbol, predictionOf(this.#laneOf(symbol)));
    predict(this.state, answers, this.#emit);
  }

  #execute(): void {
    const { state } = this;
    const { at } = state.step;
    // What a fill asks for, such as its own close, leaves in the same step.
    while (at !== undefined && awaitingExecution(state).length > 0) {
      for (const order of authorise(state, at, 'all', this.#emit)) this.#venue.submit(order, order.intent.decidedAt);
      settle(state, this.#venue.reportsAfter(state.reportCursor), true, this.#emit);
    }
  }

  readonly #laneOf = (symbol: string): Lane => {
    const lane = this.#bySymbol.get(symbol);
    if (lane === undefined) throw new Error(`the backtest has no bars of ${symbol}, which is traded`);
    return lane;
  };
}

const withDetail = (due: readonly Lane[], bars: readonly Bar[]): readonly Bar[] =>
  due.flatMap(({ detail }, i) => {
    const bar = bars[i];
    return bar === undefined ? [] : (detail?.within(bar) ?? [bar]);
  });

/** Of its next bar; Infinity after the last. */
const closesAt = ({ candles, row, closeAfterMs }: Lane): number =>
  row < candles.length ? (candles.openAt[row] as number) + closeAfterMs : Number.POSITIVE_INFINITY;

const isBehind = ({ row, known }: Lane): boolean => known < row - 1;
const isUnplayed = ({ row, played }: Lane): boolean => played < row - 1;

const lastCloseOf = ({ candles, row, closeAfterMs }: Lane): number =>
  (candles.openAt[row - 1] as number) + closeAfterMs;

/** In order of close time. */
const lastBars = (lanes: readonly Lane[]): Bar[] =>
  lanes.map(({ candles, row }) => candles.barAt(row - 1)).sort((a, b) => a.closeAt - b.closeAt);

/** Longs close at the bid and shorts at the ask; the open lies between low and high, so a gap is seen too. */
function touches({ side, stopLoss, takeProfit }: Position, { high, low, spread }: Candles, row: number): boolean {
  const ask = side === 'buy' ? 0 : (spread[row] ?? 0);
  const lowest = (low[row] ?? 0) + ask;
  const highest = (high[row] ?? 0) + ask;
  const [floor, ceiling] = side === 'buy' ? [stopLoss, takeProfit] : [takeProfit, stopLoss];
  return !(lowest > floor && highest < ceiling);
}

function predictionOf({ engine, measures, sourceId, likeness }: Lane): Prediction {
  const place = engine.row * 3;
  const at = (k: number) => measures.probabilities[place + k] ?? Number.NaN;
  const probabilities = { down: at(0), flat: at(1), up: at(2) };
  const prediction = { kind: 'prediction', model: sourceId, probabilities } as const;
  return likeness === undefined ? prediction : { ...prediction, dissimilarity: likeness.finiteOf(engine.values()) };
}

/** A close that was settled after the last mark is owed a mark. */
function isCalm({ positions, orders, account, causes }: ServoState): boolean {
  if (causes.flattening !== undefined || (positions.size === 0 && account.equity !== account.balance)) return false;
  for (const { status } of orders.values()) if (!isTerminal(status)) return false;
  return true;
}
