/** Random markets and orders for the venue's properties: three symbols that convert one another, breaks, gaps, senseless orders. */
import fc from 'fast-check';
import type { VenueRules } from '../../src/broker/paper/rules.ts';
import type { PaperVenue } from '../../src/broker/paper/venue.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { BrokerReport, Order } from '../../src/domain/order.ts';
import { money, type UnixMs } from '../../src/domain/units.ts';
import { BAR_MS, bar, cancelOf, closeOf, entry, modifyOf, START, venueRules } from './venue-fixtures.ts';

const SYMBOLS = ['COIN', 'BANK', 'PAIR'] as const;

export interface Step {
  readonly bars: readonly Bar[];
  /** Decided at the close of the bars. */
  readonly orders: readonly Order[];
}

export interface World {
  readonly rules: VenueRules;
  readonly steps: readonly Step[];
}

const candle = fc.record({
  present: fc.nat(9).map((n) => n > 0),
  gap: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: -4, max: 4 }) },
    { weight: 1, arbitrary: fc.integer({ min: -60, max: 60 }) },
  ),
  up: fc.nat(12),
  down: fc.nat(12),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  spread: fc.nat(4),
});

const orderSpec = fc.record({
  kind: fc.constantFrom(
    'market',
    'market',
    'market',
    'limit',
    'limit',
    'stop',
    'stop_limit',
    'close',
    'close',
    'modify',
    'cancel',
    'again',
  ),
  symbol: fc.constantFrom(...SYMBOLS),
  side: fc.constantFrom('buy', 'sell'),
  quantity: fc.oneof(
    { weight: 19, arbitrary: fc.integer({ min: 1, max: 40 }) },
    { weight: 1, arbitrary: fc.integer({ min: 500, max: 1100 }) },
  ),
  shift: fc.integer({ min: -6, max: 6 }),
  deviation: fc.nat(8),
  stop: fc.integer({ min: -1, max: 20 }),
  target: fc.integer({ min: -1, max: 25 }),
  lives: fc.integer({ min: 1, max: 3 }),
  /** Which of the orders so far a reduction is about. */
  about: fc.nat(3),
  filling: fc.constantFrom('ioc', 'ioc', 'fok', 'return'),
});
type Value<A> = A extends fc.Arbitrary<infer T> ? T : never;
type OrderSpec = Value<typeof orderSpec>;

const stepSpec = fc.record({
  /** Bars that nobody traded in; many make a break of days. */
  skip: fc.oneof(
    { weight: 12, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.nat(3) },
    { weight: 1, arbitrary: fc.nat(900) },
  ),
  candles: fc.tuple(candle, candle, candle),
  orders: fc.array(orderSpec, { maxLength: 3 }),
});

const ruleSpec = fc.record({
  latencyMs: fc.constantFrom(0, 50),
  commission: fc.nat(9_999_999),
  slippage: fc.nat(3),
  spread: fc.constantFrom<(number | 'feed')[]>('feed', 0, 3),
  rejectionProbability: fc.constantFrom(0, 0.1),
  partialFillProbability: fc.constantFrom(0, 0.3),
  seed: fc.nat(999),
  swap: fc.integer({ min: -999_999, max: 999_999 }),
  stopDistanceMin: fc.constantFrom(0, 3),
});

export const worlds: fc.Arbitrary<World> = fc
  .record({ rule: ruleSpec, specs: fc.array(stepSpec, { minLength: 2, maxLength: 40 }) })
  .map(({ rule, specs }) => ({ rules: rulesFrom(rule), steps: stepsFrom(specs) }));

function rulesFrom({ commission, slippage, spread, swap, stopDistanceMin, ...rest }: Value<typeof ruleSpec>) {
  const each = { slippage, spread, stopDistanceMin, swapLong: swap, swapShort: -swap };
  return venueRules({
    ...rest,
    commissionPerLot: money(commission),
    coin: each,
    others: [
      { ...each, symbol: 'BANK', conversion: { kind: 'divide', symbol: 'BANK' } },
      { ...each, symbol: 'PAIR', assetClass: 'crypto', conversion: { kind: 'multiply', symbol: 'COIN' } },
    ],
  });
}

function stepsFrom(specs: readonly Value<typeof stepSpec>[]): Step[] {
  const closes = new Map<string, number>(SYMBOLS.map((symbol) => [symbol, 1000]));
  const sent: Order[] = [];
  let n = -1;
  return specs.map(({ skip, candles, orders }) => {
    n += 1 + skip;
    const bars = SYMBOLS.flatMap((symbol, i) => {
      const { present, gap, up, down, at, spread } = candles[i]!;
      if (!present) return [];
      const open = Math.max(300, closes.get(symbol)! + gap);
      const close = Math.round(open - down + (up + down) * at);
      closes.set(symbol, close);
      return [bar(n, `${open} ${open + up} ${open - down} ${close}`, { symbol, spread })];
    });
    const decidedAt = (START + (n + 1) * BAR_MS) as UnixMs;
    const made = orders.map((spec, k) => orderFrom(spec, `${n}-${k}`, decidedAt, closes, sent));
    return { bars, orders: made };
  });
}

function orderFrom(
  spec: OrderSpec,
  orderId: string,
  decidedAt: UnixMs,
  closes: Map<string, number>,
  sent: Order[],
): Order {
  const order = makeOrder(spec, orderId, decidedAt, closes, sent);
  if (order.intent.kind === 'open') sent.unshift(order);
  return order;
}

function makeOrder(
  spec: OrderSpec,
  orderId: string,
  decidedAt: UnixMs,
  closes: Map<string, number>,
  sent: readonly Order[],
): Order {
  const { kind, symbol, side, quantity, shift } = spec;
  const close = closes.get(symbol)!;
  const about = sent[spec.about]?.intent;
  const sign = side === 'buy' ? 1 : -1;
  const entryKind = kind === 'market' || kind === 'limit' || kind === 'stop' || kind === 'stop_limit';
  if (entryKind || about?.kind !== 'open') {
    const type = entryKind ? kind : 'market';
    const referencePrice = close + shift;
    return entry({
      orderId,
      symbol,
      side,
      type,
      quantity,
      referencePrice,
      decidedAt,
      deviation: spec.deviation,
      filling: spec.filling,
      stopLoss: referencePrice - sign * spec.stop,
      takeProfit: referencePrice + sign * spec.target,
      expiresAt: (decidedAt + spec.lives * BAR_MS) as UnixMs,
    });
  }
  const sameSymbol = closes.get(about.symbol)!;
  const aboutSign = about.side === 'buy' ? 1 : -1;
  switch (kind) {
    case 'close':
      return closeOf(orderId, about.orderId, quantity, decidedAt, about.symbol);
    case 'cancel':
      return cancelOf(orderId, about.orderId, decidedAt);
    case 'modify':
      return modifyOf(
        orderId,
        about.orderId,
        sameSymbol - aboutSign * (spec.stop + 4),
        sameSymbol + aboutSign * (spec.target + 4),
        decidedAt,
        about.symbol,
      );
    default:
      return sent[spec.about]!;
  }
}

/** Plays the world, reading the reports of each step as the servo does. `replace` may put another venue in place of the one so far. */
export function play(
  { steps }: World,
  start: PaperVenue,
  replace: (venue: PaperVenue, step: Step) => PaperVenue = (venue) => venue,
): { venue: PaperVenue; reports: BrokerReport[] } {
  let venue = start;
  const reports: BrokerReport[] = [];
  const read = () => reports.push(...venue.reportsAfter(reports.at(-1)?.sequence ?? 0));
  for (const step of steps) {
    venue.onBars(step.bars);
    venue = replace(venue, step);
    read();
    for (const order of step.orders) {
      venue.submit(order, order.intent.decidedAt);
      venue = replace(venue, step);
    }
    read();
  }
  return { venue, reports };
}
