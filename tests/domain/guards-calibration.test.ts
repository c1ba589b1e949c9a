/** The watch over outcomes: Brier and curve by regime by hand, and the Page-Hinkley sum step by step. */
import { describe, expect, test } from 'vitest';
import {
  type CalibrationReference,
  CalibrationWatch,
  type KnownOutcome,
} from '../../src/domain/guards/calibration-watch.ts';

const reference: CalibrationReference = { expectedLogLoss: 0.5, toleranceNats: 0.1, warnAbove: 0.35, actAbove: 1 };
/** So long a span that nothing is forgotten. */
const FOR_EVER = 1e12;

/** An outcome whose log-loss is this. */
const costing = (loss: number): KnownOutcome => {
  const up = Math.exp(-loss);
  return { regime: 'range', probabilities: { down: (1 - up) / 2, flat: (1 - up) / 2, up }, cameTrue: 'up' };
};

describe('Page-Hinkley', () => {
  test('sums what is worse than expected, forgets at 0, warns and acts', () => {
    const watch = new CalibrationWatch(reference, 100);
    const sums: number[] = [];
    const grades: string[] = [];
    for (const loss of [0.5, 0.8, 0.7, 0.2, 1.1, 1.2, 2, 0]) {
      watch.push(costing(loss));
      sums.push(watch.grade().pageHinkley);
      grades.push(watch.grade().grade);
    }
    // Steps of loss − 0.6: −.1, .2, .1, −.4, .5, .6, 1.4, −.6; never under 0, and at most twice what is acted on.
    const expected = [0, 0.2, 0.3, 0, 0.5, 1.1, 2, 1.4];
    for (const [i, sum] of expected.entries()) expect(sums[i]).toBeCloseTo(sum, 12);
    expect(grades).toEqual(['calm', 'calm', 'calm', 'calm', 'warn', 'act', 'act', 'act']);
    expect(watch.grade().samples).toBe(8);
  });

  test('a probability of 0 for what happened is dear, and finite', () => {
    const watch = new CalibrationWatch(reference, 10);
    watch.push({ regime: 'quiet', probabilities: { down: 1, flat: 0, up: 0 }, cameTrue: 'up' });
    expect(watch.readings()[0]!.logLoss).toBeCloseTo(24 * Math.LN2, 12);
    expect(watch.grade()).toEqual({ samples: 1, pageHinkley: 2, grade: 'act' });
  });
});

describe('readings', () => {
  const outcomes: readonly KnownOutcome[] = [
    { regime: 'range', probabilities: { down: 0.25, flat: 0.5, up: 0.25 }, cameTrue: 'flat' },
    { regime: 'range', probabilities: { down: 0.25, flat: 0.5, up: 0.25 }, cameTrue: 'up' },
    { regime: 'volatile', probabilities: { down: 0.85, flat: 0.05, up: 0.1 }, cameTrue: 'down' },
  ];
  const seen = (span: number) => {
    const watch = new CalibrationWatch(reference, span);
    for (const outcome of outcomes) watch.push(outcome);
    return watch;
  };

  test('by regime and over all, by hand', () => {
    const [all, ...regimes] = seen(FOR_EVER).readings();
    expect(regimes.map(({ regime, samples }) => [regime, samples])).toEqual([
      ['range', 2],
      ['volatile', 1],
    ]);
    // Brier: .25² + .5² + .25² = .375; .25² + .5² + .75² = .875; .15² + .05² + .1² = .035.
    expect(regimes[0]!.brier).toBeCloseTo((0.375 + 0.875) / 2, 9);
    expect(regimes[1]!.brier).toBeCloseTo(0.035, 9);
    expect(all!.brier).toBeCloseTo((0.375 + 0.875 + 0.035) / 3, 9);
    expect(all!.logLoss).toBeCloseTo((Math.LN2 + Math.log(4) - Math.log(0.85)) / 3, 9);
    expect(all).toMatchObject({ regime: 'all', samples: 3 });
  });

  test('the curve: of what was said with a quarter, one in four came true', () => {
    const [, range] = seen(FOR_EVER).readings();
    expect(range!.curve.length).toBe(2);
    const [quarter, half] = range!.curve;
    expect(quarter!.meanProbability).toBeCloseTo(0.25, 9);
    expect(quarter!.observedShare).toBeCloseTo(1 / 4, 9);
    expect(half!.observedShare).toBeCloseTo(1 / 2, 9);
    expect(quarter!.weight).toBeCloseTo(4, 9);
  });

  test('older outcomes count less: with a span of 2, half each time', () => {
    const [, range] = seen(2).readings();
    expect(range!.brier).toBeCloseTo((0.375 / 2 + 0.875) / 1.5, 12);
  });

  test('goes on from a snapshot of JSON', () => {
    const watch = seen(50);
    const restored = new CalibrationWatch(reference, 50, JSON.parse(JSON.stringify(watch.snapshot())));
    for (const one of [watch, restored]) one.push(outcomes[1]!);
    expect(restored.readings()).toEqual(watch.readings());
    expect(restored.snapshot()).toEqual(watch.snapshot());
    expect(() => new CalibrationWatch(reference, 0)).toThrow(/1 outcome or more/);
  });
});
