/** Small real ONNX models with sound passports, for the tests to break one thing at a time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { OnnxGraph } from '../../src/inference/onnx/graph.ts';
import { writeOnnx } from '../../src/inference/onnx/write-onnx.ts';
import { featureHash, type Passport, sha256 } from '../../src/inference/passport.ts';

export const FEATURES = ['rsi', 'adx', 'trend_20'] as const;

/** One row for each feature, one column for each class. */
const WEIGHTS = [
  [0.5, -0.2, 0.1],
  [-0.3, 0.4, 0.2],
  [-0.9, 0.1, 0.8],
];

export const LINEAR: OnnxGraph = {
  name: 'linear',
  inputs: [{ name: 'features', shape: ['rows', 3] }],
  outputs: [{ name: 'probabilities', shape: ['rows', 3] }],
  constants: { weights: { shape: [3, 3], values: Float32Array.from(WEIGHTS.flat()) } },
  nodes: [
    { op: 'MatMul', inputs: ['features', 'weights'], outputs: ['scores'] },
    { op: 'Softmax', inputs: ['scores'], outputs: ['probabilities'], attributes: { axis: 1 } },
  ],
};

/** What the linear model answers, computed here. */
export function linearAnswer(values: readonly number[]): number[] {
  const scores = [0, 1, 2].map((k) => values.reduce((sum, value, i) => sum + value * (WEIGHTS[i]?.[k] ?? 0), 0));
  const exponentials = scores.map(Math.exp);
  const total = exponentials.reduce((sum, each) => sum + each, 0);
  return exponentials.map((each) => each / total);
}

const GOLDEN_VALUES = Array.from({ length: 8 }, (_, row) => [row * 0.25 - 1, 0.5 - row * 0.125, (row % 3) - 1]);

export function soundPassport(onnx: Uint8Array): Passport {
  return {
    schema: 1,
    name: 'tiny',
    description: 'A linear model for tests',
    kind: { is: 'a fixture', isNot: 'anything to trade on' },
    features: { pack: 'v1', names: [...FEATURES], hash: featureHash(FEATURES) },
    input: { name: 'features', shape: ['rows', 3] },
    output: { name: 'probabilities' },
    classes: ['down', 'flat', 'up'],
    label: { kind: 'triple_barrier', horizonBars: 24, stopAtr: 2, targetAtr: 3 },
    training: {
      data: 'none',
      symbols: ['EURUSD'],
      timeframe: 'M5',
      from: '2024-01-01T00:00:00Z',
      to: '2024-02-01T00:00:00Z',
      seed: 1,
      bars: 1,
      simulated: true,
    },
    metrics: { rows: 1, figures: { logLoss: { model: 1, baseline: 1 } } },
    modelSha256: sha256(onnx),
    createdAt: '2024-02-01T00:00:00Z',
    expiresAt: null,
    goldenRows: GOLDEN_VALUES.map((values) => ({ values, probabilities: linearAnswer(values) })),
  };
}

const folders: string[] = [];

/** Removes the folders of this file's tests when they are over. */
export function removeModelFoldersAfterwards(): void {
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
}

export interface ModelFiles {
  readonly graph?: OnnxGraph;
  /** In place of the graph's bytes. */
  readonly onnx?: Uint8Array;
  readonly passport?: (sound: Passport) => unknown;
  /** In place of the passport's JSON. */
  readonly passportText?: string;
  readonly omit?: 'model.onnx' | 'passport.json';
}

/** A model's folder, sound but for what is asked otherwise. */
export function modelFolder({
  graph = LINEAR,
  onnx = writeOnnx(graph),
  passport,
  passportText,
  omit,
}: ModelFiles = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'servo-model-'));
  folders.push(folder);
  const sound = soundPassport(onnx);
  const text = passportText ?? JSON.stringify(passport?.(sound) ?? sound, null, 2);
  if (omit !== 'model.onnx') writeFileSync(join(folder, 'model.onnx'), onnx);
  if (omit !== 'passport.json') writeFileSync(join(folder, 'passport.json'), text);
  return folder;
}
