/** A server that speaks as Binance does where ccxt asks for its spot markets and candles. */
import { type FakeServer, serve } from './fake-archive.ts';

export interface ExchangeCandle {
  readonly at: number;
  readonly prices: readonly [open: string, high: string, low: string, close: string];
  readonly volume: string;
}

/** As the exchange, it never gives more than so many at once. */
const LIMIT_MAX = 1000;

export const serveExchange = (candles: readonly ExchangeCandle[], stepMs: number): Promise<FakeServer> =>
  serve((url) => {
    if (url.pathname.endsWith('/exchangeInfo')) return { timezone: 'UTC', symbols: [BTCUSDT] };
    const from = Number(url.searchParams.get('startTime'));
    const limit = Math.min(LIMIT_MAX, Number(url.searchParams.get('limit') ?? 500));
    return candles
      .filter(({ at }) => at >= from)
      .slice(0, limit)
      .map(({ at, prices, volume }) => [at, ...prices, volume, at + stepMs - 1, '0', 1, '0', '0', '0']);
  });

const BTCUSDT = {
  symbol: 'BTCUSDT',
  status: 'TRADING',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  baseAssetPrecision: 8,
  quotePrecision: 8,
  quoteAssetPrecision: 8,
  orderTypes: ['LIMIT', 'MARKET'],
  isSpotTradingAllowed: true,
  permissions: ['SPOT'],
  filters: [
    { filterType: 'PRICE_FILTER', minPrice: '0.01000000', maxPrice: '1000000.00000000', tickSize: '0.01000000' },
    { filterType: 'LOT_SIZE', minQty: '0.00001000', maxQty: '9000.00000000', stepSize: '0.00001000' },
  ],
};
