/** What a backtest found: facts alone, from which every figure of the report is computed. */
import type { DenialReason } from '../domain/decision.ts';
import type { Side } from '../domain/order.ts';
import type { ExitReason, Trade } from '../domain/position.ts';
import type { Regime } from '../domain/regime.ts';
import type { Money, Price, UnixMs } from '../domain/units.ts';

/** A closed round trip with what the bars saw of it while it was open. */
export interface BacktestTrade extends Trade {
  readonly exitPrice: Price;
  /** Of the decision that opened it. */
  readonly confidence: number;
  readonly expectedValueR: number;
  /** Adverse distance of the entry fill from the price asked for, in ticks; negative is an improvement. */
  readonly slippageTicks: number;
  /** Spread at the decision, in ticks. */
  readonly spreadTicks: number;
  /** Initial stop distance in ticks. */
  readonly stopTicks: number;
  /** Worst and best floating profit inside the bars, by their highs and lows, in money; at most as good as `worst` and `best`. */
  readonly adverseExcursion: Money;
  readonly favourableExcursion: Money;
}

/** The end of a trading day, in the session's zone. */
export interface DayMark {
  /** Close time of its last bar. */
  readonly at: UnixMs;
  readonly equity: Money;
  /** Lowest equity at a bar close of the day. */
  readonly lowest: Money;
}

/** Equity at each close time at which it differs from the one before; the first point is the opening balance. */
export interface EquityCurve {
  readonly at: Float64Array;
  /** Money. */
  readonly equity: Float64Array;
}

/** What was foretold of each bar that closed with ready features, and the bar's own figures: for calibration, by symbol. */
export interface SymbolRecord {
  readonly symbol: string;
  readonly digits: number;
  /** Prices are in ticks; this many make one unit of price. */
  readonly ticksPerUnit: number;
  /** Lots in one lot step, e.g. 0.01. */
  readonly lotsPerStep: number;
  /** Of the decided bars, in order. */
  readonly closeAt: Float64Array;
  readonly open: Int32Array;
  readonly high: Int32Array;
  readonly low: Int32Array;
  readonly close: Int32Array;
  /** Row-major down, flat, up; NaN where there was no prediction. */
  readonly probabilities: Float32Array;
  /** Place in `REGIMES`. */
  readonly regimes: Uint8Array;
}

/** A decision that was not flat, and what became of it. */
export interface DecisionRecord {
  readonly symbol: string;
  readonly barClosedAt: UnixMs;
  readonly side: Side;
  readonly confidence: number;
  readonly expectedValueR: number;
  readonly regime: Regime;
  readonly outcome: 'approved' | DenialReason;
}

export interface Costs {
  /** All negative or 0: what was paid. Swap may be positive. */
  readonly commission: Money;
  readonly swap: Money;
  readonly spread: Money;
  readonly slippage: Money;
}

export interface BuyAndHold {
  readonly symbol: string;
  readonly from: Price;
  readonly to: Price;
  /** Of the price, as a fraction; no leverage and no costs. */
  readonly returned: number;
}

/** What must be known of a model to judge its figures. */
export interface ModelFacts {
  readonly name: string;
  readonly sha256: string;
  /** Null where nobody knows. */
  readonly training: { readonly from: UnixMs; readonly to: UnixMs; readonly simulated: boolean } | null;
}

/** Everything that the figures depend on and that a reader must know to judge them. */
export interface Assumptions {
  readonly symbols: readonly string[];
  readonly timeframe: string;
  /** `model demo@ab12cd…` or `sma_cross 10/30`. */
  readonly signalSource: string;
  /** Of each model: its name, hash and training range, null for a plain signal source. */
  readonly models: readonly ModelFacts[];
  readonly data: readonly {
    readonly symbol: string;
    readonly file: string;
    readonly sha256: string;
    readonly bars: number;
  }[];
  readonly from: UnixMs;
  readonly to: UnixMs;
  readonly balance: Money;
  readonly currency: string;
  readonly leverage: number;
  /** Fraction of the peak of equity at which the servo stops trading: the ruin of the Monte Carlo figures. */
  readonly drawdownLimit: number;
  /** Words such as `the file's own` or `12 points`. */
  readonly spread: string;
  readonly commissionPerLot: Money;
  readonly slippage: string;
  readonly latencyMs: number;
  readonly fillRule: 'pessimistic' | 'optimistic' | 'detail';
  /** What the finer candles cover; absent where none were given. */
  readonly detail?: { readonly of: string; readonly from: UnixMs; readonly to: UnixMs } | undefined;
  readonly seed: string;
  readonly configHash: string;
  readonly timezone: string;
  readonly version: string;
}

/** Positions of which a part was closed for this reason. */
export interface PartCloses {
  readonly reason: ExitReason;
  readonly count: number;
  /** Net of the commission of the closes. */
  readonly profit: Money;
}

export interface BacktestResult {
  readonly assumptions: Assumptions;
  /** Bars decided on, of all symbols. */
  readonly bars: number;
  /** Bars, of all symbols, at whose close a position of that symbol was open. */
  readonly barsInPosition: number;
  readonly trades: readonly BacktestTrade[];
  /** Their profit is in that of the trades. */
  readonly partCloses: readonly PartCloses[];
  readonly days: readonly DayMark[];
  readonly curve: EquityCurve;
  readonly decisions: readonly DecisionRecord[];
  /** Decided bars with a flat signal. */
  readonly flatSignals: number;
  readonly costs: Costs;
  readonly buyAndHold: readonly BuyAndHold[];
  readonly records: readonly SymbolRecord[];
  readonly finalBalance: Money;
  readonly finalEquity: Money;
  /** Still open at the end, valued at the last close. */
  readonly openPositions: number;
  /** When a halt ended all entries; nothing lifts it in a test. */
  readonly haltedAt?: UnixMs | undefined;
  readonly stateHash: string;
  /** Ambiguous bars (stop and target both inside) that the fill rule decided. */
  readonly ambiguousBars: number;
}
