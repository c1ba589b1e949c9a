/** What the core asks of the world. Paper, live and backtest differ in what stands behind these, and in nothing else. */

import type { ExternalPosition } from './external.ts';
import type { VenueIdentity } from './live.ts';
import type { Bar } from './market.ts';
import type { ModelCard } from './model-card.ts';
import type { BrokerReport, Order, Side } from './order.ts';
import type { Prediction } from './signal.ts';
import type { Money, Price, Quantity, UnixMs } from './units.ts';

/** Two clocks: wall time is data, the monotonic clock drives timeouts, delays, cooldowns and watchdogs. */
export interface Clock {
  wall(): UnixMs;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number;
  /** Calls once, `ms` later on the monotonic clock; what it returns calls it off. */
  after(ms: number, then: () => void): () => void;
}

export type Due =
  /** Every bar that closes at the next close time, in order of symbol. */
  | { readonly kind: 'bars'; readonly bars: readonly Bar[] }
  /** Nothing yet; for a paced feed, in how many milliseconds the next is due. */
  | { readonly kind: 'wait'; readonly inMs: number }
  /** A replay has shown its last bar. */
  | { readonly kind: 'ended' };

/** Where bars come from. Pulled, never pushed: the servo takes a close time when every stage is done with the one before. */
export interface BarFeed {
  /** One line for the operator; a simulator says SIMULATED in it. */
  readonly description: string;
  readonly simulated: boolean;
  /** Closed bars for warming indicators up, strictly before the first bar `due` will give, in order of (close time, symbol). */
  history(): readonly Bar[];
  /** The bars that follow market time `after`, or, when `undefined`, the first ones. Asking twice gives the same answer. */
  due(after: UnixMs | undefined): Due;
  close(): void;
}

export interface PredictorInput {
  readonly symbol: string;
  readonly values: Float64Array;
}

/** Which model speaks for which symbol, and what was to take a place and could not, since it was last asked. */
export interface Turnover {
  /** The same map as long as nothing has changed. */
  readonly serving: ReadonlyMap<string, ModelCard>;
  readonly refused: readonly { readonly name: string; readonly symbols: readonly string[]; readonly reason: string }[];
}

/** A model. A failed, late or malformed answer is a neutral prediction with its reason, never a throw and never a guess. */
export interface Predictor {
  /** One prediction for each input, in their order. */
  predict(inputs: readonly PredictorInput[]): Promise<readonly Prediction[]>;
  /** Puts what was loaded meanwhile in the place of what served; called between two bars. Signals without a model have none of it. */
  turnOver?(): Turnover;
  close(): Promise<void>;
}

/** A position of ours as the broker holds it: what it knows of it, and no more. */
export interface HeldPosition {
  readonly positionId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly quantity: Quantity;
  readonly entryPrice: Price;
  /** Absent where it has none. */
  readonly stopLoss?: Price;
  readonly takeProfit?: Price;
}

/** What the broker holds. The broker is the truth about positions. */
export interface BrokerSnapshot {
  readonly balance: Money;
  /** Ours, by the tag we send: never by the time or the symbol. */
  readonly positions: readonly HeldPosition[];
  /** All others on the account; none where nobody else trades on it. */
  readonly externals?: readonly ExternalPosition[];
  /** Entry orders that still work at the venue. */
  readonly workingOrderIds: readonly string[];
  /** Sequence of its latest report. */
  readonly sequence: number;
}

/** What a venue knows of an order. */
export type OrderFate =
  | { readonly kind: 'reports'; readonly reports: readonly BrokerReport[] }
  | { readonly kind: 'never_seen' };

/** A broker could not be asked, or its answer makes no sense. Nothing follows from it: it is never an empty list. */
export class QueryFailed extends Error {
  override readonly name = 'QueryFailed';
}

/** A query that failed is a throw, never an empty list. */
export interface Broker {
  readonly description: string;
  /** `false` where nothing stops what is on its way: "never seen" is then believed only after three agreeing answers over a minute. */
  readonly fences?: boolean;
  /**
   * Fences: from now on the venue refuses what was authorised under an earlier epoch, also what is already on its way. Then every
   * report after `cursor` can be asked for. Called again in one session before the fate of a lost send is asked for.
   */
  connect(epoch: number): Promise<void>;
  /** Whose account it is, and what may be done with it there. Absent where the money is not real. */
  identify?(): Promise<VenueIdentity>;
  /** Sends at most once, under the epoch of the order's authorisation. Resolves with what is known at once; `lost` when the outcome is unknown. Never throws after sending. */
  submit(order: Order): Promise<readonly BrokerReport[]>;
  /** Bars reach the paper venue here, before the reports they cause are read; brokers with quotes of their own ignore them. */
  onBars(bars: readonly Bar[]): Promise<void>;
  /** Reports with a sequence above `cursor`, in order. Reading twice gives the same reports. */
  reportsAfter(cursor: number): Promise<readonly BrokerReport[]>;
  /** What became of an order: its reports so far, or `never_seen`, which is final where the broker fences. */
  statusOf(orderId: string): Promise<OrderFate>;
  snapshot(): Promise<BrokerSnapshot>;
  close(): Promise<void>;
}
