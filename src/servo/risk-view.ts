/** Risk as people see it: limits, the open book at its stops, in a day and under stress, and what the account's days say. */
import type { RiskMeasure } from '../domain/account.ts';
import { type AccountRisk, accountRisk } from '../domain/account-risk.ts';
import { bookTail, stressProfit } from '../domain/book-risk.ts';
import { quantityToLots, riskOf } from '../domain/instrument.ts';
import { bookFigures } from '../domain/limits/extreme-risk.ts';
import { gravestMeasure, riskLevelOf, riskSizeFactor } from '../domain/limits/risk-level.ts';
import type { ConfidenceLevel, TailRisk } from '../domain/metrics.ts';
import { direction, type Side } from '../domain/order.ts';
import { type ExtremeLimits, type RiskLevel, symbolPolicy } from '../domain/policy.ts';
import { type Position, ticksToStop } from '../domain/position.ts';
import { PERMITS, type ServoStatus, statusOf } from '../domain/servo.ts';
import { currenciesIn, netOf } from '../domain/sizing/currency-exposure.ts';
import { EMPTY_BOOK, openBook } from '../domain/sizing/open-book.ts';
import type { ServoState } from '../domain/state.ts';
import { fractionOfMoney, type Money, moneyToUnits } from '../domain/units.ts';
import { conversionOf } from '../domain/valuation.ts';
import { type LimitView, limitViews } from './limit-views.ts';
import type { Servo } from './servo.ts';

export interface TailView {
  readonly level: ConfidenceLevel;
  readonly method: TailRisk['method'];
  /** In money: the loss of one day, and the mean loss beyond it. */
  readonly valueAtRisk: number;
  readonly conditional: number;
}

export interface BookView {
  /** Money lost from the entries if every stop is hit, slippage included. */
  readonly worstCase: number;
  /** Of the daily loss limit: above 1, the stops alone could pass it. Null without a limit. */
  readonly riskRatio: number | null;
  readonly marginLevel: number | null;
  /** Days that the one-day losses are taken from. */
  readonly days: number;
  /** Empty while there are too few days. */
  readonly tails: readonly TailView[];
  readonly extreme: ExtremeLimits;
}

export interface PositionRiskView {
  readonly positionId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly lots: number;
  /** From the entry to the stop, 0 once the stop lies in profit; and to the target. */
  readonly risk: number;
  readonly reward: number;
  /** Reward ÷ risk; null where nothing is at risk. */
  readonly ratio: number | null;
}

export interface ExposureView {
  readonly symbol: string;
  /** Signed notional in the account's currency: positive is long. */
  readonly notional: number;
  /** Of equity. */
  readonly leverage: number;
}

/** Of positions, entries under way and what others hold: what `max_currency_leverage` counts. */
export interface CurrencyView {
  readonly currency: string;
  /** Net of both legs, in the account's currency: positive is long. */
  readonly net: number;
  /** Of equity. */
  readonly leverage: number;
  /** Largest amount either way; null: no limit. */
  readonly cap: number | null;
}

export interface StressView {
  readonly name: string;
  /** Null where a price is not known. */
  readonly profit: number | null;
  readonly ofEquity: number | null;
}

/** As last assessed, and what the same measures say now. */
export interface LevelView {
  readonly level: RiskLevel;
  readonly since: string | null;
  readonly because: RiskMeasure;
  /** 1 = the limit of what is measured. */
  readonly score: number;
  readonly sizeFactor: number;
  readonly calmDays: number;
}

export interface RiskView {
  readonly status: ServoStatus;
  readonly currency: string;
  readonly sizeFactor: number;
  /** Null: switched off. */
  readonly level: LevelView | null;
  readonly limits: readonly LimitView[];
  /** As in `book`. */
  readonly worstCase: number;
  readonly book: BookView;
  readonly account: AccountRisk;
  readonly positions: readonly PositionRiskView[];
  readonly exposure: readonly ExposureView[];
  /** Empty while a rate is missing. */
  readonly currencies: readonly CurrencyView[];
  readonly stress: readonly StressView[];
}

export function riskView({ state }: Pick<Servo, 'state'>): RiskView {
  const status = statusOf(state.causes);
  const book = bookView(state);
  return {
    status,
    currency: state.policy.currency,
    sizeFactor: PERMITS[status].sizeFactor * riskSizeFactor(state),
    level: levelView(state),
    limits: limitViews(state),
    worstCase: book.worstCase,
    book,
    account: accountRisk(state),
    positions: [...state.positions.values()].flatMap((position) => positionRisk(state, position) ?? []),
    exposure: exposureViews(state),
    currencies: currencyViews(state),
    stress: state.policy.stress.map((scenario): StressView => {
      const profit = stressProfit(state, scenario);
      const known = profit !== null && state.account.equity > 0;
      return {
        name: scenario.name,
        profit: profit === null ? null : units(profit),
        ofEquity: known ? profit / state.account.equity : null,
      };
    }),
  };
}

/** Estimates are no whole micros. */
const units = (micros: number): number => moneyToUnits(micros as Money);

function levelView(state: ServoState): LevelView | null {
  if (state.policy.riskLevel === null) return null;
  const { assessment } = state.account;
  const [because, score] = gravestMeasure(state);
  return {
    level: riskLevelOf(state),
    since: assessment === undefined ? null : new Date(assessment.since).toISOString(),
    because,
    score,
    sizeFactor: riskSizeFactor(state),
    calmDays: assessment?.calmDays ?? 0,
  };
}

function bookView(state: ServoState): BookView {
  const { account, policy } = state;
  const { margin, worstCase } = bookFigures(state);
  const dailyLimit = account.windows.day.startEquity * policy.limits.maxLoss.day;
  const levels = [0.95, 0.99] as const;
  const tails = levels.flatMap((level): TailView[] => {
    const { historical, ewma } = bookTail(state, level);
    return [historical, ewma].flatMap((tail) =>
      tail === null
        ? []
        : [
            {
              level,
              method: tail.method,
              valueAtRisk: units(tail.valueAtRisk),
              conditional: units(tail.conditional),
            },
          ],
    );
  });
  return {
    worstCase: units(worstCase),
    riskRatio: dailyLimit > 0 ? worstCase / dailyLimit : null,
    marginLevel: margin > 0 ? account.equity / margin : null,
    days: bookTail(state, 0.99).days,
    tails,
    extreme: policy.limits.extreme,
  };
}

function positionRisk(state: ServoState, position: Position): PositionRiskView | undefined {
  const { positionId, symbol, side, quantity, entryPrice, takeProfit } = position;
  const { instrument } = symbolPolicy(state.policy, symbol);
  const rate = conversionOf(state, symbol);
  if (rate === undefined) return undefined;
  const reach = direction(side) * (takeProfit - entryPrice);
  const risk = riskOf(instrument, Math.max(0, ticksToStop(position)), quantity, rate);
  const reward = riskOf(instrument, Math.max(0, reach), quantity, rate);
  return {
    positionId,
    symbol,
    side,
    lots: quantityToLots(instrument, quantity),
    risk: moneyToUnits(risk),
    reward: moneyToUnits(reward),
    ratio: risk > 0 ? reward / risk : null,
  };
}

function exposureViews(state: ServoState): ExposureView[] {
  const bySymbol = new Map<string, number>();
  for (const { symbol, side, quantity } of state.positions.values()) {
    const rate = conversionOf(state, symbol);
    const price = state.markets.get(symbol)?.lastBar?.close;
    if (rate === undefined || price === undefined) continue;
    const { instrument } = symbolPolicy(state.policy, symbol);
    const notional = direction(side) * riskOf(instrument, price, quantity, rate);
    bySymbol.set(symbol, (bySymbol.get(symbol) ?? 0) + notional);
  }
  const { equity } = state.account;
  return [...bySymbol].map(([symbol, notional]) => ({
    symbol,
    notional: units(notional),
    leverage: equity > 0 ? notional / equity : 0,
  }));
}

function currencyViews(state: ServoState): CurrencyView[] {
  const { holdings } = openBook(state) ?? EMPTY_BOOK;
  const { equity } = state.account;
  const { maxCurrencyLeverage } = state.policy.exposure;
  const cap = maxCurrencyLeverage === null ? null : moneyToUnits(fractionOfMoney(equity, maxCurrencyLeverage));
  return currenciesIn(holdings).map((currency) => {
    const net = netOf(holdings, currency);
    return { currency, net: moneyToUnits(net), leverage: equity > 0 ? net / equity : 0, cap };
  });
}
