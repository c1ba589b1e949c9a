/** What an entry wants before anything caps it. */
import { CLOSES_KEPT, volatilityOf } from '../features/recent-closes.ts';
import { quantityFromLots } from '../instrument.ts';
import { cardOf } from '../models.ts';
import type { SizingMethod } from '../policy.ts';
import type { Signal } from '../signal.ts';
import { type Cap, moneyCap, type SizingFallback } from '../sizing.ts';
import { marketOf, type ServoState } from '../state.ts';
import { fractionOfMoney, money } from '../units.ts';
import { riskCap } from './caps.ts';
import type { OrderToSize } from './order-to-size.ts';

/** Where a method cannot say, the risk to the stop does, and `fallback` says why. */
export interface Wish {
  readonly wanted: Cap;
  readonly fallback?: SizingFallback;
}

type Method = (state: ServoState, signal: Signal, order: OrderToSize) => Cap | SizingFallback;

const METHODS: Readonly<Record<SizingMethod, Method>> = {
  risk: (_state, _signal, order) => riskCap(order),
  fixed_lot: ({ policy }, _, { instrument }) => ({
    name: 'fixed_lot',
    steps: quantityFromLots(instrument, policy.sizing.fixedLots),
  }),
  volatility_target: byVolatility,
  kelly: byKelly,
};

export function wantedBy(state: ServoState, signal: Signal, order: OrderToSize): Wish {
  const wanted = METHODS[state.policy.sizing.method](state, signal, order);
  return typeof wanted === 'string' ? { wanted: riskCap(order), fallback: wanted } : { wanted };
}

const DAY_MS = 86_400_000;

/** So large that the position's profit has the wanted standard deviation over a year of such bars. */
function byVolatility(state: ServoState, { symbol }: Signal, order: OrderToSize): Cap | SizingFallback {
  const { policy, equity, instrument, perStep } = order;
  const ofOneBar = volatilityOf(marketOf(state, symbol).engine.recent, CLOSES_KEPT - 1);
  if (ofOneBar === undefined) return 'volatility_unknown';
  const daysPerYear = instrument.assetClass === 'crypto' ? 365 : 252;
  const ofYear = ofOneBar * Math.sqrt((daysPerYear * DAY_MS) / policy.timeframeMs);
  const target = fractionOfMoney(equity, policy.sizing.volatilityTarget);
  return moneyCap('volatility_target', target, money(Math.ceil(perStep.notional * ofYear)));
}

/** A share of the bet that makes an account grow fastest, were the model's chances true: they must have been calibrated. */
function byKelly(state: ServoState, signal: Signal, { equity, policy, perStep }: OrderToSize): Cap | SizingFallback {
  if (cardOf(state, signal.symbol)?.calibrated !== true) return 'not_calibrated';
  const fraction = Math.min(1, policy.sizing.kellyFraction * kellyBet(signal));
  return moneyCap('kelly', fractionOfMoney(equity, fraction), perStep.risk);
}

/**
 * Mean ÷ mean square of the profit in R, which for two outcomes of ±1 R is the textbook's p − q. The signal foretells a move
 * of `reach` with the chances of up and down, and pays its costs in every case.
 */
export function kellyBet({ prediction, side, expectedValueR, costTicks, stopDistance }: Signal): number {
  if (prediction.kind === 'neutral' || side === 'flat') return 0;
  const { up, flat, down } = prediction.probabilities;
  const [win, lose] = side === 'buy' ? [up, down] : [down, up];
  const cost = costTicks / stopDistance;
  const reach = (expectedValueR + cost) / (win - lose);
  const meanSquare = win * (reach - cost) ** 2 + lose * (reach + cost) ** 2 + flat * cost ** 2;
  const bet = expectedValueR / meanSquare;
  // Written so that what is no number bets nothing.
  return bet > 0 ? Math.min(1, bet) : 0;
}
