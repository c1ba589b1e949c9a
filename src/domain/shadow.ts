/** Would-be trades: what a model in the shadow wanted, or a dry-run would have sent, played on the bars that follow by the same bracket. */
import type { Bar } from './market.ts';
import { direction, type OpenIntent, type Side } from './order.ts';
import type { Regime } from './regime.ts';
import type { Signal } from './signal.ts';
import { bracketOf } from './stops.ts';
import { type Price, price, type Quantity, type UnixMs, unixMs } from './units.ts';

export interface ShadowTrade {
  /** The model and the decision it would have been. */
  readonly shadowId: string;
  readonly model: string;
  readonly decisionId: string;
  readonly symbol: string;
  readonly side: Side;
  /** Of what a dry-run would hold. Absent where nothing was sized. */
  readonly quantity?: Quantity;
  readonly openedAt: UnixMs;
  /** Market time: reached neither stop nor target until then, it ends at the close. */
  readonly endsAt: UnixMs;
  readonly entryPrice: Price;
  readonly stopLoss: Price;
  readonly takeProfit: Price;
  /** Commission and slippage in multiples of the risk; the spread is in the prices. */
  readonly costR: number;
  readonly regime: Regime;
  readonly confidence: number;
  readonly expectedValueR: number;
}

export type ShadowExit = 'stop_loss' | 'take_profit' | 'horizon';

export interface ShadowEnd {
  readonly exitReason: ShadowExit;
  readonly exitPrice: Price;
  /** After costs, in multiples of the risk. */
  readonly resultR: number;
}

/** A real position has no such end; without it a quiet market would keep would-be trades for ever. */
const HORIZON_BARS = 200;

export function shadowTradeOf(signal: Signal, side: Side, timeframeMs: number): ShadowTrade {
  const { symbol, decisionId, barClosedAt, bid, ask, stopDistance, targetDistance, costTicks } = signal;
  const { regime, confidence, expectedValueR } = signal;
  const { model } = signal.prediction;
  return {
    shadowId: `${model}/${decisionId}`,
    model,
    decisionId,
    symbol,
    side,
    openedAt: barClosedAt,
    endsAt: unixMs(barClosedAt + HORIZON_BARS * timeframeMs),
    ...bracketOf(side, bid, ask, stopDistance, targetDistance),
    costR: (costTicks - (ask - bid)) / stopDistance,
    regime,
    confidence,
    expectedValueR,
  };
}

/** In the place of a model's name: the orders that a dry-run would have sent. */
export const DRY_RUN = 'dry-run';

/** As filled at the price it was decided on, with the stop and the target of the order; nothing moves them. */
export function wouldHaveTradeOf(signal: Signal, intent: OpenIntent, timeframeMs: number): ShadowTrade {
  const { side, orderId, quantity } = intent;
  const wouldBe = shadowTradeOf(signal, side, timeframeMs);
  return { ...wouldBe, quantity, model: DRY_RUN, shadowId: `${DRY_RUN}/${orderId}` };
}

/** Undefined while it is open. A buy ends at bids, a sell at asks; a bar with both inside counts as the stop, a gap ends where it opens. */
export function shadowEnd(trade: ShadowTrade, bar: Bar): ShadowEnd | undefined {
  const { side, stopLoss, takeProfit, endsAt } = trade;
  const sign = direction(side);
  const spread = side === 'buy' ? 0 : bar.spread;
  const [worst, best] = side === 'buy' ? [bar.low, bar.high] : [bar.high, bar.low];
  const beyond = (at: number, level: Price) => sign * (at + spread - level);
  if (beyond(worst, stopLoss) <= 0) {
    const opens = price(bar.open + spread);
    return endOf(trade, 'stop_loss', sign * (opens - stopLoss) < 0 ? opens : stopLoss);
  }
  if (beyond(best, takeProfit) >= 0) return endOf(trade, 'take_profit', takeProfit);
  return bar.closeAt >= endsAt ? endOf(trade, 'horizon', price(bar.close + spread)) : undefined;
}

function endOf(
  { side, entryPrice, stopLoss, costR }: ShadowTrade,
  exitReason: ShadowExit,
  exitPrice: Price,
): ShadowEnd {
  const risk = Math.abs(entryPrice - stopLoss);
  return { exitReason, exitPrice, resultR: (direction(side) * (exitPrice - entryPrice)) / risk - costR };
}
