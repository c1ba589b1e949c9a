/** The streaming engine of one market of a test, with the other markets' engines beside it where its model looks at them. */

import { followers } from '../domain/features/followers.ts';
import { columnsFor, type FeatureSpec } from '../domain/features/spec.ts';
import type { LookAt } from '../domain/features/vector.ts';
import { FeatureEngine } from '../domain/features.ts';
import type { Bar } from '../domain/market.ts';
import { recordRuleOf } from '../domain/market-record.ts';
import { symbolPolicy, type TradingPolicy } from '../domain/policy.ts';
import type { Candles } from '../market/candles.ts';

/** Fresh; `candles` are those of all markets of the test. */
export function marketEngine(policy: TradingPolicy, candles: readonly Candles[], symbol: string): FeatureEngine {
  return engineOf(policy, symbol, lookAtOthers(policy, candles, symbol));
}

function engineOf(policy: TradingPolicy, symbol: string, lookAt: LookAt): FeatureEngine {
  const { instrument, regimeModel, features: spec } = symbolPolicy(policy, symbol);
  const columns = columnsFor(symbol, spec, specsOfOthers(policy, symbol));
  return new FeatureEngine(instrument, policy.timeframeMs, {
    atrPeriod: policy.atrPeriod,
    regimeModel,
    record: recordRuleOf(policy, symbol),
    spec,
    columns,
    lookAt,
  });
}

const specsOfOthers = ({ symbols }: TradingPolicy, symbol: string): FeatureSpec[] =>
  [...symbols].flatMap(([other, { features }]) => (other === symbol ? [] : (features ?? [])));

/** Only the engines that are looked at are there, each brought up to the bar at which it is. */
function lookAtOthers(policy: TradingPolicy, candles: readonly Candles[], symbol: string): LookAt {
  const { features } = symbolPolicy(policy, symbol);
  const names = new Set(features?.columns.flatMap((column) => (column.kind === 'own' ? [] : [column.symbol])));
  const beside = candles.filter((others) => names.has(others.symbol));
  return followers(
    new Map(
      beside.map((others) => [
        others.symbol,
        { engine: engineOf(policy, others.symbol, () => undefined), bars: barsOf(others) },
      ]),
    ),
  );
}

function* barsOf(candles: Candles): Generator<Bar> {
  for (let row = 0; row < candles.length; row++) yield candles.barAt(row);
}
