/** A backtest's model is proven in its own thread: what is wrong with it is said as it is at every other door, and nothing is left running. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openModelSource } from '../../src/backtest/model-source.ts';
import { loadModel } from '../../src/inference/load-model.ts';
import { ModelError } from '../../src/inference/model-error.ts';
import type { Passport } from '../../src/inference/passport.ts';
import { ROOT } from '../support/world.ts';

test('answers that are not the golden rows’ refuse it, in the words of every other door', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'servo-refused-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(join(ROOT, 'models', 'demo'), folder, { recursive: true });
  const file = join(folder, 'passport.json');
  const passport = JSON.parse(readFileSync(file, 'utf8')) as Passport;
  const [first, ...others] = passport.goldenRows;
  const turned = { ...first, probabilities: first?.probabilities.toReversed() };
  writeFileSync(file, JSON.stringify({ ...passport, goldenRows: [turned, ...others] }));

  const source = await openModelSource(folder);
  const asked = source.predictRows(new Float32Array(source.columns), 1);
  const refusal = await asked.catch((thrown: unknown) => thrown);
  expect(refusal).toBeInstanceOf(ModelError);
  expect(String(refusal)).toMatch(/passport\.json: goldenRows\[0\]: the model differs by .* Export the model and its/);
  await expect(loadModel(folder, passport.features.names)).rejects.toThrow((refusal as ModelError).message);
  await source.close();
});
