/** The command line over the file: each flag checked as its key is, and named in its fault. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import { conversionRuleFor } from '../domain/instruments.ts';
import type { Config, FeedConfig, LogLevel, SymbolConfig } from './config.ts';
import { missingConversion } from './contracts.ts';
import { expectation } from './explain.ts';
import { ConfigError, type ConfigFault, type ConfigPath } from './fault.ts';
import { schemaAt, withoutNull } from './json-schema.ts';
import { isFile } from './resolve.ts';
import { logLevelValue, modeValue, portValue } from './schema.ts';
import { timeframeValue } from './schema-trading.ts';
import { barEveryValue, simulatorSeedValue, speedValue } from './schema-venue.ts';
import { sealConfig } from './seal.ts';
import { closest } from './suggest.ts';

/** As typed: numbers may be texts. */
export interface Overrides {
  readonly mode?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly logLevel?: string | undefined;
  readonly feed?: FeedOverrides | undefined;
  readonly apiPort?: string | number | undefined;
  readonly seed?: string | number | undefined;
  /** Seconds. */
  readonly barEvery?: string | number | undefined;
}

export interface FeedOverrides {
  /** A CSV file, relative to the working directory; the feed becomes its replay, of one symbol. */
  readonly dataFile?: string | undefined;
  readonly symbol?: string | undefined;
  readonly timeframe?: string | undefined;
  readonly speed?: string | number | undefined;
}

export function withOverrides(config: Config, overrides: Overrides): Config {
  const faults: ConfigFault[] = [];
  const read = flagReader(faults);
  const mode = read('--mode', ['mode'], modeValue, overrides.mode);
  const level = read('--log-level', ['logging', 'level'], logLevelValue, overrides.logLevel);
  const port = read('--api-port', ['api', 'port'], portValue, overrides.apiPort);
  const seed = read('--seed', ['feed', 'simulator', 'seed'], simulatorSeedValue, overrides.seed);
  const barEvery = read('--bar-every', ['feed', 'simulator', 'bar_every'], barEveryValue, overrides.barEvery);
  const speed = read('--speed', ['feed', 'replay', 'speed'], speedValue, overrides.feed?.speed);
  const timeframe = read(
    '--timeframe',
    ['trading', 'symbols', 0, 'timeframe'],
    timeframeValue,
    overrides.feed?.timeframe,
  );
  const symbols = chosenSymbols(config, overrides.feed ?? {}, faults).map((symbol) => ({
    ...symbol,
    timeframe: timeframe ?? symbol.timeframe,
  }));
  const replayed = replayOf(config.feed, symbols, overrides.feed?.dataFile, faults);
  if (faults.length > 0) throw new ConfigError(faults);

  const { simulator, replay } = config.feed;
  return sealConfig({
    ...config,
    mode: mode ?? config.mode,
    modes: { ...config.modes, flag: mode ?? null },
    dryRun: overrides.dryRun ?? config.dryRun,
    trading: { ...config.trading, timeframe: timeframe ?? config.trading.timeframe, symbols },
    feed: {
      type: replayed.type,
      simulator: {
        ...simulator,
        seed: seed ?? simulator.seed,
        barEveryMs: barEvery === undefined ? simulator.barEveryMs : Math.round(barEvery * 1000),
      },
      replay: { ...replay, files: replayed.files, speed: speed ?? replay.speed },
    },
    api: { ...config.api, port: port ?? config.api.port },
    logging: {
      ...config.logging,
      level: level === undefined ? config.logging.level : (level.toUpperCase() as LogLevel),
    },
  });
}

export const fault = (flag: string, message: string, hint?: string): ConfigFault => ({
  where: flag,
  path: '',
  message,
  hint,
});

type FlagReader = <Value>(flag: string, key: ConfigPath, schema: z.ZodType<Value>, typed: unknown) => Value | undefined;

/** Reads a flag by the schema of its key; what does not fit is added to the faults, and the answer is undefined. */
export function flagReader(faults: ConfigFault[]): FlagReader {
  return (flag, key, schema, typed) => {
    if (typed === undefined) return undefined;
    const isNumber = typeof typed === 'string' && /^-?\d+(?:\.\d+)?$/.test(typed);
    const parsed = schema.safeParse(isNumber ? Number(typed) : typed);
    if (parsed.success) return parsed.data;
    const { node } = withoutNull(schemaAt(key) ?? {});
    const near = closest(String(typed), node.enum ?? []);
    const message = `expected ${expectation(node)}, was "${typed}"`;
    faults.push(fault(flag, message, near === undefined ? undefined : `did you mean ${near}?`));
    return undefined;
  };
}

/** Only what is configured can be chosen: a symbol needs its model, its contract and its limit on the spread. */
function chosenSymbols(
  config: Config,
  { symbol, dataFile }: FeedOverrides,
  faults: ConfigFault[],
): readonly SymbolConfig[] {
  const { symbols } = config.trading;
  const names = symbols.map(({ instrument }) => instrument.symbol);
  if (symbol === undefined) {
    if (dataFile === undefined || symbols.length === 1) return symbols;
    const hint = `one file holds one symbol: --symbol ${names.join(' or --symbol ')}`;
    faults.push(fault('--data', 'which symbol is in the file?', hint));
    return symbols;
  }
  const chosen = symbols.find(({ instrument }) => instrument.symbol === symbol);
  if (chosen === undefined) {
    const near = closest(symbol, names);
    const others = `configured: ${names.join(', ')}; others go into trading.symbols first`;
    const hint = near === undefined ? others : `did you mean ${near}?`;
    faults.push(fault('--symbol', `"${symbol}" is not in trading.symbols`, hint));
    return [];
  }
  const { instrument } = chosen;
  const conversion = conversionRuleFor(instrument.quoteCurrency, config.paper.currency, [instrument]);
  if (conversion === undefined) {
    const hint = 'it cannot be traded alone: leave --symbol out, or change paper.currency';
    faults.push(fault('--symbol', missingConversion(instrument, config.paper.currency).message, hint));
    return [];
  }
  return [{ ...chosen, conversion }];
}

function replayOf(
  feed: FeedConfig,
  symbols: readonly SymbolConfig[],
  dataFile: string | undefined,
  faults: ConfigFault[],
): { type: FeedConfig['type']; files: FeedConfig['replay']['files'] } {
  const traded = symbols.map(({ instrument }) => instrument.symbol);
  const [only] = traded;
  if (dataFile === undefined || only === undefined) {
    const files = Object.fromEntries(Object.entries(feed.replay.files).filter(([name]) => traded.includes(name)));
    return { type: feed.type, files };
  }
  const file = resolve(dataFile);
  if (!isFile(file)) faults.push(fault('--data', `${file} is not a file`, 'a CSV file of candles is expected'));
  return { type: 'replay', files: { [only]: file } };
}
