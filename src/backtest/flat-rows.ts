/** Which rows of a market are foretold to be flat: with an idle book, nothing can come of them. */
import { conversionRate } from '../domain/instrument.ts';
import { symbolPolicy, type TradingPolicy } from '../domain/policy.ts';
import { REGIMES } from '../domain/regime.ts';
import { distance, sideValueR } from '../domain/signal.ts';
import { tradingCostTicks } from '../domain/trading-cost.ts';
import type { Candles } from '../market/candles.ts';
import { type Measures, UNKNOWN_REGIME } from './measured-market.ts';

/**
 * 1 where no side has a positive expected value, by the very formula of the signal. Where the cost depends on a rate that moves,
 * it is left out: fewer rows are called flat then, and none wrongly.
 */
export function flatRows(
  policy: TradingPolicy,
  candles: Candles,
  measures: Measures,
  reachAtr: number | undefined,
): Uint8Array {
  const { instrument, conversion } = symbolPolicy(policy, candles.symbol);
  const fixedRate = conversion.kind === 'same' ? conversionRate(conversion, undefined) : undefined;
  const tradingCost = tradingCostTicks(policy, candles.symbol, fixedRate);
  const { stopAtrMultiple } = policy.signal;
  const { ready, atrTicks, regimes, probabilities } = measures;
  const flat = new Uint8Array(candles.length);
  for (let row = 0; row < candles.length; row++) {
    const down = probabilities[row * 3] ?? 0;
    const up = probabilities[row * 3 + 2] ?? 0;
    if (ready[row] === 0 || !(up + down > 0)) {
      flat[row] = 1;
      continue;
    }
    const regime = REGIMES[regimes[row] ?? UNKNOWN_REGIME] ?? 'unknown';
    const atr = atrTicks[row] ?? 0;
    const stop = distance(instrument, atr * policy.regimes[regime].stopFactor * stopAtrMultiple);
    const reach = reachAtr === undefined ? stop : reachAtr * atr;
    const cost = (candles.spread[row] ?? 0) + tradingCost;
    const best = Math.max(sideValueR(up, down, stop, reach, cost), sideValueR(down, up, stop, reach, cost));
    flat[row] = best > 0 ? 0 : 1;
  }
  return flat;
}
