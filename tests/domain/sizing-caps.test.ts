/** What is open elsewhere makes an entry smaller: each cap by hand, and all of them against a twin that finds the size by trying. */
import { describe, expect, test } from 'vitest';
import { SAME_CURRENCY } from '../../src/domain/instrument.ts';
import type { ExposurePolicy } from '../../src/domain/policy.ts';
import { decide, recheck } from '../../src/domain/risk.ts';
import { capsOf } from '../../src/domain/sizing/caps.ts';
import { bookOf, type Holding, openBook } from '../../src/domain/sizing/open-book.ts';
import { type OrderToSize, orderToSize, perStepOf } from '../../src/domain/sizing/order-to-size.ts';
import type { Cap, CapName } from '../../src/domain/sizing.ts';
import { marketOf, type ServoState } from '../../src/domain/state.ts';
import { type Money, money, moneyToUnits, price, quantity } from '../../src/domain/units.ts';
import { barAt, NOON, openIntentWith, orderWith, policyWith, positionWith, usd } from './builders.ts';
import { type Scene, SOUND, stateOf, withAccount, withLimits } from './gate-scene.ts';
import { EURUSD, instrumentOf } from './random-bars.ts';

const GBPUSD = instrumentOf('GBPUSD');

const holding = (change: Partial<Holding> = {}): Holding => ({
  symbol: 'GBPUSD',
  side: 'buy',
  instrument: GBPUSD,
  margin: usd(100),
  notional: usd(10_000),
  risk: usd(60),
  worstLoss: usd(80),
  ...change,
});

/** A buy of EURUSD at 1.10000 with its stop 200 ticks below and 2 ticks of slippage each way, 10,000 USD, leverage 100. */
function orderWithin(exposure: Partial<ExposurePolicy>, holdings: Holding[], change: Partial<OrderToSize> = {}) {
  const policy = policyWith({ exposure });
  const entry = { entryPrice: price(110_000), stopDistance: price(200), type: 'market' as const };
  return {
    policy,
    instrument: EURUSD,
    side: 'buy' as const,
    equity: usd(10_000),
    book: bookOf(holdings),
    perStep: perStepOf(policy, EURUSD, SAME_CURRENCY, entry, 2),
    lossBudget: { of: 'day' as const, left: usd(200) },
    correlationWith: () => 0.9,
    ...change,
  };
}

const shown = (order: OrderToSize, name: CapName) => {
  const cap = capsOf(order).find((each) => each.name === name);
  return cap && inUnits(cap);
};
const inUnits = ({ name: _, budget, used, perStep, ...rest }: Cap) => ({
  ...rest,
  ...(budget !== undefined && { budget: moneyToUnits(budget) }),
  ...(used !== undefined && { used: moneyToUnits(used) }),
  ...(perStep !== undefined && { perStep: moneyToUnits(perStep) }),
});

test('a step: 204 ticks and the commission, 50 ticks more in the worst case, its margin, its notional', () => {
  const { perStep } = orderWithin({ worstCase: { gap: 0.25 } }, []);
  expect(perStep).toEqual({ risk: usd(2.11), worstLoss: usd(2.61), margin: usd(11), notional: usd(1100) });
});

describe('by hand', () => {
  test.each<[string, OrderToSize, CapName, object | undefined]>([
    ['no limit: no cap', orderWithin({}, [holding()]), 'max_leverage', undefined],
    [
      'leverage 5 of 10,000 is 50,000; 10,000 are used, 40,000 / 1,100 = 36.4',
      orderWithin({ maxLeverage: 5 }, [holding()]),
      'max_leverage',
      { budget: 50_000, used: 10_000, perStep: 1100, steps: 36 },
    ],
    [
      'what is over the limit already leaves nothing',
      orderWithin({ maxLeverage: 0.5 }, [holding()]),
      'max_leverage',
      { budget: 5000, used: 10_000, perStep: 1100, steps: 0 },
    ],
    [
      'another symbol does not use what this one may',
      orderWithin({ maxSymbolLeverage: 2 }, [holding()]),
      'max_symbol_leverage',
      { budget: 20_000, perStep: 1100, steps: 18 },
    ],
    [
      'its own does',
      orderWithin({ maxSymbolLeverage: 2 }, [holding({ symbol: 'EURUSD', instrument: EURUSD })]),
      'max_symbol_leverage',
      { budget: 20_000, used: 10_000, perStep: 1100, steps: 9 },
    ],
    [
      'long pounds are short dollars, and so is this: 20,000 − 10,000',
      orderWithin({ maxCurrencyLeverage: 2 }, [holding()]),
      'max_currency_leverage',
      { of: 'USD', budget: 20_000, used: 10_000, perStep: 1100, steps: 9 },
    ],
    [
      'short pounds are long dollars and make room there: the euros cap',
      orderWithin({ maxCurrencyLeverage: 2 }, [holding({ side: 'sell' })]),
      'max_currency_leverage',
      { of: 'EUR', budget: 20_000, perStep: 1100, steps: 18 },
    ],
    [
      'of two currencies alike, the one that is bought is named',
      orderWithin({ maxCurrencyLeverage: 2 }, []),
      'max_currency_leverage',
      { of: 'EUR', budget: 20_000, perStep: 1100, steps: 18 },
    ],
    [
      'a sell beside long pounds sells euros and buys dollars back',
      orderWithin({ maxCurrencyLeverage: 2 }, [holding()], { side: 'sell' }),
      'max_currency_leverage',
      { of: 'EUR', budget: 20_000, perStep: 1100, steps: 18 },
    ],
    [
      'margin level 4: 10,000 / 4 = 2,500, of which 2,445 are bound',
      orderWithin({ minMarginLevel: 4 }, [holding({ margin: usd(2445) })]),
      'min_margin_level',
      { budget: 2500, used: 2445, perStep: 11, steps: 5 },
    ],
    [
      'moves alike: together they risk 100, 60 are risked',
      orderWithin({ correlation: { max: 0.9, bars: 288 } }, [holding()]),
      'max_correlation',
      { of: 'GBPUSD 0.90', budget: 100, used: 60, perStep: 2.11, steps: 18 },
    ],
    [
      'two that move alike risk together, and both are named',
      orderWithin({ correlation: { max: 0.9, bars: 288 } }, [
        holding({ risk: usd(10) }),
        holding({ symbol: 'AUDUSD' }),
      ]),
      'max_correlation',
      { of: 'GBPUSD 0.90, AUDUSD 0.90', budget: 100, used: 70, perStep: 2.11, steps: 14 },
    ],
    [
      'a little less alike',
      orderWithin({ correlation: { max: 0.91, bars: 288 } }, [holding()]),
      'max_correlation',
      undefined,
    ],
    [
      'opposite positions hedge each other',
      orderWithin({ correlation: { max: 0.8, bars: 288 } }, [holding({ side: 'sell' })]),
      'max_correlation',
      undefined,
    ],
    [
      'opposite positions in markets that move oppositely do not',
      orderWithin({ correlation: { max: 0.8, bars: 288 } }, [holding({ side: 'sell' })], {
        correlationWith: () => -0.85,
      }),
      'max_correlation',
      { of: 'GBPUSD -0.85', budget: 100, used: 60, perStep: 2.11, steps: 18 },
    ],
    [
      'what is not known counts as alike',
      orderWithin({ correlation: { max: 0.8, bars: 288 } }, [holding()], { correlationWith: () => undefined }),
      'max_correlation',
      { of: 'GBPUSD not known', budget: 100, used: 60, perStep: 2.11, steps: 18 },
    ],
    [
      'worst case: 200 left of the day, 80 may be lost elsewhere, 120 / 2.61 = 45.9',
      orderWithin({ worstCase: { gap: 0.25 } }, [holding()]),
      'worst_case',
      { of: 'day', budget: 200, used: 80, perStep: 2.61, steps: 45 },
    ],
    [
      'the drawdown leaves less than the day',
      orderWithin({ worstCase: { gap: 0 } }, [], { lossBudget: { of: 'drawdown', left: usd(2.1) } }),
      'worst_case',
      { of: 'drawdown', budget: 2.1, perStep: 2.11, steps: 0 },
    ],
  ])('%s', (_, order, name, expected) => {
    expect(shown(order, name)).toEqual(expected);
  });
});

describe('what counts as open', () => {
  const WATCHED = policyWith({ exposure: { worstCase: { gap: 0.25 } } });
  const bookIn = (scene: Partial<Scene>, lastBid?: number, exceptOrderId?: string) => {
    const state = seen(stateOf({ ...SOUND, policy: WATCHED, ...scene }), lastBid);
    const entry = { symbol: 'EURUSD', side: 'buy', entryPrice: price(110_008), stopDistance: price(200) } as const;
    const order = orderToSize(state, { ...entry, type: 'market' }, exceptOrderId);
    if (order === undefined) throw new Error('no rate');
    return order.book;
  };
  const seen = (state: ServoState, lastBid?: number): ServoState => {
    if (lastBid === undefined) return state;
    const market = { ...marketOf(state, 'EURUSD'), lastBar: barAt('EURUSD', NOON, lastBid) };
    return { ...state, markets: new Map(state.markets).set('EURUSD', market) };
  };
  /** 10 steps of EURUSD bought at 1.10000, stop at 1.09800: a tick is worth 0.10. */
  const HELD = positionWith();

  test('nothing open is an empty book', () => {
    expect(bookIn({})).toEqual({ holdings: [], margin: 0, notional: 0, worstLoss: 0 });
  });

  test('a position, from where it stands now: 250 ticks to its stop, 2 of slippage, 50 of gap, and the exit commission', () => {
    const [held] = bookIn({ positions: [HELD] }, 110_050).holdings;
    // 302 × 0.10 + 0.35; from its entry the stop is 200 ticks away.
    expect(held).toMatchObject({ worstLoss: usd(30.55), risk: usd(20), margin: usd(110), notional: usd(11_005) });
  });

  test('the commission still due is half of the round trip, rounded up to the micro', () => {
    const cheap = policyWith({ commissionPerLot: money(60), exposure: { worstCase: { gap: 0.25 } } });
    const one = { ...HELD, quantity: quantity(1) };
    // 0.3 micros.
    const [held] = bookIn({ policy: cheap, positions: [one] }, 110_050).holdings;
    expect(held?.worstLoss).toBe(usd(3.02) + 1);
  });

  test('a stop in profit risks nothing of the entry, but still what has been gained since', () => {
    const [held] = bookIn({ positions: [{ ...HELD, stopLoss: price(110_100) }] }, 110_200).holdings;
    // (100 + 2 + 50) × 0.10 + 0.35
    expect(held).toMatchObject({ worstLoss: usd(15.55), risk: 0 });
  });

  test('without a stop all of it may be lost, long or short', () => {
    for (const side of ['buy', 'sell'] as const) {
      const [held] = bookIn({
        positions: [{ ...HELD, side, stopLoss: price(0), initialStopDistance: price(0) }],
      }).holdings;
      expect(held).toMatchObject({ worstLoss: usd(11_000.55), risk: usd(11_000) });
    }
  });

  test('an entry under way, as far as it may still fill: 4 of 10 steps', () => {
    const entry = { ...orderWith('partially_filled'), filled: quantity(6) };
    const [held, ...others] = bookIn({ orders: [entry] }).holdings;
    // (200 + 4) × 0.04 + 0.28, and 50 ticks of gap more.
    expect(held).toMatchObject({
      risk: usd(8.44),
      worstLoss: usd(10.44),
      margin: usd(44.0032),
      notional: usd(4400.32),
    });
    expect(others).toEqual([]);
  });

  test('not the order that asks, nor one that is over', () => {
    expect(bookIn({ orders: [orderWith('authorised')] }, undefined, openIntentWith().orderId).holdings).toEqual([]);
    expect(bookIn({ orders: [orderWith('rejected')] }).holdings).toEqual([]);
    expect(bookIn({ orders: [orderWith('authorised')] }).holdings).toHaveLength(1);
    expect(bookIn({ orders: [orderWith('unknown')] }).holdings).toHaveLength(1);
  });

  test('what another hand holds, by what it weighs and what the account may lose by it', () => {
    const external = {
      positionId: 'X',
      symbol: 'EURUSD',
      side: 'sell' as const,
      quantity: quantity(20),
      entryPrice: price(110_000),
      margin: usd(220),
    };
    const other = { ...external, positionId: 'Y', symbol: 'OIL', margin: usd(30) };
    const bookWith = (x: object, y: object) =>
      openBook({
        ...stateOf({ ...SOUND, policy: WATCHED }),
        externals: new Map([
          ['X', { ...external, ...x }],
          ['Y', { ...other, ...y }],
        ]),
      });
    // Stops 100 and 1100 ticks beyond the entries. From the ask, 110,000, it is 100 ticks, 2 of slippage and a gap of 25, for
    // twenty steps of 0.01 lots; and a hundredth of the weight of the other.
    const [stopLoss, far] = [price(110_100), price(111_100)];
    expect(bookWith({ stopLoss }, { stopLoss: far })).toMatchObject({
      margin: usd(250),
      notional: usd(22_000 + 3000),
      worstLoss: usd(127 * 0.2 + 30),
    });
    // Without a stop all of it may go.
    expect(bookWith({}, { stopLoss: price(109_000) })?.worstLoss).toBe(usd(110_002 * 0.2));
    expect(bookWith({ stopLoss }, {})?.worstLoss).toBe(usd(127 * 0.2 + 3000));
    // Yen are traded here, but their price was not seen yet: by its margin too.
    expect(bookWith({ symbol: 'USDJPY', margin: usd(10) }, {})).toMatchObject({ notional: usd(1000 + 3000) });
  });

  test('with a rate that is missing nothing is sized: yen were never seen', () => {
    const yen = positionWith({ symbol: 'USDJPY' });
    const state = stateOf({ ...SOUND, positions: [yen] });
    const decision = decide(state, { signal: SOUND.signal, attempt: 1, now: SOUND.now });
    expect(decision).toMatchObject({ outcome: 'denied', reason: 'conversion_missing' });
    expect(recheck(state, openIntentWith(), SOUND.now)).toMatchObject({ check: 'conversion_missing' });
  });
});

describe('what is left of the loss limits', () => {
  const budgetIn = (scene: Scene) => {
    const order = orderToSize(stateOf(scene), {
      symbol: 'EURUSD',
      side: 'buy',
      entryPrice: price(110_008),
      stopDistance: price(200),
      type: 'market',
    });
    return order && { of: order.lossBudget.of, left: moneyToUnits(order.lossBudget.left) };
  };
  const from = (start: Record<'day' | 'week' | 'month', number>, equity: number, equityPeak: number): Scene => {
    const window = (startEquity: number) => ({ period: 1, startEquity: usd(startEquity), step: 'none' as const });
    const windows = { day: window(start.day), week: window(start.week), month: window(start.month) };
    return withAccount(SOUND, { equity: usd(equity), equityPeak: usd(equityPeak), windows });
  };

  // The limits are 2, 5 and 10 % of the start, and 20 % under the peak.
  test.each<[string, Scene, object]>([
    ['a fresh account', SOUND, { of: 'day', left: 200 }],
    ['50 lost today', from({ day: 10_000, week: 10_000, month: 10_000 }, 9950, 10_000), { of: 'day', left: 150 }],
    [
      'what the day gained it may lose too',
      from({ day: 10_000, week: 10_000, month: 10_000 }, 10_100, 10_100),
      { of: 'day', left: 300 },
    ],
    [
      'a bad week before a fresh day',
      from({ day: 9600, week: 10_000, month: 10_000 }, 9600, 10_000),
      { of: 'week', left: 100 },
    ],
    ['a bad month', from({ day: 9100, week: 9100, month: 10_000 }, 9100, 10_000), { of: 'month', left: 100 }],
    ['far under the peak', from({ day: 8100, week: 8100, month: 8100 }, 8100, 10_000), { of: 'drawdown', left: 100 }],
    // Of equals the longest window is named.
    [
      'limits alike',
      withLimits(SOUND, { maxLoss: { day: 0.02, week: 0.02, month: 0.02 } }),
      { of: 'month', left: 200 },
    ],
    ['over the limit', from({ day: 10_000, week: 10_000, month: 10_000 }, 9700, 10_000), { of: 'day', left: -100 }],
  ])('%s', (_, scene, expected) => {
    expect(budgetIn(scene)).toEqual(expected);
  });
});

describe('the second look, at the size that was decided', () => {
  const intent = openIntentWith({ quantity: quantity(40) });
  const lookAgain = (exposure: Partial<ExposurePolicy>, left: Money, ...others: Scene['orders']) => {
    const policy = policyWith({ exposure });
    const { windows } = SOUND.account;
    const day = { ...windows.day, startEquity: (SOUND.account.equity + usd(200) - left) as Money };
    const account = { ...SOUND.account, windows: { ...windows, day } };
    const own = { ...orderWith('authorised'), intent };
    return recheck(stateOf({ ...SOUND, policy, account, orders: [own, ...others] }), intent, SOUND.now);
  };
  const pounds = orderWith('sending', {
    symbol: 'GBPUSD',
    orderId: 'other',
    decisionId: 'other',
    quantity: quantity(40),
  });

  test('is content where nothing has come since', () => {
    expect(lookAgain({ worstCase: { gap: 0.25 }, maxLeverage: 5 }, usd(200))).toBeUndefined();
  });

  test('stops what an entry sent meanwhile has taken the room of', () => {
    // 5 × 10,000 less 44,003.20 of the pounds leave 5 steps of 1,100.08.
    expect(lookAgain({ maxLeverage: 5 }, usd(200), pounds)).toEqual({
      check: 'size_below_minimum',
      passed: false,
      value: 'max_leverage leaves 5',
      limit: 40,
    });
    // 200 less 40 × 2.61 for the pounds leave 36 steps.
    expect(lookAgain({ worstCase: { gap: 0.25 } }, usd(200), pounds)).toMatchObject({ value: 'worst_case leaves 36' });
    // With the order itself 880.064 are bound.
    const level = 10_000 / 880.064;
    expect(lookAgain({ minMarginLevel: 12 }, usd(200), pounds)).toMatchObject({
      check: 'margin_level_limit',
      value: level,
    });
  });
});
