/** Candles of crypto exchanges through ccxt: trades' prices, without a spread. */
import { type Timeframe, timeframeMs } from '../../domain/market.ts';
import { DownloadError } from './download-error.ts';
import type { CandleRow, MarketSource, Period } from './market-source.ts';
import { optionalPackage } from './optional-package.ts';
import { type Patience, patiently } from './patient-fetch.ts';

interface CcxtOptions {
  /** As ccxt names it, e.g. `binance`. */
  readonly exchange: string;
  readonly symbol: string;
  /** The exchange's own name of the market, where it is not the symbol. */
  readonly market: string | undefined;
  /** Stands in for the exchange's address. */
  readonly baseUrl: string | undefined;
  readonly patience: Patience;
}

/** What is used of an exchange of ccxt. */
interface Exchange {
  urls: Record<string, unknown>;
  readonly has: Readonly<Record<string, unknown>>;
  readonly markets: Readonly<Record<string, Market>>;
  loadMarkets(reload: boolean): Promise<unknown>;
  fetchOHLCV(symbol: string, timeframe: string, since: number, limit: number): Promise<readonly (readonly number[])[]>;
  close(): Promise<unknown>;
}

interface Market {
  readonly symbol: string;
  readonly id: string;
  readonly base: string;
  readonly quote: string;
  readonly spot?: boolean;
}

/** Not a literal where it is imported: its types would triple the time of every type check. */
const PACKAGE: string = 'ccxt';
const TIMEFRAME: Record<Timeframe, string> = {
  M1: '1m',
  M5: '5m',
  M15: '15m',
  M30: '30m',
  H1: '1h',
  H4: '4h',
  D1: '1d',
};
/** Most exchanges give that many at once, some fewer. */
const CANDLES_AT_ONCE = 1000;

export async function ccxtSource(options: CcxtOptions): Promise<MarketSource> {
  const exchange = await openExchange(options);
  const name = `ccxt:${options.exchange}`;
  await patiently(`The list of markets of ${name}`, options.patience, () =>
    // Without the word it would give the first failure again.
    exchange.loadMarkets(true),
  );
  const { symbol } = findMarket(exchange, options);
  return {
    name,
    hasSpread: false,
    periodLength: (timeframe) => (timeframe === 'M1' || timeframe === 'M5' ? 'day' : 'month'),
    ticks: undefined,
    candles: async (timeframe, period, now) => {
      const rows: CandleRow[] = [];
      for (let since = period.from; since < Math.min(period.to, now); ) {
        const page = await patiently(`${name} ${symbol} ${period.name}`, options.patience, () =>
          exchange.fetchOHLCV(symbol, TIMEFRAME[timeframe], since, CANDLES_AT_ONCE),
        );
        rows.push(...page.map(candleRow).filter(isIn(period, since, now - timeframeMs(timeframe))));
        const last = page.at(-1)?.[0];
        // An exchange that answers with what was asked before would be asked for ever.
        if (last === undefined || last < since) break;
        since = last + timeframeMs(timeframe);
      }
      return rows;
    },
  };
}

const candleRow = ([openAt = 0, open = 0, high = 0, low = 0, close = 0, volume = 0]: readonly number[]): CandleRow => ({
  openAt,
  open,
  high,
  low,
  close,
  spread: Number.NaN,
  volume,
});

const isIn =
  ({ to }: Period, from: number, openUntil: number) =>
  ({ openAt }: CandleRow): boolean =>
    openAt >= from && openAt < to && openAt <= openUntil;

async function openExchange({ exchange: id, baseUrl }: CcxtOptions): Promise<Exchange> {
  const ccxt: unknown = await optionalPackage(PACKAGE, () => import(PACKAGE));
  const { exchanges: classes } = ccxt as { readonly exchanges: Readonly<Record<string, unknown>> };
  const Open = classes[id];
  if (!Object.hasOwn(classes, id) || typeof Open !== 'function') {
    const near = Object.keys(classes)
      .filter((name) => name.startsWith(id.slice(0, 3)))
      .slice(0, 5);
    throw new DownloadError(`ccxt has no exchange ${id}${near.length === 0 ? '' : `; it has ${near.join(', ')}`}.`);
  }
  const options = { enableRateLimit: true, options: { defaultType: 'spot', fetchMarkets: { types: ['spot'] } } };
  const exchange = new (Open as new (options: object) => Exchange)(options);
  if (exchange.has['fetchOHLCV'] !== true) throw new DownloadError(`The exchange ${id} gives no candles.`);
  if (baseUrl !== undefined) exchange.urls = { ...exchange.urls, api: redirected(exchange.urls['api'], baseUrl) };
  return exchange;
}

/** Every address in the tree, its path kept. */
function redirected(urls: unknown, baseUrl: string): unknown {
  if (typeof urls === 'string') return urls.replace(/^https?:\/\/[^/]+/, baseUrl.replace(/\/$/, ''));
  if (typeof urls !== 'object' || urls === null) return urls;
  return Object.fromEntries(Object.entries(urls).map(([name, value]) => [name, redirected(value, baseUrl)]));
}

/** By the exchange's name, by ccxt's, or by base and quote; `USD` also finds a market in USDT. */
function findMarket({ markets }: Exchange, { exchange, symbol, market }: CcxtOptions): Market {
  const wanted = market ?? symbol;
  const all = Object.values(markets);
  const fits = (name: string) => all.find((each) => [each.symbol, each.id, each.base + each.quote].includes(name));
  const found = fits(wanted) ?? (market === undefined && symbol.endsWith('USD') ? fits(`${symbol}T`) : undefined);
  if (found !== undefined) return found;
  const near = all.filter(({ base }) => wanted.startsWith(base)).map((each) => each.symbol);
  const hint = near.length === 0 ? '' : `; it has ${near.slice(0, 5).join(', ')}`;
  throw new DownloadError(`${exchange} has no market ${wanted}${hint}. Give its own name by --market.`);
}
