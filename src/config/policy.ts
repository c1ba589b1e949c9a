/** The part of the configuration that the core trades by. */
import { timeframeMs } from '../domain/market.ts';
import type { TradingPolicy } from '../domain/policy.ts';
import type { Config } from './config.ts';

export function tradingPolicyOf(config: Config): TradingPolicy {
  const { execution, paper, trading } = config;
  return {
    symbols: new Map(
      trading.symbols.map(({ timeframe: _, model: __, ...symbol }) => [symbol.instrument.symbol, symbol]),
    ),
    timeframeMs: timeframeMs(trading.timeframe),
    currency: paper.currency,
    leverage: paper.leverage,
    commissionPerLot: paper.commissionPerLot,
    signal: { stopAtrMultiple: trading.stops.stopAtr, targetAtrMultiple: trading.stops.targetAtr },
    atrPeriod: trading.stops.atrPeriod,
    limits: config.limits,
    order: execution.order,
    position: execution.position,
    session: trading.session,
    dryRun: config.dryRun,
  };
}
