/** What an entry wants before anything caps it: each method by hand, and the risk to the stop where a method cannot say. */
import { describe, expect, test } from 'vitest';
import type { RecentCloses } from '../../src/domain/features/recent-closes.ts';
import type { ModelCard } from '../../src/domain/model-card.ts';
import type { SizingPolicy, TradingPolicy } from '../../src/domain/policy.ts';
import type { Signal } from '../../src/domain/signal.ts';
import { kellyBet, wantedBy } from '../../src/domain/sizing/methods.ts';
import { multipliersOf } from '../../src/domain/sizing/multipliers.ts';
import { orderToSize } from '../../src/domain/sizing/order-to-size.ts';
import { type Market, marketOf, type ServoState } from '../../src/domain/state.ts';
import { price } from '../../src/domain/units.ts';
import { believes, policyWith, signalWith, usd } from './builders.ts';
import { decided, SOUND, stateOf, withCard } from './gate-scene.ts';
import { instrumentOf } from './random-bars.ts';

/** Up by a factor and down again, bar by bar: of `count` closes the returns are ± its logarithm. */
const zigzag = (factor: number, count = 400): RecentCloses => ({
  count,
  closeAgo: (back) => (back % 2 === 0 ? 100_000 : 100_000 * factor),
  closedAgo: (back) => -back,
});

const withRecent = (state: ServoState, symbol: string, recent: RecentCloses): ServoState => {
  const { engine, ...market } = marketOf(state, symbol);
  const remembers: Market = { ...market, engine: { ...engine, recent } as Market['engine'] };
  return { ...state, markets: new Map(state.markets).set(symbol, remembers) };
};

const sizedBy = (sizing: Partial<SizingPolicy>, change: Partial<TradingPolicy> = {}): TradingPolicy =>
  policyWith({ ...change, sizing });

/** 10,000 USD; a step of EURUSD at 1.10008 is worth 1,100.08 USD and risks 2.11. */
function wanted(state: ServoState, signal: Signal = SOUND.signal) {
  const { symbol, ask, stopDistance } = signal;
  const order = orderToSize(state, { symbol, side: 'buy', entryPrice: ask, stopDistance, type: 'market' });
  if (order === undefined) throw new Error('no rate');
  return wantedBy(state, signal, order);
}

const RISK = { name: 'risk', budget: usd(100), perStep: usd(2.11), steps: 47 } as const;

describe('the methods', () => {
  test('risk is the money lost at the stop', () => {
    expect(wanted(stateOf(SOUND))).toEqual({ wanted: RISK });
  });

  test('a fixed lot asks for no budget', () => {
    const state = stateOf({ ...SOUND, policy: sizedBy({ method: 'fixed_lot', fixedLots: 0.37 }) });
    expect(wanted(state)).toEqual({ wanted: { name: 'fixed_lot', steps: 37 } });
  });

  describe('a volatility target', () => {
    const POLICY = sizedBy({ method: 'volatility_target', volatilityTarget: 0.1 });
    // Of n returns of ± x, as many up as down, the deviation is x × √(n ÷ (n − 1)); 288 are looked back at.
    const ofOneBar = (factor: number) => Math.log(factor) * Math.sqrt(288 / 287);

    test('is the size at which a year of such bars moves a tenth of equity', () => {
      const state = withRecent(stateOf({ ...SOUND, policy: POLICY }), 'EURUSD', zigzag(1.0005));
      const ofYear = ofOneBar(1.0005) * Math.sqrt(252 * 288);
      const { wanted: cap, fallback } = wanted(state);
      expect(fallback).toBeUndefined();
      expect(cap).toMatchObject({
        name: 'volatility_target',
        budget: usd(1000),
        steps: Math.floor(1000 / (1100.08 * ofYear)),
      });
      expect((cap.perStep ?? 0) / usd(1100.08)).toBeCloseTo(ofYear, 8);
      expect(cap.steps).toBe(6);
    });

    test('of a coin, which trades every day of the year', () => {
      const bitcoin = { ...SOUND.policy.symbols.get('EURUSD')!, instrument: instrumentOf('BTCUSD') };
      const policy = { ...POLICY, symbols: new Map(POLICY.symbols).set('BTCUSD', bitcoin) };
      const signal = signalWith({ symbol: 'BTCUSD', ask: price(6_000_000), bid: price(6_000_000) });
      const known = stateOf({ ...SOUND, policy });
      const there = { ...known, markets: new Map(known.markets).set('BTCUSD', marketOf(known, 'EURUSD')) };
      const { wanted: cap } = wanted(withRecent(there, 'BTCUSD', zigzag(1.0005)), signal);
      // A step of a hundredth of a coin at 60,000 is worth 600 USD.
      expect((cap.perStep ?? 0) / usd(600)).toBeCloseTo(ofOneBar(1.0005) * Math.sqrt(365 * 288), 8);
    });

    test('is not known from too few closes: then the risk to the stop sizes, and it is said', () => {
      const state = withRecent(stateOf({ ...SOUND, policy: POLICY }), 'EURUSD', zigzag(1.0005, 60));
      expect(wanted(state)).toEqual({ wanted: RISK, fallback: 'volatility_unknown' });
      expect(decided({ ...SOUND, policy: POLICY }).sizing).toMatchObject({
        cappedBy: 'risk',
        fallback: 'volatility_unknown',
      });
    });
  });

  describe('Kelly', () => {
    const POLICY = sizedBy({ method: 'kelly', kellyFraction: 0.25 });
    const CALIBRATED: Partial<ModelCard> = { calibrated: true };
    // p − q of 0.6 and 0.4 without costs: a quarter of 0.2 is 5 % of equity.
    const signal = signalWith({ prediction: believes(0.6, 0.4), expectedValueR: 0.2, costTicks: 0 });

    test('is a share of the bet, where the model’s chances came true', () => {
      const state = stateOf(withCard({ ...SOUND, policy: POLICY }, CALIBRATED));
      const { wanted: cap, fallback } = wanted(state, signal);
      expect([cap.name, fallback]).toEqual(['kelly', undefined]);
      // The bet is no whole number of micros.
      expect(Math.abs((cap.budget ?? 0) - usd(500))).toBeLessThanOrEqual(1);
      expect(cap).toMatchObject({ perStep: usd(2.11), steps: 236 });
    });

    test('never bets more than there is', () => {
      const all = sizedBy({ method: 'kelly', kellyFraction: 10 });
      const { wanted: cap } = wanted(stateOf(withCard({ ...SOUND, policy: all }, CALIBRATED)), signal);
      expect(cap.budget).toBe(usd(10_000));
    });

    test.each<[string, ServoState]>([
      ['of a model that was not calibrated', stateOf({ ...SOUND, policy: POLICY })],
      ['without a model', { ...stateOf({ ...SOUND, policy: POLICY }), cards: new Map() }],
    ])('%s the risk to the stop sizes, and it is said', (_, state) => {
      expect(wanted(state, signal)).toEqual({ wanted: RISK, fallback: 'not_calibrated' });
    });
  });
});

describe('the Kelly bet', () => {
  const foretold = (
    up: number,
    down: number,
    expectedValueR: number,
    costTicks: number,
    side: Signal['side'] = 'buy',
  ) => signalWith({ side, prediction: believes(up, down), expectedValueR, costTicks, stopDistance: price(200) });

  test('of ±1 R without costs is p − q', () => {
    expect(kellyBet(foretold(0.6, 0.4, 0.2, 0))).toBeCloseTo(0.2, 12);
    expect(kellyBet(foretold(0.4, 0.6, 0.2, 0, 'sell'))).toBeCloseTo(0.2, 12);
  });

  test('with costs and a flat outcome, by hand', () => {
    // Reach 1 R, cost 0.1 R: 0.5 × 0.9² + 0.3 × 1.1² + 0.2 × 0.1² = 0.77; the mean is 0.2 − 0.1.
    expect(kellyBet(foretold(0.5, 0.3, 0.1, 20))).toBeCloseTo(0.1 / 0.77, 12);
  });

  test('without an expected profit nothing is bet, and no number that is none', () => {
    expect(kellyBet(foretold(0.5, 0.5, 0, 20))).toBe(0);
    expect(kellyBet(foretold(0.4, 0.6, -0.2, 0))).toBe(0);
    expect(kellyBet(foretold(0.5, 0.5, Number.NaN, 20))).toBe(0);
    expect(kellyBet(signalWith({ side: 'flat' }))).toBe(0);
    const prediction = { kind: 'neutral', model: 'm', reason: 'failed', detail: '' } as const;
    expect(kellyBet(signalWith({ prediction: prediction as unknown as Signal['prediction'] }))).toBe(0);
  });

  test('what cannot be lost is bet whole, and no more', () => {
    // A reach of 0.5 R with certainty: the mean over the mean square is 2.
    expect(kellyBet(foretold(1, 0, 0.5, 0))).toBe(1);
    expect(kellyBet(foretold(1, 0, 1, 0))).toBe(1);
  });
});

test('multipliers bear their names', () => {
  const names = multipliersOf(stateOf(SOUND), SOUND.signal).map(({ name }) => name);
  expect(names).toEqual(['status', 'risk_level', 'trust', 'regime', 'confidence', 'drawdown']);
});

describe('what a market has to do with another', () => {
  const policy = policyWith({ exposure: { correlation: { max: 0.9, bars: 100 } } });
  const correlationWith = (state: ServoState, other: string) =>
    orderToSize(state, {
      symbol: 'EURUSD',
      side: 'buy',
      entryPrice: price(110_008),
      stopDistance: price(200),
      type: 'market',
    })?.correlationWith(other);

  test('is all with itself, and what its closes say with others', () => {
    const euros = withRecent(stateOf({ ...SOUND, policy }), 'EURUSD', zigzag(1.0005));
    expect(correlationWith(euros, 'EURUSD')).toBe(1);
    expect(correlationWith(euros, 'GBPUSD')).toBeUndefined();
    expect(correlationWith(withRecent(euros, 'GBPUSD', zigzag(1.001)), 'GBPUSD')).toBeCloseTo(1, 9);
    expect(correlationWith(withRecent(euros, 'GBPUSD', zigzag(1 / 1.001)), 'GBPUSD')).toBeCloseTo(-1, 9);
    // Not asked for, it looks back at nothing.
    const unasked = { ...withRecent(euros, 'GBPUSD', zigzag(1.001)), policy: SOUND.policy };
    expect(correlationWith(unasked, 'GBPUSD')).toBeUndefined();
  });
});
