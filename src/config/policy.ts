/** The part of the configuration that the core trades by. */
import type { FeatureSpec } from '../domain/features/spec.ts';
import { timeframeMs } from '../domain/market.ts';
import type { TradingPolicy } from '../domain/policy.ts';
import type { RegimeModel } from '../domain/regime-model.ts';
import type { Config } from './config.ts';

/** By symbol: the rules name the regimes of one that has no model of them, and its model is shown the pack where it asks for nothing else. */
export function tradingPolicyOf(
  config: Config,
  regimeModels: ReadonlyMap<string, RegimeModel> = new Map(),
  features: ReadonlyMap<string, FeatureSpec> = new Map(),
): TradingPolicy {
  const { execution, paper, trading } = config;
  return {
    symbols: new Map(
      trading.symbols.map(({ timeframe: _, model: __, shadows: ___, ...symbol }) => {
        const name = symbol.instrument.symbol;
        return [name, { ...symbol, regimeModel: regimeModels.get(name), features: features.get(name) }];
      }),
    ),
    timeframeMs: timeframeMs(trading.timeframe),
    currency: paper.currency,
    leverage: paper.leverage,
    commissionPerLot: paper.commissionPerLot,
    signal: { stopAtrMultiple: trading.stops.stopAtr, targetAtrMultiple: trading.stops.targetAtr },
    atrPeriod: trading.stops.atrPeriod,
    limits: config.limits,
    riskLevel: config.riskLevel,
    mandate: config.mandate,
    stress: config.stress,
    sizing: config.sizing,
    exposure: config.exposure,
    pace: config.pace,
    regimes: trading.regimes,
    order: execution.order,
    position: execution.position,
    session: trading.session,
    entryWindows: trading.entryWindows,
    filters: trading.filters,
    news: trading.news,
    dryRun: config.dryRun,
  };
}
