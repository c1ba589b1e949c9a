/** The fitted regimes that the models' passports hold, by symbol. */
import type { Config } from './config/config.ts';
import type { RegimeModel } from './domain/regime-model.ts';
import { readPassport } from './inference/read-model.ts';
import { servingFolder } from './inference/registry/model-home.ts';

/** Those of the versions that serve now; what is promoted later brings its regimes at the next start. Throws a ModelError. */
export async function regimeModelsOf({ models, trading }: Config): Promise<ReadonlyMap<string, RegimeModel>> {
  const bySymbol = new Map<string, RegimeModel>();
  for (const [name, symbols] of Map.groupBy(trading.symbols, ({ model }) => model)) {
    const model = models[name];
    if (model === undefined) throw new Error(`model ${name} is not configured`);
    const { regimes } = await readPassport(await servingFolder(model.path));
    if (regimes === undefined) continue;
    for (const { instrument } of symbols) bySymbol.set(instrument.symbol, regimes);
  }
  return bySymbol;
}
