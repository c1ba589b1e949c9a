/** Value at risk and stress of the open book: several positions, converted currencies, history and EWMA, against plain formulas. */
import { describe, expect, test } from 'vitest';
import { bookTail, bookValueAtRisk, dailyProfits, stressProfit } from '../../src/domain/book-risk.ts';
import { symbolPolicy, type TradingPolicy } from '../../src/domain/policy.ts';
import type { Position } from '../../src/domain/position.ts';
import { newState, type ServoState } from '../../src/domain/state.ts';
import { price, quantity } from '../../src/domain/units.ts';
import { barAt, NOON, POLICY, positionWith } from './builders.ts';
import { instrumentOf } from './random-bars.ts';

/** Closes at day ends, oldest first, and the bid now; a market that is not named has neither. */
type Markets = Readonly<Record<string, { readonly closes?: readonly number[]; readonly now?: number }>>;

function bookOf(markets: Markets, positions: readonly Position[], policy: TradingPolicy = POLICY): ServoState {
  const blank = newState(policy);
  const seen = [...blank.markets].map(([symbol, market]) => {
    const { closes, now } = markets[symbol] ?? {};
    const known = {
      ...market,
      ...(closes && { dailyCloses: closes.map(price) }),
      ...(now !== undefined && { lastBar: barAt(symbol, NOON, now) }),
    };
    return [symbol, known] as const;
  });
  const held = positions.map((position) => [position.positionId, position] as const);
  return { ...blank, markets: new Map(seen), positions: new Map(held) };
}

const holding = (symbol: string, side: Position['side'], steps: number): Position =>
  positionWith({ symbol, side, quantity: quantity(steps) });

/** A step of EURUSD or GBPUSD is 0.01 USD a tick; of USDJPY 1 JPY a tick, 1,000 USD in all. */
const EUROS = holding('EURUSD', 'buy', 10);
const POUNDS_SOLD = holding('GBPUSD', 'sell', 20);
const DOLLARS = holding('USDJPY', 'buy', 30);

const inDollars = (micros: readonly number[]): number[] => micros.map((profit) => Math.round(profit / 10) / 100_000);

describe('what the book would have made', () => {
  test('of three positions, on the days that all their markets have: added day by day, in the account’s money', () => {
    const markets: Markets = {
      EURUSD: { closes: [100_000, 110_000, 121_000, 108_900] },
      GBPUSD: { closes: [120_000, 126_000, 113_400] },
      // The rate of the day's end counts, not that of now.
      USDJPY: { closes: [90_000, 100_000, 150_000, 165_000, 148_500], now: 300_000 },
    };
    // 108 900 × 0.10 USD = 10 890 by +10 % and −10 %; −113 400 × 0.20 = −22 680 by +5 % and −10 %; 30 000 by +10 % and −10 %.
    const state = bookOf(markets, [EUROS, POUNDS_SOLD, DOLLARS]);
    expect(inDollars(dailyProfits(state))).toEqual([1_089 - 1_134 + 3_000, -1_089 + 2_268 - 3_000]);
    expect(bookTail(state, 0.99).days).toBe(2);
  });

  test('a quote currency that is worth more than the account’s is multiplied by its rate', () => {
    const symbols = new Map(POLICY.symbols).set('EURUSD', {
      ...symbolPolicy(POLICY, 'EURUSD'),
      conversion: { kind: 'multiply', symbol: 'GBPUSD' },
    });
    const markets = { EURUSD: { closes: [100_000, 90_000] }, GBPUSD: { closes: [1, 2, 125_000] } };
    // 90 000 ticks of 0.10 at 1.25000 are 11 250; a tenth of it was lost.
    expect(inDollars(dailyProfits(bookOf(markets, [EUROS], { ...POLICY, symbols })))).toEqual([-1_125]);
  });

  test('without a position, or with a market without days, there is none', () => {
    const closes = [100_000, 110_000];
    expect(dailyProfits(bookOf({ EURUSD: { closes } }, []))).toEqual([]);
    expect(dailyProfits(bookOf({ EURUSD: { closes } }, [EUROS, POUNDS_SOLD]))).toEqual([]);
    expect(bookValueAtRisk(bookOf({ EURUSD: { closes } }, []), 0.99)).toBeUndefined();
    expect(bookValueAtRisk(bookOf({}, [EUROS]), 0.99)).toBeUndefined();
  });

  test('what cannot be converted is no number, and no small one', () => {
    const symbols = new Map(POLICY.symbols).set('EURUSD', {
      ...symbolPolicy(POLICY, 'EURUSD'),
      conversion: { kind: 'divide', symbol: 'USDJPY' },
    });
    const closes = Array.from({ length: 25 }, (_, i) => 100_000 + (i % 3));
    const policy = { ...POLICY, symbols };
    expect(dailyProfits(bookOf({ EURUSD: { closes: closes.slice(0, 2) } }, [EUROS], policy))).toEqual([Number.NaN]);
    expect(bookValueAtRisk(bookOf({ EURUSD: { closes } }, [EUROS], policy), 0.99)).toBeNaN();
    const two = bookOf({ EURUSD: { closes }, GBPUSD: { closes } }, [EUROS, POUNDS_SOLD], policy);
    expect(bookValueAtRisk(two, 0.99)).toBeNaN();
  });
});

const QUANTILE = { 0.95: 1.6448536269514722, 0.99: 2.3263478740408408 } as const;

/** RiskMetrics by its sum: a day k days ago weighs 0.94^k. */
function ewmaByHand(profits: readonly number[], level: keyof typeof QUANTILE): number {
  const weights = profits.map((_, i) => 0.94 ** (profits.length - 1 - i));
  const squares = profits.reduce((total, profit, i) => total + profit ** 2 * (weights[i] ?? Number.NaN), 0);
  return QUANTILE[level] * Math.sqrt(squares / weights.reduce((a, b) => a + b));
}

/** Type 7, from the sorted losses. */
function historicalByHand(profits: readonly number[], level: number): number {
  const losses = profits.map((profit) => -profit).sort((a, b) => b - a);
  const place = (profits.length - 1) * (1 - level);
  const [worse = Number.NaN, better = Number.NaN] = losses.slice(Math.floor(place));
  return worse + (place - Math.floor(place)) * (better - worse);
}

/** Days at rest but for one fall of a fifth and one rise of a tenth long ago, and a little to and fro. */
const closesOf = (days: number): number[] =>
  Array.from({ length: days + 1 }, (_, i) => (i === 2 ? 80_000 : i === 5 ? 110_000 : 100_000) + (i % 4) * 150);

/** The same market's profits without the code under test. */
const profitsOf = (closes: readonly number[], perTick: number): number[] =>
  closes.slice(1).map((close, i) => perTick * (closes.at(-1) ?? 0) * (close / (closes[i] ?? Number.NaN) - 1));

describe.each([0.95, 0.99] as const)('value at risk at %d', (level) => {
  test.each([
    [19, false, false],
    [20, true, false],
    [59, true, false],
    [60, true, true],
    [90, true, true],
  ])('after %i days: EWMA %s, history %s', (days, ewma, history) => {
    const closes = closesOf(days);
    const markets = { EURUSD: { closes }, GBPUSD: { closes: closes.map((close) => close + 20_000) } };
    const state = bookOf(markets, [EUROS, POUNDS_SOLD]);
    const [euros, pounds] = [profitsOf(closes, 1e5), profitsOf(markets.GBPUSD.closes, -2e5)];
    const profits = euros.map((profit, i) => profit + (pounds[i] ?? Number.NaN));
    const tail = bookTail(state, level);
    expect(tail.days).toBe(days);
    expect([tail.ewma?.method, tail.historical?.method]).toEqual([
      ewma ? 'ewma' : undefined,
      history ? 'historical' : undefined,
    ]);
    const values = [
      ...(ewma ? [ewmaByHand(profits, level)] : []),
      ...(history ? [historicalByHand(profits, level)] : []),
    ];
    expect([tail.ewma, tail.historical].flatMap((risk) => (risk ? [risk.valueAtRisk] : []))).toEqual(
      values.map((value) => expect.closeTo(value, 1)),
    );
    const graver = ewma ? expect.closeTo(Math.max(...values), 1) : undefined;
    expect(bookValueAtRisk(state, level)).toEqual(graver);
  });

  // A book of one position is computed another way.
  test.each([19, 20, 59, 60, 90])('of one position after %i days, bought and sold', (days) => {
    const closes = closesOf(days);
    const asked = (side: Position['side']) =>
      bookValueAtRisk(bookOf({ EURUSD: { closes } }, [holding('EURUSD', side, 10)]), level);
    const expected = (perTick: number) => {
      const profits = profitsOf(closes, perTick);
      const seen = days >= 60 ? historicalByHand(profits, level) : 0;
      return days >= 20 ? expect.closeTo(Math.max(seen, ewmaByHand(profits, level)), 1) : undefined;
    };
    expect([asked('buy'), asked('sell')]).toEqual([expected(1e5), expected(-1e5)]);
  });

  test('of one position in another currency, at the rate of the day’s end', () => {
    const closes = closesOf(60);
    const state = bookOf({ USDJPY: { closes, now: 55_000 } }, [holding('USDJPY', 'sell', 30)]);
    // 30 000 dollars were sold, whatever a dollar costs: the yen are worth 30 000 at the last close.
    const profits = profitsOf(closes, -30_000e6 / (closes.at(-1) ?? 0));
    const graver = Math.max(historicalByHand(profits, level), ewmaByHand(profits, level));
    expect(bookValueAtRisk(state, level)).toBeCloseTo(graver, 1);
  });
});

test('markets that never moved risk nothing, and markets that only rose cost a buyer nothing that was seen', () => {
  const still = Array.from({ length: 70 }, () => 100_000);
  expect(bookValueAtRisk(bookOf({ EURUSD: { closes: still } }, [EUROS]), 0.99)).toBe(0);
  expect(
    bookValueAtRisk(bookOf({ EURUSD: { closes: still }, GBPUSD: { closes: still } }, [EUROS, POUNDS_SOLD]), 0.99),
  ).toBe(0);
  const rising = Array.from({ length: 70 }, (_, i) => 100_000 + 100 * i);
  const profits = profitsOf(rising, 1e5);
  expect(historicalByHand(profits, 0.99)).toBeLessThan(0);
  const risk = bookValueAtRisk(bookOf({ EURUSD: { closes: rising } }, [EUROS]), 0.99);
  expect(risk).toBeCloseTo(ewmaByHand(profits, 0.99), 1);
});

describe('stress', () => {
  const calm = { name: '', moves: {}, adverse: 0, spreadFactor: 1 };
  const NOW: Markets = {
    EURUSD: { now: 110_000 },
    GBPUSD: { now: 125_000 },
    // Of the present bar: the day's end is another price.
    USDJPY: { now: 150_000, closes: [75_000, 75_000] },
  };
  const all = () => bookOf(NOW, [EUROS, POUNDS_SOLD, DOLLARS]);

  test('moves of a class hit each position on its side, each in the account’s money', () => {
    // −2 % of 11 000 bought, of 25 000 sold and of 30 000 bought.
    expect(stressProfit(all(), { ...calm, moves: { fx: -0.02 } })).toBeCloseTo((-220 + 500 - 600) * 1e6, 1);
    expect(stressProfit(all(), { ...calm, moves: { crypto: -0.5, index: -0.2 } })).toBe(0);
  });

  test('a move against every position costs each of them', () => {
    expect(stressProfit(all(), { ...calm, adverse: 0.02 })).toBeCloseTo(-(220 + 500 + 600) * 1e6, 1);
  });

  test('a wider spread costs each position what it widened by', () => {
    // 8 ticks become 24: 16 × (0.10 + 0.20 + 30 ÷ 150).
    expect(stressProfit(all(), { ...calm, spreadFactor: 3 })).toBeCloseTo(-8e6, 1);
  });

  test('all of it together', () => {
    const worst = { ...calm, moves: { fx: -0.02 }, adverse: 0.02, spreadFactor: 3 };
    expect(stressProfit(all(), worst)).toBeCloseTo((-320 - 1_320 - 8) * 1e6, 1);
  });

  test('only what is of the class moves', () => {
    const symbols = new Map(POLICY.symbols).set('XAUUSD', {
      ...symbolPolicy(POLICY, 'EURUSD'),
      instrument: instrumentOf('XAUUSD'),
    });
    const gold = instrumentOf('XAUUSD');
    const state = bookOf(
      { EURUSD: { now: 110_000 }, XAUUSD: { now: 200_000 } },
      [EUROS, holding('XAUUSD', 'buy', 10)],
      { ...POLICY, symbols },
    );
    const perStep = (200_000 * gold.tickValue.num) / gold.tickValue.den;
    expect(stressProfit(state, { ...calm, moves: { metal: -0.1 } })).toBeCloseTo(-0.1 * 10 * perStep, 1);
  });

  test('without a price or a rate the answer is null, not what is left of the book', () => {
    expect(stressProfit(bookOf({ EURUSD: { now: 110_000 } }, [EUROS, POUNDS_SOLD]), calm)).toBeNull();
    const symbols = new Map(POLICY.symbols).set('EURUSD', {
      ...symbolPolicy(POLICY, 'EURUSD'),
      conversion: { kind: 'divide', symbol: 'USDJPY' },
    });
    expect(stressProfit(bookOf({ EURUSD: { now: 110_000 } }, [EUROS], { ...POLICY, symbols }), calm)).toBeNull();
    expect(stressProfit(bookOf({}, []), calm)).toBe(0);
  });
});
