/** The demo model is what its recipe makes: in small, to the byte, and in the repository, as its passport says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDemoModel } from '../../scripts/demo-model/make.ts';
import { readmeOf } from '../../scripts/demo-model/readme.ts';
import { RECIPE, type Recipe } from '../../scripts/demo-model/recipe.ts';
import { parsePassport } from '../../src/inference/passport.ts';
import { ROOT } from '../support/world.ts';

const SMALL: Recipe = { ...RECIPE, bars: 4_000, roundsMax: 4 };
const FOLDER = join(ROOT, 'models', 'demo');

describe('made again', () => {
  it('is the same to the byte, and another with another seed', async () => {
    const [first, second] = [await makeDemoModel(SMALL), await makeDemoModel(SMALL)];
    expect(Buffer.compare(first.onnx, second.onnx)).toBe(0);
    expect(second.passport).toEqual(first.passport);
    const other = await makeDemoModel({ ...SMALL, seed: 1_002 });
    expect(other.passport.modelSha256).not.toBe(first.passport.modelSha256);
  });
});

describe('in the repository', () => {
  const committed = parsePassport(join(FOLDER, 'passport.json'), readFileSync(join(FOLDER, 'passport.json'), 'utf8'));

  it('is of this recipe, and its page says what its passport says', () => {
    expect(committed.training).toMatchObject({ symbols: [RECIPE.symbol], seed: RECIPE.seed, simulated: true });
    expect(committed.training?.data).toContain(`seed ${RECIPE.seed}, ${RECIPE.bars} bars`);
    expect(readFileSync(join(FOLDER, 'README.md'), 'utf8'), 'stale: run `npm run model:demo`').toBe(
      readmeOf(committed, RECIPE),
    );
  });

  it('is what the recipe makes of the features, the simulator and the trainer of today', {
    timeout: 300_000,
  }, async () => {
    const { passport } = await makeDemoModel(RECIPE);
    // Other processors may round the last bit otherwise, so figures are compared and not bytes.
    const { training, label, createdAt, features } = passport;
    expect(committed, 'stale: run `npm run model:demo`').toMatchObject({ training, label, createdAt, features });
    for (const [name, { model, baseline }] of Object.entries(passport.metrics.figures)) {
      if (name === 'netProfit') continue;
      expect(committed.metrics.figures[name]?.model, name).toBeCloseTo(model, 2);
      expect(committed.metrics.figures[name]?.baseline, name).toBeCloseTo(baseline, 2);
    }
  });
});
