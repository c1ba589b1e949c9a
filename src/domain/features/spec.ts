/** The features that a model asks for by name: the pack's, and beside them other timeframes, other symbols, indicators and users' own. */
import { TIMEFRAMES, type Timeframe, timeframeMs } from '../market.ts';
import { EXTRA_INDICATOR_NAMES, type ExtraIndicator, extraIndicator } from './extra-indicators.ts';
import { FEATURE_PACK } from './pack.ts';
import type { UserFeature } from './user-feature.ts';

/** Where the numbers of a column come from. */
export type ColumnSource =
  /** Place in the pack. */
  | { readonly kind: 'pack'; readonly place: number }
  | { readonly kind: 'indicator'; readonly indicator: ExtraIndicator }
  | { readonly kind: 'user'; readonly feature: UserFeature };

/** A column of one symbol. */
export interface LocalColumn {
  /** Without the symbol: `H1.rsi`. */
  readonly name: string;
  /** Of the bars it is made of; absent: the base bars. */
  readonly timeframe?: Timeframe;
  readonly source: ColumnSource;
}

export type FeatureColumn =
  | { readonly kind: 'own'; readonly local: LocalColumn }
  | { readonly kind: 'other'; readonly symbol: string; readonly local: LocalColumn }
  /** Bars since the other symbol's latest close. */
  | { readonly kind: 'age'; readonly symbol: string };

/** What a model is shown, in order. */
export interface FeatureSpec {
  readonly names: readonly string[];
  readonly columns: readonly FeatureColumn[];
  /** The pack and nothing else, in its order. */
  readonly isPack: boolean;
}

/** What this servo can compute. */
export interface KnownFeatures {
  readonly user?: ReadonlyMap<string, UserFeature>;
  /** Of the base bars, where it is known: other timeframes must be higher. */
  readonly timeframe?: Timeframe | undefined;
  /** Those that may be looked at; any, where they are not known. */
  readonly symbols?: readonly string[] | undefined;
  /** The known name that a mistyped one is nearest to, for "did you mean". */
  readonly nearest?: (word: string, among: readonly string[]) => string | undefined;
}

/** A name that this servo cannot compute. */
export class FeatureSpecError extends Error {
  override readonly name = 'FeatureSpecError';
}

/** Throws a FeatureSpecError that names every fault. */
export function parseFeatureSpec(names: readonly string[], known: KnownFeatures = {}): FeatureSpec {
  const repeated = names.filter((name, place) => names.indexOf(name) !== place);
  const faults = [...new Set(repeated)].map((name) => `${name} is named twice`);
  const columns: FeatureColumn[] = [];
  for (const name of names) {
    const column = columnOf(name, known);
    if (typeof column === 'string') faults.push(`${name}: ${column}`);
    else columns.push(column);
  }
  if (names.length === 0) faults.push('none is named');
  if (faults.length > 0) throw new FeatureSpecError(faults.join('; '));
  const isPack =
    names.length === FEATURE_PACK.names.length && names.every((name, place) => name === FEATURE_PACK.names[place]);
  return { names, columns, isPack };
}

export const PACK_SPEC: FeatureSpec = parseFeatureSpec(FEATURE_PACK.names);

const AGE = 'age_bars';

/** The column, or what is wrong with its name. */
function columnOf(name: string, known: KnownFeatures): FeatureColumn | string {
  const colon = name.indexOf(':');
  if (colon < 0) {
    const local = localOf(name, known);
    return typeof local === 'string' ? local : { kind: 'own', local };
  }
  const symbol = name.slice(0, colon);
  const rest = name.slice(colon + 1);
  if (symbol === '') return 'there is no symbol before the colon';
  if (known.symbols !== undefined && !known.symbols.includes(symbol)) {
    return `${symbol} is not traded here (${known.symbols.join(', ')} are)`;
  }
  if (rest === AGE) return { kind: 'age', symbol };
  const local = localOf(rest, known);
  return typeof local === 'string' ? local : { kind: 'other', symbol, local };
}

function localOf(name: string, known: KnownFeatures): LocalColumn | string {
  const [, head = '', tail = ''] = /^([A-Z]+\d+)\.(.*)$/.exec(name) ?? [];
  if (head === '') {
    const source = sourceOf(name, known);
    return typeof source === 'string' ? source : { name, source };
  }
  if (!isTimeframe(head)) return `${head} is no timeframe (${Object.keys(TIMEFRAMES).join(', ')} are)`;
  if (known.timeframe !== undefined && timeframeMs(head) <= timeframeMs(known.timeframe)) {
    return `${head} is not higher than the bars of ${known.timeframe} that it would be made of`;
  }
  const source = sourceOf(tail, known);
  return typeof source === 'string' ? source : { name, timeframe: head, source };
}

const isTimeframe = (text: string): text is Timeframe => Object.hasOwn(TIMEFRAMES, text);

function sourceOf(word: string, known: KnownFeatures): ColumnSource | string {
  if (word.startsWith('ta.')) {
    const indicator = extraIndicator(word.slice(3));
    return typeof indicator === 'string'
      ? `${indicator}${suggestion(
          known,
          word.replace(/_\d+$/, ''),
          EXTRA_INDICATOR_NAMES.map((name) => `ta.${name}`),
        )}`
      : { kind: 'indicator', indicator };
  }
  const user = known.user ?? new Map<string, UserFeature>();
  if (word.startsWith('user.')) {
    const feature = user.get(word.slice(5));
    if (feature !== undefined) return { kind: 'user', feature };
    const among = [...user.keys()].map((name) => `user.${name}`);
    return `no file of the features folder exports it${suggestion(known, word, among)}`;
  }
  const place = FEATURE_PACK.names.indexOf(word);
  return place < 0 ? `no feature of this servo${suggestion(known, word, FEATURE_PACK.names)}` : { kind: 'pack', place };
}

function suggestion({ nearest }: KnownFeatures, word: string, among: readonly string[]): string {
  const near = nearest?.(word, among);
  return near === undefined || near === word ? '' : `; did you mean ${near}?`;
}

/** A column that an engine computes; its own model needs it, or only that of another symbol. */
export interface EngineColumn extends LocalColumn {
  readonly isOwn: boolean;
}

/** What the engine of one symbol must compute beside the pack: for its own model, and for those of others that look at it. */
export function columnsFor(
  symbol: string,
  own: FeatureSpec | undefined,
  others: Iterable<FeatureSpec> = [],
): EngineColumn[] {
  const wanted = new Map<string, EngineColumn>();
  const add = (local: LocalColumn, isOwn: boolean): void => {
    if (!isInPack(local) && !wanted.has(local.name)) wanted.set(local.name, { ...local, isOwn });
  };
  for (const column of own?.columns ?? []) if (column.kind === 'own') add(column.local, true);
  for (const { columns } of others) {
    for (const column of columns) if (column.kind === 'other' && column.symbol === symbol) add(column.local, false);
  }
  return [...wanted.values()];
}

const isInPack = ({ timeframe, source }: LocalColumn): boolean => timeframe === undefined && source.kind === 'pack';

/** Base bars after which every column has its value, gaps aside: a higher bar that is missed at the start is counted. */
export function warmupBarsOf({ columns }: FeatureSpec, baseMs: number): number {
  const needs = columns.map((column) => (column.kind === 'age' ? 1 : localWarmupBars(column.local, baseMs)));
  return Math.max(FEATURE_PACK.warmupBars, ...needs);
}

function localWarmupBars({ timeframe, source }: LocalColumn, baseMs: number): number {
  const bars = sourceWarmupBars(source);
  return timeframe === undefined ? bars : Math.ceil((bars + 1) * (timeframeMs(timeframe) / baseMs));
}

export function sourceWarmupBars(source: ColumnSource): number {
  if (source.kind === 'pack') return FEATURE_PACK.warmupBars;
  return source.kind === 'indicator' ? source.indicator.warmupBars : source.feature.warmupBars;
}
