/** The servo's state: its shape, its beginning, and how to look things up in it. Only `apply.ts` assigns it. */
import { type Account, openAccount } from './account.ts';
import type { ExternalPosition } from './external.ts';
import { StreamingEngines } from './features/streaming-engines.ts';
import type { FeatureEngine } from './features.ts';
import type { ModelWatch } from './guards/model-watch.ts';
import type { LimitEdits } from './limits/edits.ts';
import type { LiveState } from './live.ts';
import type { Bar } from './market.ts';
import type { ModelCard } from './model-card.ts';
import type { Order } from './order.ts';
import type { LosingStreak, Repeats } from './pace.ts';
import type { TradingPolicy } from './policy.ts';
import type { Position } from './position.ts';
import { type Causes, INITIAL_CAUSES } from './servo.ts';
import type { ShadowTrade } from './shadow.ts';
import type { Signal } from './signal.ts';
import { type Price, type Quantity, type UnixMs, ZERO_MONEY } from './units.ts';

/** What the core reads of a market's measures. Live they move on bar by bar; a backtest has computed them ahead, in batches. */
export type MarketEngine = Pick<
  FeatureEngine,
  'push' | 'ready' | 'values' | 'atrTicks' | 'recent' | 'regime' | 'regimeConfidence' | 'record' | 'snapshot'
>;

/** One symbol's market as the servo knows it. */
export interface Market {
  readonly engine: MarketEngine;
  readonly lastBar?: Bar;
  /** Features wait for a prediction. */
  readonly vectorPending: boolean;
  readonly signal?: Signal;
  /** A key of `cards`; absent where its signals come from no model. */
  readonly model?: string;
  /** Of that model here; absent where its passport has nothing to compare with. */
  readonly watch?: ModelWatch;
  /** Close time of the bar that an entry was sent on last, unless the venue refused it. */
  readonly enteredOn?: UnixMs;
  readonly repeats?: Repeats;
  readonly losingStreak?: LosingStreak;
  /** Would-be trades that no bar has ended yet. */
  readonly shadowTrades?: readonly ShadowTrade[];
  /** Closes at the last trading days' ends, oldest first. */
  readonly dailyCloses?: readonly Price[];
  /** The attempt at which the signal waits for the gate; 0 when it does not. */
  readonly attemptPending: number;
}

/** The close time being worked on, and whether monitor is done with it. */
export interface Step {
  readonly at?: UnixMs;
  readonly completed: boolean;
}

/** For `apply` and what it is made of. */
export interface MutableState {
  /** That of config.yaml, with every edited limit as it holds. */
  policy: TradingPolicy;
  limitEdits: LimitEdits;
  account: Account;
  causes: Causes;
  /** Absent where the money is not real. */
  live?: LiveState;
  readonly markets: Map<string, Market>;
  /** Of the models that serve, by their id. */
  readonly cards: Map<string, ModelCard>;
  readonly positions: Map<string, Position>;
  readonly orders: Map<string, Order>;
  /** On the account and not ours, as the broker showed them last. */
  readonly externals: Map<string, ExternalPosition>;
  /** Steps of positions that went without a word, by position: their deals may still be told, however late. */
  readonly adopted: Map<string, Quantity>;
  /** The money that came with the latest of them is not in the balance yet. */
  balanceOwed: boolean;
  /** Sequence of the last broker report that was applied. */
  reportCursor: number;
  step: Step;
  epoch: number;
  /** Ever, by this book: what reached a venue is never more. */
  ordersSent: number;
  tradesClosed: number;
}

export interface ServoState
  extends Readonly<Omit<MutableState, 'markets' | 'cards' | 'positions' | 'orders' | 'externals' | 'adopted'>> {
  readonly markets: ReadonlyMap<string, Market>;
  readonly cards: ReadonlyMap<string, ModelCard>;
  readonly positions: ReadonlyMap<string, Position>;
  readonly orders: ReadonlyMap<string, Order>;
  readonly externals: ReadonlyMap<string, ExternalPosition>;
  readonly adopted: ReadonlyMap<string, Quantity>;
}

type EngineOf = (policy: TradingPolicy, symbol: string) => MarketEngine;

export function newState(policy: TradingPolicy, engineOf: EngineOf = streamingEngines(policy)): ServoState {
  return {
    policy,
    limitEdits: {},
    account: openAccount(ZERO_MONEY),
    causes: INITIAL_CAUSES,
    markets: new Map([...policy.symbols.keys()].sort().map((symbol) => [symbol, newMarket(engineOf(policy, symbol))])),
    cards: new Map(),
    positions: new Map(),
    orders: new Map(),
    externals: new Map(),
    adopted: new Map(),
    balanceOwed: false,
    reportCursor: 0,
    step: { completed: true },
    epoch: 0,
    ordersSent: 0,
    tradesClosed: 0,
  };
}

const newMarket = (engine: MarketEngine): Market => ({ engine, vectorPending: false, attemptPending: 0 });

function streamingEngines(policy: TradingPolicy): EngineOf {
  const engines = new StreamingEngines(policy);
  return (_, symbol) => engines.open(symbol);
}

/** Thrown when an event does not fit the state: a bug, never a business outcome. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

export function marketOf(state: ServoState, symbol: string): Market {
  const market = state.markets.get(symbol);
  if (market === undefined) throw new StateError(`symbol ${symbol} is not traded`);
  return market;
}

export function orderOf(state: ServoState, orderId: string): Order {
  const order = state.orders.get(orderId);
  if (order === undefined) throw new StateError(`order ${orderId} is not known`);
  return order;
}

export function positionOf(state: ServoState, positionId: string): Position {
  const position = state.positions.get(positionId);
  if (position === undefined) throw new StateError(`position ${positionId} is not known`);
  return position;
}
