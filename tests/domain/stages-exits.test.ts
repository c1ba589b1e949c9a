/** Stage 5, its exits: flattening goes on until the broker agrees, and stops only follow. */
import { describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../src/domain/events.ts';
import { pursueFlatten } from '../../src/domain/management/flatten.ts';
import { statusOf } from '../../src/domain/servo.ts';
import { price, quantity } from '../../src/domain/units.ts';
import { policyWith } from './builders.ts';
import { closesIn, holdingWorld, kinds, markedAt, POUNDS, World } from './world.ts';

describe('flattening', () => {
  const start = (world: World) => world.emit({ kind: 'flatten_started', at: world.now, by: 'ann', reason: 'flatten' });

  test('cancels what waits, asks for a cancel of what works, closes what is open, and ends when the broker agrees', () => {
    const world = holdingWorld();
    world.step();
    world.signal(POUNDS);
    world.gate();
    const [pounds] = world.send();
    if (pounds?.intent.kind !== 'open') throw new Error('no entry was sent');
    world.settle([world.report({ kind: 'accepted', orderId: pounds.intent.orderId, venueOrderId: 'V1' })]);
    world.signal({ symbol: 'USDJPY', bid: price(150_000), ask: price(150_008) });
    world.gate();
    const [yen] = world.waiting('open');

    start(world);
    const events = world.monitor();
    expect(kinds(events)).toEqual(['reduce_requested', 'order_changed', 'reduce_requested', 'step_completed']);
    expect(world.order(yen?.orderId ?? '')).toMatchObject({
      status: 'cancelled',
      detail: 'closing everything: flatten',
    });
    const [cancel] = world.waiting('cancel');
    expect(cancel).toMatchObject({ cancelOrderId: pounds.intent.orderId, reason: 'flatten' });
    expect(closesIn(events)).toMatchObject([{ symbol: 'EURUSD', quantity: 47, reason: 'flatten' }]);

    // The venue cancels; the close still works. Nothing is asked for twice.
    world.send();
    const done = world.report({
      kind: 'cancelled',
      orderId: pounds.intent.orderId,
      ...(cancel && { cancelledBy: cancel.orderId }),
    });
    expect(
      kinds(world.pass(undefined, [done])).filter((kind) => kind === 'reduce_requested' || kind === 'flattened'),
    ).toEqual([]);
    expect(world.state.causes.flattening).toBeDefined();

    const closed = world.exitFill(world.position(), closesIn(events)[0]);
    expect(kinds(world.pass(undefined, [closed]))).toContain('flattened');
    expect(world.state.causes.flattening).toBeUndefined();
    expect(statusOf(world.state.causes)).toBe('running');
  });

  test('a refused close is asked for again, once a step', () => {
    const world = holdingWorld();
    world.step();
    start(world);
    const [first] = closesIn(world.monitor());
    world.send();
    world.settle([world.report({ kind: 'rejected', orderId: first?.orderId ?? '', code: 'off_quotes', text: '' })]);
    expect(world.during(() => pursueFlatten(world.state, world.now, world.emit))).toEqual([]);
    const [second] = closesIn(world.pass());
    expect(second).toMatchObject({ quantity: 47 });
    expect(second?.orderId).not.toBe(first?.orderId);
  });

  test('does not wait for a half that is under way: it closes the rest', () => {
    const world = holdingWorld();
    const [half] = closesIn(markedAt(world, 9850));
    world.send();
    world.settle([world.report({ kind: 'accepted', orderId: half?.orderId ?? '', venueOrderId: 'V1' })]);
    const [rest] = closesIn(markedAt(world, 9800));
    expect([half?.quantity, rest?.quantity]).toEqual([24, 23]);
    expect(closesIn(markedAt(world, 9800))).toEqual([]);
  });

  test('nor for one that was filled in part', () => {
    const world = holdingWorld();
    const [half] = closesIn(markedAt(world, 9850));
    world.send();
    const part = world.exitFill(world.position(), half, { quantity: quantity(10) });
    world.settle([{ ...part, orderDone: false } as typeof part]);
    expect(world.order(half?.orderId ?? '')).toMatchObject({ status: 'partially_filled', filled: 10 });
    // 37 are open, 14 of them claimed.
    expect(closesIn(markedAt(world, 9800))).toMatchObject([{ quantity: 23 }]);
  });

  test('asks for a cancel once, and again only for the one that was refused', () => {
    const world = new World();
    world.step();
    world.signal();
    world.signal(POUNDS);
    world.gate();
    for (const { intent } of world.send()) {
      world.settle([world.report({ kind: 'accepted', orderId: intent.orderId, venueOrderId: 'V' })]);
    }
    start(world);
    world.monitor();
    const [euro, pounds] = world.waiting('cancel');
    expect([euro?.symbol, pounds?.symbol]).toEqual(['EURUSD', 'GBPUSD']);
    world.send();
    world.pass();
    expect(world.waiting('cancel')).toEqual([]);
    world.settle([world.report({ kind: 'rejected', orderId: pounds?.orderId ?? '', code: 'rejected', text: '' })]);
    world.pass();
    expect(world.waiting('cancel')).toMatchObject([{ symbol: 'GBPUSD', cancelOrderId: pounds?.cancelOrderId }]);
  });

  test('is not done while the outcome of an entry is unknown, which nothing cancels', () => {
    const world = new World();
    world.step();
    world.signal();
    world.gate();
    const orderId = world.send()[0]?.intent.orderId ?? '';
    world.settle([{ kind: 'lost', sequence: 0, at: world.now, orderId, text: '' }]);
    start(world);
    expect(kinds(world.monitor())).toEqual(['step_completed']);
    expect(kinds(world.pass())).not.toContain('flattened');
    world.emit({ kind: 'order_changed', at: world.now, orderId, change: 'expire' });
    expect(kinds(world.pass())).toContain('flattened');
  });

  test('a position that appears meanwhile is closed too', () => {
    const world = new World();
    world.step();
    world.signal();
    world.gate();
    const [sent] = world.send();
    if (sent?.intent.kind !== 'open') throw new Error('no entry was sent');
    start(world);
    world.monitor();
    world.send();
    const events = world.pass(undefined, [world.entryFill(sent.intent)]);
    expect(closesIn(events)).toMatchObject([{ quantity: 47, reason: 'flatten' }]);
  });

  test('with nothing open it is done at once', () => {
    const world = new World();
    world.step();
    start(world);
    expect(kinds(world.monitor())).toEqual(['flattened', 'step_completed']);
  });

  test('not asked for, it does nothing', () => {
    const world = holdingWorld();
    expect(world.during(() => pursueFlatten(world.state, world.now, world.emit))).toEqual([]);
  });
});

describe('trailing stops', () => {
  const movesIn = (events: readonly DomainEvent[]) =>
    events.flatMap((event) =>
      event.kind === 'reduce_requested' && event.intent.kind === 'modify' ? [event.intent] : [],
    );
  /** The venue takes every new stop. */
  const amend = (world: World) => {
    for (const { intent } of world.send()) {
      if (intent.kind !== 'modify') continue;
      const { orderId, positionId, stopLoss, takeProfit } = intent;
      world.settle([world.report({ kind: 'amended', orderId, positionId, stopLoss, takeProfit })]);
    }
  };

  test('follow the price in whole steps of 11 ticks and never come back', () => {
    const world = holdingWorld();
    // Bought at 110,008 with the stop 200 below; the bid must gain 8 + 11 before the stop moves.
    const stops = [110_018, 110_019, 110_050, 109_900, 110_050, 110_062].map((bid) => {
      world.pass({ EURUSD: bid });
      amend(world);
      return world.position().stopLoss;
    });
    expect(stops).toEqual([109_808, 109_819, 109_841, 109_841, 109_841, 109_852]);
    expect(world.all('reduce_requested').map(({ intent }) => intent.reason)).toEqual(Array(3).fill('trailing_stop'));
  });

  test('wait for the one before: two on their way could arrive in the wrong order', () => {
    const world = holdingWorld();
    expect(movesIn(world.pass({ EURUSD: 110_050 }))).toMatchObject([{ stopLoss: 109_841, takeProfit: 110_308 }]);
    world.send();
    expect(movesIn(world.pass({ EURUSD: 110_100 }))).toEqual([]);
    const [lost] = world.all('reduce_requested');
    const orderId = lost?.intent.orderId ?? '';
    world.settle([{ kind: 'lost', sequence: 0, at: world.now, orderId, text: '' }]);
    expect(movesIn(world.pass({ EURUSD: 110_100 }))).toEqual([]);
    world.settle([world.report({ kind: 'rejected', orderId, code: 'invalid_stops', text: '' })]);
    expect(movesIn(world.pass({ EURUSD: 110_100 }))).toMatchObject([{ stopLoss: 109_896 }]);
  });

  test('leave a position alone that is being closed, and one whose market has no new bar', () => {
    const world = holdingWorld();
    world.pass({ GBPUSD: 125_000 });
    expect(world.all('reduce_requested')).toEqual([]);
    world.step({ EURUSD: 110_100 });
    world.emit({ kind: 'flatten_started', at: world.now, by: 'ann', reason: 'flatten' });
    expect(movesIn(world.monitor())).toEqual([]);
  });

  test('do not move where the configuration says so', () => {
    const world = holdingWorld(policyWith({ position: { trailingStop: false } }));
    expect(movesIn(world.pass({ EURUSD: 110_200 }))).toEqual([]);
  });
});
