/** The outcome of a training as plain JSON, for scripts. */

import type { TradedForecasts } from '../run/trade-forecasts.ts';
import { featureName } from './figure-tables.ts';
import type { ReportedRun } from './reported-run.ts';

export function trainingJson(
  { result, source, command, version }: ReportedRun,
  kept: { readonly id: string; readonly folder: string; readonly report: string },
): object {
  const { request, material, trials, final, judgement, intervals, deflated, overfitting, regimes } = result;
  return {
    name: request.name,
    ...judgement,
    version: kept,
    data: {
      ...source,
      symbol: material.candles.symbol,
      timeframe: material.candles.timeframe,
      bars: material.candles.length,
    },
    rows: {
      development: material.development.length,
      effective: material.effectiveRows,
      holdOut: material.holdOut.length,
    },
    trials: trials.map(({ validated, traded }) => ({
      trainer: validated.trainer,
      ...validated.scores,
      traded: traded.map(tradedJson),
    })),
    intervals,
    holdOut: { score: final.score, traded: tradedJson(result.holdOutTraded) },
    earlierTrials: result.earlierTrials,
    deflatedSharpe: deflated,
    overfitting: overfitting === null ? null : overfitting.probability,
    importances: result.importances.map(({ column, ...figures }) => ({ feature: featureName(column), ...figures })),
    regimes: regimes.described,
    calibration: final.calibration,
    exportDifference: final.exportDifference,
    seed: request.seed,
    configHash: request.config.configHash,
    command,
    servo: version,
  };
}

const tradedJson = ({ equity, dailyReturns, ...figures }: TradedForecasts): object => ({
  ...figures,
  days: dailyReturns.length,
});
