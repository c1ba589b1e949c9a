/** What stands behind the ports for a configuration: its feed, its models. */
import type { Config, SymbolConfig } from './config/config.ts';
import { ticksFromPoints } from './domain/instruments.ts';
import type { BarFeed, Clock, Predictor } from './domain/ports.ts';
import { knownFeaturesOf } from './feature-specs.ts';
import { liveModels } from './inference/live-models.ts';
import { replayFeed } from './market/replay-feed.ts';
import { simulatorFeed } from './market/simulator-feed.ts';
import { withSpread } from './market/with-spread.ts';

/** The venue's spread, where one is configured, is also the one that the decisions see. */
export function feedOf(config: Config, clock: Clock): BarFeed {
  const { spreadPoints } = config.paper;
  const feed = ownSpreadFeed(config, clock);
  if (spreadPoints === null) return feed;
  const { symbols } = config.trading;
  const spreads = symbols.map(
    ({ instrument }) => [instrument.symbol, ticksFromPoints(instrument, spreadPoints)] as const,
  );
  return withSpread(feed, new Map(spreads));
}

function ownSpreadFeed({ feed, trading }: Config, clock: Clock): BarFeed {
  if (feed.type === 'simulator') {
    const { seed, barEveryMs, warmupBars } = feed.simulator;
    return simulatorFeed({ instruments: trading.symbols, seed, barEveryMs, warmupBars, clock });
  }
  const { files, ...pace } = feed.replay;
  const replayed = trading.symbols.flatMap(({ instrument, timeframe }) => {
    const path = files[instrument.symbol];
    return path === undefined ? [] : [{ instrument, timeframe, path }];
  });
  return replayFeed({ files: replayed, ...pace, clock });
}

/** Loads every model that a symbol names, and whatever is promoted in its place later. Throws a ModelError on the first that is refused. */
export async function predictorOf(config: Config, log: (line: string) => void): Promise<Predictor> {
  const { models, trading } = config;
  const names = new Set(trading.symbols.flatMap(({ model, shadows }) => [model, ...shadows]));
  const symbolsWith = (has: (symbol: SymbolConfig) => boolean) =>
    trading.symbols.filter(has).map(({ instrument }) => instrument.symbol);
  const named = [...names].map((name) => {
    const model = models[name];
    if (model === undefined) throw new Error(`model ${name} is not configured`);
    const { path: folder, timeoutMs } = model;
    const symbols = symbolsWith((symbol) => symbol.model === name);
    return { name, folder, timeoutMs, symbols, shadowed: symbolsWith(({ shadows }) => shadows.includes(name)) };
  });
  return liveModels({ models: named, featureNames: await knownFeaturesOf(config), log });
}
