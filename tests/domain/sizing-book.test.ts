/** The size of an entry beside a random book, for every cap and multiplier there is: what trying finds, and never more. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openAccount } from '../../src/domain/account.ts';
import type { ExternalPosition } from '../../src/domain/external.ts';
import { TRUSTED, type TrustStep } from '../../src/domain/guards/ladder.ts';
import { ModelWatch } from '../../src/domain/guards/model-watch.ts';
import { conversionRuleFor, INSTRUMENTS, makeInstrument } from '../../src/domain/instruments.ts';
import type { Mandate, RiskLevel, TradingPolicy } from '../../src/domain/policy.ts';
import type { Regime } from '../../src/domain/regime.ts';
import { type Causes, INITIAL_CAUSES, PERMITS, statusOf } from '../../src/domain/servo.ts';
import type { Signal } from '../../src/domain/signal.ts';
import { capsOf } from '../../src/domain/sizing/caps.ts';
import { wantedBy } from '../../src/domain/sizing/methods.ts';
import { multipliersOf } from '../../src/domain/sizing/multipliers.ts';
import { orderToSize } from '../../src/domain/sizing/order-to-size.ts';
import { sizeOrder } from '../../src/domain/sizing/size-order.ts';
import { marketOf, newState, type ServoState } from '../../src/domain/state.ts';
import { money, price, quantity, unixMs } from '../../src/domain/units.ts';
import { type Ratio, type SizingBook, sizeInBook } from '../oracle/sizing-book.ts';
import { barAt, EVERY_REGIME, NOON, openIntentWith, orderWith, POLICY, positionWith, signalWith } from './builders.ts';

/** Dollars, yen, crosses, metals, an index in euros and a coin, each about where it trades, in ticks. */
const ABOUT: Readonly<Record<string, number>> = {
  EURUSD: 110_000,
  GBPUSD: 125_000,
  USDJPY: 150_000,
  EURJPY: 165_000,
  EURGBP: 86_000,
  GBPJPY: 187_000,
  XAUUSD: 200_000,
  XAGUSD: 25_000,
  US500: 450_000,
  DE40: 1_600_000,
  BTCUSD: 6_000_000,
};
const SYMBOLS = Object.keys(ABOUT);
const INSTRUMENT = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, makeInstrument(INSTRUMENTS[symbol]!)]));
const CURRENCIES = ['USD', 'EUR', 'GBP'];

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 2, nil: null });
const between = (min: number, max: number) => fc.integer({ min, max });
const side = fc.constantFrom('buy' as const, 'sell' as const);
const symbol = fc.constantFrom(...SYMBOLS);
/** In thousandths of the price, so that a silver and a bitcoin move alike. */
const drawnBook = fc.record({
  currency: fc.constantFrom(...CURRENCIES),
  moved: fc.array(between(-200, 200), { minLength: SYMBOLS.length, maxLength: SYMBOLS.length }),
  spreads: between(0, 40),
  slippage: between(0, 12),
  entry: fc.record({ symbol, side, type: fc.constantFrom('market' as const, 'limit' as const), stop: between(1, 40) }),
  equity: between(500, 80_000),
  lostOfPeak: fc.oneof({ weight: 3, arbitrary: between(0, 80) }, between(0, 270)),
  gained: fc.record({ day: between(-20, 50), week: between(-30, 100), month: between(-50, 100) }),
  leverage: fc.constantFrom(5, 30, 100, 500),
  commissionPerLot: between(0, 20_000_000),
  held: fc.array(
    fc.record({ symbol, side, steps: between(1, 12), entry: between(-30, 30), stop: maybe(between(-20, 60)) }),
    { maxLength: 3 },
  ),
  underWay: fc.array(
    fc.record({
      symbol,
      side,
      steps: between(1, 12),
      type: fc.constantFrom('market' as const, 'limit' as const),
      stop: between(1, 40),
    }),
    { maxLength: 2 },
  ),
  others: fc.array(
    fc.record({
      symbol: fc.oneof(symbol, fc.constant('OIL')),
      side,
      steps: between(1, 12),
      margin: between(0, 500),
      stop: fc.option(between(-40, 40), { freq: 8 }),
    }),
    {
      maxLength: 2,
    },
  ),
  limits: fc.record({
    risk: between(1, 2000),
    margin: between(50, 9000),
    day: between(50, 1000),
    week: between(50, 1500),
    month: between(50, 2000),
  }),
  exposure: fc.record({
    leverage: maybe(between(100, 6000)),
    symbol: maybe(between(50, 4000)),
    currency: maybe(between(50, 4000)),
    marginLevel: maybe(between(100, 800)),
    correlation: maybe(between(30, 100)),
    gap: maybe(between(0, 100)),
  }),
  correlations: fc.array(fc.option(between(-100, 100), { freq: 3, nil: undefined }), {
    minLength: SYMBOLS.length,
    maxLength: SYMBOLS.length,
  }),
  mandate: maybe(
    fc.record({
      rules: fc.record({
        maxLoss: maybe(between(100, 2000)),
        trailing: maybe(between(100, 2000)),
        daily: maybe(between(100, 1000)),
      }),
      locks: fc.boolean(),
      bufferPercent: between(1, 30),
      lots: maybe(between(1, 300)),
      gained: fc.record({ start: between(-20, 60), day: between(-20, 40), peak: between(0, 80) }),
    }),
  ),
  fixedSteps: maybe(between(1, 300)),
  status: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('running' as const, 'reduced' as const) },
    fc.constant('paused' as const),
  ),
  riskLevel: maybe(fc.constantFrom<RiskLevel>('low', 'medium', 'high', 'extreme')),
  trust: fc.constantFrom<TrustStep>('trust', 'warn', 'shrink'),
  regime: fc.constantFrom<Regime>('trend_up', 'quiet', 'volatile'),
  /** In 1,024ths. */
  confidence: between(500, 1024),
  fullConfidence: maybe(between(513, 1024)),
  shrinkFrom: maybe(between(0, 7)),
});
type Drawn = typeof drawnBook extends fc.Arbitrary<infer D> ? D : never;

const LEVEL_TENTHS: Readonly<Record<RiskLevel, number>> = { low: 10, medium: 7, high: 3, extreme: 1 };
const REGIME_TENTHS: Readonly<Partial<Record<Regime, number>>> = { trend_up: 10, quiet: 6, volatile: 3 };
/** A quarter of the peak: shares of it are exact, in code as on paper. */
const MAX_DRAWDOWN_1024 = 256;

const ofPrice = (at: number, thousandths: number): number => Math.max(1, Math.round((at * thousandths) / 1000));

/** As a person would write it down. */
function bookOf(drawn: Drawn): SizingBook {
  const { spreads, slippage, mandate, limits, exposure } = drawn;
  const markets = new Map(
    SYMBOLS.map((name, i) => {
      const bid = ofPrice(ABOUT[name] ?? 0, 1000 + (drawn.moved[i] ?? 0));
      return [name, { spec: INSTRUMENTS[name]!, bid, spread: spreads, slippage }] as const;
    }),
  );
  const bidOf = (name: string) => markets.get(name)?.bid ?? 100;
  // Equity is so many 1,024ths of its peak.
  const peak = drawn.equity * 1_024_000;
  const equity = drawn.equity * 1000 * (1024 - drawn.lostOfPeak);
  const gained = (thousandths: number) => equity - drawn.equity * 1000 * thousandths;
  const at = bidOf(drawn.entry.symbol);
  const entry = { ...drawn.entry, price: at, stopDistance: ofPrice(at, drawn.entry.stop) };
  return {
    currency: drawn.currency,
    markets,
    entry,
    equity,
    peak,
    starts: { day: gained(drawn.gained.day), week: gained(drawn.gained.week), month: gained(drawn.gained.month) },
    leverage: drawn.leverage,
    commissionPerLot: drawn.commissionPerLot,
    held: drawn.held.map(({ stop, entry: moved, ...one }) => {
      const bid = bidOf(one.symbol);
      const sign = one.side === 'buy' ? 1 : -1;
      const level = stop === null ? 0 : Math.max(1, bid - sign * Math.round((bid * stop) / 1000));
      return {
        ...one,
        entry: ofPrice(bid, 1000 + moved),
        stop: level,
        firstStop: stop === null ? 0 : ofPrice(bid, Math.abs(stop)),
      };
    }),
    underWay: drawn.underWay.map(({ stop, ...one }) => {
      const bid = bidOf(one.symbol);
      return { ...one, entry: bid, stop: bid - (one.side === 'buy' ? 1 : -1) * ofPrice(bid, stop) };
    }),
    others: drawn.others.map(({ stop, ...one }) => {
      const entry = bidOf(one.symbol);
      const level = stop === null ? 0 : entry - (one.side === 'buy' ? 1 : -1) * ofPrice(entry, stop);
      return { ...one, entry, stop: level, margin: one.margin * 1_000_003 };
    }),
    limits: { ...limits, drawdown: (10_000 * MAX_DRAWDOWN_1024) / 1024 },
    exposure,
    correlations: new Map(SYMBOLS.map((name, i) => [name, drawn.correlations[i]])),
    mandate: mandate && {
      ...mandate,
      start: gained(mandate.gained.start),
      dayStart: gained(mandate.gained.day),
      peak: Math.max(equity, gained(mandate.gained.start)) + mandate.gained.peak * 1_000_007,
    },
    fixedSteps: drawn.fixedSteps ?? undefined,
    multipliers: [],
  };
}

/** The same by hand: what each multiplier is, as a fraction. */
function multipliersByHand(drawn: Drawn, { equity, starts, limits }: SizingBook): Ratio[] {
  const warned = (['day', 'week', 'month'] as const).some((window) => {
    const limit = Math.floor((starts[window] * limits[window]) / 10_000);
    return limit <= 0 || 4 * Math.max(0, starts[window] - equity) >= 3 * limit;
  });
  const status = { running: 2, reduced: 1, paused: 0 }[drawn.status];
  const multipliers: Ratio[] = [[warned ? Math.min(1, status) : status, 2]];
  if (drawn.riskLevel !== null) multipliers.push([LEVEL_TENTHS[drawn.riskLevel], 10]);
  if (drawn.trust === 'shrink') multipliers.push([1, 2]);
  multipliers.push([REGIME_TENTHS[drawn.regime] ?? Number.NaN, 10]);
  const within = (numerator: number, denominator: number): Ratio => [
    Math.max(0, Math.min(denominator, numerator)),
    denominator,
  ];
  if (drawn.fullConfidence !== null) multipliers.push(within(drawn.confidence - 512, drawn.fullConfidence - 512));
  if (drawn.shrinkFrom !== null) {
    // (1 − lost ÷ a quarter of the peak) ÷ (1 − eighths), over one denominator.
    const left = MAX_DRAWDOWN_1024 - drawn.lostOfPeak;
    multipliers.push(within(left * 8, (8 - drawn.shrinkFrom) * MAX_DRAWDOWN_1024));
  }
  return multipliers;
}

const CAUSE = { by: 'test', at: unixMs(NOON), reason: 'test' };
const CAUSES: Readonly<Record<Drawn['status'], Causes>> = {
  running: { ...INITIAL_CAUSES, reconciled: true },
  reduced: { ...INITIAL_CAUSES, reconciled: true, reduced: { week: CAUSE } },
  paused: { ...INITIAL_CAUSES, reconciled: true, paused: CAUSE },
};

const hundredths = (value: number | null): number | null => (value === null ? null : value / 100);
const basis = (value: number | null): number | null => (value === null ? null : value / 10_000);

function policyOf(drawn: Drawn, book: SizingBook): TradingPolicy {
  const { limits, exposure, mandate } = book;
  const available = Object.values(INSTRUMENT);
  const symbols = available.map((instrument) => {
    const conversion = conversionRuleFor(instrument.quoteCurrency, book.currency, available);
    if (conversion === undefined) throw new Error(`${instrument.symbol} does not convert into ${book.currency}`);
    const { slippage } = drawn;
    return [
      instrument.symbol,
      { ...POLICY.symbols.get('EURUSD')!, instrument, conversion, slippage: price(slippage) },
    ] as const;
  });
  const sizeFactorOf = (regime: Regime) => (REGIME_TENTHS[regime] ?? 10) / 10;
  const regimes = Object.fromEntries(
    Object.entries(EVERY_REGIME).map(([name, rule]) => [name, { ...rule, sizeFactor: sizeFactorOf(name as Regime) }]),
  ) as TradingPolicy['regimes'];
  const { low, medium, high, extreme } = LEVEL_TENTHS as Record<RiskLevel, number>;
  return {
    ...POLICY,
    symbols: new Map(symbols),
    currency: book.currency,
    leverage: book.leverage,
    commissionPerLot: money(book.commissionPerLot),
    regimes,
    limits: {
      ...POLICY.limits,
      riskPerTrade: limits.risk / 10_000,
      maxPositionMargin: limits.margin / 10_000,
      maxLoss: { day: limits.day / 10_000, week: limits.week / 10_000, month: limits.month / 10_000 },
      maxDrawdown: limits.drawdown / 10_000,
    },
    riskLevel:
      drawn.riskLevel === null
        ? null
        : {
            minDays: 0,
            calmDays: 0,
            from: { medium: 1, high: 2, extreme: 3 },
            sizeFactor: { low: low / 10, medium: medium / 10, high: high / 10, extreme: extreme / 10 },
          },
    sizing: {
      ...POLICY.sizing,
      ...(book.fixedSteps !== undefined && { method: 'fixed_lot', fixedLots: book.fixedSteps / 100 }),
      fullConfidence: drawn.fullConfidence === null ? null : drawn.fullConfidence / 1024,
      shrinkFromDrawdown: drawn.shrinkFrom === null ? null : drawn.shrinkFrom / 8,
    },
    exposure: {
      maxLeverage: hundredths(exposure.leverage),
      maxSymbolLeverage: hundredths(exposure.symbol),
      maxCurrencyLeverage: hundredths(exposure.currency),
      minMarginLevel: hundredths(exposure.marginLevel),
      correlation: exposure.correlation === null ? null : { max: exposure.correlation / 100, bars: 100 },
      worstCase: exposure.gap === null ? null : { gap: exposure.gap / 100 },
    },
    mandate: mandate && mandateOf(mandate),
  };
}

const mandateOf = ({ rules, locks, bufferPercent, lots }: NonNullable<SizingBook['mandate']>): Mandate => {
  const trailing = basis(rules.trailing);
  return {
    maxLoss: basis(rules.maxLoss),
    trailing: trailing === null ? null : { loss: trailing, of: 'equity', locksAtStart: locks },
    dailyLoss: basis(rules.daily),
    maxLots: hundredths(lots),
    buffer: bufferPercent / 100,
    timezone: 'UTC',
    dayStartMinutes: 0,
  };
};

const BLANK = newState({
  ...POLICY,
  symbols: new Map(
    Object.values(INSTRUMENT).map((instrument) => [
      instrument.symbol,
      { ...POLICY.symbols.get('EURUSD')!, instrument },
    ]),
  ),
});

function stateOf(drawn: Drawn, book: SizingBook): ServoState {
  const policy = policyOf(drawn, book);
  const { mandate, starts } = book;
  const watch = new ModelWatch(
    {},
    { dissimilarity: [], pending: [], ladder: { ...TRUSTED, step: drawn.trust }, because: [], sinceReading: 0 },
  );
  const markets = new Map(BLANK.markets);
  for (const [name, { bid, spread }] of book.markets) {
    const lastBar = { ...barAt(name, NOON, bid), spread: price(spread) };
    markets.set(name, { ...marketOf(BLANK, name), lastBar, ...(name === book.entry.symbol && { watch }) });
  }
  const window = (startEquity: number) => ({ period: 1, startEquity: money(startEquity), step: 'none' as const });
  const assessment = drawn.riskLevel && {
    level: drawn.riskLevel,
    since: unixMs(NOON),
    score: 0,
    because: 'drawdown' as const,
    calmDays: 0,
  };
  return {
    ...BLANK,
    policy,
    markets,
    causes: CAUSES[drawn.status],
    account: {
      ...openAccount(money(book.equity)),
      equityPeak: money(book.peak),
      windows: { day: window(starts.day), week: window(starts.week), month: window(starts.month) },
      ...(mandate && {
        mandate: { day: 1, dayStart: money(mandate.dayStart), start: money(mandate.start), peak: money(mandate.peak) },
      }),
      ...(assessment && { assessment }),
    },
    positions: new Map(
      book.held.map(({ symbol, side, steps, entry, stop, firstStop }, i) => [
        `P${i}`,
        positionWith({
          positionId: `P${i}`,
          symbol,
          side,
          quantity: quantity(steps),
          entryPrice: price(entry),
          stopLoss: price(stop),
          initialStopDistance: price(firstStop),
        }),
      ]),
    ),
    orders: new Map(
      book.underWay.map(({ symbol, side, steps, type, entry, stop }, i) => {
        const intent = openIntentWith({
          orderId: `O${i}`,
          symbol,
          side,
          type,
          // Two steps of it have filled already.
          quantity: quantity(steps + 2),
          referencePrice: price(entry),
          stopLoss: price(stop),
        });
        return [`O${i}`, { ...orderWith('partially_filled'), intent, filled: quantity(2) }];
      }),
    ),
    externals: new Map(
      book.others.map(({ symbol, side, steps, entry, stop, margin }, i): [string, ExternalPosition] => [
        `X${i}`,
        {
          positionId: `X${i}`,
          symbol,
          side,
          quantity: quantity(steps),
          entryPrice: price(entry),
          ...(stop > 0 && { stopLoss: price(stop) }),
          margin: money(margin),
        },
      ]),
    ),
  };
}

/** As the gate does it, with correlations that the book names. */
function sizingOf(drawn: Drawn, book: SizingBook, plain = false) {
  const state = stateOf(drawn, book);
  const { symbol, side, type, price: entryPrice, stopDistance } = book.entry;
  const entry = { symbol, side, type, entryPrice: price(entryPrice), stopDistance: price(stopDistance) };
  const asked = orderToSize(state, entry);
  if (asked === undefined) throw new Error('no rate');
  const correlationOf = (other: string) => (other === symbol ? 1 : hundredthsOf(book.correlations.get(other)));
  const order = { ...asked, correlationWith: correlationOf };
  const signal: Signal = signalWith({ symbol, side, regime: drawn.regime, confidence: drawn.confidence / 1024 });
  const { wanted } = wantedBy(state, signal, order);
  return { state, order, sizing: sizeOrder(order, wanted, plain ? [] : multipliersOf(state, signal)) };
}

const hundredthsOf = (value: number | undefined): number | undefined => (value === undefined ? undefined : value / 100);

describe('for any account, book, market and limits', () => {
  test('the size is what trying finds, under every cap and multiplier', () => {
    const capping = new Map<string, number>();
    let shrunk = 0;
    fc.assert(
      fc.property(drawnBook, (drawn) => {
        const written = bookOf(drawn);
        const book = { ...written, multipliers: multipliersByHand(drawn, written) };
        const { sizing, order } = sizingOf(drawn, book);
        const expected = sizeInBook(book);
        expect(Object.fromEntries(capsOf(order).map(({ name, steps }) => [name, steps]))).toEqual(
          Object.fromEntries([...expected.caps].filter(([name]) => name !== 'fixed_lot')),
        );
        expect(sizing.quantity).toBe(expected.steps);
        if (sizing.quantity > 0) capping.set(sizing.cappedBy, (capping.get(sizing.cappedBy) ?? 0) + 1);
        if (sizing.quantity > 0 && sizing.multipliers?.length) shrunk += 1;
        for (const { budget, used = 0, perStep, steps } of sizing.caps ?? []) {
          expect(sizing.quantity).toBeLessThanOrEqual(steps);
          if (sizing.quantity > 0 && budget !== undefined && perStep !== undefined) {
            expect(used + perStep * sizing.quantity).toBeLessThanOrEqual(budget);
          }
        }
      }),
      { numRuns: 400 },
    );
    expect(capping.size).toBeGreaterThan(7);
    expect(shrunk).toBeGreaterThan(30);
  });

  test('multipliers only make it smaller, and a status that opens nothing makes it nothing', () => {
    fc.assert(
      fc.property(drawnBook, (drawn) => {
        const book = bookOf(drawn);
        const { sizing, state } = sizingOf(drawn, book);
        expect(sizing.quantity).toBeLessThanOrEqual(sizingOf(drawn, book, true).sizing.quantity);
        if (!PERMITS[statusOf(state.causes)].open) expect(sizing.quantity).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  test('more equity never makes a smaller order', () => {
    fc.assert(
      fc.property(drawnBook, fc.nat(2_000_000_000), (drawn, more) => {
        const book = bookOf(drawn);
        const richer = { ...book, equity: book.equity + more };
        expect(sizingOf(drawn, richer).sizing.quantity).toBeGreaterThanOrEqual(sizingOf(drawn, book).sizing.quantity);
      }),
      { numRuns: 150 },
    );
  });
});
