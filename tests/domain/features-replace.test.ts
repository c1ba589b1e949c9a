/** A bar that is replaced leaves no trace: values, regime and snapshot are bit for bit those of an engine that never saw it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFeatureSpec } from '../../src/domain/features/spec.ts';
import { FeatureEngine } from '../../src/domain/features.ts';
import type { Bar } from '../../src/domain/market.ts';
import { unixMs } from '../../src/domain/units.ts';
import { push, rowOf } from './features-support.ts';
import { EURUSD, M5, randomBars } from './random-bars.ts';

const spec = parseFeatureSpec(['rsi', 'ta.cci_20', 'ta.sar', 'M15.momentum_5', 'M15.ta.roc_5', 'in_us_session']);
const bits = (engine: FeatureEngine) => [...new BigUint64Array(engine.values().buffer)];

/** How each bar comes: at once, or after others in its place; and whether the servo is restarted in between. */
const arrivals = fc.array(fc.record({ tries: fc.integer({ min: 0, max: 3 }), restarts: fc.boolean() }), {
  minLength: 30,
  maxLength: 30,
});

test.each([
  ['the pack', undefined],
  ['columns beside it', spec],
])('%s: push, replace, snapshot and restore in any mix equal plain pushes', (_, wanted) => {
  const options = { spec: wanted };
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 280, max: 420 }), arrivals, (seed, history, mix) => {
      const bars = randomBars({ count: history + mix.length, seed });
      const forming = randomBars({ count: history + mix.length, seed: `forming ${seed}`, change: 90 });
      const plain = push(new FeatureEngine(EURUSD, M5, options), bars.slice(0, history));
      let engine = push(new FeatureEngine(EURUSD, M5, options), bars.slice(0, history));
      for (const [i, { tries, restarts }] of mix.entries()) {
        const bar = bars[history + i] as Bar;
        const tried = { ...(forming[history + i] as Bar), openAt: bar.openAt, closeAt: bar.closeAt };
        if (tries > 0) engine.pushProvisional(tried);
        for (let again = 1; again < tries; again++) engine.replace({ ...tried, volume: again });
        if (restarts)
          engine = FeatureEngine.restore(EURUSD, M5, JSON.parse(JSON.stringify(engine.snapshot())), options);
        if (tries > 0) engine.replace(bar);
        else engine.push(bar);
        plain.push(bar);
        expect(bits(engine)).toEqual(bits(plain));
        expect(rowOf(engine)).toEqual(rowOf(plain));
      }
      const { before: __, ...memory } = engine.snapshot();
      expect(memory).toEqual(plain.snapshot());
    }),
    { numRuns: 6 },
  );
});

describe('refused, and nothing changes:', () => {
  const bars = randomBars({ count: 20, seed: 'refused' });
  const [last, next] = bars.slice(-2) as [Bar, Bar];
  const engineOf = (provisional: boolean) => {
    const engine = push(new FeatureEngine(EURUSD, M5), bars.slice(0, -2));
    if (provisional) engine.pushProvisional(last);
    else engine.push(last);
    return engine;
  };

  test.each([
    ['a bar that was pushed for good', false, last, 'which is not provisional'],
    ['by a later bar', true, next, `which closes at ${last.closeAt}`],
    ['by a bar of another symbol', true, { ...last, symbol: 'GBPUSD' }, 'the bar of GBPUSD'],
  ])('%s', (_, provisional, bar, message) => {
    const engine = engineOf(provisional);
    const before = engine.snapshot();
    expect(() => engine.replace(bar)).toThrow(message);
    expect(engine.snapshot()).toEqual(before);
  });

  test('by a bar of another length', () => {
    const engine = engineOf(true);
    const before = engine.snapshot();
    expect(() => engine.replace({ ...last, openAt: unixMs(last.openAt - 1) })).toThrow(
      `it lasts ${M5 + 1} ms, not ${M5}`,
    );
    expect(engine.snapshot()).toEqual(before);
  });
});

test('what is pushed after a provisional bar makes it final', () => {
  const bars = randomBars({ count: 20, seed: 'final' });
  const engine = push(new FeatureEngine(EURUSD, M5), bars.slice(0, 18));
  engine.pushProvisional(bars[18] as Bar);
  engine.push(bars[19] as Bar);
  expect(() => engine.replace(bars[19] as Bar)).toThrow('which is not provisional');
  expect(engine.snapshot()).toEqual(push(new FeatureEngine(EURUSD, M5), bars).snapshot());
});
