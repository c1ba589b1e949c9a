/** What the models of a configuration ask to be shown, by symbol, where that is more than the pack. */
import { join } from 'node:path';
import type { Config } from './config/config.ts';
import { closest } from './config/suggest.ts';
import { type FeatureSpec, FeatureSpecError, type KnownFeatures, parseFeatureSpec } from './domain/features/spec.ts';
import { loadUserFeatures } from './inference/feature-sdk.ts';
import { ModelError } from './inference/model-error.ts';
import { readPassport } from './inference/read-model.ts';
import { servingFolder } from './inference/registry/model-home.ts';
import { featureProbe } from './market/feature-probe.ts';

/** Of the versions that serve now: one that is promoted later must ask for the same. Throws a ModelError or a FeatureFileError. */
export async function featureSpecsOf(config: Config): Promise<ReadonlyMap<string, FeatureSpec>> {
  const { models, trading } = config;
  const known = await knownFeaturesOf(config);
  const bySymbol = new Map<string, FeatureSpec>();
  for (const [name, symbols] of Map.groupBy(trading.symbols, ({ model }) => model)) {
    const model = models[name];
    if (model === undefined) throw new Error(`model ${name} is not configured`);
    const spec = await readSpec(await servingFolder(model.path), known);
    if (spec.isPack) continue;
    for (const { instrument } of symbols) bySymbol.set(instrument.symbol, spec);
  }
  return bySymbol;
}

/** What this servo can compute: its own features and those of the configured folder. Throws a FeatureFileError. */
export async function knownFeaturesOf({ features: { folder }, trading }: Config): Promise<KnownFeatures> {
  return {
    ...(folder !== null && { user: await loadUserFeatures(folder, featureProbe()) }),
    timeframe: trading.timeframe,
    symbols: trading.symbols.map(({ instrument }) => instrument.symbol),
    nearest: closest,
  };
}

async function readSpec(folder: string, known: KnownFeatures): Promise<FeatureSpec> {
  const { features } = await readPassport(folder);
  try {
    return parseFeatureSpec(features.names, known);
  } catch (error) {
    if (!(error instanceof FeatureSpecError)) throw error;
    const where = `${join(folder, 'passport.json')}: features.names`;
    throw new ModelError(
      where,
      error.message,
      'Fit the model again on features of this servo, or name their folder in features.folder',
    );
  }
}
