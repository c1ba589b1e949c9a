/** The house rules as a test: who may import whom, which folder owns which package, how long files may grow, what the core may not touch. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { beforeAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Folder → the folders it may import beside itself. `config` stands for its types, `servo` for its ports, views and commands. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  config: ['domain'],
  servo: ['domain'],
  market: ['domain', 'servo', 'config'],
  broker: ['domain', 'servo', 'config'],
  inference: ['domain', 'servo', 'config'],
  db: ['domain', 'servo', 'config'],
  telegram: ['domain', 'servo', 'config'],
  api: ['domain', 'servo', 'config'],
  jobs: ['domain', 'servo', 'config'],
  'second-factor': ['domain'],
  backtest: ['domain', 'servo', 'config', 'market', 'broker', 'inference'],
  training: ['domain', 'servo', 'config', 'market', 'broker', 'inference', 'backtest'],
};

/** Package → the one folder that may import it. */
const OWNED_BY: Readonly<Record<string, string>> = {
  bullmq: 'jobs',
  ioredis: 'jobs',
  fastify: 'api',
  'prom-client': 'api',
  'drizzle-orm': 'db',
  'better-sqlite3': 'db',
  'onnxruntime-node': 'inference',
  'onnx-buf': 'inference',
  'dukascopy-node': 'market',
  ccxt: 'market',
  'node-telegram-bot-api': 'telegram',
  yaml: 'config',
  otpauth: 'second-factor',
};

const rules: IFlattenedRuleSet = {
  forbidden: [
    {
      name: 'the domain imports nothing',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    ...Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
      name: `${folder} imports only ${[folder, ...allowed].join(', ')}`,
      severity: 'error' as const,
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: [folder, ...allowed].map((name) => `^src/${name}/`) },
    })),
    ...Object.entries(OWNED_BY).map(([name, folder]) => ({
      name: `${name} belongs to ${folder}`,
      severity: 'error' as const,
      from: { path: '^src/', pathNot: `^src/${folder}/` },
      to: { path: `^node_modules/${name}(/|$)` },
    })),
    { name: 'no circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'the product does not import its tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(tests|bench|scripts)/' },
    },
  ],
};

let result: ICruiseResult;

beforeAll(async () => {
  process.chdir(ROOT);
  const options = {
    ruleSet: rules,
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  } as const;
  const { output } = await cruise(['src'], options, {}, { tsConfig: extractTSConfig(join(ROOT, 'tsconfig.json')) });
  if (typeof output === 'string') throw new Error(output);
  result = output;
}, 60_000);

const sources = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));

test('every source file was looked at', () => {
  const seen = result.modules.filter(({ source }) => source.startsWith('src/') && source.endsWith('.ts'));
  expect(seen.length).toBe(sources('src').length);
  expect(seen.length).toBeGreaterThan(100);
  expect(result.summary.totalDependenciesCruised).toBeGreaterThan(300);
});

test('folders import only what they may', () => {
  const broken = result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
  expect(broken).toEqual([]);
});

test('Drizzle is loaded by its fast half alone', () => {
  const files = [...sources('src'), ...sources('scripts'), ...sources('bench')];
  const slow = /^import (?!type\b)[^;]*? from 'drizzle-orm/m;
  expect(files.filter((path) => slow.test(readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
  expect(readFileSync(join(ROOT, 'src/db/schema.ts'), 'utf8')).toContain("from './drizzle.ts'");
});

test('files hold one idea: a first line that says it, and at most 400 lines', () => {
  const files = sources('src').map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
  expect(files.filter(({ text }) => !text.startsWith('/**')).map(({ path }) => path)).toEqual([]);
  expect(files.filter(({ text }) => text.split('\n').length > 401).map(({ path }) => path)).toEqual([]);
});

test('nothing waits to be done', () => {
  const unfinished = /\b(TODO|FIXME|XXX|HACK)\b|biome-ignore|@ts-(ignore|expect-error|nocheck)|\.only\(/;
  const files = [...sources('src'), ...sources('tests').filter((path) => !path.endsWith('tidy.test.ts'))];
  expect(files.filter((path) => unfinished.test(readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
});
