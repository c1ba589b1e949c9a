/** An entry before it has a size: all that caps may read, and what one lot step of it takes. */
import { correlationOf } from '../features/recent-closes.ts';
import { type ConversionRate, type Instrument, marginOf, notionalOf, riskOf } from '../instrument.ts';
import { mandateLeft } from '../limits/mandate.ts';
import type { OpenIntent, Side } from '../order.ts';
import { symbolPolicy, type TradingPolicy } from '../policy.ts';
import { commissionOf } from '../sizing.ts';
import { marketOf, type ServoState } from '../state.ts';
import { addMoney, type Money, type Price } from '../units.ts';
import { conversionOf } from '../valuation.ts';
import { type LossBudget, tightestBudget } from './loss-budgets.ts';
import { gapTicks, type OpenBook, openBook, slips } from './open-book.ts';

/** Where an entry would stand. */
export interface Entry {
  readonly symbol: string;
  readonly side: Side;
  readonly entryPrice: Price;
  readonly stopDistance: Price;
  readonly type: OpenIntent['type'];
}

export interface OrderToSize {
  readonly policy: TradingPolicy;
  readonly instrument: Instrument;
  readonly side: Side;
  readonly equity: Money;
  /** What is open and under way beside it. */
  readonly book: OpenBook;
  readonly perStep: PerStep;
  /** What may still be lost before the first loss limit is reached. */
  readonly lossBudget: LossBudget;
  /** What may still be lost before the mandate stops the servo; undefined without its rules. */
  readonly mandateLeft?: Money | undefined;
  /** The venue's own largest order, in lots; undefined where the money is not real. */
  readonly venueLots?: number | undefined;
  /** Of the returns of its market with those of another; undefined where that is not known. */
  readonly correlationWith: (symbol: string) => number | undefined;
}

/** Of one lot step, each rounded up. */
export interface PerStep {
  /** Lost from entry to stop, with the slippage that both may suffer and the commission of the round trip. */
  readonly risk: Money;
  /** The same with a gap beyond the stop. */
  readonly worstLoss: Money;
  readonly margin: Money;
  readonly notional: Money;
}

/** Undefined where a rate that the arithmetic needs is not known. */
export function orderToSize(state: ServoState, entry: Entry, exceptOrderId?: string): OrderToSize | undefined {
  const { policy, account } = state;
  const { symbol, side } = entry;
  const { instrument, slippage } = symbolPolicy(policy, symbol);
  const rate = conversionOf(state, symbol);
  const book = openBook(state, exceptOrderId);
  if (rate === undefined || book === undefined) return undefined;
  return {
    policy,
    instrument,
    side,
    equity: account.equity,
    book,
    perStep: perStepOf(policy, instrument, rate, entry, slippage),
    lossBudget: tightestBudget(account, policy.limits),
    mandateLeft: mandateLeft(state),
    venueLots: state.live?.facts?.venue?.maxLots ?? undefined,
    correlationWith: (other) =>
      other === symbol ? 1 : correlationOf(recentOf(state, symbol), recentOf(state, other), barsOf(policy)),
  };
}

const recentOf = (state: ServoState, symbol: string) => marketOf(state, symbol).engine.recent;
const barsOf = ({ exposure }: TradingPolicy): number => exposure.correlation?.bars ?? 0;

export function perStepOf(
  policy: TradingPolicy,
  instrument: Instrument,
  rate: ConversionRate,
  { entryPrice, stopDistance, type }: Pick<Entry, 'entryPrice' | 'stopDistance' | 'type'>,
  slippage: number,
): PerStep {
  const ticks = stopDistance + slippage * slips(type);
  const commission = commissionOf(instrument, 1, policy.commissionPerLot);
  const gap = gapTicks(stopDistance, policy.exposure.worstCase?.gap);
  return {
    risk: addMoney(riskOf(instrument, ticks, 1, rate), commission),
    worstLoss: addMoney(riskOf(instrument, ticks + gap, 1, rate), commission),
    margin: marginOf(instrument, entryPrice, 1, rate, policy.leverage),
    notional: notionalOf(instrument, entryPrice, 1, rate),
  };
}
