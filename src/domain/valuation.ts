/** What the open book is worth now: conversion, floating profit, equity, margin. Reads the state, changes nothing. */
import { type ConversionRate, conversionRate, marginOf, profitOf } from './instrument.ts';
import { quoteAtClose } from './market.ts';
import { isInFlight } from './order.ts';
import { symbolPolicy } from './policy.ts';
import { floatingTicks, type Position } from './position.ts';
import type { ServoState } from './state.ts';
import { addMoney, type Money, money, type Price, ZERO_MONEY } from './units.ts';

/** Account-currency value of the symbol's quote currency now; undefined while the converting price is not known. */
export function conversionOf(state: ServoState, symbol: string): ConversionRate | undefined {
  const { conversion } = symbolPolicy(state.policy, symbol);
  if (conversion.kind === 'same') return conversionRate(conversion, undefined);
  const bar = state.markets.get(conversion.symbol)?.lastBar;
  return conversionRate(
    conversion,
    bar && { instrument: symbolPolicy(state.policy, conversion.symbol).instrument, price: bar.close },
  );
}

/** Profit of an open position at the price it could be closed at now; zero before its market was seen. */
export function floatingProfit(state: ServoState, position: Position): Money {
  const bar = state.markets.get(position.symbol)?.lastBar;
  const rate = conversionOf(state, position.symbol);
  if (bar === undefined || rate === undefined) return ZERO_MONEY;
  const { bid, ask } = quoteAtClose(bar);
  const { instrument } = symbolPolicy(state.policy, position.symbol);
  return profitOf(instrument, floatingTicks(position, bid, ask), position.quantity, rate);
}

export function equityNow(state: ServoState): Money {
  let equity = state.account.balance;
  for (const position of state.positions.values()) equity = addMoney(equity, floatingProfit(state, position));
  return equity;
}

/** Margin of positions and of entries that may still fill. */
export function marginUsed(state: ServoState): Money {
  let used = ZERO_MONEY;
  for (const { symbol, entryPrice, quantity } of state.positions.values()) {
    used = addMoney(used, marginAt(state, symbol, entryPrice, quantity));
  }
  for (const { intent, status, filled } of state.orders.values()) {
    if (intent.kind !== 'open' || (status !== 'authorised' && !isInFlight(status))) continue;
    used = addMoney(used, marginAt(state, intent.symbol, intent.referencePrice, intent.quantity - filled));
  }
  return used;
}

function marginAt(state: ServoState, symbol: string, at: Price, steps: number): Money {
  const rate = conversionOf(state, symbol);
  if (rate === undefined) return ZERO_MONEY;
  return marginOf(symbolPolicy(state.policy, symbol).instrument, at, steps, rate, state.policy.leverage);
}

/** Pledged for what others hold on the account. */
export const externalMargin = (state: ServoState): Money =>
  [...state.externals.values()].reduce((sum, { margin }) => addMoney(sum, margin), ZERO_MONEY);

export const freeMargin = (state: ServoState): Money =>
  money(state.account.equity - marginUsed(state) - externalMargin(state));
