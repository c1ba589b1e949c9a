/** Rules for open positions through the stages: what is asked for, what the venue makes of it, and the money, worked out by hand. */
import { describe, expect, test } from 'vitest';
import type { EventOf } from '../../src/domain/events.ts';
import type { PositionPolicy } from '../../src/domain/policy.ts';
import { restoreState, snapshotState } from '../../src/domain/snapshot.ts';
import { price, quantity } from '../../src/domain/units.ts';
import { policyWith, usd } from './builders.ts';
import { closesIn, holdingWorld, type World } from './world.ts';

/** 0.47 lots bought at 1.10008, stop 200 ticks under it and target 300 over: 1 R is 200 ticks, a tick 0.47 USD. */
const holding = (rules: Partial<PositionPolicy>) =>
  holdingWorld(policyWith({ position: { trailingStop: false, ...rules } }));
const LADDER = {
  profitLadder: [
    { atR: 1, fraction: 0.5 },
    { atR: 1.25, fraction: 0.25 },
  ],
};

const asked = (world: World) =>
  world
    .all('reduce_requested')
    .map(({ intent }) => (intent.kind === 'close' ? [intent.reason, intent.quantity] : [intent.reason]));

/** The venue takes every new stop, and closes at the bid, without commission. */
function answer(world: World, bid: number): void {
  for (const { intent } of world.send()) {
    const { orderId, symbol } = intent;
    if (intent.kind === 'modify') {
      const { positionId, stopLoss, takeProfit } = intent;
      world.settle([world.report({ kind: 'amended', orderId, positionId, stopLoss, takeProfit })]);
    }
    if (intent.kind !== 'close') continue;
    const position = world.position(symbol);
    // A step of a hundredth of a lot is worth a hundredth of a dollar a tick.
    const profit = usd(((bid - position.entryPrice) * intent.quantity) / 100);
    world.settle([world.exitFill(position, intent, { price: price(bid), profit, commission: usd(0) })]);
  }
}

function at(world: World, ...bids: readonly number[]): void {
  for (const bid of bids) {
    world.pass({ EURUSD: bid });
    answer(world, bid);
  }
}

const lastTrade = (world: World) => (world.all('fill_applied').at(-1) as EventOf<'fill_applied'>).trade;

describe('a profit ladder', () => {
  test('closes half at 1 R and a quarter at 1.25 R, once each; the rest keeps its stop and its target', () => {
    const world = holding(LADDER);
    at(world, 110_207, 110_208, 110_215, 110_208, 110_258, 110_300);
    // Half of 47 steps is 23.5, rounded to 24; a quarter is 11.75, rounded to 12; 11 are left.
    expect(asked(world)).toEqual([
      ['take_profit_ladder', 24],
      ['take_profit_ladder', 12],
    ]);
    expect(world.position()).toMatchObject({
      quantity: 11,
      openingQuantity: 47,
      stopLoss: 109_808,
      takeProfit: 110_308,
      progress: { rungs: 2 },
    });
    // Entry commission 0.35; 200 ticks × 24 × 0.01 = 48 and 250 ticks × 12 × 0.01 = 30.
    expect(world.position().realised).toBe(usd(77.65));

    const stopped = world.exitFill(world.position(), undefined, {
      price: price(109_808),
      profit: usd(-22),
      commission: usd(0),
    });
    world.settle([stopped]);
    expect(lastTrade(world)).toMatchObject({ quantity: 47, exitReason: 'stop_loss', profit: usd(55.65) });
    expect(world.state.positions.size).toBe(0);
  });

  test('a rung that the venue refused is asked for again; one that it filled in part is done', () => {
    const world = holding(LADDER);
    world.pass({ EURUSD: 110_208 });
    const [first] = world.send();
    world.settle([
      world.report({ kind: 'rejected', orderId: first?.intent.orderId ?? '', code: 'off_quotes', text: '' }),
    ]);
    expect(world.position().progress).toBeUndefined();
    const [again] = closesIn(world.pass({ EURUSD: 110_208 }));
    world.send();
    const part = world.exitFill(world.position(), again, { quantity: quantity(10), price: price(110_208) });
    world.settle([{ ...part, orderDone: false } as typeof part]);
    expect(world.position()).toMatchObject({ quantity: 37, progress: { rungs: 1 } });
    const rest = world.report({ kind: 'cancelled', orderId: again?.orderId ?? '' });
    world.settle([rest]);
    world.pass({ EURUSD: 110_208 });
    expect(world.all('reduce_requested')).toHaveLength(2);
  });

  test('nothing is asked twice while the outcome is not known', () => {
    const world = holding(LADDER);
    world.pass({ EURUSD: 110_208 });
    const orderId = world.send()[0]?.intent.orderId ?? '';
    world.settle([{ kind: 'lost', sequence: 0, at: world.now, orderId, text: '' }]);
    world.pass({ EURUSD: 110_260 });
    expect(asked(world)).toEqual([['take_profit_ladder', 24]]);
    // The broker says that it never saw it: by now both rungs are passed.
    world.emit({ kind: 'order_changed', at: world.now, orderId, change: 'expire' });
    at(world, 110_260);
    expect(asked(world).at(-1)).toEqual(['take_profit_ladder', 35]);
    expect(world.position().progress).toEqual({ rungs: 2 });
  });
});

describe('break-even', () => {
  const RULES: Partial<PositionPolicy> = { breakEven: { after: 1, unit: 'r' } };

  test('goes to where the stop pays the round trip, once; a trailing stop goes on from there', () => {
    const world = holding({ ...RULES, trailingStop: true });
    // A bar's high is 5 over its close. 7 USD a lot are 7 ticks, and the stop slips 2: 110,008 + 9.
    at(world, 110_202, 110_203, 110_150, 110_250);
    expect(asked(world)).toEqual([['trailing_stop'], ['break_even'], ['trailing_stop']]);
    expect(world.all('position_amended').map(({ stopLoss, breakEven }) => [stopLoss, breakEven])).toEqual([
      // 110,202 − 200 = 110,002: 194 ticks, 17 steps of 11.
      [109_995, undefined],
      [110_017, true],
      // 110,250 − 200 = 110,050: three steps of 11.
      [110_050, undefined],
    ]);
    expect(world.position().progress).toEqual({ bestPrice: 110_255, breakEven: true });
  });

  test('a stop that is hit there leaves nothing lost', () => {
    const world = holding(RULES);
    at(world, 110_208);
    const { stopLoss, quantity: steps } = world.position();
    // It slips two ticks: 7 ticks of profit on 0.47 lots are 3.29 USD, which is the commission of both sides.
    const profit = usd((7 * steps) / 100);
    const [entry] = world.all('fill_applied');
    expect(profit).toBe(usd(3.29));
    world.settle([
      world.exitFill(world.position(), undefined, {
        price: price(stopLoss - 2),
        profit,
        commission: usd(-3.29 - (entry?.fill.commission ?? 0) / 1_000_000),
      }),
    ]);
    expect(lastTrade(world)).toMatchObject({ exitReason: 'stop_loss', profit: 0 });
  });

  test('a refused one is not done', () => {
    const world = holding(RULES);
    world.pass({ EURUSD: 110_208 });
    const orderId = world.send()[0]?.intent.orderId ?? '';
    world.settle([world.report({ kind: 'rejected', orderId, code: 'frozen', text: '' })]);
    expect(world.position().progress?.breakEven).toBeUndefined();
    at(world, 110_100);
    expect(world.position()).toMatchObject({ stopLoss: 110_017, progress: { breakEven: true } });
  });
});

describe('a time stop', () => {
  test('counts the bars that opened since, and closes the whole', () => {
    const world = holding({ timeStop: { bars: 3, belowR: 0.5 } });
    at(world, 110_010, 110_020);
    expect(asked(world)).toEqual([]);
    // 0.5 R is 100 ticks over the entry.
    at(world, 110_108);
    expect(asked(world)).toEqual([]);
    at(world, 110_107);
    expect(asked(world)).toEqual([['time_stop', 47]]);
    expect(lastTrade(world)).toMatchObject({ exitReason: 'time_stop', profit: usd(46.53 - 0.35) });
  });
});

test('flattening goes before every rule', () => {
  const world = holding({ ...LADDER, timeStop: { bars: 1 } });
  world.emit({ kind: 'flatten_started', at: world.now, by: 'ann', reason: 'flatten' });
  at(world, 110_258);
  expect(asked(world)).toEqual([['flatten', 47]]);
});

test('what the rules remember is in the snapshot', () => {
  const world = holding({ ...LADDER, timeStop: { bars: 99 }, breakEven: { after: 1.2, unit: 'r' } });
  at(world, 110_208, 110_250);
  const { progress } = world.position();
  expect(progress).toEqual({ rungs: 1, barsHeld: 2, bestPrice: 110_255, breakEven: true });
  const snapshot = JSON.parse(JSON.stringify(snapshotState(world.state)));
  const restored = restoreState(world.state.policy, snapshot);
  expect([...restored.positions.values()].map((position) => position.progress)).toEqual([progress]);
});
