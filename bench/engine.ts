/** The servo's backtest of the SMA cross in this process, on candles that are loaded already. */

import type { BacktestTrade } from '../src/backtest/result.ts';
import { measureMarkets, runMeasured } from '../src/backtest/run-backtest.ts';
import { ruleSource } from '../src/backtest/signal-source.ts';
import { money } from '../src/domain/units.ts';
import type { Candles } from '../src/market/candles.ts';
import { policyOf, venueRulesOf } from '../tests/backtest/sma-market.ts';
import { SMA_RULES } from './sma-rules.ts';

/** Measured ahead and run once, real domain objects, gate and venue. */
export async function runSma(candles: Candles): Promise<readonly BacktestTrade[]> {
  const { fillRule, ...rules } = venueRulesOf(SMA_RULES);
  const setup = await measureMarkets({
    policy: policyOf(SMA_RULES),
    rules,
    opening: money(SMA_RULES.balanceMicros),
    markets: [{ candles, source: ruleSource(`sma_cross:${SMA_RULES.fastBars}/${SMA_RULES.slowBars}`) }],
    warmupBars: SMA_RULES.decideFrom,
  });
  return runMeasured(setup, fillRule).trades;
}
