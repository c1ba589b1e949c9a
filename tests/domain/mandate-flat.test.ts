/** When a mandate wants nothing open: by hand at the edges of weekends, rests and news, and what the monitor makes of it. */
import { describe, expect, test } from 'vitest';
import { BUILT_IN_HOURS } from '../../src/domain/hours/built-in-hours.ts';
import { msToLongClose } from '../../src/domain/hours/market-hours.ts';
import { keepMandateFlat, mandateFlat, owesMandateFlat } from '../../src/domain/limits/mandate-flat.ts';
import type { NewsPolicy } from '../../src/domain/news.ts';
import { type MandateFlat, symbolPolicy, type TradingPolicy } from '../../src/domain/policy.ts';
import { newState } from '../../src/domain/state.ts';
import { type UnixMs, unixMs } from '../../src/domain/units.ts';
import { M5, NOON, POLICY, policyWith, positionWith } from './builders.ts';
import { closesIn, kinds, POUNDS, World } from './world.ts';

const MINUTE = 60_000;
const utc = (text: string) => unixMs(Date.parse(`${text}Z`));

const newsAt = (at: number, currency: string): NewsPolicy => ({
  events: [{ at: unixMs(at), currency, impact: 'high', title: 'Payrolls' }],
  beforeMs: 0,
  afterMs: 0,
  knownFrom: unixMs(0),
  knownTo: unixMs(2 * NOON),
  whenUnknown: 'refuse',
});

function under(flat: Partial<MandateFlat>, change: Partial<TradingPolicy> = {}): TradingPolicy {
  const all = { beforeWeekendMs: 0, beforeNewsMs: 0, afterNewsMs: 0, ...flat };
  return policyWith({
    limits: { maxDrawdown: 9, maxLoss: { day: 9, week: 9, month: 9 } },
    mandate: {
      dailyLoss: null,
      maxLoss: null,
      trailing: null,
      maxLots: null,
      flat: all,
      buffer: 0.1,
      timezone: 'Europe/Athens',
      dayStartMinutes: 0,
    },
    ...change,
  });
}

/** The euro keeps the hours of currencies; the others never close. */
const EURO_HOURS = new Map(POLICY.symbols).set('EURUSD', {
  ...symbolPolicy(POLICY, 'EURUSD'),
  hours: BUILT_IN_HOURS.fx,
});

describe('the weekend', () => {
  const policy = under({ beforeWeekendMs: 10 * MINUTE }, { symbols: EURO_HOURS });
  const reasonAt = (text: string, symbol = 'EURUSD') => mandateFlat(policy, symbol, utc(text))?.reason;

  // Friday's close is at 17:00 in New York, which is 22:00 here; on Sunday its clocks go forward.
  test.each([
    ['a bar earlier, the next close is early enough', '2024-03-08T21:45', undefined],
    ['ten minutes before', '2024-03-08T21:50', 'mandate_weekend'],
    ['at the close', '2024-03-08T22:00', 'mandate_weekend'],
    ['on Saturday', '2024-03-09T12:00', 'mandate_weekend'],
    ['when it opens again', '2024-03-10T21:00', undefined],
    ['in the middle of the week', '2024-03-06T22:00', undefined],
  ])('%s', (_, at, reason) => {
    expect(reasonAt(at)).toBe(reason);
    expect(reasonAt(at, 'GBPUSD')).toBeUndefined();
  });

  test('bars of an hour are closed on an hour before, because the next one is too late', () => {
    const hourly = { ...policy, timeframeMs: 12 * M5 };
    const flatAt = (text: string) => mandateFlat(hourly, 'EURUSD', utc(text)) !== undefined;
    expect([flatAt('2024-03-08T20:00'), flatAt('2024-03-08T21:00')]).toEqual([false, true]);
  });

  test('it is said with its minutes, whole ones', () => {
    expect(mandateFlat(policy, 'EURUSD', utc('2024-03-08T21:50:30'))).toEqual({
      reason: 'mandate_weekend',
      because: 'long close in 9 min',
      window: 'flat 10 min before',
    });
  });

  test('is no reason under a mandate that asks for news alone, nor without one', () => {
    const saturday = utc('2024-03-09T12:00');
    expect(mandateFlat(under({ beforeNewsMs: MINUTE }, { symbols: EURO_HOURS }), 'EURUSD', saturday)).toBeUndefined();
    expect(mandateFlat({ ...POLICY, symbols: EURO_HOURS }, 'EURUSD', saturday)).toBeUndefined();
  });

  test('what is still open is owed while the market takes orders, whatever else stands', () => {
    const state = (...symbols: string[]) => ({
      ...newState(policy),
      positions: new Map(symbols.map((symbol) => [symbol, positionWith({ symbol })])),
    });
    const [early, late, closed] = ['2024-03-08T21:45', '2024-03-08T21:50', '2024-03-09T12:00'].map(utc) as [
      UnixMs,
      UnixMs,
      UnixMs,
    ];
    const owed = (at: UnixMs) => owesMandateFlat(state('GBPUSD', 'EURUSD'), at);
    expect([owed(early), owed(late), owed(closed)]).toEqual([false, true, false]);
    expect(owesMandateFlat(state('GBPUSD'), late)).toBe(false);
  });

  test('a daily rest is no weekend, and counts on to the next one', () => {
    const { metal, crypto } = BUILT_IN_HOURS;
    expect(msToLongClose(metal, utc('2024-03-07T22:30'))).toBe(23.5 * 60 * MINUTE);
    expect(msToLongClose(metal, utc('2024-03-08T22:30'))).toBe(0);
    expect(msToLongClose(crypto, utc('2024-03-08T22:30'))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('news', () => {
  const policy = under({ beforeNewsMs: 5 * MINUTE, afterNewsMs: 10 * MINUTE }, { news: newsAt(NOON, 'EUR') });
  const flatAt = (minute: number, symbol = 'EURUSD') =>
    mandateFlat(policy, symbol, unixMs(NOON + minute * MINUTE))?.because;

  test.each([
    [-10, undefined],
    [-9, 'Payrolls (EUR) in 9 min'],
    [0, 'Payrolls (EUR) in 0 min'],
    [9, 'Payrolls (EUR) 9 min ago'],
    [10, undefined],
  ])('%d minutes from it', (minute, because) => {
    expect(flatAt(minute)).toBe(because);
    expect(flatAt(minute, 'GBPUSD')).toBeUndefined();
  });

  test('it is said with both its windows', () => {
    expect(mandateFlat(policy, 'EURUSD', unixMs(NOON - 9 * MINUTE))).toEqual({
      reason: 'mandate_news',
      because: 'Payrolls (EUR) in 9 min',
      window: 'flat 5 min before, 10 min after',
    });
  });

  test('before it alone: what has come out is over', () => {
    const before = under({ beforeNewsMs: 5 * MINUTE }, { news: newsAt(NOON, 'EUR') });
    const at = (minute: number) => mandateFlat(before, 'EURUSD', unixMs(NOON + minute * MINUTE)) !== undefined;
    expect([at(-10), at(-9), at(0), at(1)]).toEqual([false, true, true, false]);
  });

  test('without a window, or without a calendar, nothing is near', () => {
    const none = under({ beforeWeekendMs: MINUTE }, { news: newsAt(NOON, 'EUR') });
    const at = (policy: TradingPolicy, minute: number) => mandateFlat(policy, 'EURUSD', unixMs(NOON + minute * MINUTE));
    expect([-1, 0, 1].map((minute) => at(none, minute))).toEqual([undefined, undefined, undefined]);
    expect(at(under({ beforeNewsMs: 5 * MINUTE }), 0)).toBeUndefined();
  });

  test('after it alone: nothing is closed for what is to come', () => {
    const after = under({ afterNewsMs: 10 * MINUTE }, { news: newsAt(NOON, 'ALL') });
    const at = (minute: number) => mandateFlat(after, 'USDJPY', unixMs(NOON + minute * MINUTE)) !== undefined;
    expect([at(-1), at(0), at(9), at(10)]).toEqual([false, true, true, false]);
  });
});

describe('what the monitor makes of it', () => {
  /** Of euros half an hour after noon: everything is flat from 12:25, a bar's close that is five minutes before, to 12:40. */
  const policy = under(
    { beforeNewsMs: 5 * MINUTE, afterNewsMs: 10 * MINUTE },
    { news: newsAt(NOON + 30 * MINUTE, 'EUR') },
  );

  test('it closes once, asks again for what was refused, and the trade says why; other currencies stand', () => {
    const world = new World(policy);
    world.step();
    world.open();
    world.open(POUNDS);
    world.monitor();
    for (let bar = 0; bar < 3; bar++) world.pass();
    expect(closesIn(world.events)).toEqual([]);
    expect(owesMandateFlat(world.state, world.now)).toBe(false);
    const asked = closesIn(world.pass());
    expect(asked).toMatchObject([{ symbol: 'EURUSD', quantity: 47, reason: 'mandate_news' }]);
    const [order] = world.send('reductions');
    if (order?.intent.kind !== 'close') throw new Error('no close');
    expect(closesIn(world.pass())).toEqual([]);

    world.settle([
      world.report({ kind: 'rejected', orderId: order.intent.orderId, code: 'market_closed', text: 'no' }),
    ]);
    expect(owesMandateFlat(world.state, world.now)).toBe(true);
    const again = world.during(() => keepMandateFlat(world.state, world.now, world.emit, true));
    expect(closesIn(again)).toMatchObject([{ reason: 'mandate_news' }]);
    const [second] = world.send('reductions');
    if (second?.intent.kind !== 'close') throw new Error('no close');
    world.settle([world.exitFill(world.position(), second.intent)]);
    expect(world.all('fill_applied').at(-1)?.trade).toMatchObject({ symbol: 'EURUSD', exitReason: 'mandate_news' });
    expect(world.position('GBPUSD').quantity).toBeGreaterThan(0);
    expect(owesMandateFlat(world.state, world.now)).toBe(false);
  });

  test('an entry that is not sent yet is taken back, one that works is cancelled', () => {
    const world = new World(policy);
    for (let bar = 0; bar < 4; bar++) world.pass();
    world.step();
    // Decided by a gate that asks nothing of it.
    world.state = { ...world.state, policy: { ...policy, mandate: null } };
    world.signal();
    world.gate();
    world.state = { ...world.state, policy };
    const entries = () => [...world.state.orders.values()].filter(({ intent }) => intent.kind === 'open');
    expect(entries()).toHaveLength(1);
    expect(kinds(world.monitor())).toEqual(['order_changed', 'step_completed']);
    expect(entries()[0]?.status).toBe('cancelled');
  });

  test('without such a rule nothing is asked', () => {
    const world = new World();
    expect(world.during(() => keepMandateFlat(world.state, world.now, world.emit))).toEqual([]);
    expect(owesMandateFlat(world.state, world.now)).toBe(false);
  });
});
