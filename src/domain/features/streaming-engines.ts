/** The engines of a policy's symbols: they look at one another where a model asks for it. */
import { FeatureEngine, type FeatureSnapshot } from '../features.ts';
import { recordRuleOf } from '../market-record.ts';
import { symbolPolicy, type TradingPolicy } from '../policy.ts';
import { columnsFor } from './spec.ts';

export class StreamingEngines {
  readonly #policy: TradingPolicy;
  readonly #bySymbol = new Map<string, FeatureEngine>();

  constructor(policy: TradingPolicy) {
    this.#policy = policy;
  }

  /** One that has seen nothing yet. */
  open(symbol: string): FeatureEngine {
    const { symbols, timeframeMs, atrPeriod } = this.#policy;
    const { instrument, regimeModel, features: spec } = symbolPolicy(this.#policy, symbol);
    const others = [...symbols].flatMap(([other, { features }]) => (other === symbol ? [] : (features ?? [])));
    const engine = new FeatureEngine(instrument, timeframeMs, {
      atrPeriod,
      regimeModel,
      record: recordRuleOf(this.#policy, symbol),
      spec,
      columns: columnsFor(symbol, spec, others),
      lookAt: (other) => this.#bySymbol.get(other),
    });
    this.#bySymbol.set(symbol, engine);
    return engine;
  }

  /** One that goes on where the snapshot was taken; undefined where that was measured by another rule and must warm up anew. */
  restore(symbol: string, snapshot: FeatureSnapshot): FeatureEngine | undefined {
    const engine = this.#bySymbol.get(symbol) ?? this.open(symbol);
    if (!engine.fits(snapshot)) return undefined;
    engine.resume(snapshot);
    return engine;
  }
}
