/** Stage 2: vectors that wait for a prediction, and what becomes of an answer that is late, missing or without a rate. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Bar } from '../../src/domain/market.ts';
import { symbolPolicy } from '../../src/domain/policy.ts';
import { snapshotState } from '../../src/domain/snapshot.ts';
import { awaitingPrediction, predict } from '../../src/domain/stages/predict.ts';
import { awaitingDecision } from '../../src/domain/stages/risk-gate.ts';
import { marketOf } from '../../src/domain/state.ts';
import { barAt, believes, M5, POLICY } from './builders.ts';
import { instrumentOf, randomBars } from './random-bars.ts';
import { kinds, World } from './world.ts';

describe('predictions', () => {
  const trading = (symbol: string) => new Map([[symbol, symbolPolicy(POLICY, symbol)]]);
  const bars = new Map(
    [
      { symbol: 'EURUSD', startPrice: 110_000 },
      { symbol: 'USDJPY', startPrice: 150_000 },
    ].map(({ symbol, startPrice }) => [
      symbol,
      randomBars({ count: 402, seed: symbol, instrument: instrumentOf(symbol), startPrice, change: 100 }),
    ]),
  );
  const barsOf = (symbol: string): Bar[] => bars.get(symbol) ?? [];

  function warm(symbol: string): World {
    const world = new World({ ...POLICY, symbols: trading(symbol) });
    world.warmUp(barsOf(symbol).slice(0, 400));
    return world;
  }

  test('are awaited from the bar that ends the warm-up, and only for a live one', () => {
    const world = new World({ ...POLICY, symbols: trading('EURUSD') });
    world.warmUp(barsOf('EURUSD').slice(0, 398));
    world.take(barsOf('EURUSD').slice(398, 399));
    expect(awaitingPrediction(world.state)).toEqual([]);
    world.take(barsOf('EURUSD').slice(399, 400));
    expect(awaitingPrediction(world.state)).toEqual(['EURUSD']);
    expect(awaitingPrediction(warm('EURUSD').state)).toEqual([]);
  });

  test('put stop and target where the regime of the bar wants them', () => {
    const world = warm('EURUSD');
    const { regimes } = POLICY;
    const { regime } = marketOf(world.state, 'EURUSD').engine;
    const policy = {
      ...world.state.policy,
      regimes: { ...regimes, [regime]: { ...regimes[regime], stopFactor: 2.5 } },
    };
    world.state = { ...world.state, policy };
    world.take(barsOf('EURUSD').slice(400, 401));
    predict(world.state, new Map([['EURUSD', believes(0.7, 0.2)]]), world.emit);
    const { signal, engine } = marketOf(world.state, 'EURUSD');
    expect(signal?.regime).toBe(regime);
    expect(signal?.stopDistance).toBe(Math.round(engine.atrTicks * 2 * 2.5));
    expect(signal?.targetDistance).toBe(Math.round(engine.atrTicks * 3 * 2.5));
  });

  test.each<[string, (close: number) => number]>([
    // 8 of spread, 2 × 2 of slippage, 7 USD of commission: a tick of a lot is 1 USD, or 100 JPY.
    ['EURUSD', () => 12 + 7],
    ['USDJPY', (close) => 12 + (7 * close) / 100_000],
  ])('become a signal of %s with its costs', (symbol, costTicks) => {
    const world = warm(symbol);
    const live = barsOf(symbol)[400] as Bar;
    world.take([live]);
    predict(world.state, new Map([[symbol, believes(0.7, 0.2)]]), world.emit);
    const { signal, engine } = world.state.markets.get(symbol) ?? {};
    expect(signal).toMatchObject({
      decisionId: `${symbol}-${live.closeAt}`,
      side: 'buy',
      bid: live.close,
      ask: live.close + 8,
      regime: engine?.regime,
      stopDistance: Math.round((engine?.atrTicks ?? 0) * 2),
      expiresAt: live.closeAt + M5,
    });
    expect(signal?.costTicks).toBeCloseTo(costTicks(live.close), 9);
    expect(awaitingPrediction(world.state)).toEqual([]);
    expect(awaitingDecision(world.state)).toEqual([{ symbol, attempt: 1 }]);
  });

  test('that come too late, or twice, are passed over', () => {
    const world = warm('EURUSD');
    const [one, two] = barsOf('EURUSD').slice(400) as [Bar, Bar];
    world.take([one]);
    const answers = new Map([['EURUSD', believes(0.7, 0.2)]]);
    predict(world.state, answers, world.emit);
    expect(world.during(() => predict(world.state, answers, world.emit))).toEqual([]);
    world.take([two]);
    expect(world.all('signal_dropped')).toMatchObject([{ decisionId: `EURUSD-${one.closeAt}` }]);
    expect(awaitingPrediction(world.state)).toEqual(['EURUSD']);
  });

  test('a step without an answer leaves its vector waiting, and the next bar drops it', () => {
    const world = warm('EURUSD');
    const [one, two] = barsOf('EURUSD').slice(400) as [Bar, Bar];
    world.take([one]);
    predict(world.state, new Map(), world.emit);
    expect(awaitingPrediction(world.state)).toEqual(['EURUSD']);
    expect(kinds(world.during(() => world.take([two])))[0]).toBe('signal_dropped');
  });

  test('are not awaited for a bar that is over, although its symbol has no newer one', () => {
    const symbols = new Map([...trading('EURUSD'), ...trading('GBPUSD')]);
    const world = new World({ ...POLICY, symbols });
    world.warmUp(barsOf('EURUSD').slice(0, 400));
    const last = barsOf('EURUSD')[400] as Bar;
    world.take([last]);
    expect(awaitingPrediction(world.state)).toEqual(['EURUSD']);
    world.take([barAt('GBPUSD', last.closeAt + M5, 125_000)]);
    expect(awaitingPrediction(world.state)).toEqual([]);
  });

  describe('without a rate', () => {
    let world: World;
    beforeAll(() => {
      const crossPolicy = {
        ...symbolPolicy(POLICY, 'EURUSD'),
        conversion: { kind: 'divide', symbol: 'USDJPY' } as const,
      };
      world = new World({
        ...POLICY,
        symbols: new Map([
          ['EURUSD', crossPolicy],
          ['USDJPY', symbolPolicy(POLICY, 'USDJPY')],
        ]),
      });
      world.warmUp(barsOf('EURUSD').slice(0, 400));
      world.take([barsOf('EURUSD')[400] as Bar]);
      predict(world.state, new Map([['EURUSD', believes(0.7, 0.2)]]), world.emit);
    });

    test('a signal is made, its commission uncounted, and the gate refuses it', () => {
      expect(world.state.markets.get('EURUSD')?.signal?.costTicks).toBe(12);
      expect(world.gate()).toMatchObject([{ kind: 'decision_made', decision: { reason: 'conversion_missing' } }]);
    });
  });

  test('a picture taken while a vector waits still waits', () => {
    const world = warm('EURUSD');
    world.take([barsOf('EURUSD')[400] as Bar]);
    expect(snapshotState(world.state).markets[0]?.[1]).toMatchObject({ vectorPending: true, attemptPending: 0 });
  });
});
