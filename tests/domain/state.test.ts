/** The state: events that do not fit it throw, and a picture of it, through JSON, goes on exactly where it was taken. */
import { hash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { apply } from '../../src/domain/apply.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { BrokerReport, Order } from '../../src/domain/order.ts';
import { OrderTransitionError } from '../../src/domain/order.ts';
import { symbolPolicy, type TradingPolicy } from '../../src/domain/policy.ts';
import { restoreState, type StateSnapshot, snapshotState, stateHash } from '../../src/domain/snapshot.ts';
import { awaitingPrediction, predict } from '../../src/domain/stages/predict.ts';
import { marketOf, orderOf, positionOf, type ServoState, StateError } from '../../src/domain/state.ts';
import { type Money, price, UnitError, unixMs } from '../../src/domain/units.ts';
import { barAt, believes, fillWith, NOON, POLICY, policyWith, usd } from './builders.ts';
import { randomBars } from './random-bars.ts';
import { World } from './world.ts';

const hashOf = (state: ServoState): string => stateHash(state, (text) => hash('sha256', text));
const throughJson = (state: ServoState): StateSnapshot => JSON.parse(JSON.stringify(snapshotState(state)));

describe('an event that does not fit the state', () => {
  function busy(): World {
    const world = new World();
    world.step();
    world.open();
    world.step();
    return world;
  }
  const ENTRY = `EURUSD-${NOON + 300_000}-buy-1`;
  const POSITION = `P-${ENTRY}`;
  const at = unixMs(NOON + 600_000);

  test.each<[string, DomainEvent, new (...args: never[]) => Error, string]>([
    [
      'of an order never heard of',
      { kind: 'order_changed', at, orderId: 'O', change: 'accept', sequence: 9 },
      StateError,
      'order O is not known',
    ],
    [
      'that its order cannot make',
      { kind: 'order_changed', at, orderId: ENTRY, change: 'send' },
      OrderTransitionError,
      'no "send" from "filled"',
    ],
    [
      'of an order that exists',
      {
        kind: 'reduce_requested',
        at,
        intent: {
          kind: 'cancel',
          orderId: ENTRY,
          decisionId: 'd',
          symbol: 'EURUSD',
          reason: 'halt',
          decidedAt: at,
          cancelOrderId: 'O',
        },
      },
      StateError,
      `order ${ENTRY} exists already`,
    ],
    [
      'of a fill for an order never heard of',
      { kind: 'fill_applied', at, fill: fillWith({ orderId: 'O' }), sequence: 9, change: 'fill', cash: usd(0) },
      StateError,
      'order O is not known',
    ],
    [
      'of a position that is not open',
      { kind: 'position_amended', at, positionId: 'P', stopLoss: price(1), takeProfit: price(2), sequence: 9 },
      StateError,
      'position P is not known',
    ],
    [
      'of swap on a position that is not open',
      { kind: 'swap_charged', at, positionId: 'P', amount: usd(-1), sequence: 9 },
      StateError,
      'position P is not known',
    ],
    [
      'of an amendment applied already',
      { kind: 'position_amended', at, positionId: POSITION, stopLoss: price(1), takeProfit: price(2), sequence: 1 },
      StateError,
      'report 1 was applied already',
    ],
    [
      'of swap charged already',
      { kind: 'swap_charged', at, positionId: POSITION, amount: usd(-1), sequence: 1 },
      StateError,
      'report 1 was applied already',
    ],
    [
      'of a fill applied already',
      { kind: 'fill_applied', at, fill: fillWith(), sequence: 1, cash: usd(0) },
      StateError,
      'report 1 was applied already',
    ],
    [
      'of the latest bar once more',
      { kind: 'bar_closed', at, bar: barAt('EURUSD', at, 110_000), warm: false },
      StateError,
      `EURUSD: bar of ${at} after that of ${at}`,
    ],
    [
      'of an older bar',
      { kind: 'bar_closed', at, bar: barAt('EURUSD', at - 300_000, 110_000), warm: false },
      StateError,
      `EURUSD: bar of ${at - 300_000} after that of ${at}`,
    ],
    [
      'of a symbol that is not traded',
      { kind: 'bar_closed', at, bar: barAt('AUDUSD', at, 65_000), warm: false },
      StateError,
      'symbol AUDUSD is not traded',
    ],
    [
      'of equity that is no number',
      { kind: 'equity_marked', at, balance: usd(1), equity: Number.NaN as Money },
      UnitError,
      'was NaN',
    ],
    [
      'of swap that is no number',
      { kind: 'swap_charged', at, positionId: POSITION, amount: Number.NaN as Money, sequence: 9 },
      UnitError,
      'was NaN',
    ],
    [
      'of cash that is no number',
      { kind: 'fill_applied', at, fill: fillWith(), sequence: 9, cash: Number.NaN as Money },
      UnitError,
      'was NaN',
    ],
  ])('%s throws', (_, event, error, words) => {
    const { state } = busy();
    expect(() => apply(state, event)).toThrow(error);
    expect(() => apply(busy().state, event)).toThrow(words);
  });

  test('looking up what is not there throws too', () => {
    const { state } = new World();
    expect(() => marketOf(state, 'AUDUSD')).toThrow('symbol AUDUSD is not traded');
    expect(() => orderOf(state, 'O')).toThrow('order O is not known');
    expect(() => positionOf(state, 'P')).toThrow('position P is not known');
    expect(() => symbolPolicy(POLICY, 'AUDUSD')).toThrow('symbol AUDUSD is not configured');
  });
});

describe('memory of orders', () => {
  test('ends with the trading day for those that are over, and never for those that are not', () => {
    const world = new World();
    world.step();
    world.open();
    world.signal({ symbol: 'GBPUSD', bid: price(125_000), ask: price(125_008) });
    world.gate();
    world.send();
    const before = [...world.state.orders.values()].map(({ status }) => status);
    world.step(undefined, [], 86_400_000);
    expect(before).toEqual(['filled', 'sending']);
    expect([...world.state.orders.values()].map(({ status }) => status)).toEqual(['sending']);
  });
});

/** One symbol, so that a long story stays quick. */
const STORY_POLICY: TradingPolicy = {
  ...policyWith({ limits: { maxDailyTrades: 100, minConfidence: 0.5, maxLoss: { day: 0.03, week: 0.1, month: 0.3 } } }),
  symbols: new Map([['EURUSD', symbolPolicy(POLICY, 'EURUSD')]]),
};
const WARM = 400;
/** Bars from one picture to the next. */
const EVERY = 10;
const STORY = randomBars({ count: WARM + 420, seed: 'story' });

/** One bar through all stages, with a venue that fills everything at once. */
function live(world: World, bar: Bar): void {
  const { state } = world;
  const exits = [...state.positions.values()].flatMap((position) => {
    const stopped = position.side === 'buy' ? bar.low <= position.stopLoss : bar.high + bar.spread >= position.stopLoss;
    return stopped ? [world.exitFill(position, undefined)] : [];
  });
  world.take([bar], exits);
  const up = (bar.close % 10) / 10;
  predict(state, new Map(awaitingPrediction(state).map((symbol) => [symbol, believes(up, 0.9 - up)])), world.emit);
  world.gate();
  for (const order of world.send()) world.settle([answer(world, order)]);
  world.monitor();
  for (const order of world.send()) world.settle([answer(world, order)]);
}

function answer(world: World, { intent }: Order): BrokerReport {
  switch (intent.kind) {
    case 'open':
      return world.entryFill(intent);
    case 'close':
      return world.exitFill(positionOf(world.state, intent.positionId), intent);
    case 'modify': {
      const { orderId, positionId, stopLoss, takeProfit } = intent;
      return world.report({ kind: 'amended', orderId, positionId, stopLoss, takeProfit });
    }
    case 'cancel':
      return world.report({ kind: 'rejected', orderId: intent.orderId, code: 'order_gone', text: '' });
  }
}

describe('a picture of the state', () => {
  const hashes: string[] = [];
  const pictures: StateSnapshot[] = [];
  let world: World;

  beforeAll(() => {
    world = new World(STORY_POLICY);
    world.warmUp(STORY.slice(0, WARM));
    let bars = 0;
    for (const bar of STORY.slice(WARM)) {
      live(world, bar);
      if (++bars % EVERY !== 0) continue;
      hashes.push(hashOf(world.state));
      pictures.push(throughJson(world.state));
    }
  });

  test('is of a life that has seen something', () => {
    expect(world.state.tradesClosed).toBeGreaterThan(20);
    expect(world.all('position_amended').length).toBeGreaterThan(10);
    expect(world.all('decision_made').filter(({ decision }) => decision.outcome === 'denied').length).toBeGreaterThan(
      10,
    );
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('through JSON has the same hash', () => {
    pictures.forEach((picture, i) => {
      expect(hashOf(restoreState(STORY_POLICY, picture))).toBe(hashes[i]);
    });
  });

  test.each([0, 7, 15, 28])('picture %d lives the rest of the story as it was', (i) => {
    const twin = new World(STORY_POLICY);
    twin.state = restoreState(STORY_POLICY, pictures[i]!);
    const events = twin.during(() => {
      for (const bar of STORY.slice(WARM + (i + 1) * EVERY)) live(twin, bar);
    });
    expect(hashOf(twin.state)).toBe(hashes.at(-1));
    expect(events).toEqual(world.events.slice(-events.length));
  });

  test('replaying its events from the beginning gives the same state', () => {
    const replayed = new World(STORY_POLICY);
    for (const event of world.events.slice(replayed.events.length)) replayed.emit(event);
    expect(hashOf(replayed.state)).toBe(hashes.at(-1));
  });

  test('money is conserved: the balance is the opening one, what trades earned, and what open positions cost so far', () => {
    const { account, positions } = world.state;
    const earned = world.all('fill_applied').reduce((sum, { trade }) => sum + (trade?.profit ?? 0), 0);
    const open = [...positions.values()].reduce((sum, { realised }) => sum + realised, 0);
    expect(account.balance).toBe(usd(10_000) + earned + open);
  });

  test('keeps positions, and warms up anew what was measured by another rule', () => {
    const i = pictures.findIndex(({ positions }) => positions.length > 0);
    const slower = { ...STORY_POLICY, atrPeriod: 21 };
    const state = restoreState(slower, pictures[i]!);
    expect(state.positions.size).toBe(1);
    expect(state.account).toEqual(pictures[i]?.account);
    expect(marketOf(state, 'EURUSD').lastBar).toBeUndefined();
    expect(marketOf(state, 'EURUSD').engine.ready).toBe(false);
  });

  test('forgets the market of a symbol that is no longer traded', () => {
    const other: TradingPolicy = { ...POLICY, symbols: new Map([['GBPUSD', symbolPolicy(POLICY, 'GBPUSD')]]) };
    expect([...restoreState(other, pictures[0]!).markets.keys()]).toEqual(['GBPUSD']);
  });
});

describe('the hash', () => {
  const same = (change: (world: World) => void): boolean => {
    const [one, other] = [new World(), new World()];
    for (const world of [one, other]) world.step();
    change(other);
    return hashOf(one.state) === hashOf(other.state);
  };
  const say = (world: World, command: 'pause' | 'halt', at: number) =>
    world.emit({ kind: 'command_accepted', at: unixMs(at), command, by: 'ann', surface: 'cli', reason: '' });

  test('holds nothing of process time', () => {
    const { now } = new World();
    const process = { epoch: 7, mode: 'paper', dryRun: false, version: '1', configHash: 'h', startedAt: now };
    expect(same((world) => world.emit({ kind: 'process_started', at: now, ...process }))).toBe(true);
    expect(same((world) => world.emit({ kind: 'process_ended', at: now }))).toBe(true);
    const cooldown = { component: 'feed', errors: 5, reason: '', until: unixMs(now + 1) } as const;
    expect(same((world) => world.emit({ kind: 'cooldown_started', at: now, ...cooldown }))).toBe(true);
  });

  test('holds what was decided, and not at which time of the wall an operator said it', () => {
    for (const command of ['pause', 'halt'] as const) {
      const hashAt = (at: number) => {
        const world = new World();
        say(world, command, at);
        return hashOf(world.state);
      };
      expect(same((world) => say(world, command, NOON))).toBe(false);
      expect(hashAt(NOON)).toBe(hashAt(NOON + 12_345));
    }
  });

  test('differs by a micro and by a bar', () => {
    const mark = { kind: 'equity_marked', at: unixMs(NOON), balance: usd(10_000) } as const;
    expect(same((world) => world.emit({ ...mark, equity: usd(10_000.000_001) }))).toBe(false);
    expect(same((world) => world.emit({ ...mark, equity: usd(10_000) }))).toBe(true);
    expect(same((world) => world.step())).toBe(false);
  });
});
