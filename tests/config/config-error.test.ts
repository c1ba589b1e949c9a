/** The error itself: its form, its order, what it never shows, and what else can be refused than a line. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/fault.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { add, BASE, edit, load, refusal, temporaryFolder } from './base-config.ts';

test('one fault looks like this', () => {
  const folder = temporaryFolder();
  const { message } = refusal(() => load(edit('max_weekly_loss: 0.05', 'max_weekly_loss: 5'), {}, folder));
  expect(message).toBe(
    [
      `${folder}/config.yaml:13:22  error  trading.risk_management.max_weekly_loss: expected a fraction of equity above 0 and below 1, was 5`,
      '     13 │     max_weekly_loss: 5',
      '        │                      ^',
      '        = hint: sizes and losses are fractions of equity: write 0.05 for 5 %',
    ].join('\n'),
  );
});

test('all faults come at once, in the order of their lines', () => {
  const text = edit('mode: paper', 'mode: demo', edit('max_positions: 3', 'max_positions: 0', add('bord: {}')));
  const { faults } = refusal(() => load(text));
  expect(faults.map(({ path }) => path)).toEqual(['mode', 'trading.risk_management.max_positions', 'bord']);
});

test.each([
  ['123456789:not-a-real-token-of-anybody', 'telegram: { token: "SECRET", usres: [] }'],
  ['a-secret-without-a-form', 'telegram: { token: SECRET, usres: [] }'],
  ['123456789:not-a-real-token-of-anybody', 'telegram: { tokn: "SECRET" }'],
  ['hunter22', 'queue: { redis_url: "redis://servo:SECRET@host", prefx: a }'],
  ['123456789:not-a-real-token-of-anybody', 'logging: { level: "SECRET" }'],
])('the secret %s is in no message and moves no caret', (secret, line) => {
  const text = line.replace('SECRET', secret);
  const { message, faults } = refusal(() => load(add(text)));
  expect(message).not.toContain(secret);
  for (const { excerpt } of faults) expect(excerpt?.text).toHaveLength(text.length);
});

test('what a variable holds is in no message', () => {
  const text = add(`paper: { currency: "\${HIDDEN}" }`);
  const { message } = refusal(() => load(text, { HIDDEN: 'canary' }));
  expect(message).toContain(`expected a currency code such as USD, was the value of \${HIDDEN}`);
  expect(message).not.toContain('canary');
});

describe('files that are no configuration', () => {
  const refused = (file: string) => refusal(() => loadConfig(file, { env: {} })).message;

  test('missing', () => {
    const file = join(temporaryFolder(), 'config.yaml');
    expect(refused(file)).toBe(
      `${file}  error  there is no such file\n        = hint: copy the config.yaml of the repository, or name yours with --config PATH`,
    );
  });

  test('a folder', () => {
    const folder = temporaryFolder();
    expect(refused(folder)).toContain(`${folder}  error  this is not a file`);
  });

  test('larger than 64 KiB', () => {
    const file = join(temporaryFolder(), 'config.yaml');
    writeFileSync(file, `${BASE}${'#'.repeat(65_536)}`);
    expect(refused(file)).toMatch(/error {2}\d+ bytes are too many for a configuration/);
  });

  test('not UTF-8', () => {
    const folder = temporaryFolder();
    const { message } = refusal(() => load(Buffer.from([0x6d, 0x3a, 0xff, 0xfe]), {}, folder));
    expect(message).toContain('this is not UTF-8 text');
  });

  test('a .env that is a folder is no .env', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, '.env'));
    expect(load(BASE, {}, folder).mode).toBe('paper');
  });
});

test('any text is a configuration or a ConfigError', { timeout: 30_000 }, () => {
  const shipped = readFileSync(new URL('../../config.yaml', import.meta.url), 'utf8');
  const folder = temporaryFolder();
  const junk = fc.oneof(
    fc.string(),
    fc.constantFrom('[', '{', '*a', '&a ', '\t', `\${`, '!!', '"', '? ', '\0', '- ', '\n', '<<: '),
  );
  let refused = 0;
  const loads = fc.property(fc.nat(shipped.length), fc.nat(40), junk, (at, length, inserted) => {
    try {
      load(shipped.slice(0, at) + inserted + shipped.slice(at + length), {}, folder);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      refused++;
    }
  });
  fc.assert(loads, { numRuns: 200 });
  expect(refused).toBeGreaterThan(20);
});

test('a file of nothing but faults is answered soon, and with a hundred of them', () => {
  const { faults } = refusal(() => load(Array.from({ length: 7000 }, (_, line) => `k${line}:`).join('\n')));
  expect(faults).toHaveLength(101);
  expect(faults.at(-1)?.message).toBe('and 6903 more');
});
