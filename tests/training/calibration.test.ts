/** Calibration: what a truth of known temperature gives back, isotonic by its definition, and none where a later block gets worse. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { applyCalibration, chooseCalibration } from '../../src/training/calibration/calibration.ts';
import { applyIsotonic, fitIsotonic } from '../../src/training/calibration/isotonic.ts';
import { applyTemperature, fitTemperature } from '../../src/training/calibration/temperature.ts';
import type { Forecasts } from '../../src/training/validation/forecasts.ts';
import { logLosses, weightedMean } from '../../src/training/validation/losses.ts';
import { slowIsotonic } from '../oracle/validation.ts';

/** Classes drawn from softmax(scores); said is softmax(scores ÷ boldness). */
function drawn(rows: number, boldness: number, seed: string): Forecasts {
  const random = seededRandom(seed);
  const classes = new Uint8Array(rows);
  const probabilities = new Float32Array(rows * 3);
  for (let row = 0; row < rows; row++) {
    const scores = [random.normal(), random.normal(), random.normal()];
    const truth = softmax(scores);
    const draw = random.next();
    classes[row] = draw < truth[0]! ? 0 : draw < truth[0]! + truth[1]! ? 1 : 2;
    probabilities.set(softmax(scores.map((value) => value / boldness)), row * 3);
  }
  return { probabilities, classes, weights: new Float64Array(rows).fill(1) };
}

function softmax(scores: readonly number[]): number[] {
  const powers = scores.map(Math.exp);
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}

const lossOf = (forecasts: Forecasts): number => weightedMean(logLosses(forecasts), forecasts.weights);

describe('temperature', () => {
  test('six rows, by scipy', () => {
    const rows = [
      [0.7, 0.2, 0.1],
      [0.6, 0.3, 0.1],
      [0.1, 0.2, 0.7],
      [0.2, 0.6, 0.2],
      [0.8, 0.1, 0.1],
      [0.1, 0.1, 0.8],
    ];
    const given = {
      probabilities: Float32Array.from(rows.flat()),
      classes: Uint8Array.of(0, 1, 2, 1, 2, 2),
      weights: new Float64Array(6).fill(1),
    };
    expect(fitTemperature(given).temperature).toBeCloseTo(1.0784367506550092, 5);
  });

  test.each([0.5, 1, 2])('forecasts %d times as cautious as the truth are given back their sharpness', (boldness) => {
    const { temperature } = fitTemperature(drawn(8000, boldness, `boldness ${boldness}`));
    expect(temperature * boldness).toBeGreaterThan(0.93);
    expect(temperature * boldness).toBeLessThan(1.07);
  });

  test('is the softmax of divided scores', () => {
    const scores = [0.3, -1.2, 0.9];
    const said = Float32Array.from(softmax(scores));
    const expected = softmax(scores.map((value) => value / 1.7));
    const found = applyTemperature({ kind: 'temperature', temperature: 1.7 }, said);
    for (const k of [0, 1, 2]) expect(found[k]).toBeCloseTo(expected[k]!, 6);
  });

  test('rows without weight have no say', () => {
    const honest = drawn(2000, 1, 'honest');
    const odd = { ...honest, classes: honest.classes.map((label, i) => (i < 1000 ? 0 : label)) };
    const weights = honest.weights.map((_, i) => (i < 1000 ? 0 : 1));
    expect(fitTemperature({ ...odd, weights })).toEqual(fitTemperature({ ...honest, weights }));
  });
});

describe('isotonic', () => {
  test('equals the min-max formula at every forecast', () => {
    const rows = fc.array(
      fc.record({ said: fc.integer({ min: 1, max: 12 }), came: fc.boolean(), weight: fc.integer({ min: 1, max: 4 }) }),
      { minLength: 12, maxLength: 60 },
    );
    fc.assert(
      fc.property(rows, (given) => {
        const forecasts = {
          probabilities: Float32Array.from(given.flatMap(({ said }) => [said / 16, 1 - said / 16, 0])),
          classes: Uint8Array.from(given, ({ came }) => (came ? 0 : 1)),
          weights: Float64Array.from(given, ({ weight }) => weight),
        };
        // Equal forecasts are one point of their mean; the formula is then over the different forecasts.
        const levels = [...new Set(given.map(({ said }) => said))].sort((a, b) => a - b);
        const members = levels.map((level) => given.filter(({ said }) => said === level));
        const weights = members.map((rowsHere) => rowsHere.reduce((sum, { weight }) => sum + weight, 0));
        const shares = members.map(
          (rowsHere, i) => rowsHere.reduce((sum, { weight, came }) => sum + (came ? weight : 0), 0) / weights[i]!,
        );
        const margin = 1 / (given.length + 2);
        const expected = slowIsotonic(shares, weights).map((value) => Math.min(Math.max(value, margin), 1 - margin));
        const [curve] = fitIsotonic(forecasts).curves;
        levels.forEach((level, i) => {
          const at = curve!.said.indexOf(level / 16);
          // Inside a pool only its ends are kept; the value there is that of the ends.
          const next = curve!.said.findIndex((said) => said >= level / 16);
          expect(curve!.cameTrue[at >= 0 ? at : next]).toBeCloseTo(expected[i]!, 12);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('sums to 1, never says never, is constant beyond its ends and linear between points', () => {
    const flatLine = { said: [0.2, 0.4], cameTrue: [0.1, 0.3] };
    const found = applyIsotonic(
      { kind: 'isotonic', curves: [flatLine, flatLine, { said: [0.5], cameTrue: [0.6] }] },
      Float32Array.of(0.25, 0, 0.75),
    );
    // .15, .1 and .6, over .85.
    expect(found[0]).toBeCloseTo(0.15 / 0.85, 6);
    expect(found[1]).toBeCloseTo(0.1 / 0.85, 6);
    expect(found[2]).toBeCloseTo(0.6 / 0.85, 6);
    const fitted = fitIsotonic(drawn(300, 1, 'small'));
    const applied = applyIsotonic(fitted, drawn(200, 0.1, 'bold').probabilities);
    for (let at = 0; at < applied.length; at += 3) {
      expect(applied[at]! + applied[at + 1]! + applied[at + 2]!).toBeCloseTo(1, 6);
      expect(Math.min(applied[at]!, applied[at + 1]!, applied[at + 2]!)).toBeGreaterThan(0);
    }
    expect(JSON.parse(JSON.stringify(fitted))).toEqual(fitted);
  });

  test('straightens what a temperature cannot: two classes taken for one another', () => {
    const honest = drawn(6000, 1, 'swapped');
    // Says of up half of what it should, and gives the rest to flat.
    const bent = honest.probabilities.map((value, at) =>
      at % 3 === 2 ? value / 2 : at % 3 === 1 ? value + honest.probabilities[at + 1]! / 2 : value,
    );
    const given = { ...honest, probabilities: bent };
    const repaired = { ...given, probabilities: applyIsotonic(fitIsotonic(given), bent) };
    expect(lossOf(repaired)).toBeLessThan(lossOf(given) - 0.01);
  });
});

describe('chooseCalibration', () => {
  test('keeps what helps a later block, with the numbers', () => {
    const choice = chooseCalibration(drawn(4000, 0.4, 'earlier'), drawn(4000, 0.4, 'later'));
    expect(choice.calibration.kind).toBe('temperature');
    expect(choice.trials.map(({ kind, helps }) => [kind, helps])).toEqual([
      ['temperature', true],
      ['isotonic', true],
    ]);
    const [temperature] = choice.trials;
    const later = drawn(4000, 0.4, 'later');
    expect(temperature!.before.logLoss).toBe(lossOf(later));
    const applied = { ...later, probabilities: applyCalibration(choice.calibration, later.probabilities) };
    expect(temperature!.after.logLoss).toBe(lossOf(applied));
    expect(temperature!.after.calibrationError).toBeLessThan(temperature!.before.calibrationError / 2);
  });

  test('keeps none where the later block is of another kind, and changes nothing then', () => {
    const later = drawn(3000, 1, 'sound');
    const choice = chooseCalibration(drawn(3000, 0.4, 'too bold'), later);
    expect(choice.calibration).toEqual({ kind: 'none' });
    expect(choice.trials.every(({ helps }) => !helps)).toBe(true);
    expect(applyCalibration(choice.calibration, later.probabilities)).toBe(later.probabilities);
  });

  test('one figure alone is no help: both must fall', () => {
    const fell = { both: 0, logLossAlone: 0, errorAlone: 0, neither: 0 };
    for (let seed = 0; seed < 200; seed++) {
      const [trial] = chooseCalibration(drawn(80, 0.9, `a ${seed}`), drawn(80, 1, `b ${seed}`), ['temperature']).trials;
      const logLossFell = trial!.after.logLoss < trial!.before.logLoss;
      const errorFell = trial!.after.calibrationError < trial!.before.calibrationError;
      fell[logLossFell ? (errorFell ? 'both' : 'logLossAlone') : errorFell ? 'errorAlone' : 'neither']++;
      expect(trial!.helps).toBe(logLossFell && errorFell);
    }
    expect(Math.min(...Object.values(fell))).toBeGreaterThan(0);
  });

  test('tries the kinds that were asked for', () => {
    const choice = chooseCalibration(drawn(500, 0.4, 'a'), drawn(500, 0.4, 'b'), ['isotonic']);
    expect(choice.trials.map(({ kind }) => kind)).toEqual(['isotonic']);
  });
});
