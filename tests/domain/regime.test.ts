/** Regimes have stable names, do not flicker, say how sure they are, and survive a restart. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REGIME_LABELS, REGIMES, type Regime, type RegimeInput } from '../../src/domain/regime.ts';
import { RegimeRules } from '../../src/domain/regime-rules.ts';

const input = (logVolatilityRatio: number, trendStatistic: number): RegimeInput => ({
  logVolatilityRatio,
  trendStatistic,
});
const DWELL = 6;

function hold(detector: RegimeRules, bars: number, logVolatilityRatio: number, trendStatistic: number): Regime {
  for (let i = 0; i < bars; i++) detector.push(input(logVolatilityRatio, trendStatistic));
  return detector.regime;
}

const settled = (logVolatilityRatio: number, trendStatistic: number): RegimeRules => {
  const detector = new RegimeRules();
  hold(detector, DWELL, logVolatilityRatio, trendStatistic);
  return detector;
};

test('the names are the stable six, each with a label', () => {
  expect(REGIMES).toEqual(['trend_up', 'trend_down', 'quiet', 'range', 'volatile', 'unknown']);
  expect(Object.keys(REGIME_LABELS).sort()).toEqual([...REGIMES].sort());
});

test('unknown, with no confidence, until one regime has held for the dwell', () => {
  const detector = new RegimeRules();
  expect([detector.regime, detector.confidence]).toEqual(['unknown', 0]);
  expect(hold(detector, DWELL - 1, 0, 0)).toBe('unknown');
  expect(detector.confidence).toBe(0);
  expect(hold(detector, 1, 0, 0)).toBe('range');
});

test.each([
  ['range', 0, 0],
  ['trend_up', 0, 1.5],
  ['trend_down', 0, -1.5],
  ['quiet', -0.5, 0],
  ['volatile', 0.5, 0],
  ['volatile', 0.5, -3],
  ['trend_up', -0.5, 2],
] as const)('%s at a volatility ratio of e^%f and a trend of %f deviations', (regime, volatility, trend) => {
  expect(settled(volatility, trend).regime).toBe(regime);
});

describe('hysteresis', () => {
  type Point = readonly [logVolatilityRatio: number, trendStatistic: number];
  const cases: readonly [Regime, Point, Point, Point][] = [
    ['volatile', [0.4, 0], [0.2, 0], [0.1, 0]],
    ['quiet', [-0.4, 0], [-0.2, 0], [-0.1, 0]],
    ['trend_up', [0, 1.5], [0, 1], [0, 0.7]],
    ['trend_down', [0, -1.5], [0, -1], [0, -0.7]],
  ];
  test.each(
    cases,
  )('%s is kept between its two thresholds and left beyond the second', (regime, enter, between, beyond) => {
    const detector = settled(...enter);
    expect(hold(detector, 50, ...between)).toBe(regime);
    expect(hold(detector, DWELL, ...beyond)).toBe('range');
    expect(hold(detector, 50, ...between)).toBe('range');
  });
});

describe('dwell', () => {
  test('a shorter excursion changes nothing but the confidence', () => {
    const detector = settled(0, 0);
    expect(detector.confidence).toBe(1);
    expect(hold(detector, DWELL - 1, 0.6, 0)).toBe('range');
    expect(detector.confidence).toBe(0);
    expect(hold(detector, 1, 0, 0)).toBe('range');
    expect(detector.confidence).toBe(1);
  });

  test('two challengers in turn do not add up', () => {
    const detector = settled(0, 0);
    for (let i = 0; i < 20; i++) {
      hold(detector, DWELL - 1, 0.6, 0);
      expect(hold(detector, DWELL - 1, -0.6, 0)).toBe('range');
    }
  });
});

describe('confidence', () => {
  test.each([
    ['on the leaving threshold', 0.15, 0],
    ['half way', 0.3, 0.5],
    ['far beyond', 2, 1],
  ])('of a volatile market: %s', (_, ratio, expected) => {
    const detector = settled(0.5, 0);
    detector.push(input(ratio, 0));
    expect(detector.confidence).toBeCloseTo(expected, 10);
  });

  test('of a trend falls as volatility nears its own threshold', () => {
    const sure = settled(0, 2.5).confidence;
    const unsure = settled(0.25, 2.5).confidence;
    expect(sure).toBe(1);
    expect(unsure).toBeGreaterThan(0);
    expect(unsure).toBeLessThan(0.5);
  });
});

const inputs = fc.array(
  fc.record({
    logVolatilityRatio: fc.double({ min: -3, max: 3, noNaN: true }),
    trendStatistic: fc.double({ min: -7, max: 7, noNaN: true }),
    repeated: fc.integer({ min: 1, max: 12 }),
  }),
  { minLength: 1, maxLength: 40 },
);

test('a regime lasts at least the dwell, and confidence stays in [0, 1]', () => {
  fc.assert(
    fc.property(inputs, (steps) => {
      const detector = new RegimeRules();
      let lasted = DWELL;
      for (const step of steps.flatMap((each) => Array.from({ length: each.repeated }, () => each))) {
        const before = detector.regime;
        detector.push(step);
        expect(detector.confidence).toBeGreaterThanOrEqual(0);
        expect(detector.confidence).toBeLessThanOrEqual(1);
        if (detector.regime !== before) {
          expect(lasted).toBeGreaterThanOrEqual(DWELL);
          lasted = 0;
        }
        lasted++;
      }
    }),
  );
});

test('restored from JSON anywhere it goes on the same', () => {
  fc.assert(
    fc.property(inputs, fc.nat(40), (steps, cut) => {
      const detector = new RegimeRules();
      for (const step of steps.slice(0, cut))
        hold(detector, step.repeated, step.logVolatilityRatio, step.trendStatistic);
      const restored = new RegimeRules();
      restored.restore(JSON.parse(JSON.stringify(detector.snapshot())));
      expect(restored.snapshot()).toEqual(detector.snapshot());
      for (const step of steps.slice(cut)) {
        detector.push(step);
        restored.push(step);
        expect(restored.snapshot()).toEqual(detector.snapshot());
      }
    }),
  );
});
