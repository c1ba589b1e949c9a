/** A market small enough to check by hand: prices near 1000 ticks, one tick on one step is worth one unit of money. */

import type { SymbolRules, VenueRules } from '../../src/broker/paper/rules.ts';
import type { ConversionRule, Instrument } from '../../src/domain/instrument.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { BrokerReport, OpenIntent, Order, ReduceIntent } from '../../src/domain/order.ts';
import { money, moneyFromUnits, moneyToUnits, price, quantity, type UnixMs, unixMs } from '../../src/domain/units.ts';

export const BAR_MS = 300_000;
/** A Monday, 10:00 UTC. */
export const START = Date.UTC(2024, 0, 8, 10);
export const OPENING = moneyFromUnits(100_000);

/** Minutes from the start of the test's market. */
export const minute = (minutes: number): UnixMs => unixMs(START + minutes * 60_000);

const COIN: Omit<Instrument, Ticks> = {
  symbol: 'COIN',
  assetClass: 'fx',
  baseCurrency: 'COIN',
  quoteCurrency: 'USD',
  tickSize: { num: 1, den: 100 },
  digits: 2,
  lotStep: { num: 1, den: 10 },
  tickValue: { num: 1_000_000, den: 1 },
  swapLong: 0,
  swapShort: 0,
};

type Ticks = 'quantityMin' | 'quantityMax' | 'stopDistanceMin' | 'freezeDistance';

export interface SymbolOptions extends Partial<Omit<Instrument, Ticks>>, Partial<Record<Ticks, number>> {
  readonly conversion?: ConversionRule;
  readonly spread?: number | 'feed';
  readonly slippage?: number;
}

export function symbolRules({ conversion, spread = 'feed', slippage = 0, ...given }: SymbolOptions = {}): SymbolRules {
  const { quantityMin = 2, quantityMax = 1000, stopDistanceMin = 0, freezeDistance = 0, ...rest } = given;
  const levels = { stopDistanceMin: price(stopDistanceMin), freezeDistance: price(freezeDistance) };
  const sizes = { quantityMin: quantity(quantityMin), quantityMax: quantity(quantityMax) };
  return {
    instrument: { ...COIN, ...rest, ...sizes, ...levels },
    conversion: conversion ?? { kind: 'same' },
    spread: spread === 'feed' ? 'feed' : price(spread),
    slippage: price(slippage),
  };
}

export interface RuleOptions extends Partial<Omit<VenueRules, 'symbols'>> {
  readonly coin?: SymbolOptions;
  readonly others?: readonly SymbolOptions[];
}

export function venueRules({ coin, others = [], ...rest }: RuleOptions = {}): VenueRules {
  const all = [symbolRules(coin), ...others.map(symbolRules)];
  return {
    symbols: new Map(all.map((rules) => [rules.instrument.symbol, rules])),
    currency: 'USD',
    leverage: 10,
    commissionPerLot: money(0),
    latencyMs: 50,
    slippageDistribution: 'fixed',
    fillRule: 'pessimistic',
    rejectionProbability: 0,
    partialFillProbability: 0,
    seed: 1,
    session: { timezone: 'UTC', dayStartMinutes: 0 },
    timeframeMs: BAR_MS,
    ...rest,
  };
}

/** `candle` is "open high low close"; a single number is all four. Bar n opens 5n minutes after the start. */
export function bar(n: number, candle: string | number, { symbol = 'COIN', spread = 2 } = {}): Bar {
  const [open = 0, high = open, low = open, close = open] = String(candle).split(' ').map(Number);
  return {
    symbol,
    openAt: unixMs(START + n * BAR_MS),
    closeAt: unixMs(START + (n + 1) * BAR_MS),
    open: price(open),
    high: price(high),
    low: price(low),
    close: price(close),
    spread: price(spread),
    volume: 1,
  };
}

export const orderOf = (intent: Order['intent']): Order => ({
  intent,
  status: 'sending',
  filled: quantity(0),
  changedAt: intent.decidedAt,
});

type Numbers = Partial<Record<'quantity' | 'referencePrice' | 'deviation' | 'stopLoss' | 'takeProfit', number>>;
export type EntryOptions = Numbers &
  Partial<Pick<OpenIntent, 'orderId' | 'symbol' | 'side' | 'type' | 'decidedAt' | 'expiresAt' | 'filling'>>;

/** By default order A, decided at the close of bar 0, where the bid is 1000 and the ask 1002: 10 steps, ±12 and 18 ticks. */
export function entry(options: EntryOptions = {}): Order {
  const { orderId = 'A', side = 'buy', decidedAt = minute(5) } = options;
  const reference = options.referencePrice ?? (side === 'buy' ? 1002 : 1000);
  const sign = side === 'buy' ? 1 : -1;
  return orderOf({
    kind: 'open',
    orderId,
    decisionId: `decision-${orderId}`,
    symbol: options.symbol ?? 'COIN',
    side,
    type: options.type ?? 'market',
    quantity: quantity(options.quantity ?? 10),
    referencePrice: price(reference),
    deviation: price(options.deviation ?? 5),
    stopLoss: price(options.stopLoss ?? reference - sign * 12),
    takeProfit: price(options.takeProfit ?? reference + sign * 18),
    decidedAt,
    expiresAt: options.expiresAt ?? unixMs(decidedAt + BAR_MS),
    attempt: 1,
    ...(options.filling && { filling: options.filling }),
  });
}

const reduce = (orderId: string, decidedAt: UnixMs) =>
  ({ orderId, decisionId: `decision-${orderId}`, symbol: 'COIN', reason: 'flatten', decidedAt }) as const;

export const closeOf = (
  orderId: string,
  ofOrder: string,
  steps: number,
  decidedAt = minute(10),
  symbol = 'COIN',
): Order =>
  orderOf({
    ...reduce(orderId, decidedAt),
    symbol,
    kind: 'close',
    positionId: `P-${ofOrder}`,
    quantity: quantity(steps),
  });

export function modifyOf(
  orderId: string,
  ofOrder: string,
  stopLoss: number,
  takeProfit: number,
  decidedAt = minute(10),
  symbol = 'COIN',
): Order {
  const levels = { stopLoss: price(stopLoss), takeProfit: price(takeProfit) };
  return orderOf({ ...reduce(orderId, decidedAt), symbol, kind: 'modify', positionId: `P-${ofOrder}`, ...levels });
}

export const cancelOf = (orderId: string, cancelOrderId: string, decidedAt = minute(5)): Order =>
  orderOf({ ...reduce(orderId, decidedAt), kind: 'cancel', cancelOrderId } satisfies ReduceIntent);

const minutesOf = (at: UnixMs): string => `${(at - START) / 60_000}'`;

/** One report as one line, e.g. "A buy 10@1003 5'", "stop_loss sell 10@990 profit -130 10'". */
export function line(report: BrokerReport): string {
  const when = minutesOf(report.at);
  switch (report.kind) {
    case 'filled': {
      const { orderId, cause, side, effect, quantity: steps, price: at, profit } = report.fill;
      const result = effect === 'close' ? ` profit ${moneyToUnits(profit)}` : report.orderDone ? '' : ' partly';
      return `${orderId ?? cause} ${side} ${steps}@${at}${result} ${when}`;
    }
    case 'rejected':
      return `${report.orderId} rejected ${report.code} ${when}`;
    case 'cancelled':
      return `${report.orderId} cancelled${report.cancelledBy === undefined ? '' : ` by ${report.cancelledBy}`} ${when}`;
    case 'amended':
      return `${report.orderId} amended ${report.stopLoss}/${report.takeProfit} ${when}`;
    case 'swap':
      return `swap ${report.positionId} ${moneyToUnits(report.amount)} ${when}`;
    case 'cash':
      return `cash ${moneyToUnits(report.amount)} ${when}`;
    default:
      return `${report.orderId} ${report.kind} ${when}`;
  }
}
