/** A server that speaks as Dukascopy's archive does: columns of differences, a file for each day, month or hour and side. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Prices in points of 1e-5. */
export interface ArchiveCandle {
  readonly at: number;
  readonly bid: readonly [open: number, high: number, low: number, close: number];
  /** Ask minus bid, all through the bar. */
  readonly spread: number;
  readonly volume: number;
}

export interface ArchiveTick {
  readonly at: number;
  readonly bid: number;
  readonly ask: number;
}

export interface FakeServer {
  readonly url: string;
  readonly requests: string[];
  /** Answers with this status as long as it gives one. */
  faults: (path: string) => number | undefined;
}

const MULTIPLIER = 1e-5;
const DAY_MS = 86_400_000;

export const serveArchive = (
  candles: readonly ArchiveCandle[],
  ticks: readonly ArchiveTick[] = [],
): Promise<FakeServer> =>
  serve((url) => {
    const [, kind, ...rest] = url.pathname.slice(1).split('/');
    if (kind === 'ticks') {
      const [, year = 0, month = 0, day = 0, hour = 0] = rest.map(Number);
      const from = Date.UTC(year, month - 1, day, hour);
      return tickFile(
        from,
        ticks.filter(({ at }) => at >= from && at < from + 3_600_000),
      );
    }
    const [source, , side, year, month, day] = rest;
    const active = url.searchParams.get('from');
    const from = active === null ? Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1)) : Number(active);
    const to =
      active !== null
        ? Number.POSITIVE_INFINITY
        : source === 'minute'
          ? from + DAY_MS
          : Date.UTC(Number(year), Number(month));
    const rows = candles.filter(({ at }) => at >= from && at < to);
    return candleFile(from, source === 'minute' ? 60_000 : 3_600_000, side === 'ASK', rows);
  });

function candleFile(from: number, shift: number, isAsk: boolean, rows: readonly ArchiveCandle[]): object {
  const prices = rows.map(({ bid, spread }) => bid.map((points) => points + (isAsk ? spread : 0)));
  const column = (place: number) =>
    prices.map((row, i) => (row[place] ?? 0) - (prices[i - 1]?.[place] ?? prices[0]?.[place] ?? 0));
  const base = (place: number) => Number(((prices[0]?.[place] ?? 0) * MULTIPLIER).toFixed(5));
  return {
    timestamp: from,
    multiplier: MULTIPLIER,
    shift,
    ...(rows.length > 0 && { open: base(0), high: base(1), low: base(2), close: base(3) }),
    times: rows.map(({ at }, i) => (at - (rows[i - 1]?.at ?? from)) / shift),
    opens: column(0),
    highs: column(1),
    lows: column(2),
    closes: column(3),
    volumes: rows.map(({ volume }) => volume / 1e6),
  };
}

function tickFile(from: number, rows: readonly ArchiveTick[]): object {
  const changes = (price: (tick: ArchiveTick) => number) =>
    rows.map((row, i) => price(row) - price(rows[i - 1] ?? rows[0]!));
  return {
    timestamp: from,
    multiplier: MULTIPLIER,
    ...(rows[0] !== undefined && {
      ask: Number((rows[0].ask * MULTIPLIER).toFixed(5)),
      bid: Number((rows[0].bid * MULTIPLIER).toFixed(5)),
    }),
    times: rows.map(({ at }, i) => at - (rows[i - 1]?.at ?? from)),
    asks: changes(({ ask }) => ask),
    bids: changes(({ bid }) => bid),
    askVolumes: rows.map(() => 1),
    bidVolumes: rows.map(() => 1),
  };
}

/** A local server of JSON that goes when the test does. */
export async function serve(answer: (url: URL) => unknown): Promise<FakeServer> {
  const fake: { url: string; requests: string[]; faults: FakeServer['faults'] } = {
    url: '',
    requests: [],
    faults: () => undefined,
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    fake.requests.push(`${url.pathname}${url.search}`);
    const status = fake.faults(url.pathname + url.search) ?? 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(status === 200 ? JSON.stringify(answer(url)) : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return fake;
}
