/** From the passport to the engine: the regimes that a model was fitted with are those its symbols trade by. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadConfig } from '../src/config/load-config.ts';
import { tradingPolicyOf } from '../src/config/policy.ts';
import { marketOf, newState } from '../src/domain/state.ts';
import { signedRegimes } from '../src/inference/regime-schema.ts';
import { regimeModelsOf } from '../src/regime-models.ts';
import { REGIME_MODEL } from './domain/regime-builders.ts';

const ROOT = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'servo-regimes-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The shipped configuration and model without its regimes; gold is traded by a copy whose passport holds others. */
function configWithFittedGold() {
  const { hash: _, ...fitted } = REGIME_MODEL;
  const regimes = signedRegimes(fitted);
  const plain = readFileSync(join(ROOT, 'config.yaml'), 'utf8');
  const text = plain
    .replace('name: XAUUSD, timeframe: M5, model: demo', 'name: XAUUSD, timeframe: M5, model: fitted')
    .replace('\nmodels:\n', '\nmodels:\n  fitted: { path: ./models/fitted }\n');
  expect(text.length).toBeGreaterThan(plain.length + 30);
  for (const name of ['demo', 'fitted']) {
    cpSync(join(ROOT, 'models/demo'), join(folder, 'models', name), { recursive: true });
  }
  const passportFile = join(folder, 'models/fitted/passport.json');
  const { regimes: _own, ...passport } = JSON.parse(readFileSync(passportFile, 'utf8')) as { regimes: unknown };
  writeFileSync(passportFile, JSON.stringify({ ...passport, regimes }));
  writeFileSync(join(folder, 'models/demo/passport.json'), JSON.stringify(passport));
  writeFileSync(join(folder, 'config.yaml'), text);
  return { config: loadConfig(join(folder, 'config.yaml'), { env: {} }), regimes };
}

test('a symbol has the regimes of its own model, and the rules where the model brings none', async () => {
  const { config, regimes } = configWithFittedGold();
  const models = await regimeModelsOf(config);
  expect([...models]).toEqual([['XAUUSD', regimes]]);
  const state = newState(tradingPolicyOf(config, models));
  const sourceOf = (symbol: string) => marketOf(state, symbol).engine.snapshot().regimeSource;
  expect([sourceOf('EURUSD'), sourceOf('XAUUSD')]).toEqual(['rules', regimes.hash]);
});
