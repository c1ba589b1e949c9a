/** What is open and what may still become open, in money: what a new entry has to fit beside. */
import type { ExternalPosition } from '../external.ts';
import { type ConversionRate, type Instrument, marginOf, notionalOf, riskOf } from '../instrument.ts';
import { quoteAtClose } from '../market.ts';
import { direction, isInFlight, type OpenIntent, type Side } from '../order.ts';
import { symbolPolicy } from '../policy.ts';
import { type Position, ticksToStop } from '../position.ts';
import { commissionOf } from '../sizing.ts';
import type { ServoState } from '../state.ts';
import { addMoney, type Money, money, multiplyDivide, type Price, price, ZERO_MONEY } from '../units.ts';
import { conversionOf } from '../valuation.ts';

/** A position, another hand's position, or the part of an entry that may still fill. */
export interface Holding {
  readonly symbol: string;
  readonly side: Side;
  /** Absent for what another hand holds of a symbol that is not traded here. */
  readonly instrument?: Instrument;
  readonly margin: Money;
  readonly notional: Money;
  /** Lost from its entry if it is stopped out at its stop: nothing where that lies in profit. */
  readonly risk: Money;
  /** Lost from here on if it is stopped out: slippage, a gap beyond the stop and the commission still due included. */
  readonly worstLoss: Money;
}

export interface OpenBook {
  readonly holdings: readonly Holding[];
  readonly margin: Money;
  readonly notional: Money;
  readonly worstLoss: Money;
}

export const EMPTY_BOOK: OpenBook = { holdings: [], margin: ZERO_MONEY, notional: ZERO_MONEY, worstLoss: ZERO_MONEY };

/** Without the order that is asked for itself. Undefined where a rate is missing: what cannot be counted does not count as nothing. */
export function openBook(state: ServoState, exceptOrderId?: string): OpenBook | undefined {
  const { positions, orders, externals, policy } = state;
  if (positions.size === 0 && orders.size === 0 && externals.size === 0 && !policy.dryRun) return EMPTY_BOOK;
  const holdings: Holding[] = [];
  for (const position of [...positions.values(), ...wouldBeHeld(state)]) {
    const rate = conversionOf(state, position.symbol);
    if (rate === undefined) return undefined;
    holdings.push(heldPosition(state, position, rate));
  }
  for (const external of externals.values()) holdings.push(heldByOthers(state, external));
  for (const { intent, status, filled } of orders.values()) {
    if (intent.kind !== 'open' || intent.orderId === exceptOrderId) continue;
    if (status !== 'authorised' && !isInFlight(status)) continue;
    const rate = conversionOf(state, intent.symbol);
    if (rate === undefined) return undefined;
    holdings.push(entryUnderWay(state, intent, intent.quantity - filled, rate));
  }
  return bookOf(holdings);
}

export const bookOf = (holdings: readonly Holding[]): OpenBook => ({
  holdings,
  margin: sumOf(holdings, 'margin'),
  notional: sumOf(holdings, 'notional'),
  worstLoss: sumOf(holdings, 'worstLoss'),
});

export const sumOf = (holdings: readonly Holding[], what: 'margin' | 'notional' | 'worstLoss' | 'risk'): Money =>
  holdings.reduce((sum, holding) => addMoney(sum, holding[what]), ZERO_MONEY);

type Held = Pick<Position, 'symbol' | 'side' | 'quantity' | 'entryPrice' | 'stopLoss' | 'initialStopDistance'>;

/** The ledger of a dry-run, so that its later sizes are those of a real run. */
function wouldBeHeld({ policy, markets }: ServoState): Held[] {
  if (!policy.dryRun) return [];
  return [...markets.values()].flatMap(({ shadowTrades = [] }) =>
    shadowTrades.flatMap(({ symbol, side, quantity, entryPrice, stopLoss }) => {
      if (quantity === undefined) return [];
      const initialStopDistance = price(Math.abs(entryPrice - stopLoss));
      return [{ symbol, side, quantity, entryPrice, stopLoss, initialStopDistance }];
    }),
  );
}

function heldPosition({ policy, markets }: ServoState, position: Held, rate: ConversionRate): Holding {
  const { symbol, side, quantity: steps, entryPrice, stopLoss, initialStopDistance } = position;
  const { instrument, slippage } = symbolPolicy(policy, symbol);
  const bar = markets.get(symbol)?.lastBar;
  const quote = bar && quoteAtClose(bar);
  const market = quote === undefined ? entryPrice : side === 'buy' ? quote.bid : quote.ask;
  // Without a stop everything may be lost.
  const distance = stopLoss > 0 ? Math.max(0, direction(side) * (market - stopLoss)) : market;
  const beyond = slippage + gapTicks(initialStopDistance, policy.exposure.worstCase?.gap);
  const exitCommission = halfCommissionOf(instrument, steps, policy.commissionPerLot);
  return {
    symbol,
    side,
    instrument,
    margin: marginOf(instrument, entryPrice, steps, rate, policy.leverage),
    notional: notionalOf(instrument, market, steps, rate),
    risk: riskOf(instrument, stopLoss > 0 ? Math.max(0, ticksToStop(position)) : entryPrice, steps, rate),
    worstLoss: addMoney(riskOf(instrument, distance + beyond, steps, rate), exitCommission),
  };
}

/**
 * The broker counts its margin. Of a symbol that is not traded here its weight is margin × leverage. What it may still lose is
 * lost by the account, whoever manages it; its risk is no part of what one idea of ours may cost.
 */
function heldByOthers(state: ServoState, external: ExternalPosition): Holding {
  const { symbol, side, quantity: steps, entryPrice, margin } = external;
  const base = { symbol, side, margin, risk: ZERO_MONEY };
  const instrument = state.policy.symbols.get(symbol)?.instrument;
  const rate = instrument && conversionOf(state, symbol);
  if (instrument === undefined || rate === undefined) {
    const notional = money(margin * state.policy.leverage);
    return { ...base, ...(instrument && { instrument }), notional, worstLoss: shareLost(external, notional) };
  }
  const notional = notionalOf(instrument, entryPrice, steps, rate);
  return { ...base, instrument, notional, worstLoss: riskOf(instrument, ticksAtRisk(state, external), steps, rate) };
}

/** From here to its stop, slippage and a gap beyond it; without one everything may be lost. */
function ticksAtRisk(
  { policy, markets }: ServoState,
  { symbol, side, entryPrice, stopLoss }: ExternalPosition,
): number {
  const { slippage } = symbolPolicy(policy, symbol);
  const bar = markets.get(symbol)?.lastBar;
  const quote = bar && quoteAtClose(bar);
  const market = quote === undefined ? entryPrice : side === 'buy' ? quote.bid : quote.ask;
  if (stopLoss === undefined) return market + slippage;
  const gap = gapTicks(Math.abs(entryPrice - stopLoss), policy.exposure.worstCase?.gap);
  return Math.max(0, direction(side) * (market - stopLoss)) + slippage + gap;
}

/** Where its market is not known: from its entry to its stop, as a share of its weight. */
function shareLost({ side, entryPrice, stopLoss }: ExternalPosition, notional: Money): Money {
  if (stopLoss === undefined) return notional;
  const ticks = Math.max(0, direction(side) * (entryPrice - stopLoss));
  return money(multiplyDivide([notional, ticks], [entryPrice], 'up'));
}

function entryUnderWay({ policy }: ServoState, intent: OpenIntent, steps: number, rate: ConversionRate): Holding {
  const { symbol, side, referencePrice, stopLoss, type } = intent;
  const { instrument, slippage } = symbolPolicy(policy, symbol);
  const stopTicks = Math.abs(referencePrice - stopLoss);
  const slipped = stopTicks + slippage * slips(type);
  const commission = commissionOf(instrument, steps, policy.commissionPerLot);
  const gap = gapTicks(stopTicks, policy.exposure.worstCase?.gap);
  return {
    symbol,
    side,
    instrument,
    margin: marginOf(instrument, referencePrice, steps, rate, policy.leverage),
    notional: notionalOf(instrument, referencePrice, steps, rate),
    risk: addMoney(riskOf(instrument, slipped, steps, rate), commission),
    worstLoss: addMoney(riskOf(instrument, slipped + gap, steps, rate), commission),
  };
}

/** A limit order slips at its stop alone. */
export const slips = (type: OpenIntent['type']): 1 | 2 => (type === 'limit' ? 1 : 2);

/** How far beyond a stop it may fill, in ticks, rounded up. */
export const gapTicks = (stopDistance: number, gap = 0): Price => Math.ceil(stopDistance * gap - 1e-9) as Price;

/** The exit's half of the round trip, rounded up. */
const halfCommissionOf = (instrument: Instrument, steps: number, perLot: Money): Money =>
  money(multiplyDivide([steps, perLot, instrument.lotStep.num], [instrument.lotStep.den, 2], 'up'));
