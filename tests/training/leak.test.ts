/** A trainer that cheats is caught, one that does not is let go: the canary, the placebo and permutation importance on a random walk. */
import { beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import type { Examples, FeatureMatrix } from '../../src/training/dataset.ts';
import { ewmaDistance } from '../../src/training/labels/barrier-distance.ts';
import { classShares, knownRows, type Labels } from '../../src/training/labels/labels.ts';
import { tripleBarrier } from '../../src/training/labels/triple-barrier.ts';
import { exampleWeights } from '../../src/training/labels/weights.ts';
import { placeboClasses, plantLeak } from '../../src/training/validation/canary.ts';
import { forecastsOf, joined } from '../../src/training/validation/forecasts.ts';
import { permutationImportance } from '../../src/training/validation/importance.ts';
import { featureDirectionAuc, type LeakVerdict, leakVerdict } from '../../src/training/validation/leak.ts';
import { type FoldForecasts, scoreFolds } from '../../src/training/validation/score.ts';
import { walkForward } from '../../src/training/validation/walk-forward.ts';
import { softmaxRegression } from './support/softmax-regression.ts';

const BARS = 6000;
const HORIZON = 12;
/** Past returns over so many bars, and how lively the last hour was. */
const LOOKBACKS = [1, 3, 6, 12];

/** A walk without drift whose volatility comes and goes: direction cannot be known, whether it moves can. */
function market(): { readonly labels: Labels; readonly features: FeatureMatrix; readonly close: Float64Array } {
  const random = seededRandom('leak market');
  const high = new Float64Array(BARS);
  const low = new Float64Array(BARS);
  const close = new Float64Array(BARS);
  let price = 100_000;
  let liveliness = 0;
  for (let bar = 0; bar < BARS; bar++) {
    liveliness = 0.98 * liveliness + 0.12 * random.normal();
    const path = [price];
    for (let step = 0; step < 4; step++) path.push(path.at(-1)! + 15 * Math.exp(liveliness) * random.normal());
    price = path.at(-1)!;
    [high[bar], low[bar], close[bar]] = [Math.max(...path), Math.min(...path), price];
  }
  const barrier = ewmaDistance(close, 200, HORIZON, 0.9);
  const labels = tripleBarrier({ high, low, close }, { upTicks: barrier, downTicks: barrier, horizonBars: HORIZON });
  const columns = LOOKBACKS.length + 1;
  const values = new Float32Array(BARS * columns);
  for (let row = 0; row < BARS; row++) {
    LOOKBACKS.forEach((back, k) => {
      values[row * columns + k] = Math.log(close[row]! / (close[row - back] ?? Number.NaN));
    });
    let path = 0;
    for (let back = 0; back < 12; back++) path += Math.abs((close[row - back] ?? 0) - (close[row - back - 1] ?? 0));
    values[row * columns + LOOKBACKS.length] = path;
  }
  return { labels, features: { rows: BARS, columns, values }, close };
}

interface Run {
  readonly verdict: LeakVerdict;
  readonly skill: number;
}

function run(features: FeatureMatrix, classes: Uint8Array, { endsAt }: Labels, rows: Int32Array): Run {
  const examples = (part: Int32Array): Examples => ({
    features,
    rows: part,
    classes,
    weights: exampleWeights(part, endsAt),
  });
  const folds = walkForward(rows, endsAt, {
    folds: 3,
    window: 'expanding',
    firstTrainShare: 0.5,
    embargoRows: HORIZON,
    stopShare: 0,
  });
  const fitted = folds.map((fold) => {
    const classifier = softmaxRegression(examples(fold.train));
    const tested = examples(fold.test);
    const forecasts: FoldForecasts = {
      forecasts: forecastsOf(classifier.probabilities(features, fold.test), tested),
      trainShares: classShares(classes, fold.train),
    };
    return { classifier, tested, forecasts };
  });
  const { overall } = scoreFolds(fitted.map(({ forecasts }) => forecasts));
  const last = fitted.at(-1)!;
  const verdict = leakVerdict({
    forecasts: joined(fitted.map(({ forecasts }) => forecasts.forecasts)),
    skill: overall.skill,
    importances: permutationImportance(last.classifier, last.tested, { blockRows: 24, repeats: 1, seed: 1 }),
    examples: last.tested,
    blockRows: 5 * HORIZON,
    resamples: 200,
    seed: 1,
  });
  return { verdict, skill: overall.skill };
}

let scene: ReturnType<typeof market>;
let rows: Int32Array;

beforeAll(() => {
  scene = market();
  rows = knownRows(scene.labels);
});

test('an honest trainer is let go: it knows whether, and not where to', () => {
  const { verdict, skill } = run(scene.features, scene.labels.classes, scene.labels, rows);
  expect(verdict).toMatchObject({ suspected: false, findings: [] });
  expect(skill).toBeGreaterThan(0.005);
  expect(verdict.direction!.auc).toBeLessThan(verdict.direction!.byChance);
  expect(verdict.direction!.byChance).toBeGreaterThan(0.52);
});

test('the canary is caught: by direction, and by name', () => {
  const leaking = plantLeak(scene.features, scene.close);
  const { verdict } = run(leaking, scene.labels.classes, scene.labels, rows);
  expect(verdict.suspected).toBe(true);
  const kinds = verdict.findings.map(({ kind }) => kind);
  expect(kinds).toContain('direction_auc');
  expect(verdict.findings.find(({ kind }) => kind === 'single_feature')).toMatchObject({ column: leaking.columns - 1 });
});

test('the placebo teaches nothing, and is no leak', () => {
  const classes = placeboClasses(scene.labels.classes, rows, 4 * HORIZON, 'placebo');
  const { verdict, skill } = run(scene.features, classes, scene.labels, rows);
  expect(verdict.suspected).toBe(false);
  expect(skill).toBeLessThan(0.005);
  expect(verdict.direction!.auc).toBeLessThan(verdict.direction!.byChance);
});

describe('plantLeak and placeboClasses', () => {
  test('the last column is the return to three bars later; the others stay', () => {
    const matrix = { rows: 5, columns: 1, values: Float32Array.of(1, 2, 3, 4, 5) };
    const leaking = plantLeak(matrix, Float64Array.of(100, 101, 102, 110, 90));
    expect([0, 1, 2, 3, 4].map((row) => leaking.values[row * 2])).toEqual([1, 2, 3, 4, 5]);
    expect(leaking.values[1]).toBeCloseTo(Math.log(1.1), 6);
    expect(leaking.values[3]).toBeCloseTo(Math.log(90 / 101), 6);
    expect([leaking.values[5], leaking.values[7], leaking.values[9]]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(() => plantLeak(matrix, Float64Array.of(1))).toThrow(/1 closes for 5 rows/);
  });

  test('the classes keep their shares, their runs and their unknown rows', () => {
    const { classes } = scene.labels;
    const placebo = placeboClasses(classes, rows, 48, 'kept');
    expect(classShares(placebo, rows)).toEqual(classShares(classes, rows));
    expect([...placebo.keys()].filter((row) => placebo[row] === 255)).toEqual(
      [...classes.keys()].filter((row) => classes[row] === 255),
    );
    const changes = (values: Uint8Array) =>
      rows.filter((row, i) => i > 0 && values[row] !== values[rows[i - 1]!]).length;
    expect(Math.abs(changes(placebo) - changes(classes))).toBeLessThan(2 * Math.ceil(rows.length / 48));
    const same = rows.filter((row) => placebo[row] === classes[row]).length / rows.length;
    expect(same).toBeLessThan(0.45);
  });
});

describe('permutationImportance', () => {
  /** Up is as likely as the first column says; the second is noise, the third is the first again and not looked at. */
  const random = seededRandom('importance');
  const values = Float32Array.from({ length: 3000 }, (_, at) => (at % 3 === 2 ? 0 : random.next()));
  for (let row = 0; row < 1000; row++) values[row * 3 + 2] = values[row * 3]!;
  const features = { rows: 1000, columns: 3, values };
  const examples = {
    features,
    rows: Int32Array.from({ length: 800 }, (_, i) => i + 100),
    classes: Uint8Array.from({ length: 1000 }, (_, row) => (random.next() < values[row * 3]! ? 2 : 0)),
    weights: new Float64Array(1000).fill(1),
  };
  const knowing = {
    probabilities: (matrix: FeatureMatrix, wanted: Int32Array) =>
      Float32Array.from(
        [...wanted].flatMap((row) => [
          1 - matrix.values[row * matrix.columns]!,
          0,
          matrix.values[row * matrix.columns]!,
        ]),
      ),
  };
  const options = { blockRows: 10, repeats: 3, seed: 'x' };

  test('the column that decides has all of it; noise and what was not looked at none', () => {
    const found = permutationImportance(knowing, examples, options);
    expect(found.map(({ column, share }) => [column, share])).toEqual([
      [0, 1],
      [1, 0],
      [2, 0],
    ]);
    // Log-loss knowing p: ∫ −p ln p − (1 − p) ln(1 − p) = 1/2. With another row's p: −∫∫ p ln q + (1 − p) ln(1 − q) = 1.
    expect(found[0]!.drop).toBeGreaterThan(0.4);
    expect(found[0]!.drop).toBeLessThan(0.6);
    expect(found[0]!.deviation).toBeGreaterThan(0);
    expect(found[1]).toMatchObject({ drop: 0, deviation: 0 });
  });

  test('leaves the matrix as it was, and gives the same twice', () => {
    const before = values.slice();
    const first = permutationImportance(knowing, examples, options);
    expect(values).toEqual(before);
    expect(permutationImportance(knowing, examples, options)).toEqual(first);
  });

  test('a column alone: its direction AUC, whichever way it points', () => {
    const chance = { blockRows: 10, resamples: 200, seed: 'alone' };
    const alone = [0, 1, 2].map((column) => featureDirectionAuc(examples, column, chance)!);
    // Chance that an up row's p is above a down row's, densities 2p and 2(1 − p): ∫ 2p (2p − p²) = 5/6.
    expect(Math.abs(alone[0]!.auc - 5 / 6)).toBeLessThan(0.04);
    expect(alone[2]).toEqual(alone[0]);
    expect(alone[1]!.auc).toBeLessThan(alone[1]!.byChance);
    // Of 400 against 400 independent rows the AUC of chance has a deviation of √(801 ÷ (12 × 400 × 400)) = 0.0204; 3.1 of them.
    expect(Math.abs(alone[0]!.byChance - 0.5 - 3.1 * 0.0204)).toBeLessThan(0.025);
    const upsideDown = { ...examples, classes: examples.classes.map((label) => 2 - label) };
    expect(featureDirectionAuc(upsideDown, 0, chance)!.auc).toBeCloseTo(alone[0]!.auc, 12);
  });
});
