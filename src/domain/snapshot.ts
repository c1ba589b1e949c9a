/** The state as JSON-safe data, to continue from and to prove two runs equal. */
import type { Account } from './account.ts';
import { FeatureEngine, type FeatureSnapshot } from './features.ts';
import type { Order } from './order.ts';
import { symbolPolicy, type TradingPolicy } from './policy.ts';
import type { Position } from './position.ts';
import type { Causes } from './servo.ts';
import { type Market, type MutableState, newState, type ServoState, type Step } from './state.ts';

/** JSON-safe picture of everything but the policy: `restoreState` continues from it bit for bit. */
export interface StateSnapshot {
  readonly account: Account;
  readonly causes: Causes;
  readonly markets: readonly (readonly [string, Omit<Market, 'engine'> & { readonly engine: FeatureSnapshot }])[];
  readonly positions: readonly Position[];
  readonly orders: readonly Order[];
  readonly reportCursor: number;
  readonly step: Step;
  readonly epoch: number;
  readonly tradesClosed: number;
}

export function snapshotState(state: ServoState): StateSnapshot {
  return {
    account: state.account,
    causes: state.causes,
    markets: [...state.markets].map(([symbol, market]) => [symbol, { ...market, engine: market.engine.snapshot() }]),
    positions: [...state.positions.values()],
    orders: [...state.orders.values()],
    reportCursor: state.reportCursor,
    step: state.step,
    epoch: state.epoch,
    tradesClosed: state.tradesClosed,
  };
}

export function restoreState(policy: TradingPolicy, snapshot: StateSnapshot): ServoState {
  const { markets, positions, orders, ...rest } = snapshot;
  const state = newState(policy) as MutableState;
  for (const [symbol, { engine, ...market }] of markets) {
    // Symbols no longer traded are forgotten, and what was measured by another rule warms up anew.
    if (!state.markets.has(symbol) || !measuredBy(policy, engine)) continue;
    const { instrument } = symbolPolicy(policy, symbol);
    const restored = FeatureEngine.restore(instrument, policy.timeframeMs, engine, { atrPeriod: policy.atrPeriod });
    state.markets.set(symbol, { ...market, engine: restored });
  }
  return {
    ...state,
    ...rest,
    positions: new Map(positions.map((position) => [position.positionId, position])),
    orders: new Map(orders.map((order) => [order.intent.orderId, order])),
  };
}

const measuredBy = (policy: TradingPolicy, engine: FeatureSnapshot): boolean =>
  engine.timeframeMs === policy.timeframeMs && engine.atrPeriod === policy.atrPeriod;

/** What market time decided, as canonical text: process time (cooldowns, epochs, stops asked for) is not in it. */
export function canonicalState(state: ServoState): string {
  const { causes, epoch: _, ...rest } = snapshotState(state);
  const { halted, paused, flattening, closeOnly, reduced } = causes;
  // An operator's word bears the time of the wall.
  const timeless = Object.entries({ halted, paused, flattening }).map(([name, cause]) => [
    name,
    cause && { ...cause, at: 0 },
  ]);
  return canonical({ ...rest, causes: { closeOnly, reduced, ...Object.fromEntries(timeless) } });
}

/** Equal hashes prove that two runs are in the same state. The hash function is the shell's. */
export const stateHash = (state: ServoState, hash: (text: string) => string): string => hash(canonicalState(state));

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}
