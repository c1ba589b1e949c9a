/** How much is traded: examples reckoned by hand, bounds that nothing passes, and a twin that finds the size by trying. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ConversionRate,
  conversionRate,
  type Instrument,
  marginOf,
  riskOf,
  SAME_CURRENCY,
} from '../../src/domain/instrument.ts';
import { INSTRUMENTS, makeInstrument } from '../../src/domain/instruments.ts';
import { riskCap } from '../../src/domain/sizing/caps.ts';
import { EMPTY_BOOK } from '../../src/domain/sizing/open-book.ts';
import { type OrderToSize, perStepOf } from '../../src/domain/sizing/order-to-size.ts';
import { sizeOrder } from '../../src/domain/sizing/size-order.ts';
import { type Cap, type CapName, commissionOf, type Sizing, size } from '../../src/domain/sizing.ts';
import {
  fractionOfMoney,
  type Money,
  money,
  moneyToUnits,
  type Price,
  price,
  quantity,
  UnitError,
} from '../../src/domain/units.ts';
import { sizeByTrying } from '../oracle/sizing.ts';
import { policyWith, usd } from './builders.ts';
import { EURUSD, instrumentOf } from './random-bars.ts';

const USDJPY = instrumentOf('USDJPY');
const XAUUSD = instrumentOf('XAUUSD');

function yenRate(at: number) {
  const rate = conversionRate({ kind: 'divide', symbol: 'USDJPY' }, { instrument: USDJPY, price: price(at) });
  if (rate === undefined) throw new Error('no rate');
  return rate;
}

/** What a size follows from, in one place. */
interface SizingInput {
  readonly instrument: Instrument;
  readonly rate: ConversionRate;
  readonly equity: Money;
  readonly freeMargin: Money;
  readonly leverage: number;
  readonly entryPrice: Price;
  readonly stopTicks: number;
  readonly commissionPerLot: Money;
  readonly riskPerTrade: number;
  readonly maxPositionMargin: number;
  readonly sizeFactor: number;
  readonly regimeFactor: number;
}

function sizeByRisk({ leverage, commissionPerLot, riskPerTrade, maxPositionMargin, ...input }: SizingInput): Sizing {
  const { instrument, rate, equity, freeMargin, entryPrice, sizeFactor, regimeFactor } = input;
  const policy = policyWith({ leverage, commissionPerLot, limits: { riskPerTrade, maxPositionMargin } });
  const entry = { entryPrice, stopDistance: input.stopTicks as Price, type: 'market' as const };
  const order: OrderToSize = {
    policy,
    instrument,
    side: 'buy',
    equity,
    book: { ...EMPTY_BOOK, margin: money(equity - freeMargin) },
    perStep: perStepOf(policy, instrument, rate, entry, 0),
    lossBudget: { of: 'day', left: equity },
    correlationWith: () => undefined,
  };
  return sizeOrder(order, riskCap(order), [
    { name: 'status', value: sizeFactor },
    { name: 'regime', value: regimeFactor },
  ]);
}

/** EURUSD at 1.10008 on 10,000 USD, 1 % at risk: 200 ticks cost 2.00 a step and the commission 0.07. */
const EURO: SizingInput = {
  instrument: EURUSD,
  rate: SAME_CURRENCY,
  equity: usd(10_000),
  freeMargin: usd(10_000),
  leverage: 100,
  entryPrice: price(110_008),
  stopTicks: 200,
  commissionPerLot: usd(7),
  riskPerTrade: 0.01,
  maxPositionMargin: 0.5,
  sizeFactor: 1,
  regimeFactor: 1,
};
/** 300 ticks are 300 JPY a step, 2.00 USD at 150. */
const YEN: SizingInput = {
  ...EURO,
  instrument: USDJPY,
  rate: yenRate(150_000),
  entryPrice: price(150_000),
  stopTicks: 300,
};
/** A step is one ounce: 500 ticks are 5.00 USD, its margin at 2,000 is 20.00. */
const GOLD: SizingInput = { ...EURO, instrument: XAUUSD, entryPrice: price(200_000), stopTicks: 500 };

type Expected = Pick<Sizing, 'cappedBy'> & { steps: number; riskPerStep: number; marginPerStep: number };

const shownPerStep = ({ caps = [] }: Sizing, cap: CapName): Money | undefined =>
  caps.find(({ name }) => name === cap)?.perStep;

describe('by hand', () => {
  test.each<[string, SizingInput, Expected]>([
    ['100 / 2.07 = 48.3', EURO, { steps: 48, cappedBy: 'risk', riskPerStep: 2.07, marginPerStep: 11.0008 }],
    [
      '48 × 2.07 to the cent',
      { ...EURO, equity: usd(9936) },
      { steps: 48, cappedBy: 'risk', riskPerStep: 2.07, marginPerStep: 11.0008 },
    ],
    [
      'a cent less',
      { ...EURO, equity: usd(9935.99) },
      { steps: 47, cappedBy: 'risk', riskPerStep: 2.07, marginPerStep: 11.0008 },
    ],
    [
      'no commission: 100 / 2',
      { ...EURO, commissionPerLot: usd(0) },
      { steps: 50, cappedBy: 'risk', riskPerStep: 2, marginPerStep: 11.0008 },
    ],
    [
      'yen: 200 / 2.07 = 96.6',
      { ...YEN, riskPerTrade: 0.02 },
      { steps: 96, cappedBy: 'risk', riskPerStep: 2.07, marginPerStep: 10 },
    ],
    [
      'yen: 300 JPY at 140 are 2.142857…, rounded up',
      { ...YEN, rate: yenRate(140_000) },
      { steps: 45, cappedBy: 'risk', riskPerStep: 2.212858, marginPerStep: 10.714286 },
    ],
    [
      'yen: 0.5 % of equity is 50, 50 / 10',
      { ...YEN, maxPositionMargin: 0.005 },
      { steps: 5, cappedBy: 'max_position_size', riskPerStep: 2.07, marginPerStep: 10 },
    ],
    ['gold: 100 / 5.07 = 19.7', GOLD, { steps: 19, cappedBy: 'risk', riskPerStep: 5.07, marginPerStep: 20 }],
    [
      'gold: 150 free / 20 = 7.5',
      { ...GOLD, freeMargin: usd(150) },
      { steps: 7, cappedBy: 'free_margin', riskPerStep: 5.07, marginPerStep: 20 },
    ],
    [
      'gold: 50 lots at most',
      { ...GOLD, equity: usd(1e8), freeMargin: usd(1e8) },
      { steps: 5000, cappedBy: 'lot_max', riskPerStep: 5.07, marginPerStep: 20 },
    ],
  ])('%s', (_, input, expected) => {
    const sizing = sizeByRisk(input);
    const { quantity: steps, cappedBy, riskPerStep, riskOfOrder } = sizing;
    const marginPerStep = moneyToUnits(shownPerStep(sizing, 'free_margin') ?? usd(0));
    expect(shownPerStep(sizing, 'max_position_size')).toBe(shownPerStep(sizing, 'free_margin'));
    expect({ steps, cappedBy, riskPerStep: moneyToUnits(riskPerStep), marginPerStep }).toEqual(expected);
    expect(moneyToUnits(riskOfOrder)).toBeCloseTo(expected.steps * expected.riskPerStep, 6);
  });

  test('the record holds every number of the arithmetic', () => {
    expect(sizeByRisk({ ...EURO, maxPositionMargin: 0.02, sizeFactor: 0.5, regimeFactor: 0.75 })).toEqual({
      quantity: 6,
      cappedBy: 'max_position_size',
      wanted: 48,
      riskPerStep: usd(2.07),
      riskOfOrder: usd(12.42),
      caps: [
        { name: 'risk', budget: usd(100), perStep: usd(2.07), steps: 48 },
        { name: 'max_position_size', budget: usd(200), perStep: usd(11.0008), steps: 18 },
        { name: 'free_margin', budget: usd(10_000), perStep: usd(11.0008), steps: 909 },
        { name: 'lot_max', steps: 10_000 },
      ],
      multipliers: [
        { name: 'status', value: 0.5 },
        { name: 'regime', value: 0.75 },
      ],
    });
  });

  test.each<[string, Partial<SizingInput>]>([
    ['1 USD of risk does not pay one step', { equity: usd(100) }],
    ['no free margin', { freeMargin: usd(0) }],
    ['a margin call', { freeMargin: usd(-50) }],
    ['no equity', { equity: usd(0) }],
    ['less than no equity', { equity: usd(-10) }],
    ['nothing to lose', { riskPerTrade: 0 }],
    ['a status that opens nothing', { sizeFactor: 0 }],
    ['neither stop nor commission: no size follows from them', { stopTicks: 0, commissionPerLot: usd(0) }],
    ['48 steps, and 50 are the least', { instrument: { ...EURUSD, quantityMin: quantity(50) } }],
    ['a half of 1 step', { equity: usd(300), sizeFactor: 0.5 }],
  ])('%s: nothing, and nothing at risk', (_, change) => {
    expect(sizeByRisk({ ...EURO, ...change })).toMatchObject({ quantity: 0, riskOfOrder: 0 });
  });

  test.each<[string, SizingInput, number, number]>([
    ['risk', EURO, 48, 24],
    ['risk, odd', GOLD, 19, 9],
    ['max_position_size', { ...YEN, maxPositionMargin: 0.005 }, 5, 2],
    ['free_margin', { ...GOLD, freeMargin: usd(150) }, 7, 3],
    ['lot_max', { ...GOLD, equity: usd(1e8), freeMargin: usd(1e8) }, 5000, 2500],
  ])('half of what is capped by %s is half', (_, input, whole, half) => {
    expect(sizeByRisk(input).quantity).toBe(whole);
    expect(sizeByRisk({ ...input, sizeFactor: 0.5 }).quantity).toBe(half);
    expect(sizeByRisk({ ...input, regimeFactor: 0.5 }).quantity).toBe(half);
  });

  test('a status and a regime that halve both quarter, and round down once', () => {
    // 19 × 0.5 × 0.5 = 4.75
    expect(sizeByRisk({ ...GOLD, sizeFactor: 0.5, regimeFactor: 0.5 }).quantity).toBe(4);
  });
});

describe('fractions of money', () => {
  test.each([
    [100, 0.29, 29],
    [10_000, 0.02, 200],
    [9936, 0.01, 99.36],
    [0.000_001, 0.5, 0],
    [0.000_003, 0.5, 0.000_001],
    [-10, 0.5, 0],
  ])('of %d, %d is %d', (amount, fraction, expected) => {
    expect(moneyToUnits(fractionOfMoney(usd(amount), fraction))).toBe(expected);
  });

  test('is the exact floor for every hundredth of a percent of any account up to 100,000', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000_000_000 }), fc.nat(10_000), (micros, parts) => {
        const exact = (BigInt(micros) * BigInt(parts)) / 10_000n;
        expect(BigInt(fractionOfMoney(money(micros), parts / 10_000))).toBe(exact);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d is no fraction', (fraction) => {
    expect(() => fractionOfMoney(usd(1), fraction)).toThrow(UnitError);
  });
});

describe('a number that is none sizes nothing: it throws', () => {
  const fields = [
    'equity',
    'freeMargin',
    'leverage',
    'entryPrice',
    'stopTicks',
    'commissionPerLot',
    'riskPerTrade',
    'maxPositionMargin',
    'sizeFactor',
    'regimeFactor',
  ] as const satisfies readonly (keyof SizingInput)[];
  const poisons = [Number.NaN, Number.POSITIVE_INFINITY];

  test.each(
    fields.flatMap((field) => poisons.map((poison) => [field, poison] as const)),
  )('%s of %d', (field, poison) => {
    expect(() => sizeByRisk({ ...EURO, [field]: poison })).toThrow(field.endsWith('Factor') ? RangeError : UnitError);
  });
});

test.each([-0.5, 1.01])('a multiplier of %d is none: a size is never made larger', (sizeFactor) => {
  expect(() => sizeByRisk({ ...EURO, sizeFactor })).toThrow(
    new RangeError(`the multiplier status must lie in 0 to 1, was ${sizeFactor}`),
  );
});

describe('a size beyond a budget is a bug, and a bug does not trade', () => {
  const sized = (cap: Partial<Cap>, steps = 10) => {
    const wanted: Cap = { name: 'risk', steps: quantity(10) };
    const caps: Cap[] = [{ name: 'max_leverage', steps: quantity(steps), ...cap }];
    return size({ instrument: EURUSD, riskPerStep: usd(1), wanted, caps, multipliers: [] }).quantity;
  };

  test.each<[string, Partial<Cap>]>([
    ['ten steps of 20 in 199.999999', { budget: usd(199.999_999), perStep: usd(20) }],
    ['ten steps of 20 in 300, of which 101 are used', { budget: usd(300), used: usd(101), perStep: usd(20) }],
    ['a bound that is no number', { steps: Number.NaN as Cap['steps'] }],
  ])('%s', (_, cap) => {
    expect(() => sized(cap)).toThrow(/^a size of 10 steps is beyond max_leverage, which leaves (10|NaN)$/);
  });

  test.each<[string, Partial<Cap>]>([
    ['to the micro', { budget: usd(300), used: usd(100), perStep: usd(20) }],
    ['without a budget', { perStep: usd(20) }],
    ['without a price of a step', { budget: usd(1) }],
  ])('but what fits trades: %s', (_, cap) => {
    expect(sized(cap)).toBe(10);
  });

  test('and nothing fits in less than nothing', () => {
    expect(sized({ budget: usd(-1), perStep: usd(20) }, 0)).toBe(0);
  });
});

describe('for every contract, account and stop', () => {
  const contracts = Object.values(INSTRUMENTS).map((spec) => ({ spec, instrument: makeInstrument(spec) }));
  const parts = fc.integer({ min: 1, max: 2000 });
  const questions = fc
    .record({
      contract: fc.constantFrom(...contracts),
      rate: fc.record({ num: fc.integer({ min: 1, max: 2000 }), den: fc.integer({ min: 1000, max: 200_000 }) }),
      equity: fc.integer({ min: -1_000_000, max: 50_000_000_000 }),
      freeShare: fc.integer({ min: 0, max: 100 }),
      leverage: fc.integer({ min: 1, max: 500 }),
      entryPrice: fc.integer({ min: 1000, max: 10_000_000 }),
      stopTicks: fc.integer({ min: 1, max: 20_000 }),
      commission: fc.integer({ min: 0, max: 20_000_000 }),
      riskPerTrade: parts,
      maxPositionMargin: parts,
      halved: fc.boolean(),
    })
    .map((drawn) => ({ ...drawn, freeMargin: Math.max(0, Math.floor((drawn.equity / 100) * drawn.freeShare)) }));
  type Question = typeof questions extends fc.Arbitrary<infer Q> ? Q : never;

  const inputOf = (question: Question, instrument: Instrument = question.contract.instrument): SizingInput => ({
    instrument,
    rate: question.rate,
    equity: money(question.equity),
    freeMargin: money(question.freeMargin),
    leverage: question.leverage,
    entryPrice: price(question.entryPrice),
    stopTicks: question.stopTicks,
    commissionPerLot: money(question.commission),
    riskPerTrade: question.riskPerTrade / 10_000,
    maxPositionMargin: question.maxPositionMargin / 10_000,
    sizeFactor: question.halved ? 0.5 : 1,
    regimeFactor: 1,
  });

  test('no bound is passed, and the loss at the stop with its commission stays within the budget', () => {
    fc.assert(
      fc.property(questions, (question) => {
        const input = inputOf(question);
        const { instrument, rate } = input;
        const { quantity: steps, riskOfOrder } = sizeByRisk(input);
        const riskBudget = fractionOfMoney(input.equity, input.riskPerTrade);
        const marginBudget = fractionOfMoney(input.equity, input.maxPositionMargin);
        const risk =
          riskOf(instrument, input.stopTicks, steps, rate) + commissionOf(instrument, steps, input.commissionPerLot);
        const margin = marginOf(instrument, input.entryPrice, steps, rate, input.leverage);
        expect(risk).toBeLessThanOrEqual(riskBudget);
        expect(risk).toBeLessThanOrEqual(riskOfOrder);
        expect(riskOfOrder).toBeLessThanOrEqual(riskBudget);
        expect(margin).toBeLessThanOrEqual(marginBudget);
        expect(margin).toBeLessThanOrEqual(input.freeMargin);
        expect(steps).toBeLessThanOrEqual(instrument.quantityMax);
        expect(steps === 0 || steps >= instrument.quantityMin).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('more equity never makes a smaller order', () => {
    fc.assert(
      fc.property(questions, fc.nat(10_000_000_000), (question, more) => {
        const less = sizeByRisk(inputOf(question)).quantity;
        expect(sizeByRisk(inputOf({ ...question, equity: question.equity + more })).quantity).toBeGreaterThanOrEqual(
          less,
        );
      }),
      { numRuns: 500 },
    );
  });

  test('is what trying finds', () => {
    let sized = 0;
    fc.assert(
      fc.property(questions, (question) => {
        const steps = sizeByRisk(inputOf(question)).quantity;
        if (steps > 0) sized += 1;
        expect(steps).toBe(
          sizeByTrying({
            spec: question.contract.spec,
            rate: question.rate,
            equityMicros: question.equity,
            freeMarginMicros: question.freeMargin,
            leverage: question.leverage,
            entryTicks: question.entryPrice,
            stopTicks: question.stopTicks,
            commissionPerLotMicros: question.commission,
            riskPerTrade: question.riskPerTrade,
            maxPositionMargin: question.maxPositionMargin,
            halved: question.halved,
          }),
        );
      }),
      { numRuns: 500 },
    );
    expect(sized).toBeGreaterThan(100);
  });
});
