/** The economic calendar that config.yaml names, read once: its events are part of the configuration, and of its hash. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ALL_CURRENCIES, IMPACTS } from '../domain/news.ts';
import { unixMs } from '../domain/units.ts';
import type { NewsConfig, SymbolConfig } from './config.ts';
import type { Finding } from './fault.ts';
import { readNews } from './news/read-news.ts';
import { clockOf } from './news/row.ts';
import type { ConfigFile } from './schema.ts';

interface ResolvedNews {
  readonly news: NewsConfig | undefined;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const PATH = ['trading', 'news', 'file'];
const NONE: ResolvedNews = { news: undefined, findings: [], notes: [] };

export function resolveNews(
  { trading: { news } }: ConfigFile,
  symbols: readonly SymbolConfig[],
  absolute: (path: string) => string,
): ResolvedNews {
  if (news.file === null) return NONE;
  const file = absolute(news.file);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const message = `${news.file} cannot be read: ${error instanceof Error ? error.message : error}`;
    return { ...NONE, findings: [{ path: PATH, message }] };
  }
  const { events, untimed, faults } = readNews(new TextDecoder().decode(bytes), clockOf(news.clock));
  const [first, last] = [events[0], events.at(-1)];
  if (faults.length > 0 || first === undefined || last === undefined) {
    return { ...NONE, findings: faults.map((fault) => ({ path: PATH, message: `${news.file}${fault}` })) };
  }
  const currencies = new Set([
    ALL_CURRENCIES,
    ...symbols.flatMap(({ instrument }) => [instrument.baseCurrency, instrument.quoteCurrency]),
  ]);
  const least = IMPACTS.indexOf(news.least_impact);
  const counted = events.filter(({ currency, impact }) => currencies.has(currency) && IMPACTS.indexOf(impact) >= least);
  const [knownFrom, knownTo] = [dayBegin(first.at), dayBegin(last.at) + DAY_MS];
  const left = untimed === 0 ? '' : `, ${untimed} without an hour left out`;
  const note =
    `news: ${counted.length} events count of ${events.length} in ${news.file}${left}; it covers ` +
    `${dateOf(knownFrom)} to ${dateOf(knownTo - 1)}, and other times are ${news.when_unknown === 'refuse' ? 'refused' : 'allowed'}`;
  return {
    news: {
      file,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      events: counted,
      knownFrom: unixMs(knownFrom),
      knownTo: unixMs(knownTo),
      beforeMs: news.before * MINUTE_MS,
      afterMs: news.after * MINUTE_MS,
      whenUnknown: news.when_unknown,
    },
    findings: [],
    notes: [note],
  };
}

const dayBegin = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;
const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
