/** From fills to positions to trades: worked examples, what no fill may do, and money that is neither made nor lost on the way. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { profitOf, SAME_CURRENCY } from '../../src/domain/instrument.ts';
import { direction, type Fill, opposite, type Side } from '../../src/domain/order.ts';
import {
  floatingTicks,
  type OpeningContext,
  type Position,
  PositionError,
  type Settlement,
  settleClosing,
  settleOpening,
  settleShrunk,
  ticksToStop,
} from '../../src/domain/position.ts';
import { money, price, quantity, UnitError, unixMs } from '../../src/domain/units.ts';
import { fillWith, NOON, positionWith, usd } from './builders.ts';
import { EURUSD, instrumentOf } from './random-bars.ts';

const CONTEXT: OpeningContext = { decisionId: 'EURUSD-1', regime: 'trend_up', riskOfFill: usd(20) };

const closing = (change: Partial<Fill> = {}): Fill =>
  fillWith({ side: 'sell', effect: 'close', price: price(110_100), profit: usd(10), ...change });

function held(settlement: Settlement): Position {
  if (settlement.position === undefined) throw new Error('nothing is open');
  return settlement.position;
}

describe('opening', () => {
  test('a fill makes a position, and its commission is the first cost', () => {
    const settled = settleOpening(undefined, fillWith(), CONTEXT);
    expect(settled).toEqual({
      cash: usd(-0.35),
      position: {
        positionId: 'P-EURUSD',
        symbol: 'EURUSD',
        side: 'buy',
        quantity: 10,
        openingQuantity: 10,
        entryPrice: 110_000,
        stopLoss: 109_800,
        takeProfit: 110_300,
        initialStopDistance: 200,
        openedAt: NOON,
        decisionId: 'EURUSD-1',
        regime: 'trend_up',
        realised: usd(-0.35),
        commission: usd(-0.35),
        swap: 0,
        initialRisk: usd(20),
        worst: 0,
        best: 0,
      },
    });
  });

  test('a second fill weighs the entry by volume and keeps what the first began', () => {
    const first = held(settleOpening(undefined, fillWith({ quantity: quantity(10) }), CONTEXT));
    const later = { quantity: quantity(5), price: price(110_031), stopLoss: price(109_850), at: unixMs(NOON + 1) };
    const other: OpeningContext = { decisionId: 'EURUSD-2', regime: 'quiet', riskOfFill: usd(9.05) };
    expect(held(settleOpening(first, fillWith(later), other))).toMatchObject({
      quantity: 15,
      openingQuantity: 15,
      // 110,000 + 31 × 5 ÷ 15 = 110,010.33
      entryPrice: 110_010,
      stopLoss: 109_850,
      initialStopDistance: 200,
      openedAt: NOON,
      decisionId: 'EURUSD-1',
      regime: 'trend_up',
      initialRisk: usd(29.05),
      commission: usd(-0.7),
    });
  });

  test('a fill after a part was closed adds to the opening size, not to what was left', () => {
    const first = held(settleOpening(undefined, fillWith({ quantity: quantity(10) }), CONTEXT));
    const part = held(settleClosing(first, closing({ quantity: quantity(4) }), 'loss_warning'));
    const more = held(settleOpening(part, fillWith({ quantity: quantity(6) }), CONTEXT));
    expect(more).toMatchObject({ quantity: 12, openingQuantity: 16 });
  });

  test('a fill after a part was closed forgets neither what its rules remember nor where that part went', () => {
    const first = held(settleOpening(undefined, fillWith({ quantity: quantity(10) }), CONTEXT));
    expect(first).not.toHaveProperty('progress');
    expect(first).not.toHaveProperty('exitValue');
    const part = held(settleClosing(first, closing({ quantity: quantity(4) }), 'loss_warning'));
    const remembers = { ...part, progress: { rungs: 1 } };
    const more = held(settleOpening(remembers, fillWith({ quantity: quantity(6) }), CONTEXT));
    expect(more).toMatchObject({ progress: { rungs: 1 }, exitValue: 4 * 110_100 });
  });

  test('a fill on the other side of an open position throws', () => {
    const opened = () => settleOpening(positionWith({ side: 'buy' }), fillWith({ side: 'sell' }), CONTEXT);
    expect(opened).toThrow(PositionError);
    expect(opened).toThrow(expect.objectContaining({ name: 'PositionError' }));
    expect(opened).toThrow('deal D1 opens sell on position P-EURUSD, which is buy');
  });

  test.each<[string, Partial<Fill>]>([
    ['price', { price: Number.NaN as Fill['price'] }],
    ['stop', { stopLoss: Number.NaN as Fill['stopLoss'] }],
    ['commission', { commission: Number.NaN as Fill['commission'] }],
    ['quantity', { quantity: Number.NaN as Fill['quantity'] }],
  ])('a %s that is no number throws', (_, change) => {
    expect(() => settleOpening(undefined, fillWith(change), CONTEXT)).toThrow(UnitError);
  });
});

describe('closing', () => {
  const POSITION = positionWith({ quantity: quantity(10), realised: usd(-0.35), commission: usd(-0.35) });

  test('a part leaves the rest as it was, and its cash', () => {
    const settled = settleClosing(
      POSITION,
      closing({ quantity: quantity(4), profit: usd(4), commission: usd(-0.14) }),
      'loss_warning',
    );
    expect(settled).toEqual({
      cash: usd(3.86),
      position: { ...POSITION, quantity: 6, realised: usd(3.51), commission: usd(-0.49), exitValue: 440_400 },
    });
  });

  test('the price of a trade closed in parts is that of all of them, by volume', () => {
    // 4 at 110,100 and 6 at 110,203: (440,400 + 661,218) ÷ 10 = 110,161.8.
    const part = settleClosing(POSITION, closing({ quantity: quantity(4), price: price(110_100) }), 'loss_warning');
    const rest = { quantity: quantity(6), price: price(110_203) };
    const { trade } = settleClosing(part.position ?? POSITION, closing(rest), 'stop_loss');
    expect(trade?.exitPrice).toBe(110_162);
  });

  test('where nobody told the price of a part, the trade has none, and its result is of what is known', () => {
    const shrunk = settleShrunk(POSITION, quantity(7), unixMs(NOON));
    expect(shrunk).toEqual({ position: { ...POSITION, quantity: 7, exitValue: null } });
    const { trade } = settleClosing(shrunk.position ?? POSITION, closing({ quantity: quantity(7) }), 'stop_loss');
    expect(trade).not.toHaveProperty('exitPrice');
    expect(settleShrunk(POSITION, quantity(0), unixMs(NOON)).trade).toMatchObject({
      exitReason: 'external',
      profit: usd(-0.35),
    });
    expect(() => settleShrunk(POSITION, quantity(10), unixMs(NOON))).toThrow(/no less/);
  });

  test('the whole is a trade, net of all that it cost', () => {
    const before = { ...POSITION, swap: usd(-0.2), realised: usd(-0.55), worst: usd(-3), best: usd(12) };
    const at = unixMs(NOON + 60_000);
    expect(settleClosing(before, closing({ commission: usd(-0.35), at }), 'take_profit')).toEqual({
      cash: usd(9.65),
      trade: {
        positionId: 'P-EURUSD',
        decisionId: before.decisionId,
        symbol: 'EURUSD',
        side: 'buy',
        quantity: 10,
        entryPrice: 110_000,
        exitPrice: 110_100,
        openedAt: NOON,
        closedAt: at,
        exitReason: 'take_profit',
        regime: 'range',
        profit: usd(9.1),
        commission: usd(-0.7),
        swap: usd(-0.2),
        initialRisk: usd(20),
        worst: usd(-3),
        best: usd(12),
      },
    });
  });

  test.each<[string, Fill, string]>([
    ['its own side', closing({ side: 'buy' }), 'deal D1 closes position P-EURUSD with its own side, buy'],
    ['more than is open', closing({ quantity: quantity(11) }), 'deal D1 closes 11 steps of 10'],
  ])('with %s throws', (_, fill, words) => {
    const closed = () => settleClosing(POSITION, fill, 'external');
    expect(closed).toThrow(PositionError);
    expect(closed).toThrow(words);
  });

  test('a profit that is no number throws', () => {
    expect(() => settleClosing(POSITION, closing({ profit: Number.NaN as Fill['profit'] }), 'external')).toThrow(
      UnitError,
    );
  });
});

describe('where a position stands', () => {
  test.each<[Side, number, number, number]>([
    // A long is worth its bid, a short its ask.
    ['buy', 110_050, 110_058, 50],
    ['buy', 109_990, 109_998, -10],
    ['sell', 110_050, 110_058, -58],
    ['sell', 109_900, 109_908, 92],
  ])('a %s from 110,000 at %d and %d: %d ticks', (side, bid, ask, ticks) => {
    expect(floatingTicks(positionWith({ side }), price(bid), price(ask))).toBe(ticks);
  });

  test.each<[Side, number, number]>([
    ['buy', 109_800, 200],
    ['buy', 110_020, -20],
    ['sell', 110_200, 200],
    ['sell', 109_970, -30],
  ])('a %s with its stop at %d can lose %d ticks', (side, stopLoss, ticks) => {
    expect(ticksToStop(positionWith({ side, stopLoss: price(stopLoss) }))).toBe(ticks);
  });
});

describe('over a whole life', () => {
  const USDJPY = instrumentOf('USDJPY');
  const YEN = { num: 1000, den: 150_000 };
  const pieces = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });
  const costs = fc.integer({ min: -5_000_000, max: 0 });

  /** Opened in `entries`, then closed in `exits` at one price; every cash flow is kept. */
  function live(side: Side, entries: readonly number[], exits: readonly number[], exitTicks: number, fee: number) {
    const flows: number[] = [];
    let position: Position | undefined;
    let trade: Settlement['trade'];
    for (const steps of entries) {
      const fill = fillWith({
        symbol: 'USDJPY',
        side,
        quantity: quantity(steps),
        price: price(150_000),
        commission: money(fee),
      });
      const settled = settleOpening(position, fill, CONTEXT);
      flows.push(settled.cash);
      position = settled.position;
    }
    for (const steps of exits) {
      if (position === undefined) throw new Error('closed too early');
      const ticks = direction(side) * (exitTicks - 150_000);
      const fill = closing({
        side: opposite(side),
        quantity: quantity(steps),
        price: price(exitTicks),
        profit: profitOf(USDJPY, ticks, steps, YEN),
        commission: money(fee),
      });
      const settled = settleClosing(position, fill, 'external');
      flows.push(settled.cash);
      ({ position, trade } = settled);
    }
    return { position, trade, cash: flows.reduce((sum, flow) => sum + flow, 0) };
  }

  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  const sides = fc.constantFrom<Side>('buy', 'sell');
  const prices = fc.integer({ min: 148_000, max: 152_000 });

  test('a trade earned what it moved: its profit is the sum of its cash flows, opening commissions included', () => {
    fc.assert(
      fc.property(sides, pieces, pieces, prices, costs, (side, entries, parts, exitTicks, fee) => {
        const exits = [...parts.slice(0, -1).filter((_, i) => sum(parts.slice(0, i + 1)) < sum(entries))];
        const rest = sum(entries) - sum(exits);
        const { position, trade, cash } = live(side, entries, [...exits, rest], exitTicks, fee);
        expect(position).toBeUndefined();
        expect(trade?.profit).toBe(cash);
        expect(trade?.commission).toBe(fee * (entries.length + exits.length + 1));
        expect(trade?.quantity).toBe(sum(entries));
        expect(trade?.entryPrice).toBe(150_000);
      }),
    );
  });

  test('however the closing is split, the profit is the same but for half a micro a fill', () => {
    fc.assert(
      fc.property(sides, pieces, prices, (side, parts, exitTicks) => {
        const whole = live(side, [sum(parts)], [sum(parts)], exitTicks, 0);
        const split = live(side, [sum(parts)], parts, exitTicks, 0);
        const difference = Math.abs((split.trade?.profit ?? Number.NaN) - (whole.trade?.profit ?? Number.NaN));
        expect(difference).toBeLessThanOrEqual((parts.length + 1) / 2);
      }),
    );
  });

  test('however the opening is split, the entry is the volume-weighted price to within a tick a fill', () => {
    const fills = fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 109_000, max: 111_000 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(fills, (opened) => {
        let position: Position | undefined;
        for (const [steps, at] of opened) {
          position = held(settleOpening(position, fillWith({ quantity: quantity(steps), price: price(at) }), CONTEXT));
        }
        const volume = sum(opened.map(([steps]) => steps));
        const exact = sum(opened.map(([steps, at]) => steps * at)) / volume;
        expect(position?.quantity).toBe(volume);
        expect(Math.abs((position?.entryPrice ?? Number.NaN) - exact)).toBeLessThanOrEqual(opened.length / 2);
      }),
    );
  });

  test('what floats becomes what is realised: no money appears at the close', () => {
    fc.assert(
      fc.property(sides, fc.integer({ min: 1, max: 500 }), fc.integer({ min: -900, max: 900 }), (side, steps, move) => {
        const position = positionWith({ side, quantity: quantity(steps) });
        const bid = price(110_000 + move);
        const ask = price(110_000 + move + 8);
        const floating = profitOf(EURUSD, floatingTicks(position, bid, ask), steps, SAME_CURRENCY);
        const fill = closing({
          side: opposite(side),
          quantity: quantity(steps),
          price: side === 'buy' ? bid : ask,
          profit: floating,
          commission: money(0),
        });
        expect(settleClosing(position, fill, 'external').cash).toBe(floating);
      }),
    );
  });
});
