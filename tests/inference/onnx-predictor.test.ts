/** The predictor with real sessions in real threads: bad rows, bad answers, slow models and dying threads all end in neutral predictions. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { Predictor, PredictorInput } from '../../src/domain/ports.ts';
import type { Prediction } from '../../src/domain/signal.ts';
import type { OnnxGraph } from '../../src/inference/onnx/graph.ts';
import { onnxPredictor } from '../../src/inference/onnx-predictor.ts';
import { predictorFor } from '../../src/inference/predictor-for.ts';
import {
  FEATURES,
  LINEAR,
  linearAnswer,
  type ModelFiles,
  modelFolder,
  removeModelFoldersAfterwards,
} from './fixtures.ts';

removeModelFoldersAfterwards();

const open: Predictor[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((predictor) => predictor.close()));
});

async function predictorOf(
  files: ModelFiles = {},
  timeoutMs = 10_000,
): Promise<{ predictor: Predictor; log: string[] }> {
  const log: string[] = [];
  const folder = modelFolder(files);
  const predictor = await onnxPredictor({ folder, featureNames: FEATURES, timeoutMs, log: (line) => log.push(line) });
  open.push(predictor);
  return { predictor, log };
}

const input = (...values: number[]): PredictorInput => ({ symbol: 'EURUSD', values: Float64Array.from(values) });

function chances(prediction: Prediction | undefined): number[] {
  if (prediction?.kind !== 'prediction') throw new Error(`no probabilities in ${JSON.stringify(prediction)}`);
  const { down, flat, up } = prediction.probabilities;
  return [down, flat, up];
}

const expectClose = (found: readonly number[], expected: readonly number[], digits = 6) => {
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i] ?? Number.NaN, digits);
};

/** Answers with its three inputs, whatever they are, so that a test can have any answer. */
const echo = (nodes: OnnxGraph['nodes'], constants: OnnxGraph['constants'] = {}): ModelFiles => ({
  graph: { ...LINEAR, constants, nodes },
  passport: (sound) => ({
    ...sound,
    goldenRows: sound.goldenRows.map(() => ({ values: [0.25, 0.25, 0.5], probabilities: [0.25, 0.25, 0.5] })),
  }),
});
const ECHO = echo([{ op: 'Identity', inputs: ['features'], outputs: ['probabilities'] }]);

describe('a sound model', () => {
  it('gives one signed prediction for each input, in order', async () => {
    const { predictor } = await predictorOf();
    const rows = [
      [0.3, -0.5, 1.2],
      [-1, 2, 0],
      [0, 0, 0],
    ];
    const predictions = await predictor.predict(rows.map((row) => input(...row)));
    expect(predictions).toHaveLength(rows.length);
    for (const [i, row] of rows.entries()) expectClose(chances(predictions[i]), linearAnswer(row));
    expect(predictions[0]?.model).toMatch(/^tiny@[0-9a-f]{12}$/);
    expect(await predictor.predict([])).toEqual([]);
  });

  it('answers a batch as it answers each row alone', async () => {
    const { predictor } = await predictorOf();
    const inputs = Array.from({ length: 64 }, (_, i) => input(Math.sin(i), Math.cos(3 * i), (i % 7) - 3));
    const batch = await predictor.predict(inputs);
    for (const [i, each] of inputs.entries()) {
      const [alone] = await predictor.predict([each]);
      expectClose(chances(alone), chances(batch[i]));
    }
  });

  it("reads the model's own order of classes", async () => {
    const { predictor } = await predictorOf({ passport: (sound) => ({ ...sound, classes: ['up', 'down', 'flat'] }) });
    const [first = 0, second = 0, third = 0] = linearAnswer([1, 2, 3]);
    const [prediction] = await predictor.predict([input(1, 2, 3)]);
    expectClose(chances(prediction), [second, third, first]);
  });
});

describe('bad input', () => {
  it.each([
    ['a NaN', [1, Number.NaN, 3], 'adx is NaN'],
    ['an infinity', [1, 2, Number.NEGATIVE_INFINITY], 'trend_20 is -Infinity'],
    ['a number too large for float32', [1e300, 2, 3], 'rsi is 1e+300'],
    ['too few values', [1, 2], '2 values for 3 features'],
    ['too many values', [1, 2, 3, 4], '4 values for 3 features'],
  ])('makes the row with %s neutral and no other', async (_, values, detail) => {
    const { predictor } = await predictorOf();
    const [before, bad, after] = await predictor.predict([input(1, 2, 3), input(...values), input(3, 2, 1)]);
    expect(bad).toMatchObject({ kind: 'neutral', reason: 'features_invalid', detail });
    expectClose(chances(before), linearAnswer([1, 2, 3]));
    expectClose(chances(after), linearAnswer([3, 2, 1]));
  });
});

describe('bad output', () => {
  it.each([
    ['that do not sum to 1', [0.5, 0.6, 0.7], /sum to 1\.8/],
    ['below 0', [-0.5, 0.5, 1], /outside \[0, 1\]/],
  ])('makes a row with probabilities %s neutral and no other', async (_, values, detail) => {
    const { predictor } = await predictorOf(ECHO);
    const [bad, sound] = await predictor.predict([input(...values), input(0.2, 0.3, 0.5)]);
    expect(bad).toMatchObject({ kind: 'neutral', reason: 'output_invalid', detail: expect.stringMatching(detail) });
    expectClose(chances(sound), [0.2, 0.3, 0.5]);
  });

  it('makes a row with NaN neutral and no other', async () => {
    const squares = echo([{ op: 'Sqrt', inputs: ['features'], outputs: ['probabilities'] }]);
    const { predictor } = await predictorOf({
      ...squares,
      passport: (sound) => ({
        ...sound,
        goldenRows: sound.goldenRows.map(() => ({ values: [0.25, 0.25, 0], probabilities: [0.5, 0.5, 0] })),
      }),
    });
    const [bad, sound] = await predictor.predict([input(-1, 1, 0), input(0, 0, 1)]);
    expect(bad).toMatchObject({ kind: 'neutral', reason: 'output_invalid', detail: expect.stringContaining('NaN') });
    expectClose(chances(sound), [0, 0, 1]);
  });

  it('trusts no row of an answer that lacks one', async () => {
    const droppingRows = echo(
      [
        { op: 'ReduceMin', inputs: ['features'], outputs: ['least'], attributes: { axes: [1], keepdims: 0 } },
        { op: 'Greater', inputs: ['least', 'zero'], outputs: ['kept'] },
        { op: 'Compress', inputs: ['features', 'kept'], outputs: ['probabilities'], attributes: { axis: 0 } },
      ],
      { zero: { shape: [1], values: new Float32Array(1) } },
    );
    const { predictor } = await predictorOf(droppingRows);
    const predictions = await predictor.predict([input(0.2, 0.3, 0.5), input(-1, 1, 1)]);
    const neutral = { kind: 'neutral', reason: 'output_invalid', detail: 'output of shape [1, 3], not [2, 3]' };
    expect(predictions).toMatchObject([neutral, neutral]);
  });

  it('calls a run that throws a failed model, and asks it again the next time', async () => {
    const sameRowsAsKept = echo(
      [
        { op: 'ReduceMin', inputs: ['features'], outputs: ['least'], attributes: { axes: [1], keepdims: 0 } },
        { op: 'Greater', inputs: ['least', 'zero'], outputs: ['kept'] },
        { op: 'Compress', inputs: ['features', 'kept'], outputs: ['positive'], attributes: { axis: 0 } },
        { op: 'Sub', inputs: ['positive', 'features'], outputs: ['nothing'] },
        { op: 'Add', inputs: ['features', 'nothing'], outputs: ['probabilities'] },
      ],
      { zero: { shape: [1], values: new Float32Array(1) } },
    );
    const { predictor } = await predictorOf(sameRowsAsKept);
    const sound = input(0.2, 0.3, 0.5);
    const failed = await predictor.predict([sound, input(-1, 1, 1), sound]);
    expect(failed).toHaveLength(3);
    for (const each of failed) expect(each).toMatchObject({ kind: 'neutral', reason: 'model_failed' });
    expectClose(chances((await predictor.predict([sound]))[0]), [0.2, 0.3, 0.5]);
  });
});

/** A single row takes milliseconds, fifteen hundred take a second or more. */
function slowInBulk(): OnnxGraph {
  const side = 1024;
  const layers = 24;
  const wide = Array.from({ length: layers }, (_, i) => ({
    op: 'MatMul',
    inputs: [i === 0 ? 'widened' : `layer_${i - 1}`, 'square'],
    outputs: [`layer_${i}`],
  }));
  return {
    ...LINEAR,
    constants: {
      ...LINEAR.constants,
      widen: { shape: [3, side], values: new Float32Array(3 * side) },
      square: { shape: [side, side], values: new Float32Array(side * side) },
      narrow: { shape: [side, 3], values: new Float32Array(side * 3) },
    },
    nodes: [
      { op: 'MatMul', inputs: ['features', 'widen'], outputs: ['widened'] },
      ...wide,
      { op: 'MatMul', inputs: [`layer_${layers - 1}`, 'narrow'], outputs: ['nothing'] },
      { op: 'MatMul', inputs: ['features', 'weights'], outputs: ['linear'] },
      { op: 'Add', inputs: ['linear', 'nothing'], outputs: ['scores'] },
      { op: 'Softmax', inputs: ['scores'], outputs: ['probabilities'], attributes: { axis: 1 } },
    ],
  };
}

describe('a slow model', () => {
  it('is given up after the timeout, is waited for by no more than two threads, and answers again', {
    timeout: 60_000,
  }, async () => {
    const timeoutMs = 250;
    const { predictor, log } = await predictorOf({ graph: slowInBulk() }, timeoutMs);
    const [down = 0, flat = 0, up = 0] = linearAnswer([1, 2, 3]).map((chance) => expect.closeTo(chance, 5));
    const answersOneRow = () =>
      expect
        .poll(async () => (await predictor.predict([input(1, 2, 3)]))[0], { timeout: 15_000, interval: 20 })
        .toMatchObject({ kind: 'prediction', probabilities: { down, flat, up } });
    await answersOneRow();
    const logged = log.length;

    const bulk = [input(Number.NaN, 0, 0), ...Array(1500).fill(input(1, 2, 3))];
    const askedAt = performance.now();
    const predictions = await predictor.predict(bulk);
    expect(performance.now() - askedAt).toBeLessThan(timeoutMs + 1500);
    expect(predictions[0]).toMatchObject({ kind: 'neutral', reason: 'features_invalid' });
    const late = predictions.slice(1);
    expect(late).toHaveLength(1500);
    expect(late.every((each) => each.kind === 'neutral' && each.reason === 'timeout')).toBe(true);
    expect(late[0]).toMatchObject({ detail: 'no answer within 250 ms' });
    expect(log.slice(logged)).toEqual(['the model gave no answer within 250 ms; another thread takes over']);

    const stillBusy = 'the model is still busy with predictions before this one';
    await expect
      .poll(async () => (await predictor.predict(bulk))[1], { timeout: 15_000, interval: 0 })
      .toMatchObject({ kind: 'neutral', reason: 'timeout', detail: stillBusy });
    await answersOneRow();
  });
});

describe('the thread', () => {
  it('is started again after it died between two calls, and during one', async () => {
    const nextThread = once(process, 'worker') as Promise<[Worker]>;
    const { predictor, log } = await predictorOf();
    const [first] = await nextThread;
    const second = once(process, 'worker') as Promise<[Worker]>;

    await first.terminate();
    await expect.poll(() => log).toEqual([expect.stringMatching(/thread died.*the next prediction starts another/)]);
    expectClose(chances((await predictor.predict([input(1, 2, 3)]))[0]), linearAnswer([1, 2, 3]));
    const [thread] = await second;
    const terminated = thread.terminate();
    const asked = await predictor.predict([input(1, 2, 3)]);
    expect(asked).toMatchObject([{ kind: 'neutral', reason: 'model_failed', detail: 'the thread ended by itself' }]);
    await terminated;
    expectClose(chances((await predictor.predict([input(3, 2, 1)]))[0]), linearAnswer([3, 2, 1]));
    expect(log).toHaveLength(2);
  });

  it('lets the process end once closed, and answers nothing any more', async () => {
    const module = new URL('../../src/inference/onnx-predictor.ts', import.meta.url).href;
    const script = `
      import { onnxPredictor } from ${JSON.stringify(module)};
      const featureNames = ${JSON.stringify(FEATURES)};
      const predictor = await onnxPredictor({ folder: ${JSON.stringify(modelFolder())}, featureNames, timeoutMs: 10_000 });
      const inputs = [{ symbol: 'EURUSD', values: Float64Array.of(1, 2, 3) }];
      const [answered] = await predictor.predict(inputs);
      await predictor.close();
      const [refused] = await predictor.predict(inputs);
      console.log(answered.kind, refused.reason);`;
    const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 15_000 });
    await expect(child).resolves.toMatchObject({ stdout: 'prediction model_failed\n' });
  });
});

describe('predictorFor', () => {
  it('asks each symbol of its own model and keeps the order', async () => {
    const { predictor: linear } = await predictorOf();
    const { predictor: echoing } = await predictorOf(ECHO);
    const both = predictorFor(
      new Map([
        ['EURUSD', linear],
        ['XAUUSD', echoing],
        ['XAGUSD', echoing],
      ]),
    );
    const values = Float64Array.of(0.1, 0.3, 0.6);
    const symbols = ['XAGUSD', 'EURUSD', 'DOGEUSD', 'XAUUSD', 'EURUSD'];
    const [silver, euro, doge, gold, again] = await both.predict(symbols.map((symbol) => ({ symbol, values })));
    expectClose(chances(silver), [0.1, 0.3, 0.6]);
    expectClose(chances(gold), [0.1, 0.3, 0.6]);
    expectClose(chances(euro), linearAnswer([0.1, 0.3, 0.6]));
    expect(again).toEqual(euro);
    const detail = 'no model is configured for DOGEUSD';
    expect(doge).toEqual({ kind: 'neutral', model: 'none', reason: 'model_failed', detail });
    await both.close();
    expect(await both.predict([{ symbol: 'EURUSD', values }])).toMatchObject([{ detail: 'the predictor is closed' }]);
  });
});
