/** Figures of forecasts: by hand and by numpy, beside the naive forecast, and by definition for any weights. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { DOWN, FLAT, UP } from '../../src/training/labels/labels.ts';
import { aucOfScores, directionAuc, moveAuc } from '../../src/training/validation/auc.ts';
import {
  calibrationCurve,
  calibrationError,
  hitRateByConfidence,
} from '../../src/training/validation/calibration-curve.ts';
import { type Forecasts, forecastsOf, joined, unweighted } from '../../src/training/validation/forecasts.ts';
import { logLosses } from '../../src/training/validation/losses.ts';
import { score, scoreFolds, scoreIntervals } from '../../src/training/validation/score.ts';
import { slowAuc } from '../oracle/validation.ts';

const forecasts = (
  rows: readonly (readonly number[])[],
  classes: readonly number[],
  weights?: readonly number[],
): Forecasts => ({
  probabilities: Float32Array.from(rows.flat()),
  classes: Uint8Array.from(classes),
  weights: Float64Array.from(weights ?? classes.map(() => 1)),
});

const four = forecasts(
  [
    [0.2, 0.5, 0.3],
    [0.1, 0.3, 0.6],
    [0.6, 0.3, 0.1],
    [0.3, 0.4, 0.3],
  ],
  [FLAT, UP, DOWN, UP],
  [1, 2, 1, 0.5],
);

describe('score', () => {
  test('four weighted rows, by numpy', () => {
    const found = score(four, [0.25, 0.5, 0.25]);
    expect(found.logLoss).toBeCloseTo(0.628357878671308, 6);
    expect(found.priorLogLoss).toBeCloseTo(1.2322616543287916, 12);
    expect(found.skill).toBeCloseTo(1 - 0.628357878671308 / 1.2322616543287916, 6);
    expect(found.brier).toBeCloseTo(0.34, 6);
    expect(found.priorBrier).toBeCloseTo(0.7638888888888888, 6);
    // Three rows of weight 4 in 4.5 are right; always flat is right for a weight of 1.
    expect(found.accuracy).toBeCloseTo(4 / 4.5, 12);
    expect(found.priorAccuracy).toBeCloseTo(1 / 4.5, 12);
    // Ups score 6/7 and 1/2, the one down 1/7: all above. Moves against flat by 1 − p(flat): .7, .7, .6 against .5.
    expect([found.directionAuc, found.moveAuc]).toEqual([1, 1]);
  });

  test('a probability of 0 for what happened is dear, and finite', () => {
    expect([...logLosses(forecasts([[1, 0, 0]], [UP]))]).toEqual([24 * Math.LN2]);
  });

  test('folds are judged against their own training shares, and overall row by row', () => {
    const a = forecasts([[0.5, 0.25, 0.25]], [DOWN]);
    const b = forecasts(
      [
        [0.25, 0.5, 0.25],
        [0.25, 0.5, 0.25],
      ],
      [FLAT, FLAT],
    );
    const found = scoreFolds([
      { forecasts: a, trainShares: [0.25, 0.5, 0.25] },
      { forecasts: b, trainShares: [0.25, 0.25, 0.5] },
    ]);
    expect(found.folds.map(({ skill }) => skill)).toEqual([0.5, 0.5]);
    expect(found.overall.priorLogLoss).toBeCloseTo(Math.log(4), 6);
    expect(found.overall.logLoss).toBeCloseTo(Math.log(2), 12);
    expect(found.overall.rows).toBe(3);
    expect(found.overall.directionAuc).toBeNull();
  });

  test('the naive forecast has no skill, and no direction', () => {
    const shares = [0.25, 0.5, 0.25] as const;
    const naive = forecasts([shares, shares, shares, shares], [DOWN, FLAT, FLAT, UP]);
    const found = score(naive, shares);
    expect([found.skill, found.directionAuc, found.moveAuc, found.calibrationError]).toEqual([0, 0.5, 0.5, 0]);
  });

  test('takes what a classifier said of examples, and says what does not fit', () => {
    const examples = {
      features: { rows: 3, columns: 1, values: new Float32Array(3) },
      rows: Int32Array.of(0, 2),
      classes: Uint8Array.of(UP, 255, DOWN),
      weights: Float64Array.of(1, 9, 2),
    };
    const said = Float32Array.of(0.2, 0.2, 0.6, 0.5, 0.25, 0.25);
    const found = forecastsOf(said, examples);
    expect([[...found.classes], [...found.weights]]).toEqual([
      [UP, DOWN],
      [1, 2],
    ]);
    expect(() => forecastsOf(said.subarray(3), examples)).toThrow(/3 probabilities for 2 rows/);
    expect(() => forecastsOf(said, { ...examples, rows: Int32Array.of(0, 1) })).toThrow(/place 1 has no known class/);
    expect(() => score({ ...found, classes: new Uint8Array(), probabilities: new Float32Array() }, [1, 0, 0])).toThrow(
      /empty/,
    );
  });
});

describe('AUC', () => {
  test('equals the count over all pairs, with ties and weights', () => {
    const rows = fc.array(
      fc.record({
        score: fc.integer({ min: 0, max: 8 }),
        positive: fc.constantFrom(0, 1, -1),
        weight: fc.double({ min: 0.1, max: 5, noNaN: true }),
      }),
      { minLength: 2, maxLength: 40 },
    );
    let seen = 0;
    fc.assert(
      fc.property(rows, (given) => {
        const [scores, positive, weights] = [
          given.map((row) => row.score),
          given.map((row) => row.positive),
          given.map((row) => row.weight),
        ];
        const found = aucOfScores(scores)(positive, weights);
        if (!positive.includes(0) || !positive.includes(1)) {
          expect(found).toBeNull();
          return;
        }
        seen++;
        expect(found).toBeCloseTo(slowAuc(scores, positive, weights), 12);
      }),
    );
    expect(seen).toBeGreaterThan(50);
  });

  test('direction looks at moves alone and at up among them; moves against flat at flat alone', () => {
    const given = forecasts(
      [
        [0.1, 0.7, 0.2], // up: 2 of 3
        [0.4, 0.2, 0.4], // down: 1 of 2
        [0.1, 0.6, 0.3], // down: 3 of 4
        [0.9, 0.05, 0.05], // flat: no part in the direction
      ],
      [UP, DOWN, DOWN, FLAT],
    );
    expect(directionAuc(given)(given.weights)).toBe(0.5);
    // 1 − p(flat): moves .3, .8, .4 against the flat row's .95.
    expect(moveAuc(given)(given.weights)).toBe(0);
  });
});

describe('calibration curves', () => {
  const given = forecasts(
    [
      [0.12, 0.7, 0.18],
      [0.18, 0.7, 0.12],
      [0.75, 0.2, 0.05],
      [0.79, 0.2, 0.01],
    ],
    [DOWN, FLAT, DOWN, UP],
    [1, 3, 1, 1],
  );

  test('said and came true, by tenth', () => {
    const curve = calibrationCurve(given, DOWN);
    expect(curve.map(({ rows }) => rows)).toEqual([0, 2, 0, 0, 0, 0, 0, 2, 0, 0]);
    // (1 × .12 + 3 × .18) ÷ 4 = .165, one in four by weight; (.75 + .79) ÷ 2 = .77, one of two.
    expect(curve[1]!.meanProbability).toBeCloseTo(0.165, 6);
    expect(curve[1]!.observedShare).toBe(0.25);
    expect(curve[7]!.meanProbability).toBeCloseTo(0.77, 6);
    expect(curve[0]).toEqual({ from: 0, to: 0.1, rows: 0, weight: 0, meanProbability: null, observedShare: null });
    // 4/6 × |.165 − .25| + 2/6 × |.77 − .5|.
    expect(calibrationError(given, DOWN)).toBeCloseTo((4 * 0.085 + 2 * 0.27) / 6, 6);
  });

  test('hits by confidence: the side that was more likely, least confident first', () => {
    const [unsure, sure] = hitRateByConfidence(unweighted(given), 2);
    // Confidences .6 (up, came down), .6 (down, flat), .9375 (down, down), .9875 (down, up).
    expect(unsure).toMatchObject({ rows: 2, hit: 0, wrong: 0.5, flat: 0.5 });
    expect(unsure!.meanConfidence).toBeCloseTo(0.6, 6);
    expect(sure).toMatchObject({ rows: 2, hit: 0.5, wrong: 0.5, flat: 0 });
    expect(sure!.meanConfidence).toBeCloseTo(0.9625, 6);
  });

  test('a probability that is none is refused', () => {
    expect(() => calibrationCurve(forecasts([[Number.NaN, 0.5, 0.5]], [UP]), DOWN)).toThrow(/place 0/);
  });
});

test('intervals hold the figures, and whole blocks make them wider than single rows', () => {
  // Runs of 20 rows that share their outcome and their forecast: 30 independent things, not 600.
  const random = seededRandom('runs');
  const runs = Array.from({ length: 30 }, () => {
    const [down, flat, up] = [random.next() + 0.1, random.next() + 0.1, random.next() + 0.1];
    const total = down + flat + up;
    return { row: [down / total, flat / total, up / total], label: Math.floor(random.next() * 3) };
  });
  const rows = Array.from({ length: 600 }, (_, i) => runs[Math.floor(i / 20)]!.row);
  const classes = Array.from({ length: 600 }, (_, i) => runs[Math.floor(i / 20)]!.label);
  const folds = [{ forecasts: forecasts(rows, classes), trainShares: [0.4, 0.2, 0.4] as const }];
  const options = { resamples: 400, seed: 'intervals' };
  const blocks = scoreIntervals(folds, { ...options, blockRows: 40 });
  const single = scoreIntervals(folds, { ...options, blockRows: 1 });
  const { overall } = scoreFolds(folds);
  for (const figure of ['logLoss', 'skill', 'brier', 'directionAuc', 'moveAuc'] as const) {
    expect(blocks[figure].estimate).toBeCloseTo(overall[figure]!, 12);
    expect(blocks[figure].low).toBeLessThanOrEqual(overall[figure]!);
    expect(blocks[figure].high).toBeGreaterThanOrEqual(overall[figure]!);
    expect(blocks[figure].standardError).toBeGreaterThan(1.5 * single[figure].standardError);
  }
  expect(scoreIntervals(folds, { ...options, blockRows: 40 })).toEqual(blocks);
});

test('joined forecasts are the parts one after the other', () => {
  const both = joined([four, four]);
  expect([both.classes.length, both.probabilities.length]).toEqual([8, 24]);
  expect(score(both, [0.25, 0.5, 0.25]).logLoss).toBeCloseTo(score(four, [0.25, 0.5, 0.25]).logLoss, 12);
});
