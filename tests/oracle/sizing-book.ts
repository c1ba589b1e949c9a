/** The size of an order beside everything that is open, by trying: contract sheets, exact fractions, and every bound written down a second time. */
import type { InstrumentSpec } from '../../src/domain/instruments.ts';

type Side = 'buy' | 'sell';
type OrderType = 'market' | 'limit' | 'stop' | 'stop_limit';

/** Prices and distances are in ticks, volumes in lot steps, money in micros. */
export interface SizingBook {
  readonly currency: string;
  readonly markets: ReadonlyMap<string, { spec: InstrumentSpec; bid: number; spread: number; slippage: number }>;
  readonly entry: { symbol: string; side: Side; type: OrderType; price: number; stopDistance: number };
  readonly equity: number;
  readonly peak: number;
  readonly starts: { day: number; week: number; month: number };
  readonly leverage: number;
  readonly commissionPerLot: number;
  /** A stop of 0 is none. */
  readonly held: readonly {
    symbol: string;
    side: Side;
    steps: number;
    entry: number;
    stop: number;
    firstStop: number;
  }[];
  readonly underWay: readonly {
    symbol: string;
    side: Side;
    steps: number;
    type: OrderType;
    entry: number;
    stop: number;
  }[];
  /** A stop of 0 is none. */
  readonly others: readonly {
    symbol: string;
    side: Side;
    steps: number;
    entry: number;
    stop: number;
    margin: number;
  }[];
  /** Hundredths of a percent of equity, of a window's start, of the peak. */
  readonly limits: { risk: number; margin: number; day: number; week: number; month: number; drawdown: number };
  /** Hundredths; null is no limit. */
  readonly exposure: {
    readonly leverage: number | null;
    readonly symbol: number | null;
    readonly currency: number | null;
    readonly marginLevel: number | null;
    readonly correlation: number | null;
    readonly gap: number | null;
  };
  /** Hundredths, with the entry's market; undefined is not known. */
  readonly correlations: ReadonlyMap<string, number | undefined>;
  readonly mandate: {
    readonly start: number;
    readonly dayStart: number;
    readonly peak: number;
    /** Hundredths of a percent. */
    readonly rules: { maxLoss: number | null; trailing: number | null; daily: number | null };
    readonly locks: boolean;
    readonly bufferPercent: number;
    /** Hundredths. */
    readonly lots: number | null;
  } | null;
  /** Undefined: the risk to the stop. */
  readonly fixedSteps?: number | undefined;
  readonly multipliers: readonly Ratio[];
}

export type Ratio = readonly [numerator: number, denominator: number];

export interface OracleSize {
  readonly steps: number;
  /** What each bound alone would leave. */
  readonly caps: ReadonlyMap<string, number>;
}

const up = (numerator: bigint, denominator: bigint): bigint => (numerator + denominator - 1n) / denominator;
const notNegative = (value: number): bigint => BigInt(Math.max(0, value));
/** Rounded down. */
const part = (money: number, share: number, of: bigint): bigint => (notNegative(money) * BigInt(share)) / of;
const sign = (side: Side): 1 | -1 => (side === 'buy' ? 1 : -1);

/** A decimal of a contract sheet in hundred-millionths. */
const E8 = 100_000_000n;
const e8 = (decimal: number | string): bigint => BigInt(Math.round(Number(decimal) * 1e8));

/** The largest whole number that fits, where all smaller ones do. */
function largest(fits: (steps: bigint) => boolean): bigint {
  if (!fits(1n)) return 0n;
  let step = 1n;
  while (fits(step * 2n)) step *= 2n;
  let found = step;
  for (; step > 0n; step /= 2n) if (fits(found + step)) found += step;
  return found;
}

interface Weight {
  readonly symbol: string;
  readonly side: Side;
  readonly margin: bigint;
  readonly notional: bigint;
  readonly risk: bigint;
  readonly worst: bigint;
}

export function sizeInBook(book: SizingBook): OracleSize {
  const { entry, limits, exposure } = book;
  const weights = weightsOf(book);
  const sum = (of: 'margin' | 'notional' | 'risk' | 'worst', among = weights) =>
    among.reduce((all, weight) => all + weight[of], 0n);
  const { stopDistance, symbol, side } = entry;
  const lost = stopDistance + slipsOf(entry.type) * marketOf(book, symbol).slippage;
  const one = {
    risk: worth(book, symbol, lost, 1) + commission(book, symbol, 1),
    worst: worth(book, symbol, lost + gapOf(book, stopDistance), 1) + commission(book, symbol, 1),
    margin: worth(book, symbol, entry.price, 1, book.leverage),
    notional: worth(book, symbol, entry.price, 1),
  };
  const caps = new Map<string, number>();
  const bound = (name: string, budget: bigint, used: bigint, each: bigint) =>
    caps.set(name, Number(largest((steps) => used + steps * each <= budget)));
  const multiple = (hundredths: number) => part(book.equity, hundredths, 100n);
  const budget = part(book.equity, limits.risk, 10_000n);

  bound('risk', budget, 0n, one.risk);
  if (book.fixedSteps !== undefined) caps.set('fixed_lot', book.fixedSteps);
  const alike = weights.filter((weight) => weight.risk > 0n && moveAlike(book, weight));
  if (alike.length > 0) bound('max_correlation', budget, sum('risk', alike), one.risk);
  if (exposure.gap !== null) bound('worst_case', mayLose(book), sum('worst'), one.worst);
  bound('max_position_size', part(book.equity, limits.margin, 10_000n), 0n, one.margin);
  bound('free_margin', BigInt(book.equity), sum('margin'), one.margin);
  if (exposure.marginLevel !== null) {
    bound(
      'min_margin_level',
      (notNegative(book.equity) * 100n) / BigInt(exposure.marginLevel),
      sum('margin'),
      one.margin,
    );
  }
  if (exposure.leverage !== null) bound('max_leverage', multiple(exposure.leverage), sum('notional'), one.notional);
  if (exposure.symbol !== null) {
    const same = weights.filter((weight) => weight.symbol === symbol);
    bound('max_symbol_leverage', multiple(exposure.symbol), sum('notional', same), one.notional);
  }
  if (exposure.currency !== null) {
    const most = multiple(exposure.currency);
    const { baseCurrency, quoteCurrency } = marketOf(book, symbol).spec;
    // Long the base and short the quote, or the other way round.
    const taken = [netOf(book, weights, baseCurrency), -netOf(book, weights, quoteCurrency)].map(
      (net) => BigInt(sign(side)) * net,
    );
    const tightest = taken.reduce((a, b) => (a > b ? a : b));
    bound('max_currency_leverage', most, tightest, one.notional);
  }
  caps.set('lot_max', stepsOfLots(book, symbol, marketOf(book, symbol).spec.lotMax));
  if (book.mandate?.lots != null) caps.set('mandate_lots', stepsOfLots(book, symbol, book.mandate.lots / 100));
  const mandateLeft = mayLoseByMandate(book);
  if (mandateLeft !== undefined) bound('mandate_loss', mandateLeft, sum('worst'), one.worst);
  return { caps, steps: reduced(book, Math.min(...caps.values())) };
}

/** The whole product first, then once down; and nothing where that is under the least lot. */
function reduced(book: SizingBook, capped: number): number {
  const [numerator, denominator] = book.multipliers.reduce(
    ([n, d], [times, by]) => [n * BigInt(times), d * BigInt(by)],
    [BigInt(capped), 1n],
  );
  const steps = Number(largest((tried) => tried * denominator <= numerator));
  const { symbol } = book.entry;
  return steps < stepsOfLots(book, symbol, marketOf(book, symbol).spec.lotMin) ? 0 : steps;
}

function marketOf(book: SizingBook, symbol: string) {
  const market = book.markets.get(symbol);
  if (market === undefined) throw new Error(`no market ${symbol}`);
  return market;
}

const stepsOfLots = (book: SizingBook, symbol: string, lots: number | string): number =>
  Number(e8(lots) / e8(marketOf(book, symbol).spec.lotStep));

/** What one unit of a currency is worth in the account's: by the price of the pair, whichever way round it is quoted. */
function rateOf(book: SizingBook, from: string): readonly [bigint, bigint] {
  if (from === book.currency) return [1n, 1n];
  const priceOf = (symbol: string) => {
    const pair = book.markets.get(symbol);
    return pair && BigInt(pair.bid) * e8(pair.spec.tickSize);
  };
  const direct = priceOf(from + book.currency);
  if (direct !== undefined) return [direct, E8];
  const inverse = priceOf(book.currency + from);
  if (inverse === undefined) throw new Error(`no price between ${from} and ${book.currency}`);
  return [E8, inverse];
}

/** Micros of the account's currency that ticks of a symbol are worth on so many steps, rounded up; of a fraction, before rounding. */
function worth(book: SizingBook, symbol: string, ticks: number, steps: number, dividedBy = 1): bigint {
  const { spec } = marketOf(book, symbol);
  const [numerator, denominator] = rateOf(book, spec.quoteCurrency);
  const lots = BigInt(steps) * e8(spec.lotStep);
  const quoted = BigInt(ticks) * e8(spec.tickSize) * e8(spec.contractSize) * lots * 1_000_000n;
  return up(quoted * numerator, E8 ** 3n * denominator * BigInt(dividedBy));
}

const commission = (book: SizingBook, symbol: string, steps: number, share = 1n): bigint =>
  up(BigInt(steps) * BigInt(book.commissionPerLot) * e8(marketOf(book, symbol).spec.lotStep), E8 * share);

/** At the entry and at the stop, or at the stop alone. */
const slipsOf = (type: OrderType): number => (type === 'limit' ? 1 : 2);
const gapOf = ({ exposure }: SizingBook, stopDistance: number): number =>
  Number(up(BigInt(stopDistance) * BigInt(exposure.gap ?? 0), 100n));

function weightsOf(book: SizingBook): Weight[] {
  const held = book.held.map(({ symbol, side, steps, entry, stop, firstStop }): Weight => {
    const { bid, spread, slippage } = marketOf(book, symbol);
    const leaves = side === 'buy' ? bid : bid + spread;
    const toStop = (from: number) => (stop === 0 ? from : Math.max(0, sign(side) * (from - stop)));
    const beyond = slippage + gapOf(book, firstStop);
    return {
      symbol,
      side,
      margin: worth(book, symbol, entry, steps, book.leverage),
      notional: worth(book, symbol, leaves, steps),
      risk: worth(book, symbol, toStop(entry), steps),
      worst: worth(book, symbol, toStop(leaves) + beyond, steps) + commission(book, symbol, steps, 2n),
    };
  });
  const underWay = book.underWay.map(({ symbol, side, steps, type, entry, stop }): Weight => {
    const distance = Math.abs(entry - stop);
    const lost = distance + slipsOf(type) * marketOf(book, symbol).slippage;
    const fee = commission(book, symbol, steps);
    return {
      symbol,
      side,
      margin: worth(book, symbol, entry, steps, book.leverage),
      notional: worth(book, symbol, entry, steps),
      risk: worth(book, symbol, lost, steps) + fee,
      worst: worth(book, symbol, lost + gapOf(book, distance), steps) + fee,
    };
  });
  const others = book.others.map(({ symbol, side, steps, entry, stop, margin }): Weight => {
    const market = book.markets.get(symbol);
    const toStop = (from: number) => (stop === 0 ? from : Math.max(0, sign(side) * (from - stop)));
    if (market === undefined) {
      const weight = BigInt(margin) * BigInt(book.leverage);
      const worst = up(weight * BigInt(toStop(entry)), BigInt(entry));
      return { symbol, side, margin: BigInt(margin), notional: weight, risk: 0n, worst };
    }
    const leaves = side === 'buy' ? market.bid : market.bid + market.spread;
    const beyond = market.slippage + (stop === 0 ? 0 : gapOf(book, Math.abs(entry - stop)));
    return {
      symbol,
      side,
      margin: BigInt(margin),
      notional: worth(book, symbol, entry, steps),
      risk: 0n,
      worst: worth(book, symbol, toStop(leaves) + beyond, steps),
    };
  });
  return [...held, ...others, ...underWay];
}

function moveAlike({ exposure, correlations, entry }: SizingBook, { symbol, side }: Weight): boolean {
  if (exposure.correlation === null) return false;
  const correlation = symbol === entry.symbol ? 100 : correlations.get(symbol);
  return correlation === undefined || sign(side) * sign(entry.side) * correlation >= exposure.correlation;
}

function netOf(book: SizingBook, weights: readonly Weight[], currency: string): bigint {
  let net = 0n;
  for (const { symbol, side, notional } of weights) {
    const spec = book.markets.get(symbol)?.spec;
    if (spec?.baseCurrency === currency) net += BigInt(sign(side)) * notional;
    if (spec?.quoteCurrency === currency) net -= BigInt(sign(side)) * notional;
  }
  return net;
}

/** Down to the first loss limit that falling equity would reach. */
function mayLose({ equity, peak, starts, limits }: SizingBook): bigint {
  const left = (from: number, share: number) => BigInt(equity) - BigInt(from) + part(from, share, 10_000n);
  const budgets = [
    left(peak, limits.drawdown),
    left(starts.day, limits.day),
    left(starts.week, limits.week),
    left(starts.month, limits.month),
  ];
  return budgets.reduce((least, each) => (each < least ? each : least));
}

/** Down to the first rule's buffer. */
function mayLoseByMandate({ equity, mandate }: SizingBook): bigint | undefined {
  if (mandate === null) return undefined;
  const { rules, start, peak, dayStart, locks, bufferPercent } = mandate;
  const stops: bigint[] = [];
  const add = (from: number, of: number, share: number | null, highest = from) => {
    if (share === null) return;
    const allowed = part(of, share, 10_000n);
    const breaks = BigInt(from) - allowed;
    const locked = breaks > BigInt(highest) ? BigInt(highest) : breaks;
    stops.push(locked + up(allowed * BigInt(bufferPercent), 100n));
  };
  add(start, start, rules.maxLoss);
  add(peak, start, rules.trailing, locks ? start : peak);
  add(dayStart, dayStart, rules.daily);
  if (stops.length === 0) return undefined;
  const highest = stops.reduce((a, b) => (a > b ? a : b));
  return BigInt(equity) > highest ? BigInt(equity) - highest : 0n;
}
