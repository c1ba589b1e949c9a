/** What stands behind the ports for a configuration: its feed, its broker, its models. */
import type { AccountPaths } from './accounts.ts';
import { fileStore } from './broker/paper/file-store.ts';
import { paperBroker } from './broker/paper/paper-broker.ts';
import type { VenueRules } from './broker/paper/rules.ts';
import type { Config } from './config/config.ts';
import { FEATURE_PACK } from './domain/features.ts';
import { ticksFromPoints } from './domain/instruments.ts';
import { timeframeMs } from './domain/market.ts';
import type { BarFeed, Broker, Clock, Predictor } from './domain/ports.ts';
import { onnxPredictor } from './inference/onnx-predictor.ts';
import { predictorFor } from './inference/predictor-for.ts';
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

export const brokerOf = (config: Config, { venue }: Pick<AccountPaths, 'venue'>): Broker =>
  paperBroker({ rules: venueRulesOf(config), opening: config.paper.balance, store: fileStore(venue) });

function venueRulesOf({ paper, trading }: Config): VenueRules {
  const { spreadPoints, slippagePoints } = paper;
  const symbols = trading.symbols.map(({ instrument, conversion }) => {
    const spread = spreadPoints === null ? 'feed' : ticksFromPoints(instrument, spreadPoints);
    const slippage = ticksFromPoints(instrument, slippagePoints);
    return [instrument.symbol, { instrument, conversion, spread, slippage }] as const;
  });
  return {
    ...paper,
    symbols: new Map(symbols),
    session: trading.session,
    timeframeMs: timeframeMs(trading.timeframe),
  };
}

/** Loads every model that a symbol names. Throws a ModelError on the first that is refused. */
export async function predictorOf({ models, trading }: Config, log: (line: string) => void): Promise<Predictor> {
  const loaded = new Map<string, Predictor>();
  for (const name of new Set(trading.symbols.map(({ model }) => model))) {
    const model = models[name];
    if (model === undefined) throw new Error(`model ${name} is not configured`);
    const { path: folder, timeoutMs } = model;
    loaded.set(name, await onnxPredictor({ folder, featureNames: FEATURE_PACK.names, timeoutMs, log }));
  }
  const bySymbol = trading.symbols.flatMap(({ instrument, model }) => {
    const predictor = loaded.get(model);
    return predictor === undefined ? [] : [[instrument.symbol, predictor] as const];
  });
  return predictorFor(new Map(bySymbol));
}
