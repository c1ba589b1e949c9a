/** The hold-out of a run stays unseen until it is judged, and the same request gives the same model. */
import { beforeAll, describe, expect, test } from 'vitest';
import { parsePassport } from '../../src/inference/passport.ts';
import { type Candles, candlesOf } from '../../src/market/candles.ts';
import { passportOfRun } from '../../src/training/run/passport-of-run.ts';
import { type TrainingResult, train } from '../../src/training/run/train.ts';
import { aimlessMarket, freeConfig, requestFor } from './support/run-scene.ts';

const NOBODY = { dailySharpes: [] };
const quietly = (): void => undefined;
const ORIGIN = { data: 'made up', is: 'a test', isNot: 'worth anything' };
const onnxOf = ({ final }: TrainingResult): Buffer => Buffer.from(final.onnx);

describe('the hold-out', () => {
  let before: TrainingResult;
  let candles: Candles;
  beforeAll(async () => {
    candles = aimlessMarket(4_000, 'held out');
    before = await train(requestFor(freeConfig(), { barrier: 'balanced', roundsMax: 8 }), candles, NOBODY, quietly);
  });

  test('is reached by no outcome, and no outcome of a fold by another', () => {
    const { development, holdOut, labels, embargoRows } = before.material;
    const last = Math.max(...Array.from(development, (row) => labels.endsAt[row]!));
    expect(last + embargoRows).toBeLessThan(holdOut[0]!);
    expect(holdOut.length).toBeGreaterThan(400);
    expect(before.final.fittedRows).toBe(development);
  });

  test('chooses nothing: other candles there change the hold-out alone', async () => {
    const first = before.material.holdOut[0]!;
    const shaken = (values: Int32Array, by: number) =>
      values.map((value, row) => (row < first ? value : value + by + 40 * ((row * 7) % 11)));
    const changed = candlesOf(
      candles.symbol,
      candles.timeframe,
      {
        ...candles,
        open: shaken(candles.open, 0),
        close: shaken(candles.close, 0),
        high: shaken(candles.high, 500),
        low: shaken(candles.low, -500),
        volume: candles.volume.map((volume, row) => (row < first ? volume : 3 * volume)),
      },
      candles.length,
    );
    const after = await train(before.request, changed, NOBODY, quietly);
    expect(after.final.score.logLoss).not.toBe(before.final.score.logLoss);
    expect(after.material.multiple).toBe(before.material.multiple);
    expect(after.material.reachAtr).toBe(before.material.reachAtr);
    expect(after.trials[0]?.validated.paths).toEqual(before.trials[0]?.validated.paths);
    expect(after.trials[0]?.traded).toEqual(before.trials[0]?.traded);
    expect(after.final.calibration).toEqual(before.final.calibration);
    expect(after.guards).toEqual(before.guards);
    expect(after.regimes.fit).toEqual(before.regimes.fit);
    expect(Buffer.compare(onnxOf(after), onnxOf(before))).toBe(0);
  });

  test('the same request gives the same bytes, another seed others', async () => {
    const again = await train(before.request, candles, NOBODY, quietly);
    expect(Buffer.compare(onnxOf(again), onnxOf(before))).toBe(0);
    expect(passportOfRun(again, ORIGIN)).toEqual(passportOfRun(before, ORIGIN));
    const other = await train({ ...before.request, seed: 2 }, candles, NOBODY, quietly);
    expect(Buffer.compare(onnxOf(other), onnxOf(before))).not.toBe(0);
  });

  test('the passport is one that loading accepts', () => {
    const passport = passportOfRun(before, ORIGIN);
    expect(parsePassport('passport.json', JSON.stringify(passport))).toEqual(passport);
    expect(passport.goldenRows).toHaveLength(12);
    expect(passport.verdict?.deployable).toBe(false);
  });
});
