/** Candles and ticks of FX, metals and indices from Dukascopy's archive; its addresses and format are those of dukascopy-node. */
import { type Timeframe, timeframeMs } from '../../domain/market.ts';
import { DownloadError } from './download-error.ts';
import { longerCandles } from './longer-candles.ts';
import type { CandleRow, MarketSource, Period, PeriodLength, TickRow } from './market-source.ts';
import { optionalPackage } from './optional-package.ts';
import { fetchBytes, type Patience } from './patient-fetch.ts';

interface DukascopyOptions {
  readonly symbol: string;
  /** The archive's own name of the market, where it is not the symbol. */
  readonly market: string | undefined;
  /** Stands in for the archive's address. */
  readonly baseUrl: string | undefined;
  readonly patience: Patience;
}

type Archive = typeof import('dukascopy-node');
type MarketName = keyof Archive['instrumentMetaData'];
type Stored = 'tick' | 'm1' | 'h1' | 'd1';

/** The archive keeps minutes, hours and days; longer candles are made from the next shorter ones. */
const STORED: Record<Timeframe, Stored> = {
  M1: 'm1',
  M5: 'm1',
  M15: 'm1',
  M30: 'm1',
  H1: 'h1',
  H4: 'h1',
  D1: 'd1',
};
const PERIOD_OF: Record<Stored, PeriodLength> = { tick: 'day', m1: 'day', h1: 'month', d1: 'year' };

/** Contracts whose names differ from the archive's. */
const NAMES: Readonly<Record<string, string>> = {
  US500: 'usa500idxusd',
  US30: 'usa30idxusd',
  NAS100: 'usatechidxusd',
  DE40: 'deuidxeur',
};
const REQUESTS_AT_ONCE = 8;

export async function dukascopySource(options: DukascopyOptions): Promise<MarketSource> {
  const archive = await optionalPackage('dukascopy-node', () => import('dukascopy-node'));
  const market = marketName(archive, options);
  const rows = (stored: Stored, side: 'bid' | 'ask', period: Period, now: number) =>
    readSide(archive, options, { market, stored, side, period, now });
  return {
    name: 'dukascopy',
    hasSpread: true,
    periodLength: (timeframe) => PERIOD_OF[timeframe === 'ticks' ? 'tick' : STORED[timeframe]],
    candles: async (timeframe, period, now) => {
      const stored = STORED[timeframe];
      const [bids, asks] = [await rows(stored, 'bid', period, now), await rows(stored, 'ask', period, now)];
      const candles = longerCandles(withSpread(bids, asks), timeframeMs(timeframe));
      return candles.filter(({ openAt }) => openAt + timeframeMs(timeframe) <= now);
    },
    ticks: async (period, now) =>
      (await rows('tick', 'bid', period, now)).map(([at = 0, ask = 0, bid = 0]): TickRow => ({ at, bid, ask })),
  };
}

function marketName({ instrumentMetaData }: Archive, { symbol, market }: DukascopyOptions): MarketName {
  const name = (market ?? NAMES[symbol] ?? symbol).toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  if (Object.hasOwn(instrumentMetaData, name)) return name as MarketName;
  const near = Object.keys(instrumentMetaData).filter((known) => known.startsWith(name.slice(0, 3)));
  const hint = near.length === 0 ? '' : ` (it has ${near.slice(0, 5).join(', ')})`;
  throw new DownloadError(`Dukascopy has no market ${name}${hint}; give its own name by --market.`);
}

interface Side {
  readonly market: MarketName;
  readonly stored: Stored;
  readonly side: 'bid' | 'ask';
  readonly period: Period;
  readonly now: number;
}

/** Rows of numbers as the package gives them: [time, open, high, low, close, volume] or [time, ask, bid, …]. */
async function readSide(archive: Archive, options: DukascopyOptions, side: Side): Promise<number[][]> {
  const { market, stored, period, now } = side;
  const [startDate, endDate] = [new Date(period.from), new Date(period.to)];
  const wanted = { instrument: market, timeframe: stored, priceType: side.side, startDate, endDate };
  const urls = archive.generateUrls({ ...wanted, nowDate: new Date(now) });
  const rows: number[][] = [];
  for (let at = 0; at < urls.length; at += REQUESTS_AT_ONCE) {
    const batch = urls.slice(at, at + REQUESTS_AT_ONCE);
    const addressed = (url: string) =>
      options.baseUrl === undefined ? url : url.replace(archive.URL_ROOT, options.baseUrl.replace(/\/$/, ''));
    const buffers = await Promise.all(batch.map((url) => fetchBytes(addressed(url), options.patience)));
    batch.forEach((url, index) => {
      const buffer = buffers[index];
      if (buffer !== undefined && buffer.length > 0) rows.push(...decode(archive, side, url, buffer));
    });
  }
  return rows.filter(([time = 0]) => time >= period.from && time < period.to);
}

function decode(archive: Archive, { market, stored, side }: Side, url: string, buffer: Buffer): number[][] {
  try {
    return archive
      .processData({
        instrument: market,
        requestedTimeframe: stored,
        bufferObjects: [{ url, buffer }],
        priceType: side,
        volumes: true,
        volumeUnits: 'units',
        ignoreFlats: true,
      })
      .filter((row) => row.length > 0);
  } catch (error) {
    throw new DownloadError(`${url} is not what the archive is known to send: ${String(error)}`);
  }
}

/** A bar without an ask keeps the spread of the one before: the archive leaves out sides that did not move. */
function withSpread(bids: readonly number[][], asks: readonly number[][]): CandleRow[] {
  const askCloses = new Map(asks.map(([openAt = 0, , , , close = 0]) => [openAt, close]));
  let spread = 0;
  return bids.map(([openAt = 0, open = 0, high = 0, low = 0, close = 0, volume = 0]) => {
    const ask = askCloses.get(openAt);
    if (ask !== undefined) spread = Math.max(0, ask - close);
    return { openAt, open, high, low, close, spread, volume: Math.round(volume) };
  });
}
