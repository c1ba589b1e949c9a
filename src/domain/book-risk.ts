/** What the open book may still lose: at its stops, in one more day as its markets have moved lately, and under stress. */
import { type ConversionRate, conversionRate } from './instrument.ts';
import {
  type ConfidenceLevel,
  ewmaDeviation,
  ewmaRisk,
  ewmaTail,
  HISTORICAL_RETURNS_MIN,
  historicalRisk,
  returnsOf,
  type TailRisk,
} from './metrics.ts';
import { direction } from './order.ts';
import { type StressScenario, symbolPolicy } from './policy.ts';
import type { Position } from './position.ts';
import type { ServoState } from './state.ts';
import { quantile } from './statistics.ts';
import { conversionOf } from './valuation.ts';

/** Fewer days than this say nothing of the book's volatility. */
export const EWMA_DAYS_MIN = 20;

export interface BookTail {
  /** Days on which every market of the book has a close. */
  readonly days: number;
  /** Of profits in micros: positive is a loss. Null under its least number of days. */
  readonly historical: TailRisk | null;
  readonly ewma: TailRisk | null;
}

/** Losses of one day that the present book passes with a chance of 1 − level. */
export function bookTail(state: ServoState, level: ConfidenceLevel): BookTail {
  const profits = dailyProfits(state);
  const days = profits.length;
  return {
    days,
    historical: days >= HISTORICAL_RETURNS_MIN ? historicalRisk(profits, level) : null,
    ewma: days >= EWMA_DAYS_MIN ? ewmaRisk(profits, level) : null,
  };
}

/** The larger of what was seen and what the volatility of late makes likely, in micros; undefined while that has not its days: history needs more. */
export function bookValueAtRisk(state: ServoState, level: ConfidenceLevel): number | undefined {
  const [position, another] = state.positions.values();
  if (position !== undefined && another === undefined) return soleValueAtRisk(state, position, level);
  const { historical, ewma } = bookTail(state, level);
  return ewma === null ? undefined : Math.max(historical?.valueAtRisk ?? 0, ewma.valueAtRisk);
}

/** Of a book of one position: its market's returns, scaled. A backtest asks at every fill, and they change once a day. */
function soleValueAtRisk(state: ServoState, position: Position, level: ConfidenceLevel): number | undefined {
  const closes = state.markets.get(position.symbol)?.dailyCloses ?? [];
  const known = returnsOfMarket(closes);
  const { returns, spread } = known;
  if (returns.length < EWMA_DAYS_MIN) return undefined;
  const exposure = moneyPerTick(state, position, rateAtDayEnd(state, position.symbol)) * (closes.at(-1) ?? Number.NaN);
  // What falls costs a buyer, what rises a seller: the other end of the same returns.
  const worst = exposure * quantileIn(known, exposure < 0 ? level : 1 - level);
  const seen = returns.length >= HISTORICAL_RETURNS_MIN ? -worst : 0;
  return Math.max(seen, ewmaTail(Math.abs(exposure) * spread, level).valueAtRisk);
}

interface MarketReturns {
  readonly returns: readonly number[];
  readonly spread: number;
  /** Those that were asked for. */
  readonly quantiles: Map<number, number>;
}
const marketReturns = new WeakMap<readonly number[], MarketReturns>();

function returnsOfMarket(closes: readonly number[]): MarketReturns {
  const known = marketReturns.get(closes);
  if (known !== undefined) return known;
  const returns = returnsOf(closes);
  const found = { returns, spread: ewmaDeviation(returns) ?? 0, quantiles: new Map<number, number>() };
  marketReturns.set(closes, found);
  return found;
}

function quantileIn({ returns, quantiles }: MarketReturns, p: number): number {
  const known = quantiles.get(p) ?? quantile(returns, p);
  quantiles.set(p, known);
  return known;
}

/** What the present book would have made on each of the last days, oldest first, in micros of the account's currency. */
export function dailyProfits(state: ServoState): number[] {
  const held = [...state.positions.values()].map((position) => ({
    closes: state.markets.get(position.symbol)?.dailyCloses ?? [],
    perTick: moneyPerTick(state, position, rateAtDayEnd(state, position.symbol)),
  }));
  const days = held.length === 0 ? 0 : Math.min(...held.map(({ closes }) => closes.length - 1));
  return Array.from({ length: Math.max(0, days) }, (_, day) => {
    let profit = 0;
    for (const { closes, perTick } of held) {
      // Counted from the latest day, so that a market that came later lends its days to the others' last ones.
      const at = closes.length - days + day;
      const [before, close, latest] = [closes[at - 1], closes[at], closes.at(-1)];
      profit += perTick * (latest ?? Number.NaN) * ((close ?? Number.NaN) / (before ?? Number.NaN) - 1);
    }
    return profit;
  });
}

/** Within a day the book's value at risk stays what it is, however prices and rates move. */
function rateAtDayEnd(state: ServoState, symbol: string): ConversionRate | undefined {
  const { conversion } = symbolPolicy(state.policy, symbol);
  if (conversion.kind === 'same') return conversionRate(conversion, undefined);
  const price = state.markets.get(conversion.symbol)?.dailyCloses?.at(-1);
  const { instrument } = symbolPolicy(state.policy, conversion.symbol);
  return conversionRate(conversion, price === undefined ? undefined : { instrument, price });
}

/** Signed micros of the account's currency that one tick upwards is worth. A float: risk is an estimate, money is not made of it. */
function moneyPerTick(state: ServoState, position: Position, rate: ConversionRate | undefined): number {
  const { tickValue } = symbolPolicy(state.policy, position.symbol).instrument;
  if (rate === undefined) return Number.NaN;
  const steps = direction(position.side) * position.quantity;
  return (steps * tickValue.num * rate.num) / (tickValue.den * rate.den);
}

/** What the open book would gain or lose from now on, in micros; null where a price or a rate is not known. */
export function stressProfit(state: ServoState, { moves, adverse, spreadFactor }: StressScenario): number | null {
  let profit = 0;
  for (const position of state.positions.values()) {
    const bar = state.markets.get(position.symbol)?.lastBar;
    if (bar === undefined) return null;
    const { assetClass } = symbolPolicy(state.policy, position.symbol).instrument;
    const perTick = moneyPerTick(state, position, conversionOf(state, position.symbol));
    const move = bar.close * (moves[assetClass] ?? 0) * perTick;
    const against = Math.abs(bar.close * adverse * perTick);
    const wider = Math.abs(bar.spread * (spreadFactor - 1) * perTick);
    profit += move - against - wider;
  }
  return Number.isFinite(profit) ? profit : null;
}
