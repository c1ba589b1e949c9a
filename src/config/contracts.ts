/** From symbol names to instruments: built-in contracts, the broker's own numbers over them, and how their money converts. */
import type { Instrument } from '../domain/instrument.ts';
import {
  conversionRuleFor,
  INSTRUMENTS,
  type InstrumentSpec,
  makeInstrument,
  ticksFromPoints,
} from '../domain/instruments.ts';
import { UnitError } from '../domain/units.ts';
import type { SymbolConfig } from './config.ts';
import type { Finding } from './fault.ts';
import { hoursOf } from './hours.ts';
import type { ConfigFile } from './schema.ts';
import { closest } from './suggest.ts';

const SPEC_FIELDS = {
  tick_size: 'tickSize',
  contract_size: 'contractSize',
  lot_step: 'lotStep',
  lot_min: 'lotMin',
  lot_max: 'lotMax',
  digits: 'digits',
  base_currency: 'baseCurrency',
  quote_currency: 'quoteCurrency',
  asset_class: 'assetClass',
  stop_distance_min_points: 'stopDistanceMinPoints',
  freeze_distance_points: 'freezeDistancePoints',
  swap_long_points: 'swapLongPoints',
  swap_short_points: 'swapShortPoints',
} as const satisfies Record<keyof ConfigFile['instruments'][string], Exclude<keyof InstrumentSpec, 'symbol'>>;

const SPEC_KEYS = Object.keys(SPEC_FIELDS) as (keyof typeof SPEC_FIELDS)[];
/** A venue that says nothing of it freezes nothing. */
const OPTIONAL_KEYS: ReadonlySet<keyof typeof SPEC_FIELDS> = new Set(['freeze_distance_points']);

export interface ResolvedSymbols {
  readonly symbols: readonly SymbolConfig[];
  readonly findings: readonly Finding[];
}

/** Symbols with findings are left out of `symbols`. */
export function resolveSymbols(file: ConfigFile): ResolvedSymbols {
  const findings: Finding[] = [];
  const instruments = new Map<string, Instrument>();
  const names = new Set([...Object.keys(file.instruments), ...file.trading.symbols.map(({ name }) => name)]);
  for (const name of names) {
    const made = instrumentOf(file, name);
    if ('message' in made) findings.push(made);
    else instruments.set(name, made);
  }
  const traded = file.trading.symbols.flatMap(({ name }) => instruments.get(name) ?? []);
  const symbols = file.trading.symbols.flatMap((symbol, index): SymbolConfig[] => {
    const instrument = instruments.get(symbol.name);
    if (instrument === undefined) return [];
    const conversion = conversionRuleFor(instrument.quoteCurrency, file.paper.currency, traded);
    if (conversion === undefined) {
      findings.push({
        path: ['trading', 'symbols', index, 'name'],
        ...missingConversion(instrument, file.paper.currency),
      });
      return [];
    }
    const maxSpread = ticksFromPoints(instrument, symbol.max_spread_points);
    const slippage = ticksFromPoints(instrument, file.paper.slippage_points);
    const { timeframe, model, shadows } = symbol;
    const hours = hoursOf(file.trading.hours.markets, symbol.name, instrument.assetClass);
    return [{ instrument, conversion, maxSpread, slippage, hours, timeframe, model, shadows }];
  });
  return { symbols, findings };
}

function instrumentOf(file: ConfigFile, name: string): Instrument | Finding {
  const builtIn = Object.hasOwn(INSTRUMENTS, name) ? INSTRUMENTS[name] : undefined;
  const own = Object.hasOwn(file.instruments, name) ? file.instruments[name] : undefined;
  if (builtIn === undefined && own === undefined) return unknownSymbol(file, name);

  const path = ['instruments', name];
  const missing =
    builtIn === undefined ? SPEC_KEYS.filter((key) => own?.[key] === undefined && !OPTIONAL_KEYS.has(key)) : [];
  if (missing.length > 0) {
    const hint = `a contract that is not built in needs ${missing.length === 1 ? 'this key' : 'these keys'} too`;
    return { path, message: `missing: ${missing.join(', ')}`, hint };
  }
  const overrides = SPEC_KEYS.flatMap((key) => (own?.[key] === undefined ? [] : [[SPEC_FIELDS[key], own[key]]]));
  try {
    return makeInstrument({ ...builtIn, ...Object.fromEntries(overrides), symbol: name } as InstrumentSpec);
  } catch (error) {
    if (!(error instanceof UnitError)) throw error;
    return { path, message: inKeysOfTheFile(error.message) };
  }
}

const inKeysOfTheFile = (message: string): string =>
  SPEC_KEYS.reduce((text, key) => text.replaceAll(SPEC_FIELDS[key], key), message);

function unknownSymbol(file: ConfigFile, name: string): Finding {
  const index = file.trading.symbols.findIndex((symbol) => symbol.name === name);
  const near = closest(name, Object.keys(INSTRUMENTS));
  const advice = `or describe ${name} under instruments`;
  return {
    path: ['trading', 'symbols', index, 'name'],
    message: `no contract is known for "${name}"`,
    hint: `${near === undefined ? `built in: ${Object.keys(INSTRUMENTS).join(', ')};` : `did you mean ${near}?`} ${advice}`,
  };
}

/** A converting instrument must be traded, because only traded symbols have prices. */
export function missingConversion(
  { symbol, quoteCurrency }: Instrument,
  currency: string,
): Pick<Finding, 'message' | 'hint'> {
  const rule = conversionRuleFor(quoteCurrency, currency, Object.values(INSTRUMENTS).map(makeInstrument));
  const name = rule === undefined || rule.kind === 'same' ? `${quoteCurrency}${currency}` : rule.symbol;
  return {
    message: `${symbol} is counted in ${quoteCurrency} and the account in ${currency}: no traded symbol converts them`,
    hint: `${rule === undefined ? `describe ${name} under instruments and ` : ''}add ${name} to trading.symbols`,
  };
}
