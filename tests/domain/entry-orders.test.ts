/** Where an entry waits, how long it works, what is done when it fills too badly, and who ends it when nobody else does. */
import { describe, expect, test } from 'vitest';
import type { OpenIntent } from '../../src/domain/order.ts';
import type { OrderPolicy } from '../../src/domain/policy.ts';
import type { Causes } from '../../src/domain/servo.ts';
import { price, unixMs } from '../../src/domain/units.ts';
import { fillWith, M5, NOON, policyWith } from './builders.ts';
import { markedAt, World } from './world.ts';

/** The order that a signal becomes, of a bar that closed at 1.10000 with its high 5 ticks above and its low 5 below, spread 8. */
function intentOf(order: Partial<OrderPolicy>, side: 'buy' | 'sell' = 'buy', stopDistanceMin = 0): OpenIntent {
  const policy = policyWith({ order });
  const symbols = new Map(policy.symbols);
  const euro = policy.symbols.get('EURUSD');
  if (euro === undefined) throw new Error('no euro');
  symbols.set('EURUSD', { ...euro, instrument: { ...euro.instrument, stopDistanceMin: price(stopDistanceMin) } });
  const world = new World({ ...policy, symbols });
  world.step();
  world.signal({ side });
  world.gate();
  const [intent] = world.waiting('open');
  if (intent?.kind !== 'open') throw new Error('no order');
  return intent;
}

describe('where an entry waits', () => {
  // The edges are 110005 + 8 for a buy and 109995 for a sell; 0.0001 of them is 11.0 and 10.9 ticks, whole ones count.
  test.each([
    ['market', 'buy', 110_008],
    ['market', 'sell', 110_000],
    ['limit', 'buy', 110_008],
    ['stop', 'buy', 110_013 + 11],
    ['stop', 'sell', 109_995 - 10],
    ['stop_limit', 'buy', 110_013 + 11],
  ] as const)('%s, %s: %i', (type, side, expected) => {
    const intent = intentOf({ type, stopOffset: 0.0001 }, side);
    const sign = side === 'buy' ? 1 : -1;
    expect(intent).toMatchObject({ type, referencePrice: expected });
    // Stop and target are measured from where it enters.
    expect(intent.stopLoss).toBe(expected - sign * 200);
    expect(intent.takeProfit).toBe(expected + sign * 300);
  });

  test('never nearer to the market than the broker allows', () => {
    expect(intentOf({ type: 'stop', stopOffset: 0.0001 }, 'buy', 50).referencePrice).toBe(110_008 + 50);
    expect(intentOf({ type: 'stop', stopOffset: 0.0001 }, 'sell', 50).referencePrice).toBe(110_000 - 50);
  });
});

describe('how long it works', () => {
  const bar = NOON + 2 * M5;
  // The trading day of New York begins at 17:00 there, which is 22:00 UTC in winter.
  const dayEnd = Date.UTC(2024, 2, 4, 22);
  test.each<[string, Partial<OrderPolicy>, number]>([
    ['to the next bar, as shipped', { type: 'limit' }, bar],
    ['a market order, whatever is configured', { type: 'market', timeInForce: 'gtc' }, bar],
    ['to the end of the trading day', { type: 'stop', timeInForce: 'day' }, dayEnd],
    ['for an hour', { type: 'limit', timeInForce: 'gtd', goodForMs: 3_600_000 }, NOON + M5 + 3_600_000],
    ['until it is cancelled', { type: 'limit', timeInForce: 'gtc' }, 8_640_000_000_000_000],
  ])('%s', (_, order, expiresAt) => {
    const intent = intentOf(order);
    expect(intent.expiresAt).toBe(expiresAt);
    // Whatever its life at the venue: what has not left with its bar never leaves.
    expect(intent.sendBy ?? intent.expiresAt).toBe(bar);
  });

  test('what has not left before the next bar expires, however long it might have worked', () => {
    const world = new World(policyWith({ order: { type: 'limit', timeInForce: 'gtc' } }));
    world.step();
    world.signal();
    world.gate();
    world.step();
    expect(world.all('order_changed')).toMatchObject([{ change: 'expire', detail: 'a newer bar closed first' }]);
    expect(world.send()).toEqual([]);
  });
});

/** Sent and accepted, waiting at the venue. */
function working(
  order: Partial<OrderPolicy> = { type: 'stop', timeInForce: 'gtd', goodForMs: 2 * M5 },
  parts: Parameters<typeof policyWith>[0] = {},
) {
  const world = new World(policyWith({ ...parts, order }));
  world.step();
  world.signal();
  world.gate();
  const [sent] = world.send();
  if (sent?.intent.kind !== 'open') throw new Error('nothing was sent');
  const { intent } = sent;
  world.settle([world.report({ kind: 'accepted', orderId: intent.orderId, venueOrderId: 'V1' })]);
  return { world, intent };
}

test('an entry whose time is over and that its broker lets work on is cancelled by us, once', () => {
  const { world, intent } = working();
  world.pass();
  expect(world.waiting('cancel')).toEqual([]);
  world.pass();
  expect(world.waiting('cancel')).toMatchObject([{ cancelOrderId: intent.orderId, reason: 'order_expired' }]);
  world.send();
  world.pass();
  expect(world.all('reduce_requested')).toHaveLength(1);
});

describe('what waits at the venue when entries end', () => {
  const AT_ONCE = { reason: 'no_entries' };
  const gtc = { type: 'limit', timeInForce: 'gtc' } as const;

  test('a loss limit that keeps positions takes back what could still open one', () => {
    const { world, intent } = working(gtc, { limits: { onLimit: 'close_only' } });
    expect(markedAt(world, 9800.01).filter(({ kind }) => kind === 'reduce_requested')).toEqual([]);
    markedAt(world, 9800);
    expect(world.waiting('cancel')).toMatchObject([{ cancelOrderId: intent.orderId, ...AT_ONCE }]);
  });

  test.each<[string, Partial<Causes>]>([
    ['a pause', { paused: { by: 'ann', at: unixMs(NOON), reason: 'news' } }],
    [
      'a cooldown',
      { cooldown: { by: 'servo', at: unixMs(NOON), reason: 'errors', component: 'feed', until: unixMs(NOON) } },
    ],
    ['a disk that is full', { unsafe: { disk: { by: 'servo', at: unixMs(NOON), reason: 'full' } } }],
  ])('%s does the same, and asks once', (_, causes) => {
    const { world, intent } = working(gtc);
    Object.assign(world.state, { causes: { ...world.state.causes, ...causes } });
    world.pass();
    expect(world.waiting('cancel')).toMatchObject([{ cancelOrderId: intent.orderId, ...AT_ONCE }]);
    world.pass();
    expect(world.all('reduce_requested')).toHaveLength(1);
  });

  test('half sizes are no end: it works on', () => {
    const { world } = working(gtc);
    markedAt(world, 9850);
    expect(world.all('ladder_stepped')).toMatchObject([{ window: 'day', step: 'warned' }]);
    expect(world.waiting('cancel')).toEqual([]);
  });
});

describe('the guard after the fill', () => {
  // 0.0002 of 1.10024 is 22 ticks.
  const filled = (onSlippage: 'keep' | 'close', worse: number) => {
    const { world, intent } = working({ type: 'stop', timeInForce: 'day', stopOffset: 0.0001, onSlippage });
    const fill = fillWith({
      orderId: intent.orderId,
      price: price(intent.referencePrice + worse),
      quantity: intent.quantity,
    });
    world.settle([world.report({ kind: 'filled', fill, orderDone: true })]);
    return world;
  };

  test('a fill within max_slippage is nothing to speak of', () => {
    const world = filled('close', 22);
    expect(world.all('slippage_exceeded')).toEqual([]);
    expect(world.waiting('close')).toEqual([]);
  });

  test('a worse one is a fact, and kept', () => {
    const world = filled('keep', 23);
    expect(world.all('slippage_exceeded')).toMatchObject([{ ticks: 23, limit: 22, action: 'keep', symbol: 'EURUSD' }]);
    expect(world.waiting('close')).toEqual([]);
  });

  test('or closed at once, where that is the rule', () => {
    const world = filled('close', 23);
    expect(world.waiting('close')).toMatchObject([
      { reason: 'slippage', quantity: [...world.state.positions.values()][0]?.quantity },
    ]);
  });
});
