/** What caps are shown of a market beside another, and of a venue. */
import { describe, expect, test } from 'vitest';
import type { RecentCloses } from '../../src/domain/features/recent-closes.ts';
import type { ExposurePolicy } from '../../src/domain/policy.ts';
import { orderToSize } from '../../src/domain/sizing/order-to-size.ts';
import { type Market, marketOf, type ServoState } from '../../src/domain/state.ts';
import { price } from '../../src/domain/units.ts';
import { policyWith } from './builders.ts';
import { armed, type Scene, SOUND, stateOf } from './gate-scene.ts';

const ENTRY = { side: 'buy', entryPrice: price(110_000), stopDistance: price(200), type: 'market' } as const;

/** Closes that go up and down by turns, `high` on every second bar; the same moments in each market. */
const zigzag = (high: number): RecentCloses => ({
  count: 200,
  closeAgo: (back) => (back % 2 === 0 ? 100_000 : high),
  closedAgo: (back) => -back,
});

function withRecent(state: ServoState, recents: Readonly<Record<string, RecentCloses>>): ServoState {
  const markets = new Map(state.markets);
  for (const [symbol, recent] of Object.entries(recents)) {
    const { engine, ...market } = marketOf(state, symbol);
    markets.set(symbol, { ...market, engine: { ...engine, recent } as Market['engine'] });
  }
  return { ...state, markets };
}

const ordered = (state: ServoState) => {
  const order = orderToSize(state, { ...ENTRY, symbol: 'EURUSD' });
  if (order === undefined) throw new Error('no rate');
  return order;
};

describe('the correlation with another market', () => {
  const within = (correlation: ExposurePolicy['correlation']): ServoState =>
    withRecent(stateOf({ ...SOUND, policy: policyWith({ exposure: { correlation } }) }), {
      EURUSD: zigzag(100_100),
      GBPUSD: zigzag(100_200),
      USDJPY: zigzag(99_900),
    });
  const RULE = { max: 0.5, bars: 100 };

  test('is that of their closes: together, and against each other', () => {
    const { correlationWith } = ordered(within(RULE));
    expect(correlationWith('GBPUSD')).toBeCloseTo(1, 9);
    expect(correlationWith('USDJPY')).toBeCloseTo(-1, 9);
  });

  test('a market is one with itself, however little is known of it', () => {
    expect(ordered(stateOf(SOUND)).correlationWith('EURUSD')).toBe(1);
    expect(ordered(stateOf(SOUND)).correlationWith('GBPUSD')).toBeUndefined();
  });

  test('is not known of fewer bars than a figure needs, nor without the rule', () => {
    expect(ordered(within({ ...RULE, bars: 59 })).correlationWith('GBPUSD')).toBeUndefined();
    expect(ordered(within({ ...RULE, bars: 60 })).correlationWith('GBPUSD')).toBeCloseTo(1, 9);
    expect(ordered(within(null)).correlationWith('GBPUSD')).toBeUndefined();
  });
});

test('the lots of the venue bind real money alone', () => {
  const lots = (scene: Scene) => ordered(stateOf(scene)).venueLots;
  expect([lots(armed(SOUND)), lots(SOUND)]).toEqual([0.5, undefined]);
});

test('without a rate nothing is sized', () => {
  expect(orderToSize(stateOf(SOUND), { ...ENTRY, symbol: 'USDJPY' })).toBeUndefined();
});
