/** The guards of a passport, from the file to the prediction and the card. */
import { expect, onTestFinished, test } from 'vitest';
import { PARTS } from '../../src/domain/guards/drift.ts';
import { loadModel } from '../../src/inference/load-model.ts';
import { onnxPredictor } from '../../src/inference/onnx-predictor.ts';
import type { Passport } from '../../src/inference/passport.ts';
import { FEATURES, modelFolder, removeModelFoldersAfterwards } from './fixtures.ts';

removeModelFoldersAfterwards();

/** Two training rows, at the mean and two deviations from it in each feature: √12 apart. */
const DISSIMILARITY = {
  means: [50, 20, 0],
  deviations: [10, 5, 1],
  sample: [0, 0, 0, 2, 2, 2],
  meanDistance: Math.sqrt(12),
  trainMedian: 0.3,
  trainP99: 0.6,
  limit: 0.9,
};

const drift = (features: number) => ({
  windowRows: 100,
  features: Array.from({ length: features }, () => ({
    cuts: Array.from({ length: PARTS - 1 }, (_, i) => i),
    shares: [...Array.from({ length: PARTS }, () => 1 / PARTS), 0],
    psiWarn: 0.1,
    psiAct: 0.3,
    ksWarn: 0.1,
    ksAct: 0.2,
  })),
  warnCount: 1,
  actCount: 1,
});

const CALIBRATION = { expectedLogLoss: 1, toleranceNats: 0.05, warnAbove: 20, actAbove: 40 };

const folderWith = (guards: Passport['guards']) => modelFolder({ passport: (sound) => ({ ...sound, guards }) });

test('a prediction says how unlike its training the features were; the core is told the limit and the rest', async () => {
  const folder = folderWith({ dissimilarity: DISSIMILARITY, drift: drift(3), calibration: CALIBRATION });
  const predictor = await onnxPredictor({ folder, featureNames: FEATURES, timeoutMs: 10_000 });
  onTestFinished(() => predictor.close());
  const rows = [
    [50, 20, 0],
    [60, 25, 1],
    [50, 20, 6],
  ].map((values) => ({ symbol: 'EURUSD', values: Float64Array.from(values) }));
  const answers = await predictor.predict(rows);
  // On a training row; between two of them, √3 from each; and √(2² + 2² + 4²) from the nearer one.
  const expected = [0, Math.sqrt(3 / 12), Math.sqrt(24 / 12)];
  for (const [i, answer] of answers.entries()) {
    expect(answer.kind === 'prediction' ? answer.dissimilarity : undefined).toBeCloseTo(expected[i] ?? 0, 12);
  }
  const { guards } = predictor.card;
  expect(guards?.dissimilarityLimit).toBe(0.9);
  expect(guards?.drift).toEqual(drift(3));
  expect(guards?.calibration).toEqual({ ...CALIBRATION, outcome: { horizonBars: 24, stopAtr: 2, targetAtr: 3 } });
  expect(JSON.stringify(predictor.card)).not.toContain('sample');
});

test('without guards nothing is measured', async () => {
  const predictor = await onnxPredictor({ folder: modelFolder(), featureNames: FEATURES, timeoutMs: 10_000 });
  onTestFinished(() => predictor.close());
  const [answer] = await predictor.predict([{ symbol: 'EURUSD', values: Float64Array.of(1, 2, 3) }]);
  expect(answer).not.toHaveProperty('dissimilarity');
  expect(predictor.card).not.toHaveProperty('guards');
});

test.each<[string, Passport['guards'], RegExp]>([
  ['drift of other features', { drift: drift(2) }, /guards\.drift\.features: not of 3 features/],
  [
    'a sample of other rows',
    { dissimilarity: { ...DISSIMILARITY, sample: [0, 0, 0, 1] } },
    /guards\.dissimilarity: not of 3 features/,
  ],
  [
    'a list with a text in it',
    { dissimilarity: { ...DISSIMILARITY, sample: [0, 0, '1' as unknown as number] } },
    /guards\.dissimilarity\.sample\[2\]: Invalid input: expected number, received string/,
  ],
  [
    'a list that is too short',
    { drift: { ...drift(3), features: drift(3).features.map((feature) => ({ ...feature, cuts: [1] })) } },
    /guards\.drift\.features\[0\]\.cuts: Too small/,
  ],
  ['no sample', { dissimilarity: { ...DISSIMILARITY, sample: [] } }, /guards\.dissimilarity\.sample: Too small/],
])('%s is refused', async (_, guards, message) => {
  await expect(loadModel(folderWith(guards), FEATURES)).rejects.toThrow(message);
});
