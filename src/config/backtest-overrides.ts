/** What `servo backtest` may say over the file: its candles, its costs, its model. Each flag is checked as its key is. */
import { resolve } from 'node:path';
import { conversionRuleFor } from '../domain/instruments.ts';
import type { Timeframe } from '../domain/market.ts';
import { moneyFromUnits } from '../domain/units.ts';
import type { Config, SymbolConfig } from './config.ts';
import { missingConversion } from './contracts.ts';
import { ConfigError, type ConfigFault } from './fault.ts';
import { fault, flagReader, withOverrides } from './overrides.ts';
import { isFile } from './resolve.ts';
import { timeframeValue } from './schema-trading.ts';
import { paperSchema } from './schema-venue.ts';
import { sealConfig } from './seal.ts';
import { closest } from './suggest.ts';

/** As typed, in the units of config.yaml. */
export interface BacktestOverrides {
  /** `FILE` of the one symbol, or `SYMBOL=FILE` for each of several; none: the files of feed.replay. */
  readonly data: readonly string[];
  readonly symbol?: string | undefined;
  readonly timeframe?: string | undefined;
  /** A folder, relative to the working directory: every symbol is asked of its model. */
  readonly model?: string | undefined;
  readonly balance?: string | undefined;
  readonly spread?: string | undefined;
  readonly slippage?: string | undefined;
  readonly commission?: string | undefined;
  readonly latency?: string | undefined;
  readonly seed?: string | undefined;
}

/** Throws a `ConfigError` that names every flag at fault. */
export function withBacktestOverrides(config: Config, flags: BacktestOverrides): Config {
  const [first, ...others] = flags.data;
  const single = others.length === 0 && (first === undefined || !PAIR.test(first));
  const withData = single
    ? withOverrides(config, {
        mode: 'backtest',
        feed: { dataFile: first, symbol: flags.symbol, timeframe: flags.timeframe },
      })
    : withFiles(config, flags);
  const paper = paperOf(config, flags);
  return sealConfig({ ...withData, paper, models: modelsOf(withData, flags.model) });
}

const PAIR = /^([A-Za-z0-9._#-]+)=(.+)$/;

function withFiles(config: Config, { data, symbol, timeframe: typed }: BacktestOverrides): Config {
  const faults: ConfigFault[] = [];
  const read = flagReader(faults);
  const timeframe = read('--timeframe', ['trading', 'symbols', 0, 'timeframe'], timeframeValue, typed);
  if (symbol !== undefined) faults.push(fault('--symbol', 'the symbols stand in --data SYMBOL=FILE already'));
  const files = new Map<string, string>();
  for (const each of data) {
    const [, name = '', path = ''] = PAIR.exec(each) ?? [];
    if (name === '') faults.push(fault('--data', `"${each}" does not say whose candles it holds`, 'SYMBOL=FILE'));
    else if (files.has(name)) faults.push(fault('--data', `${name} is given twice`));
    else files.set(name, resolve(path));
    if (path !== '' && !isFile(resolve(path))) faults.push(fault('--data', `${resolve(path)} is not a file`));
  }
  const symbols = symbolsOf(config, [...files.keys()], timeframe, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return {
    ...config,
    mode: 'backtest',
    trading: { ...config.trading, symbols, timeframe: timeframe ?? config.trading.timeframe },
    feed: { ...config.feed, type: 'replay', replay: { ...config.feed.replay, files: Object.fromEntries(files) } },
  };
}

function symbolsOf(
  config: Config,
  names: readonly string[],
  timeframe: Timeframe | undefined,
  faults: ConfigFault[],
): SymbolConfig[] {
  const known = config.trading.symbols;
  const chosen = names.flatMap((name) => {
    const found = known.find(({ instrument }) => instrument.symbol === name);
    if (found !== undefined) return [found];
    const near = closest(
      name,
      known.map(({ instrument }) => instrument.symbol),
    );
    const hint = near === undefined ? 'add it there first' : `did you mean ${near}?`;
    faults.push(fault('--data', `"${name}" is not in trading.symbols`, hint));
    return [];
  });
  const instruments = chosen.map(({ instrument }) => instrument);
  return chosen.flatMap((symbol) => {
    const conversion = conversionRuleFor(symbol.instrument.quoteCurrency, config.paper.currency, instruments);
    if (conversion !== undefined) return [{ ...symbol, conversion, timeframe: timeframe ?? symbol.timeframe }];
    faults.push(fault('--data', missingConversion(symbol.instrument, config.paper.currency).message));
    return [];
  });
}

function paperOf({ paper }: Config, flags: BacktestOverrides): Config['paper'] {
  const faults: ConfigFault[] = [];
  const read = flagReader(faults);
  const { balance, spread_points, slippage_points, commission_per_lot, latency_ms, seed } = paperSchema.shape;
  const typedBalance = read('--balance', ['paper', 'balance'], balance, flags.balance);
  const spread = read('--spread', ['paper', 'spread_points'], spread_points, flags.spread);
  const slippage = read('--slippage', ['paper', 'slippage_points'], slippage_points, flags.slippage);
  const commission = read('--commission', ['paper', 'commission_per_lot'], commission_per_lot, flags.commission);
  const latency = read('--latency', ['paper', 'latency_ms'], latency_ms, flags.latency);
  const typedSeed = read('--seed', ['paper', 'seed'], seed, flags.seed);
  if (faults.length > 0) throw new ConfigError(faults);
  return {
    ...paper,
    balance: typedBalance === undefined ? paper.balance : moneyFromUnits(typedBalance),
    spreadPoints: spread ?? paper.spreadPoints,
    slippagePoints: slippage ?? paper.slippagePoints,
    commissionPerLot: commission === undefined ? paper.commissionPerLot : moneyFromUnits(commission),
    latencyMs: latency ?? paper.latencyMs,
    seed: typedSeed ?? paper.seed,
  };
}

/** One name for the folder, and every symbol keeps its own name of a model. */
function modelsOf({ models, trading }: Config, folder: string | undefined): Config['models'] {
  if (folder === undefined) return models;
  const path = resolve(folder);
  const named = trading.symbols.flatMap(({ model }) => {
    const known = models[model];
    return known === undefined ? [] : [[model, { ...known, path }] as const];
  });
  return { ...models, ...Object.fromEntries(named) };
}
