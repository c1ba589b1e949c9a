/** What counts against the limits of positions: what is open, what may still become open, and what a dry-run would hold. */
import { expect, test } from 'vitest';
import type { ExternalPosition } from '../../src/domain/external.ts';
import { exposureOf } from '../../src/domain/gate/exposure.ts';
import { type ShadowTrade, wouldHaveTradeOf } from '../../src/domain/shadow.ts';
import { marketOf, newState, type ServoState } from '../../src/domain/state.ts';
import { price, quantity, ZERO_MONEY } from '../../src/domain/units.ts';
import { M5, openIntentWith, orderWith, POLICY, positionWith, signalWith } from './builders.ts';

/** What the dry-run would hold of a symbol, and what another model would. */
const wouldHold = (symbol: string): ShadowTrade =>
  wouldHaveTradeOf(signalWith({ symbol }), openIntentWith({ symbol }), M5);
const another = (symbol: string): ShadowTrade => ({ ...wouldHold(symbol), model: 'm2' });

function pretending(dryRun: boolean, trades: Readonly<Record<string, readonly ShadowTrade[]>>): ServoState {
  const blank = newState({ ...POLICY, dryRun });
  const markets = new Map(blank.markets);
  for (const [symbol, shadowTrades] of Object.entries(trades)) {
    markets.set(symbol, { ...marketOf(blank, symbol), shadowTrades });
  }
  return { ...blank, markets };
}

const NONE = { total: 0, onSymbol: 0, authorised: 0, unknown: 0 };

test('a dry-run counts what it would hold, and no model in the shadow', () => {
  const state = pretending(true, {
    EURUSD: [wouldHold('EURUSD'), another('EURUSD')],
    GBPUSD: [another('GBPUSD'), wouldHold('GBPUSD'), wouldHold('GBPUSD')],
  });
  expect(exposureOf(state, 'EURUSD')).toEqual({ ...NONE, total: 3, onSymbol: 1 });
  expect(exposureOf(state, 'GBPUSD')).toEqual({ ...NONE, total: 3, onSymbol: 2 });
  // A market without such trades holds none.
  expect(exposureOf(state, 'USDJPY')).toEqual({ ...NONE, total: 3 });
});

test('and adds it to what is open and under way', () => {
  const state = pretending(true, { EURUSD: [wouldHold('EURUSD')] });
  const position = positionWith({ symbol: 'GBPUSD' });
  const order = orderWith('authorised', { symbol: 'EURUSD', orderId: 'o', decisionId: 'd' });
  const both = { ...state, positions: new Map([['p', position]]), orders: new Map([['o', order]]) };
  expect(exposureOf(both, 'EURUSD')).toEqual({ total: 3, onSymbol: 2, authorised: 1, unknown: 0 });
});

test('once orders are sent, what a dry-run before it would have held is nothing', () => {
  const state = pretending(false, { EURUSD: [wouldHold('EURUSD')] });
  expect(exposureOf(state, 'EURUSD')).toEqual(NONE);
});

test('what another hand holds counts on a symbol where it would be one position with ours, and not among ours', () => {
  const theirs = (symbol: string, netted: boolean): ExternalPosition => ({
    positionId: `X-${symbol}`,
    symbol,
    side: 'buy',
    quantity: quantity(1),
    entryPrice: price(1),
    margin: ZERO_MONEY,
    ...(netted && { netted }),
  });
  const beside = (...externals: ExternalPosition[]): ServoState => ({
    ...pretending(false, {}),
    externals: new Map(externals.map((external) => [external.positionId, external])),
  });
  expect(exposureOf(beside(theirs('EURUSD', true), theirs('GBPUSD', true)), 'EURUSD')).toEqual({
    ...NONE,
    onSymbol: 1,
  });
  expect(exposureOf(beside(theirs('EURUSD', false)), 'EURUSD')).toEqual(NONE);
  expect(exposureOf(beside(theirs('GBPUSD', true)), 'EURUSD')).toEqual(NONE);
});

test('an order whose fate is not known is unknown on its own symbol alone', () => {
  const order = orderWith('unknown', { symbol: 'GBPUSD', orderId: 'o', decisionId: 'd' });
  const state = { ...pretending(false, {}), orders: new Map([['o', order]]) };
  expect(exposureOf(state, 'GBPUSD')).toEqual({ ...NONE, total: 1, onSymbol: 1, unknown: 1 });
  expect(exposureOf(state, 'EURUSD')).toEqual({ ...NONE, total: 1 });
});
