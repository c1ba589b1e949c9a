/** The servo's stages in a plain loop over bars that were measured ahead: no queue, no journal, no promise between them. */
import type { PaperVenue } from '../broker/paper/venue.ts';
import { apply } from '../domain/apply.ts';
import { tradingDayEnd } from '../domain/calendar.ts';
import type { Emit } from '../domain/events.ts';
import type { DissimilarityIndex } from '../domain/guards/dissimilarity.ts';
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
  /** A close time is done with. */
  stepped(state: ServoState, at: UnixMs): void;
  /** Nothing changed up to this close time. */
  passed(at: UnixMs): void;
  /** A position stayed open through a row, without a step. */
  held(position: Position, candles: Candles, row: number): void;
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
}

class Loop {
  readonly state: ServoState;
  readonly #lanes: readonly Lane[];
  readonly #bySymbol: ReadonlyMap<string, Lane>;
  readonly #venue: PaperVenue;
  readonly #listener: LoopListener;
  readonly #emit: Emit;
  /** No order works and nothing is owed: only a signal, a stop, a target or a new trading day can change anything. */
  #calm = false;
  #rest: BookAtRest<Lane> | undefined;
  /** The state has not been told yet what the book at rest is worth. */
  #markOwed = false;
  #dayEndsAt = Number.NEGATIVE_INFINITY;
  /** Open of the first bar of the trading day, whichever market's it was. */
  #dayBeganAt = Number.NEGATIVE_INFINITY;

  constructor({ policy, markets, venue, listener }: LoopRequest) {
    this.#lanes = markets.map((market) => ({
      ...market,
      closeAfterMs: market.candles.barAt(0).closeAt - market.candles.barAt(0).openAt,
      row: market.firstRow,
      known: market.firstRow - 1,
      played: market.firstRow - 1,
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
    const at = this.#nextCloseAt();
    if (at === undefined) return false;
    const due = this.#lanes.length === 1 ? this.#lanes : this.#lanes.filter((lane) => this.#closesAt(lane) === at);
    if (!this.#calm || !this.#isUneventful(due)) this.#play(due, at);
    else if (this.#beginsDay(due)) this.#beginDay(due, at);
    else if (this.state.positions.size > 0) this.#hold(due, at);
    else for (const lane of due) lane.row += 1;
    return true;
  }

  #nextCloseAt(): UnixMs | undefined {
    let earliest = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) earliest = Math.min(earliest, this.#closesAt(lane));
    return earliest === Number.POSITIVE_INFINITY ? undefined : (earliest as UnixMs);
  }

  #closesAt({ candles, row, closeAfterMs }: Lane): number {
    return row < candles.length ? (candles.openAt[row] as number) + closeAfterMs : Number.POSITIVE_INFINITY;
  }

  /** The last bar of each market is always played: what it leaves behind is part of the final state. */
  #isUneventful(due: readonly Lane[]): boolean {
    for (const { flat, row, candles } of due) if (flat[row] === 0 || row === candles.length - 1) return false;
    for (const { position, lane } of this.#rest?.held ?? []) {
      if (!due.includes(lane)) continue;
      if (lane.detail !== undefined || this.#opensDay(lane) || touches(position, lane.candles, lane.row)) return false;
    }
    // Swaps are the venue's.
    return this.state.positions.size === 0 || !this.#beginsDay(due);
  }

  #beginsDay([first]: readonly Lane[]): boolean {
    return first !== undefined && (first.candles.openAt[first.row] as number) >= this.#dayEndsAt;
  }

  /** A market may open later than the one that began the day: its nights are charged then. */
  #opensDay({ candles, row }: Lane): boolean {
    return row > 0 && (candles.openAt[row - 1] as number) < this.#dayBeganAt;
  }

  /** Without a position a new day is the account's alone. */
  #beginDay(due: readonly Lane[], at: UnixMs): void {
    const [first] = due;
    if (first === undefined) return;
    const bar = first.candles.barAt(first.row);
    this.#catchUpState();
    rollWindows(this.state, bar.openAt, this.#emit);
    this.#rememberDay([bar]);
    this.#mark(due, at);
  }

  /** Positions stay open through these bars. Most of them change nothing that anyone acts on. */
  #hold(due: readonly Lane[], at: UnixMs): void {
    for (const lane of due) lane.row += 1;
    const equity = this.#rest?.quietEquity();
    if (equity !== undefined) {
      this.#markOwed = true;
      this.#listener.marked(at, equity);
      for (const { position, lane } of this.#rest?.held ?? []) {
        if (due.includes(lane)) this.#listener.held(position, lane.candles, lane.row - 1);
      }
      return;
    }
    for (const lane of due) lane.row -= 1;
    this.#catchUpState();
    this.#mark(due, at);
  }

  /** The book is marked to market, and the monitor looks at losses and trailing stops. */
  #mark(due: readonly Lane[], at: UnixMs): void {
    const { state } = this;
    for (const lane of due) {
      const bar = lane.candles.barAt(lane.row);
      lane.known = lane.row;
      lane.row += 1;
      this.#emit({ kind: 'bar_closed', at, bar, warm: false });
    }
    this.#emit({ kind: 'equity_marked', at, balance: state.account.balance, equity: equityNow(state) });
    monitor(state, this.#emit);
    if (awaitingExecution(state).length > 0) {
      this.#catchUpVenue();
      this.#execute();
    }
    this.#done(at);
  }

  /** Bars that were passed over become known by the last of them: prices stand where they would stand. */
  #catchUpState(): void {
    if (this.#lanes.every(({ row, known }) => known === row - 1)) return;
    const behind = this.#lanes.filter(({ row, known }) => known < row - 1);
    for (const lane of behind) lane.engine.skipTo(lane.row - 1);
    ingestHistory(lastBars(behind), this.#emit);
    for (const lane of behind) lane.known = lane.row - 1;
    const at = Math.max(...behind.map(lastCloseOf)) as UnixMs;
    this.#listener.passed(at);
    if (!this.#markOwed) return;
    const { state } = this;
    this.#emit({ kind: 'equity_marked', at, balance: state.account.balance, equity: equityNow(state) });
    this.#markOwed = false;
  }

  #catchUpVenue(): void {
    if (this.#lanes.every(({ row, played }) => played === row - 1)) return;
    const behind = this.#lanes.filter(({ row, played }) => played < row - 1);
    this.#venue.onBars(lastBars(behind));
    for (const lane of behind) lane.played = lane.row - 1;
  }

  #done(at: UnixMs): void {
    this.#listener.stepped(this.state, at);
    this.#calm = isCalm(this.state);
    this.#rest = this.#calm && this.state.positions.size > 0 ? new BookAtRest(this.state, this.#laneOf) : undefined;
  }

  #play(due: readonly Lane[], at: UnixMs): void {
    const { state } = this;
    this.#catchUpState();
    this.#catchUpVenue();
    const bars = due.map(({ candles, row }) => candles.barAt(row));
    for (const lane of due) {
      lane.known = lane.row;
      lane.played = lane.row;
      lane.row += 1;
    }
    this.#venue.onBars(this.#withDetail(due, bars));
    ingest(state, { bars, reports: this.#venue.reportsAfter(state.reportCursor) }, this.#emit);
    this.#rememberDay(bars);
    this.#predict();
    for (let waiting = awaitingDecision(state); waiting.length > 0; waiting = awaitingDecision(state)) {
      riskGate(
        state,
        waiting.map(({ symbol }) => symbol),
        this.#emit,
      );
      this.#execute();
    }
    monitor(state, this.#emit);
    this.#execute();
    this.#done(at);
  }

  #withDetail(due: readonly Lane[], bars: readonly Bar[]): readonly Bar[] {
    if (due.every(({ detail }) => detail === undefined)) return bars;
    return due.flatMap(({ detail }, i) => {
      const bar = bars[i];
      return bar === undefined ? [] : (detail?.within(bar) ?? [bar]);
    });
  }

  #rememberDay([first]: readonly Bar[]): void {
    if (first === undefined || first.openAt < this.#dayEndsAt) return;
    const { timezone, dayStartMinutes } = this.state.policy.session;
    this.#dayEndsAt = tradingDayEnd(timezone, dayStartMinutes, first.openAt);
    this.#dayBeganAt = first.openAt;
  }

  #predict(): void {
    const symbols = awaitingPrediction(this.state);
    if (symbols.length === 0) return;
    predict(this.state, new Map(symbols.map((symbol) => [symbol, predictionOf(this.#laneOf(symbol))])), this.#emit);
  }

  #execute(): void {
    const { state } = this;
    const { at } = state.step;
    if (at === undefined || awaitingExecution(state).length === 0) return;
    for (const order of authorise(state, at, 'all', this.#emit)) this.#venue.submit(order, order.intent.decidedAt);
    settle(state, this.#venue.reportsAfter(state.reportCursor), true, this.#emit);
  }

  readonly #laneOf = (symbol: string): Lane => {
    const lane = this.#bySymbol.get(symbol);
    if (lane === undefined) throw new Error(`the backtest has no bars of ${symbol}, which is traded`);
    return lane;
  };
}

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
