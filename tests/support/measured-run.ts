/** The backtest engine over the bars of a feed, so that it can be held against the plain loop and the pipeline. */

import { openModelSource } from '../../src/backtest/model-source.ts';
import { type BacktestFacts, measureMarkets, runMeasured } from '../../src/backtest/run-backtest.ts';
import { configuredRules } from '../../src/broker/paper/configured-rules.ts';
import type { Config } from '../../src/config/config.ts';
import { tradingPolicyOf } from '../../src/config/policy.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { BarFeed } from '../../src/domain/ports.ts';
import { type Candles, candlesOf, emptyColumns } from '../../src/market/candles.ts';

/** Every bar that a feed gives, its history first. */
export function allBars(feed: BarFeed): readonly Bar[] {
  const bars = [...feed.history()];
  for (let due = feed.due(undefined); due.kind === 'bars'; due = feed.due(due.bars[0]?.closeAt)) bars.push(...due.bars);
  return bars;
}

export function candlesFrom(bars: readonly Bar[], symbol: string, timeframe: Candles['timeframe']): Candles {
  const own = bars.filter((bar) => bar.symbol === symbol);
  const columns = emptyColumns(own.length);
  for (const [row, bar] of own.entries()) {
    for (const name of Object.keys(columns) as (keyof typeof columns)[]) columns[name][row] = bar[name];
  }
  return candlesOf(symbol, timeframe, columns, own.length);
}

export async function measuredRun(config: Config, feed: BarFeed, guards = false): Promise<BacktestFacts> {
  const { symbols, timeframe } = config.trading;
  const bars = allBars(feed);
  const warmupBars = feed.history().filter((bar) => bar.symbol === symbols[0]?.instrument.symbol).length;
  const model = await openModelSource(config.models['demo']?.path ?? '');
  try {
    const measured = await measureMarkets({
      policy: tradingPolicyOf(config),
      rules: configuredRules(config),
      opening: config.paper.balance,
      markets: symbols.map(({ instrument }) => ({
        candles: candlesFrom(bars, instrument.symbol, timeframe),
        source: model,
      })),
      warmupBars,
      guards,
    });
    return runMeasured(measured, 'pessimistic');
  } finally {
    await model.close();
  }
}
