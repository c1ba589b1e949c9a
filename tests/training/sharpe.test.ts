/** How far a Sharpe ratio can be believed: values by scipy, and overfitting by definition and on trials known to be luck or skill. */
import { describe, expect, test } from 'vitest';
import { probabilisticSharpe, sharpeRatio } from '../../src/domain/metrics.ts';
import { seededRandom } from '../../src/domain/random.ts';
import { normalCdf } from '../../src/domain/statistics.ts';
import { normalQuantile } from '../../src/training/validation/normal-quantile.ts';
import { overfitting } from '../../src/training/validation/overfitting.ts';
import { deflatedSharpe, expectedMaxSharpe } from '../../src/training/validation/sharpe.ts';
import { slowOverfitting } from '../oracle/validation.ts';

const EQUITY = [10000, 10050, 9990, 10080, 10120, 10035, 10110, 10200, 10150, 10090, 10240, 10300, 10270];
const RETURNS = EQUITY.slice(1).map((value, day) => value / EQUITY[day]! - 1);

test('the normal quantile to 1e-9, by scipy, tails included', () => {
  const known = [
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798409],
    [1e-10, -6.361340902404056],
    [1e-5, -4.264890793922825],
    [0.001, -3.090232306167813],
    [0.02425, -1.972961051311885],
    [0.3, -0.5244005127080409],
    [0.8, 0.8416212335729143],
    [0.975, 1.959963984540054],
    [0.99999, 4.264890793923841],
  ] as const;
  for (const [p, x] of known) expect(Math.abs(normalQuantile(p) - x)).toBeLessThan(1e-11);
  expect([0, 0.5, 1, 1.5, Number.NaN].map(normalQuantile)).toEqual([-Infinity, 0, Infinity, Number.NaN, Number.NaN]);
});

test('quantile and distribution undo one another', () => {
  for (let p = 0.0005; p < 1; p += 0.0005) expect(Math.abs(normalCdf(normalQuantile(p)) - p)).toBeLessThan(1e-12);
});

describe('Sharpe ratios', () => {
  test('the golden equity curve', () => {
    expect(sharpeRatio(RETURNS)! * Math.sqrt(252)).toBeCloseTo(4.73436782, 8);
    expect(probabilisticSharpe(RETURNS)).toBeCloseTo(0.8369724446, 10);
    expect(probabilisticSharpe(RETURNS, 0.1)).toBeCloseTo(0.7430548684601384, 10);
  });

  test('the best of many trials by luck, and what is left of the chosen one', () => {
    expect(expectedMaxSharpe(100, 1)).toBeCloseTo(2.5306028932016846, 9);
    expect(expectedMaxSharpe(1, 1)).toBe(0);
    const own = sharpeRatio(RETURNS)!;
    const found = deflatedSharpe(RETURNS, [own, 0.05, -0.12, 0.2, 0.11])!;
    expect(found).toMatchObject({ sharpe: own, trials: 5 });
    expect(found.expectedMaximum).toBeCloseTo(0.18857089888544787, 10);
    expect(found.probabilistic).toBeCloseTo(0.8369724446, 10);
    expect(found.deflated).toBeCloseTo(0.6409986523769419, 10);
    // One trial deflates nothing.
    expect(deflatedSharpe(RETURNS, [own])!.deflated).toBe(found.probabilistic);
  });

  test('the expected maximum is what luck gives', () => {
    const random = seededRandom('maximum');
    let total = 0;
    for (let round = 0; round < 2000; round++) {
      let best = -Infinity;
      for (let trial = 0; trial < 50; trial++) best = Math.max(best, random.normal());
      total += best;
    }
    expect(Math.abs(total / 2000 - expectedMaxSharpe(50, 1))).toBeLessThan(0.05);
  });

  test('what does not vary has no ratio', () => {
    expect([sharpeRatio([1, 1, 1]), probabilisticSharpe([1, 1, 1]), deflatedSharpe([1, 1], [0, 1])]).toEqual([
      null,
      null,
      null,
    ]);
    expect(() => expectedMaxSharpe(0, 1)).toThrow(/1 trial or more/);
  });
});

describe('overfitting', () => {
  const noise = (trials: number, periods: number, seed: string): number[][] => {
    const random = seededRandom(seed);
    return Array.from({ length: trials }, () => Array.from({ length: periods }, () => random.normal()));
  };

  test('equals the definition, split for split', () => {
    const trials = noise(7, 80, 'definition');
    const sorted = (logits: readonly number[]) => [...logits].sort((a, b) => a - b);
    const found = overfitting(trials, 8);
    const slow = slowOverfitting(trials, 8);
    expect(found.logits.length).toBe(70);
    for (const [i, logit] of sorted(found.logits).entries()) expect(logit).toBeCloseTo(sorted(slow)[i]!, 9);
    expect(found.probability).toBe(slow.filter((logit) => logit <= 0).length / 70);
  });

  test('the best of pure luck is as often as not below the middle later; real skill stays above', () => {
    const luck = overfitting(noise(20, 480, 'luck'), 10);
    expect(luck.probability).toBeGreaterThan(0.25);
    expect(luck.probabilityOfLoss).toBeGreaterThan(0.2);
    const skilled = noise(20, 480, 'luck').map((trial, i) => trial.map((value) => (i === 3 ? value + 0.4 : value)));
    const skill = overfitting(skilled, 10);
    expect([skill.probability, skill.probabilityOfLoss]).toEqual([0, 0]);
  });

  test('a trial that never traded is neither good nor bad', () => {
    const trials = [Array<number>(40).fill(0), ...noise(3, 40, 'flat').map((trial) => trial.map((value) => value - 3))];
    expect(overfitting(trials, 4)).toMatchObject({ probability: 0, probabilityOfLoss: 0 });
  });

  test('says what is wrong', () => {
    expect(() => overfitting([[1, 2]], 2)).toThrow(/2 trials or more/);
    expect(() => overfitting(noise(2, 40, 'odd'), 5)).toThrow(/even number of blocks/);
  });
});
