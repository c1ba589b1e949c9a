/** What a regime changes in trading: the size, the distances, whose memory may go on. */
import { describe, expect, test } from 'vitest';
import { FeatureEngine } from '../../src/domain/features.ts';
import { symbolPolicy, type TradingPolicy } from '../../src/domain/policy.ts';
import type { RegimeModel } from '../../src/domain/regime-model.ts';
import { restoreState, type StateSnapshot, snapshotState } from '../../src/domain/snapshot.ts';
import { marketOf, newState } from '../../src/domain/state.ts';
import { POLICY, policyWith } from './builders.ts';
import { push } from './features-support.ts';
import { decided, SOUND } from './gate-scene.ts';
import { EURUSD, M5, randomBars } from './random-bars.ts';
import { REGIME_MODEL } from './regime-builders.ts';

const range = (change: Partial<TradingPolicy['regimes']['range']>): TradingPolicy =>
  policyWith({ regimes: { range: { ...POLICY.regimes.range, ...change } } });

describe('the size', () => {
  const sizingIn = (policy: TradingPolicy) => {
    const { sizing } = decided({ ...SOUND, policy });
    if (sizing === undefined) throw new Error('nothing was sized');
    return sizing;
  };

  test('is multiplied by the factor of the regime that the signal was made in, and the record says so', () => {
    const whole = sizingIn(POLICY);
    expect(whole).toMatchObject({ multipliers: [] });
    const reduced = sizingIn(range({ sizeFactor: 0.3 }));
    expect(reduced).toMatchObject({ multipliers: [{ name: 'regime', value: 0.3 }], wanted: whole.wanted });
    expect(reduced.quantity).toBe(Math.floor(whole.quantity * 0.3));
  });

  test('is not touched by another regime', () => {
    const policy = policyWith({ regimes: { volatile: { allowed: true, sizeFactor: 0.1, stopFactor: 1 } } });
    expect(sizingIn(policy)).toEqual(sizingIn(POLICY));
  });
});

describe('the engine', () => {
  const bars = randomBars({ count: 900, seed: 'regimes' });
  const other: RegimeModel = { ...REGIME_MODEL, hash: 'another' };

  test('names regimes by the model it is given, and by the rules without one', () => {
    const options = { regimeModel: REGIME_MODEL };
    const [fitted, ruled] = [
      push(new FeatureEngine(EURUSD, M5, options), bars),
      push(new FeatureEngine(EURUSD, M5), bars),
    ];
    expect(fitted.snapshot().regimeSource).toBe('hand-made');
    expect(fitted.snapshot().regime.probabilities).toHaveLength(5);
    expect(ruled.snapshot().regimeSource).toBe('rules');
    expect(ruled.snapshot().regime.probabilities).toBeUndefined();
    expect(fitted.values()).toEqual(ruled.values());
  });

  test('names no regime by bars to come, and lets none of five be missing in a long run', () => {
    const names = (count: number) => {
      const engine = new FeatureEngine(EURUSD, M5, { regimeModel: REGIME_MODEL });
      return randomBars({ count: 2500, seed: 'long' })
        .slice(0, count)
        .map((bar) => {
          engine.push(bar);
          return `${engine.regime} ${engine.regimeConfidence}`;
        });
    };
    const all = names(2500);
    for (const cut of [400, 1111, 2222]) expect(names(cut)).toEqual(all.slice(0, cut));
    expect(new Set(all.map((name) => name.split(' ')[0])).size).toBe(6);
  });

  test('does not go on from the memory of another detector', () => {
    const snapshot = push(new FeatureEngine(EURUSD, M5, { regimeModel: REGIME_MODEL }), bars).snapshot();
    const restored = (regimeModel?: RegimeModel) => FeatureEngine.restore(EURUSD, M5, snapshot, { regimeModel });
    expect(restored(REGIME_MODEL).snapshot()).toEqual(snapshot);
    expect(() => restored(other)).toThrow('is of regimeSource hand-made, not another: warm up anew');
    expect(() => restored()).toThrow('is of regimeSource hand-made, not rules: warm up anew');
  });

  const policyOf = (regimeModel?: RegimeModel): TradingPolicy => {
    const eurusd = { ...symbolPolicy(POLICY, 'EURUSD'), regimeModel };
    return { ...POLICY, symbols: new Map([['EURUSD', eurusd]]) };
  };
  const pictureUnder = (policy: TradingPolicy): StateSnapshot => {
    const state = newState(policy);
    for (const bar of bars) marketOf(state, 'EURUSD').engine.push(bar);
    return JSON.parse(JSON.stringify(snapshotState(state)));
  };
  const readyAfter = (picture: StateSnapshot, policy: TradingPolicy): boolean =>
    marketOf(restoreState(policy, picture), 'EURUSD').engine.ready;

  test('of a restored state goes on under the same model, and warms up anew under another', () => {
    const picture = pictureUnder(policyOf(REGIME_MODEL));
    expect(readyAfter(picture, policyOf(REGIME_MODEL))).toBe(true);
    expect(readyAfter(picture, policyOf(other))).toBe(false);
    expect(readyAfter(picture, policyOf())).toBe(false);
    expect(readyAfter(pictureUnder(policyOf()), policyOf(REGIME_MODEL))).toBe(false);
  });

  test('of a picture from before there were regime models warms up anew', () => {
    const picture = pictureUnder(policyOf());
    expect(readyAfter(picture, policyOf())).toBe(true);
    const old = JSON.parse(JSON.stringify(picture), (key, value) => (key === 'regimeSource' ? undefined : value));
    expect(readyAfter(old, policyOf())).toBe(false);
  });
});
