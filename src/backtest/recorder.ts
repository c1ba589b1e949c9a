/** Listens to the loop and keeps what the report needs: trades, decisions, equity by day and by step, and what it all cost. */
import type { Decision } from '../domain/decision.ts';
import type { DomainEvent, EventOf } from '../domain/events.ts';
import { type ConversionRate, profitOf, SAME_CURRENCY } from '../domain/instrument.ts';
import { direction } from '../domain/order.ts';
import { symbolPolicy } from '../domain/policy.ts';
import type { Position } from '../domain/position.ts';
import type { Signal } from '../domain/signal.ts';
import { marketOf, type ServoState } from '../domain/state.ts';
import { addMoney, type Money, money, type UnixMs, ZERO_MONEY } from '../domain/units.ts';
import { conversionOf } from '../domain/valuation.ts';
import type { Candles } from '../market/candles.ts';
import type { LoopListener } from './loop.ts';
import { OpenTrade } from './open-trade.ts';
import type { BacktestTrade, Costs, DayMark, DecisionRecord, EquityCurve, PartCloses } from './result.ts';

export class Recorder implements LoopListener {
  readonly trades: BacktestTrade[] = [];
  readonly decisions: DecisionRecord[] = [];
  readonly days: DayMark[] = [];
  readonly #parts = new Map<PartCloses['reason'], PartCloses>();
  readonly #open = new Map<string, OpenTrade>();
  readonly #decisionOf = new Map<string, DecisionRecord>();
  readonly #equityAt: number[] = [];
  readonly #equity: number[] = [];
  #today: { -readonly [K in keyof DayMark]: DayMark[K] } | undefined;
  #commission = ZERO_MONEY;
  #swap = ZERO_MONEY;
  #spread = ZERO_MONEY;
  #slippage = ZERO_MONEY;
  barsInPosition = 0;
  /** That were made, and not passed over. */
  flatSignals = 0;
  /** Close time at which a halt ended all entries. */
  haltedAt: UnixMs | undefined;

  event(state: ServoState, event: DomainEvent): void {
    switch (event.kind) {
      case 'signal_made':
        if (event.signal.side === 'flat') this.flatSignals += 1;
        return;
      case 'decision_made':
        this.#decided(state, event.decision);
        return;
      case 'fill_applied':
        this.#filled(state, event);
        return;
      case 'swap_charged':
        this.#swap = addMoney(this.#swap, event.amount);
        return;
      case 'equity_marked':
        this.marked(event.at, event.equity);
        return;
      case 'halted':
        this.haltedAt ??= event.at;
    }
  }

  stepped(state: ServoState, at: UnixMs): void {
    for (const position of state.positions.values()) {
      const { lastBar } = marketOf(state, position.symbol);
      if (lastBar?.closeAt !== at) continue;
      this.barsInPosition += 1;
      this.#open.get(position.positionId)?.see(position, lastBar.high, lastBar.low, lastBar.spread);
    }
  }

  held(position: Position, candles: Candles, fromRow: number, toRow: number): void {
    this.barsInPosition += toRow - fromRow;
    this.#open.get(position.positionId)?.seeRows(position, candles, fromRow, toRow);
  }

  marked(at: UnixMs, equity: Money): void {
    const last = this.#equity.length - 1;
    if (this.#equity[last] !== equity) {
      this.#equityAt.push(at);
      this.#equity.push(equity);
    }
    const today = this.#today;
    if (today === undefined) this.#today = { at, equity, lowest: equity };
    else {
      today.at = at;
      today.equity = equity;
      if (equity < today.lowest) today.lowest = equity;
    }
  }

  passed(at: UnixMs, equity: Money): void {
    this.marked(at, equity);
  }

  dayEnded(): void {
    if (this.#today !== undefined) this.days.push(this.#today);
    this.#today = undefined;
  }

  /** After the last bar. */
  end(): {
    readonly days: readonly DayMark[];
    readonly partCloses: readonly PartCloses[];
    readonly curve: EquityCurve;
    readonly costs: Costs;
  } {
    this.dayEnded();
    return {
      partCloses: [...this.#parts.values()],
      days: this.days,
      curve: { at: new Float64Array(this.#equityAt), equity: new Float64Array(this.#equity) },
      costs: { commission: this.#commission, swap: this.#swap, spread: this.#spread, slippage: this.#slippage },
    };
  }

  #decided(state: ServoState, decision: Decision): void {
    const { signal } = marketOf(state, decision.symbol);
    if (signal === undefined || signal.side === 'flat') return;
    const record = recordOf(signal, decision, signal.side);
    this.decisions.push(record);
    if (decision.outcome === 'approved') this.#decisionOf.set(decision.decisionId, record);
  }

  #filled(state: ServoState, event: EventOf<'fill_applied'>): void {
    const { fill, position, trade } = event;
    this.#commission = addMoney(this.#commission, fill.commission);
    const before = state.positions.get(fill.positionId);
    if (fill.effect === 'open') {
      if (before === undefined && position !== undefined) this.#opened(state, position, event.slippage ?? 0);
      this.#slippage = addMoney(
        this.#slippage,
        paid(this.#valueOf(state, fill.symbol, event.slippage ?? 0, fill.quantity)),
      );
      return;
    }
    const open = this.#open.get(fill.positionId);
    if (before === undefined || open === undefined) return;
    // The spread is paid once a round trip, by the side that meets the ask.
    const { spreadTicks } = open.opening;
    this.#spread = addMoney(this.#spread, paid(this.#valueOf(state, fill.symbol, spreadTicks, fill.quantity)));
    if (fill.cause === 'stop_loss') {
      const beyond = direction(before.side) * (before.stopLoss - fill.price);
      this.#slippage = addMoney(this.#slippage, paid(this.#valueOf(state, fill.symbol, beyond, fill.quantity)));
    }
    if (trade === undefined) {
      this.#partClosed(state, event);
      return;
    }
    const { instrument } = symbolPolicy(state.policy, trade.symbol);
    this.trades.push(open.close(trade, fill.price, instrument, rateOf(state, trade.symbol)));
    this.#open.delete(fill.positionId);
  }

  #partClosed({ orders }: ServoState, { fill, cash }: EventOf<'fill_applied'>): void {
    const intent = fill.orderId === undefined ? undefined : orders.get(fill.orderId)?.intent;
    const reason = intent === undefined || intent.kind === 'open' ? 'external' : intent.reason;
    const { count, profit } = this.#parts.get(reason) ?? { count: 0, profit: ZERO_MONEY };
    this.#parts.set(reason, { reason, count: count + 1, profit: addMoney(profit, cash) });
  }

  #opened(state: ServoState, position: Position, slippageTicks: number): void {
    const { signal } = marketOf(state, position.symbol);
    const decision = this.#decisionOf.get(position.decisionId);
    this.#decisionOf.delete(position.decisionId);
    const spreadTicks = signal === undefined ? 0 : signal.ask - signal.bid;
    this.#open.set(
      position.positionId,
      new OpenTrade({ decision, slippageTicks, spreadTicks, stopTicks: position.initialStopDistance }),
    );
  }

  #valueOf(state: ServoState, symbol: string, ticks: number, steps: number): Money {
    return profitOf(symbolPolicy(state.policy, symbol).instrument, ticks, steps, rateOf(state, symbol));
  }
}

function recordOf(signal: Signal, decision: Decision, side: DecisionRecord['side']): DecisionRecord {
  return {
    symbol: signal.symbol,
    barClosedAt: signal.barClosedAt,
    side,
    confidence: signal.confidence,
    expectedValueR: signal.expectedValueR,
    regime: signal.regime,
    outcome: decision.outcome === 'approved' ? 'approved' : decision.reason,
  };
}

/** Without a rate nothing can have been traded, so nothing is valued. */
const rateOf = (state: ServoState, symbol: string): ConversionRate => conversionOf(state, symbol) ?? SAME_CURRENCY;

const paid = (cost: Money): Money => money(cost === 0 ? 0 : -cost);
