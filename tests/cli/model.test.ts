/** `servo model` as a person types it: exit codes, words, and what is left on the disk. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OnnxGraph } from '../../src/inference/onnx/graph.ts';
import { writeOnnx } from '../../src/inference/onnx/write-onnx.ts';
import { type Home, makeHome, PATIENCE_MS, type Result, servo as typed } from '../e2e/support.ts';

let home: Home;
beforeAll(() => {
  home = makeHome();
  writeFileSync(home.at('mine.onnx'), writeOnnx(flat(56)));
  writeFileSync(home.at('narrow.onnx'), writeOnnx(flat(2)));
});
afterAll(() => home.remove());

/** Says the same of everything: a softmax over nothing but its weights. */
const flat = (features: number): OnnxGraph => ({
  name: 'flat',
  inputs: [{ name: 'input', shape: ['batch', features] }],
  outputs: [{ name: 'output', shape: ['batch', 3] }],
  constants: { weights: { shape: [features, 3], values: new Float32Array(features * 3) } },
  nodes: [
    { op: 'MatMul', inputs: ['input', 'weights'], outputs: ['scores'] },
    { op: 'Softmax', inputs: ['scores'], outputs: ['output'], attributes: { axis: 1 } },
  ],
});

const servo = (...args: readonly string[]): Promise<Result> => typed(home, ['model', ...args]);

test('import, list, check, a refused and a forced promotion, inspect, rollback', {
  timeout: 4 * PATIENCE_MS,
}, async () => {
  const brought = await servo('import', 'mine.onnx', '--name', 'mine', '--label', '24,2,3', '--json');
  expect(brought.code, brought.stderr).toBe(0);
  const { version } = JSON.parse(brought.stdout);

  const listed = await servo('list');
  expect(listed.stdout).toMatch(/demo +original .*simulated.* NO\n/);
  expect(listed.stdout).toMatch(/mine \(not in config\.yaml\) +none promoted +not known +0 days .*NO/);

  const checked = await servo('check', 'mine');
  expect(checked.stdout).toMatch(/✓ mine@[0-9a-f]{12} is sound[\s\S]*16 golden rows[\s\S]*one row takes \d+ µs/);

  const refused = await servo('promote', 'mine');
  expect(refused.code).toBe(6);
  expect(refused.stderr).toMatch(/imported.*--force and --reason/);
  expect((await servo('promote', 'mine', '--force')).code).toBe(6);
  expect(existsSync(home.at('models', 'mine', 'current'))).toBe(false);

  const forced = await servo('promote', 'mine', version, '--force', '--reason', 'a small account');
  expect(forced.code, forced.stderr).toBe(0);
  expect(forced.stdout).toMatch(/instead of nothing \(a small account\)\. FORCED/);
  expect(JSON.parse(readFileSync(home.at('models', 'mine', 'current'), 'utf8'))).toMatchObject({
    id: version,
    forced: true,
    reason: 'a small account',
  });
  expect((await servo('inspect', 'mine')).stdout).toMatch(/is not +known in its training[\s\S]*promote, forced +20/);
  expect((await servo('rollback', 'mine')).code).toBe(4);
});

test('what this servo cannot serve is refused, and nothing of it is left', { timeout: 2 * PATIENCE_MS }, async () => {
  writeFileSync(home.at('names.txt'), 'rsi\nno_such_feature\n');
  const { code, stderr } = await servo(
    'import',
    'narrow.onnx',
    '--name',
    'narrow',
    '--label',
    '24,2,3',
    '--features',
    'names.txt',
  );
  expect(code).toBe(4);
  expect(stderr).toMatch(/no_such_feature/);
  expect((await servo('list')).stdout).not.toContain('narrow');
  expect((await servo('import', 'mine.onnx', '--name', 'mine', '--label', '24,2')).code).toBe(2);
  expect((await servo('check', 'nobody')).stderr).toMatch(/No model is called "nobody".*demo/);
});
