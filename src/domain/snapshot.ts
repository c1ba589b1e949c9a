/** The state as JSON-safe data, to continue from and to prove two runs equal. */
import type { Account } from './account.ts';
import type { ExternalPosition } from './external.ts';
import { StreamingEngines } from './features/streaming-engines.ts';
import type { FeatureSnapshot } from './features.ts';
import { ModelWatch, type WatchSnapshot } from './guards/model-watch.ts';
import { type LimitEdit, type LimitEdits, policyUnder } from './limits/edits.ts';
import type { LiveState } from './live.ts';
import type { ModelCard } from './model-card.ts';
import type { Order } from './order.ts';
import type { TradingPolicy } from './policy.ts';
import type { Position } from './position.ts';
import type { Causes } from './servo.ts';
import { type Market, type MutableState, newState, type ServoState, type Step } from './state.ts';
import type { Quantity } from './units.ts';

type MarketSnapshot = Omit<Market, 'engine' | 'watch'> & {
  readonly engine: FeatureSnapshot;
  readonly watch?: WatchSnapshot;
};

/** JSON-safe picture of everything but the policy of config.yaml: `restoreState` continues from it bit for bit. */
export interface StateSnapshot {
  /** Absent where no limit was edited. */
  readonly limitEdits?: LimitEdits;
  readonly account: Account;
  readonly causes: Causes;
  /** Absent where the money is not real. */
  readonly live?: LiveState;
  readonly markets: readonly (readonly [string, MarketSnapshot])[];
  /** Absent in a picture that an older servo took. */
  readonly cards?: readonly ModelCard[];
  readonly positions: readonly Position[];
  readonly orders: readonly Order[];
  /** Absent in a picture that an older servo took, and where there are none. */
  readonly externals?: readonly ExternalPosition[];
  /** Absent where there are none. */
  readonly adopted?: readonly (readonly [string, Quantity])[];
  /** Absent where nothing is. */
  readonly balanceOwed?: true;
  readonly reportCursor: number;
  readonly step: Step;
  readonly epoch: number;
  /** Absent in a picture that an older servo took. */
  readonly ordersSent?: number;
  readonly tradesClosed: number;
}

export function snapshotState(state: ServoState): StateSnapshot {
  const { limitEdits } = state;
  return {
    ...(Object.keys(limitEdits).length > 0 && { limitEdits }),
    account: state.account,
    causes: state.causes,
    ...(state.live && { live: state.live }),
    markets: [...state.markets].map(([symbol, market]) => [symbol, pictureOf(market)]),
    cards: [...state.cards.values()],
    positions: [...state.positions.values()],
    orders: [...state.orders.values()],
    ...(state.externals.size > 0 && { externals: [...state.externals.values()] }),
    ...(state.adopted.size > 0 && { adopted: [...state.adopted] }),
    ...(state.balanceOwed && { balanceOwed: true }),
    reportCursor: state.reportCursor,
    step: state.step,
    epoch: state.epoch,
    ordersSent: state.ordersSent,
    tradesClosed: state.tradesClosed,
  };
}

const pictureOf = ({ engine, watch, ...market }: Market): MarketSnapshot => ({
  ...market,
  engine: engine.snapshot(),
  ...(watch && { watch: watch.snapshot() }),
});

export function restoreState(policy: TradingPolicy, snapshot: StateSnapshot): ServoState {
  const { limitEdits = {}, markets, cards = [], positions, orders, externals = [], adopted = [], ...rest } = snapshot;
  const engines = new StreamingEngines(policy);
  const state = newState(policy, (_, symbol) => engines.open(symbol)) as MutableState;
  for (const [symbol, { engine, watch, ...market }] of markets) {
    // Symbols no longer traded are forgotten, and what was measured by another rule warms up anew.
    const restored = state.markets.has(symbol) ? engines.restore(symbol, engine) : undefined;
    if (restored === undefined) continue;
    const { guards } = cards.find(({ id }) => id === market.model) ?? {};
    state.markets.set(symbol, { ...market, engine: restored, ...(guards && { watch: new ModelWatch(guards, watch) }) });
  }
  return {
    ...state,
    ...rest,
    policy: policyUnder(policy, limitEdits),
    limitEdits,
    cards: new Map(cards.map((card) => [card.id, card])),
    positions: new Map(positions.map((position) => [position.positionId, position])),
    orders: new Map(orders.map((order) => [order.intent.orderId, order])),
    externals: new Map(externals.map((external) => [external.positionId, external])),
    adopted: new Map(adopted),
  };
}

/** What market time decided, as canonical text: process time (cooldowns, epochs, stops asked for, arming, what others hold) is not in it. */
export function canonicalState(state: ServoState): string {
  const { causes, limitEdits = {}, epoch: _, orders, externals: __, live: ___, ...rest } = snapshotState(state);
  const { halted, paused, flattening, closeOnly, reduced } = causes;
  // An operator's word bears the time of the wall.
  const timeless = Object.entries({ halted, paused, flattening }).map(([name, cause]) => [
    name,
    cause && { ...cause, at: 0 },
  ]);
  return canonical({
    ...rest,
    orders: orders.map(withoutEpoch),
    limitEdits: Object.fromEntries(Object.entries(limitEdits).map(([limit, edit]) => [limit, timelessEdit(edit)])),
    causes: { closeOnly, reduced, ...Object.fromEntries(timeless) },
  });
}

const timelessEdit = ({ held, pending }: LimitEdit) => ({
  held: { ...held, at: 0 },
  pending: pending && { ...pending, at: 0 },
});

const withoutEpoch = ({ authorisation, ...order }: Order) => ({ ...order, sequence: authorisation?.sequence });

/** Equal hashes prove that two runs are in the same state. The hash function is the shell's. */
export const stateHash = (state: ServoState, hash: (text: string) => string): string => hash(canonicalState(state));

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  // What an engine remembers is thousands of numbers: the platform writes them as one, in the same words.
  if (Array.isArray(value))
    return value.every(Number.isFinite) ? JSON.stringify(value) : `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}
