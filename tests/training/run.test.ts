/** Whole training runs: an edge that is there is found, one that is not is not, and cheats are caught. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { tradingPolicyOf } from '../../src/config/policy.ts';
import type { Candles } from '../../src/market/candles.ts';
import { gatherMaterial, type Material } from '../../src/training/run/material.ts';
import { passportOfRun } from '../../src/training/run/passport-of-run.ts';
import type { TrainingRequest } from '../../src/training/run/request.ts';
import { type TrainingResult, train, trainOn, worstOf } from '../../src/training/run/train.ts';
import { placeboClasses, plantLeak } from '../../src/training/validation/canary.ts';
import { aimlessMarket, freeConfig, momentumMarket, requestFor } from './support/run-scene.ts';

const NOBODY = { dailySharpes: [] };
const quietly = (): void => undefined;
const ORIGIN = { data: 'made up', is: 'a test', isNot: 'worth anything' };
const failing = ({ judgement }: TrainingResult): string[] =>
  judgement.conditions.filter(({ holds }) => !holds).map(({ text }) => text);

let config: Config;
let request: TrainingRequest;
const materialOf = (candles: Candles, of = request): Material => gatherMaterial(of, tradingPolicyOf(config), candles);

beforeAll(() => {
  config = freeConfig();
  request = requestFor(config);
});

describe('what is there and what is not', () => {
  let momentum: Material;
  beforeAll(() => {
    momentum = materialOf(momentumMarket(16_000, 'momentum'));
  });

  test('a planted edge is deployable, and only candles that are made up keep it from being so', async () => {
    const found = await trainOn(request, momentum, NOBODY, quietly);
    expect(failing(found)).toEqual([]);
    expect(found.judgement.deployable).toBe(true);
    expect(found.trials[0]?.validated.scores.overall.directionAuc).toBeGreaterThan(0.54);

    const { verdict } = passportOfRun(found, ORIGIN);
    expect(verdict).toEqual({ deployable: true, reasons: [] });
  });

  test('SIMULATED candles are never deployable', async () => {
    const simulated = await trainOn({ ...request, simulated: true }, momentum, NOBODY, quietly);
    expect(failing(simulated)).toEqual([expect.stringContaining('SIMULATED')]);
  });

  test('outcomes of other times teach nothing', async () => {
    const rows = Int32Array.from([...momentum.development, ...momentum.holdOut]);
    const classes = placeboClasses(momentum.labels.classes, rows, 96, 'placebo');
    const placebo = { ...momentum, labels: { ...momentum.labels, classes } };
    const result = await trainOn(request, placebo, NOBODY, quietly);
    expect(result.judgement.deployable).toBe(false);
    expect(failing(result)).toContainEqual(expect.stringContaining('skill over the naive forecast'));
    expect(failing(result)).not.toContainEqual(expect.stringContaining('LOOK-AHEAD'));
  });

  test('a walk has no edge', async () => {
    const result = await train(request, aimlessMarket(5_000, 'walk'), NOBODY, quietly);
    expect(result.judgement.deployable).toBe(false);
    expect(result.intervals.skill.low).toBeLessThanOrEqual(0);
  });

  test('a feature that sees three bars ahead is caught, by direction and by name', async () => {
    const honest = materialOf(aimlessMarket(5_000, 'walk'));
    const leaking = { ...honest, matrix: plantLeak(honest.matrix, honest.candles.close) };
    const result = await trainOn(request, leaking, NOBODY, quietly);
    expect(result.judgement.deployable).toBe(false);
    const found = failing(result);
    expect(found).toContainEqual(expect.stringMatching(/^LOOK-AHEAD SUSPECTED: up against down/));
    expect(found).toContainEqual(expect.stringMatching(/^LOOK-AHEAD SUSPECTED: feature 56 alone/));
  });
});

test('missing values are learned with and exported', async () => {
  const whole = materialOf(aimlessMarket(4_000, 'gaps'));
  const values = whole.matrix.values.map((value, place) => (place % 13 === 0 ? Number.NaN : value));
  const result = await trainOn(request, { ...whole, matrix: { ...whole.matrix, values } }, NOBODY, quietly);
  expect(result.final.exportDifference).toBeLessThanOrEqual(1e-6);
});

describe('CPCV', () => {
  test('scores each row once and in order of time, and trades every path', async () => {
    const wishes = requestFor(config, { validation: 'cpcv', folds: 4, roundsMax: 6 });
    const { trials, material, intervals } = await train(wishes, aimlessMarket(3_000, 'paths'), NOBODY, quietly);
    const { fits, folds, paths } = trials[0]!.validated;
    // 4 choose 2 models, and each group is tested by 3 of them.
    expect([fits, folds.length, paths.length, trials[0]!.traded.length]).toEqual([6, 4, 3, 3]);
    const classes = folds.flatMap(({ forecasts }) => [...forecasts.classes]);
    expect(classes).toEqual(Array.from(material.development, (row) => material.labels.classes[row]));
    expect(intervals.skill.low).toBeLessThan(intervals.skill.high);
  });
});

describe('luck', () => {
  test('earlier trials raise what luck alone would reach', async () => {
    const candles = aimlessMarket(5_000, 'walk');
    const alone = await train(request, candles, NOBODY, quietly);
    const tenth = await train(
      request,
      candles,
      { dailySharpes: [0.3, -0.2, null, 0.1, 0, 0.25, -0.1, 0.2, 0.15] },
      quietly,
    );
    expect(alone.deflated).toMatchObject({ trials: 1, expectedMaximum: 0 });
    expect(tenth.deflated?.trials).toBe(10);
    expect(tenth.deflated?.deflated).toBeLessThan(alone.deflated!.deflated);
    expect(tenth.earlierTrials).toBe(9);
  });

  test('who never traded has no Sharpe ratio, and is refused for it', async () => {
    const strict = { ...config, limits: { ...config.limits, minConfidence: 1 } };
    const result = await train(requestFor(strict), aimlessMarket(3_000, 'idle'), NOBODY, quietly);
    expect(worstOf(result.trials[0]!)).toMatchObject({ trades: 0, netProfit: 0, dailySharpe: null });
    expect(result.deflated).toBeNull();
    expect(failing(result)).toContainEqual(expect.stringContaining('Sharpe ratio is above 0: not known'));
    expect(failing(result)).toContainEqual(expect.stringMatching(/^0 trades out of sample/));
  });
});

test('too few candles say how many are needed', async () => {
  await expect(train(request, aimlessMarket(900, 'few'), NOBODY, quietly)).rejects.toThrow(
    /EURUSD: \d+ bars have features and an outcome, a horizon of 24 bars asks for 1000: give some \d+ candles or more/,
  );
  const far = requestFor(config, { horizonBars: 200 });
  await expect(train(far, aimlessMarket(3_000, 'far'), NOBODY, quietly)).rejects.toThrow(/of 200 bars asks for 8000/);
});
