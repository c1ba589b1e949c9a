/** Opens what a configuration and a few wishes ask for: candles, models, rules. The caller closes it. */
import { configuredRules } from '../broker/paper/configured-rules.ts';
import type { VenueRules } from '../broker/paper/rules.ts';
import type { Config, SymbolConfig } from '../config/config.ts';
import { tradingPolicyOf } from '../config/policy.ts';
import type { FeatureSpec, KnownFeatures } from '../domain/features/spec.ts';
import { ticksFromPoints } from '../domain/instruments.ts';
import { type Timeframe, timeframeMs } from '../domain/market.ts';
import type { RegimeModel } from '../domain/regime-model.ts';
import type { UnixMs } from '../domain/units.ts';
import { type Candles, candlesOf, indexClosingAfter } from '../market/candles.ts';
import { sha256OfFile } from '../market/file-hash.ts';
import { openCandles } from '../market/open-candles.ts';
import { holdsTicks, openTicks } from '../market/open-ticks.ts';
import { refuseUnfit } from '../market/quality/quality.ts';
import { ColumnCache, keyOf } from './cache/column-cache.ts';
import { keptCandles } from './cache/kept-candles.ts';
import { candleDetail, type Detail, tickDetail } from './detail.ts';
import type { OpenModel } from './model-source.ts';
import type { Assumptions } from './result.ts';
import type { BacktestMarket, BacktestSetup } from './run-backtest.ts';
import { type RuleSource, ruleSource, type SignalSource } from './signal-source.ts';

export interface BacktestWishes {
  /** Close times decided on: from the first to the last, both included. */
  readonly from?: UnixMs | undefined;
  readonly to?: UnixMs | undefined;
  /** A plain rule such as `sma_cross:10/30` in place of the models. */
  readonly signal?: string | undefined;
  /** A file of finer candles, or of ticks, of the one symbol: it says in which order prices came. */
  readonly detail?: DetailFile | undefined;
  /** Candles with grave faults are tested all the same. */
  readonly acceptBadData?: boolean | undefined;
  /** What models may be shown beside the feature pack; left out, they are shown the pack. */
  readonly features?: ModelFeatures | undefined;
  /** The models' guards act as they do live. */
  readonly guards?: boolean | undefined;
  /** Where candles and measures are kept from test to test; none: nothing is kept. */
  readonly cacheFolder?: string | undefined;
}

export interface ModelFeatures {
  readonly known: KnownFeatures;
  /** Of the models that ask for more than the pack. */
  readonly bySymbol: ReadonlyMap<string, FeatureSpec>;
}

export interface DetailFile {
  readonly path: string;
  /** Of candles; ticks have none. */
  readonly timeframe: Timeframe;
}

export interface OpenBacktest {
  readonly setup: BacktestSetup;
  readonly cache: ColumnCache | undefined;
  readonly data: Assumptions['data'];
  /** The longest of the models'; absent for a plain rule. */
  readonly horizonBars: number | undefined;
  close(): Promise<void>;
}

/** Throws a CandleFileError, a ModelError or a RangeError; what was opened by then is closed. */
export async function openBacktest(config: Config, wishes: BacktestWishes): Promise<OpenBacktest> {
  const sources = await openSources(config, wishes);
  const cache = wishes.cacheFolder === undefined ? undefined : new ColumnCache(wishes.cacheFolder);
  try {
    const files = config.trading.symbols.map((symbol) => openMarket(config, symbol, wishes, sources, cache));
    const setup: BacktestSetup = {
      policy: tradingPolicyOf(config, sources.regimeModels, wishes.features?.bySymbol),
      rules: testedRules(config),
      opening: config.paper.balance,
      markets: files.map(({ market }) => market),
      warmupBars: config.feed.replay.warmupBars,
      from: wishes.from,
      guards: wishes.guards,
    };
    const { horizonBars, close } = sources;
    return { setup, cache, data: files.map(({ data }) => data), horizonBars, close };
  } catch (error) {
    await sources.close();
    throw error;
  }
}

interface Sources {
  readonly bySymbol: ReadonlyMap<string, SignalSource>;
  readonly regimeModels: ReadonlyMap<string, RegimeModel>;
  readonly horizonBars: number | undefined;
  close(): Promise<void>;
}

/** Each model once, whoever asks it. What computes models is loaded only where there is one to compute. */
async function openSources({ models, trading }: Config, { signal, features }: BacktestWishes): Promise<Sources> {
  const symbols = trading.symbols.map(({ instrument }) => instrument.symbol);
  if (signal !== undefined) {
    const rule: RuleSource = ruleSource(signal);
    const bySymbol = new Map(symbols.map((symbol) => [symbol, rule]));
    return { bySymbol, regimeModels: new Map(), horizonBars: undefined, close: async () => undefined };
  }
  const { openModelSource } = await import('./model-source.ts');
  const opened = new Map<string, OpenModel>();
  const close = async (): Promise<void> => {
    await Promise.all([...opened.values()].map((model) => model.close()));
  };
  const bySymbol = new Map<string, OpenModel>();
  try {
    for (const { instrument, model: name } of trading.symbols) {
      const model = opened.get(name) ?? (await openModelSource(models[name]?.path ?? name, features?.known));
      opened.set(name, model);
      bySymbol.set(instrument.symbol, model);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const fitted = [...bySymbol].flatMap(([symbol, { regimeModel }]) =>
    regimeModel === undefined ? [] : [[symbol, regimeModel] as const],
  );
  const horizonBars = Math.max(...[...opened.values()].map((model) => model.horizonBars));
  return { bySymbol, regimeModels: new Map(fitted), horizonBars, close };
}

interface OpenMarket {
  readonly market: BacktestMarket;
  readonly data: Assumptions['data'][number];
}

/** Throws a CandleFileError; the configuration has made sure that there is a file. */
function openMarket(
  config: Config,
  symbol: SymbolConfig,
  wishes: BacktestWishes,
  { bySymbol }: Sources,
  cache: ColumnCache | undefined,
): OpenMarket {
  const { instrument, timeframe } = symbol;
  const name = instrument.symbol;
  const { files, defaultSpreadPoints } = config.feed.replay;
  const path = files[name];
  const source = bySymbol.get(name);
  if (path === undefined || source === undefined) throw new Error(`${name} has no candles or no signal source`);
  const sha256 = hashOfFile(path);
  const whole = keptCandles({ path, sha256, instrument, timeframe, defaultSpreadPoints }, cache, () => {
    // Candles that nobody has read were measured by nobody: the model's thread starts while they are read.
    if (source.kind === 'model') source.prepare();
  });
  if (wishes.acceptBadData !== true) refuseUnfit(path, whole.unfit);
  const { spreadPoints } = config.paper;
  const spread = spreadPoints === null ? undefined : ticksFromPoints(instrument, spreadPoints);
  const candles = cut(spread === undefined ? whole.candles : withFixedSpread(whole.candles, spread), wishes.to);
  const contentHash = keyOf([whole.contentHash, spread ?? 'own spread', candles.length]);
  const detail = wishes.detail && openDetail(config, symbol, wishes.detail);
  return {
    market: { candles, source, detail, contentHash },
    data: { symbol: name, file: path, sha256, bars: candles.length },
  };
}

/** Empty where the file cannot be read: who opens it finds the words for that. */
function hashOfFile(path: string): string {
  try {
    return sha256OfFile(path);
  } catch {
    return '';
  }
}

/** Throws a RangeError unless the detail is finer than the bars, and whole in them. */
function openDetail(
  config: Config,
  { instrument, timeframe }: SymbolConfig,
  { path, timeframe: finer }: DetailFile,
): Detail {
  if (config.trading.symbols.length > 1) throw new RangeError('--detail is of one symbol: test the symbols one by one');
  const { spreadPoints } = config.paper;
  const spread = spreadPoints === null ? undefined : ticksFromPoints(instrument, spreadPoints);
  if (holdsTicks(path)) return tickDetail(openTicks(path, instrument), spread);
  if (timeframeMs(timeframe) % timeframeMs(finer) !== 0 || finer === timeframe) {
    throw new RangeError(
      `--detail of ${finer} does not say what happened inside ${timeframe} bars: give a finer timeframe`,
    );
  }
  const { defaultSpreadPoints } = config.feed.replay;
  const candles = openCandles({ path, instrument, timeframe: finer, defaultSpreadPoints });
  return candleDetail(spread === undefined ? candles : withFixedSpread(candles, spread));
}

const withFixedSpread = (candles: Candles, spread: number): Candles =>
  candlesOf(
    candles.symbol,
    candles.timeframe,
    { ...candles, spread: candles.spread.slice().fill(spread) },
    candles.length,
  );

/** Without the bars that close after the last one wished for. */
function cut(candles: Candles, to: UnixMs | undefined): Candles {
  if (to === undefined) return candles;
  return candlesOf(candles.symbol, candles.timeframe, candles, indexClosingAfter(candles, to));
}

/** The candles carry the tested spread already, so decisions and venue see the same. */
export function testedRules(config: Config): Omit<VenueRules, 'fillRule'> {
  const { symbols, ...rules } = configuredRules(config);
  return { ...rules, symbols: new Map([...symbols].map(([name, own]) => [name, { ...own, spread: 'feed' }])) };
}
