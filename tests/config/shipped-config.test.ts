/** The config.yaml that the product ships: the seed's blocks word for word, every key explained, every default true. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema, type SchemaNode, withoutNull } from '../../src/config/json-schema.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { load, temporaryFolder } from './base-config.ts';

const shippedFile = new URL('../../config.yaml', import.meta.url);
const shipped = readFileSync(shippedFile, 'utf8');

const SEED_EXECUTION = `execution:
  order:
    type: "market"  # market ou limit
    retry_attempts: 3
    retry_delay: 1
    max_slippage: 0.0002
  position:
    partial_close: true
    min_close_size: 0.1
    trailing_stop: true
    trailing_step: 0.0001
  risk:
    max_position_size: 0.1
    max_daily_trades: 10
    max_daily_loss: 0.02
  monitoring:
    check_interval: 1
    timeout: 30
    max_errors: 5
    error_cooldown: 300
`;
const SEED_RISK_MANAGEMENT = `trading:
  risk_management:
    max_positions: 3
    position_size: 0.02
    max_drawdown: 0.05
    max_daily_loss: 0.02
    max_weekly_loss: 0.05
    max_monthly_loss: 0.10
`;

const bareLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/\s*#.*/, ''))
    .filter((line) => line.trim() !== '');

function loadShipped() {
  const folder = temporaryFolder();
  cpSync(shippedFile, join(folder, 'config.yaml'));
  return loadConfig(join(folder, 'config.yaml'), { env: {} });
}

describe('the shipped config.yaml', () => {
  test('loads, and notes only what follows from the limits of the seed', () => {
    const { mode, notes } = loadShipped();
    expect(mode).toBe('paper');
    expect(notes.map((note) => note.split(':')[0])).toEqual([
      'max_weekly_loss 5 % cannot act',
      'max_monthly_loss 10 % cannot act',
    ]);
  });

  test.each([
    ['execution', SEED_EXECUTION],
    ['risk_management', SEED_RISK_MANAGEMENT],
  ])("holds the seed's %s block, line for line", (_, block) => {
    expect(bareLines(shipped).join('\n')).toContain(bareLines(block).join('\n'));
    expect(parse(shipped)).toMatchObject(parse(block));
  });

  test('says nothing that is not the default, where there are defaults', () => {
    const { execution, trading, models } = parse(shipped);
    const { risk_management, symbols } = trading;
    const required = JSON.stringify({ execution, trading: { risk_management, symbols }, models });
    expect(load(required).configHash).toBe(loadShipped().configHash);
  });

  test('has every key of the schema, each with a word about it', () => {
    const keys = keysOf(configJsonSchema()).filter(
      ({ path }) => !/^(?:instruments|telegram\.users|trading\.(?:stops\.profit_ladder|hours\.markets))\./.test(path),
    );
    expect(keys.length).toBeGreaterThan(80);
    const document: unknown = parse(shipped);
    for (const { path } of keys) expect(valueAt(document, path), path).toBeDefined();
    const silent = shipped.split('\n').filter((line) => /^\s*[\w-]+: +[^\s{#]/.test(line) && !line.includes('#'));
    expect(silent).toEqual(['  api_root: https://api.telegram.org']);
  });
});

describe('the JSON schema', () => {
  test('is the one in schema/config.schema.json: npm run schema writes it', () => {
    const written = readFileSync(new URL('../../schema/config.schema.json', import.meta.url), 'utf8');
    expect(written).toBe(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    expect(shipped.split('\n')[0]).toBe('# yaml-language-server: $schema=./schema/config.schema.json');
  });

  test('describes every key', () => {
    const undescribed = keysOf(configJsonSchema()).filter(
      ({ node }) => withoutNull(node).node.description === undefined,
    );
    expect(undescribed.map(({ path }) => path)).toEqual([]);
  });
});

interface Key {
  readonly path: string;
  readonly node: SchemaNode;
}

/** Every key of the schema; those of lists and records as `parent.*.key`. */
function keysOf(node: SchemaNode, path = ''): Key[] {
  const at = (key: string) => (path === '' ? key : `${path}.${key}`);
  const named = Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
    { path: at(key), node: child },
    ...keysOf(child, at(key)),
  ]);
  const inner = node.items ?? (node.additionalProperties || undefined);
  return inner === undefined ? named : [...named, ...keysOf(inner, at('*'))];
}

function valueAt(document: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, step) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return step === '*' ? Object.values(value)[0] : new Map(Object.entries(value)).get(step);
  }, document);
}
