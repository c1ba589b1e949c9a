/** Regimes that a passport holds: taken as they were fitted, refused where a digit or a sum is not what it was. */
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/inference/model-error.ts';
import { readPassport } from '../../src/inference/read-model.ts';
import { regimeModelSchema, signedRegimes } from '../../src/inference/regime-schema.ts';
import { REGIME_MODEL } from '../domain/regime-builders.ts';
import { modelFolder, removeModelFoldersAfterwards } from './fixtures.ts';

removeModelFoldersAfterwards();

const { hash: _, ...FITTED } = REGIME_MODEL;
const SIGNED = signedRegimes(FITTED);
const { quiet, ...others } = FITTED.shapes;

describe('a signed model', () => {
  it('goes through JSON unchanged', () => {
    expect(SIGNED.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(regimeModelSchema.parse(JSON.parse(JSON.stringify(SIGNED)))).toEqual(SIGNED);
  });

  it('has another hash after the smallest change of any number', () => {
    const changed = [
      { ...FITTED, temper: FITTED.temper + 1e-15 },
      { ...FITTED, dwellBars: 7 },
      { ...FITTED, margin: 0.2000000000000001 },
      { ...FITTED, prior: [0.1, 0.2, 0.3, 0.3, 0.1] },
      { ...FITTED, transition: FITTED.transition.toReversed() },
      { ...FITTED, shapes: { ...others, quiet: { ...quiet, mean: [-0.5, 1e-16] as const } } },
    ].map((fitted) => signedRegimes(fitted).hash);
    expect(new Set([SIGNED.hash, ...changed]).size).toBe(changed.length + 1);
  });

  it.each([
    ['a changed digit', { ...SIGNED, temper: 0.3 }, 'is not the hash'],
    ['another version', { ...SIGNED, version: 2 }, 'expected 1'],
    ['a missing regime', { ...SIGNED, shapes: others }, 'quiet'],
    [
      'a spread that is none',
      { ...SIGNED, shapes: { ...others, quiet: { mean: [0, 0], covariance: [1, 2, 1] } } },
      'positive definite',
    ],
    ['chances that do not sum to 1', { ...SIGNED, prior: [0.2, 0.2, 0.2, 0.2, 0.3] }, 'sum to 1'],
    ['a regime that cannot be entered', { ...SIGNED, prior: [0, 0.25, 0.25, 0.25, 0.25] }, 'prior'],
    ['four rows of transitions', { ...SIGNED, transition: FITTED.transition.slice(1) }, 'transition'],
    ['a number that JSON does not know', { ...SIGNED, margin: Number.NaN }, 'margin'],
  ])('with %s is refused', (_name, wrong, words) => {
    const result = regimeModelSchema.safeParse(wrong);
    expect(result.error?.message).toContain(words);
  });
});

describe('a passport', () => {
  it('holds regimes, or none', async () => {
    const withRegimes = modelFolder({ passport: (sound) => ({ ...sound, regimes: SIGNED }) });
    expect((await readPassport(withRegimes)).regimes).toEqual(SIGNED);
    expect((await readPassport(modelFolder())).regimes).toBeUndefined();
  });

  it('with regimes that were altered is refused by the key', async () => {
    const folder = modelFolder({ passport: (sound) => ({ ...sound, regimes: { ...SIGNED, dwellBars: 3 } }) });
    const refused = await readPassport(folder).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ModelError);
    expect(String(refused)).toContain('regimes.hash: is not the hash of these regimes');
  });
});
