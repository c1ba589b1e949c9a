/** A small sound configuration, and folders to load edited copies of it from. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/fault.ts';
import { type LoadOptions, loadConfig } from '../../src/config/load-config.ts';

/** Only what has no default. Its lines are counted by the tests: new ones go to the end. */
export const BASE = `mode: paper
execution:
  order: { type: market, retry_attempts: 3, retry_delay: 1, max_slippage: 0.0002 }
  position: { partial_close: true, min_close_size: 0.1, trailing_stop: true, trailing_step: 0.0001 }
  risk: { max_position_size: 0.1, max_daily_trades: 10, max_daily_loss: 0.02 }
  monitoring: { check_interval: 1, timeout: 30, max_errors: 5, error_cooldown: 300 }
trading:
  risk_management:
    max_positions: 3
    position_size: 0.02
    max_drawdown: 0.2
    max_daily_loss: 0.02
    max_weekly_loss: 0.05
    max_monthly_loss: 0.10
  symbols:
    - { name: EURUSD, timeframe: M5, model: demo, max_spread_points: 30 }
models: { demo: { path: ./models/demo } }
`;

/** Where BASE ends and appended lines begin. */
export const NEXT_LINE = BASE.split('\n').length;

/** Replaces one place of BASE; fails where the place is not there exactly once. */
export function edit(from: string, to: string, text = BASE): string {
  if (text.split(from).length !== 2) throw new Error(`"${from}" does not stand in the text exactly once`);
  return text.replace(from, () => to);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'servo-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

export function load(text: string | Uint8Array, env: LoadOptions['env'] = {}, folder = temporaryFolder()): Config {
  const file = join(folder, 'config.yaml');
  writeFileSync(file, text);
  return loadConfig(file, { env });
}

/** The error of a call that must be refused. */
export function refusal(call: () => unknown): ConfigError {
  try {
    call();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('accepted, although it must be refused');
}

/** What is wrong, the text, then `line:column  error  …` of each fault and fragments of what else is said. */
export type Row = readonly [name: string, text: string, ...expected: readonly string[]];

/** Every fault is where and what the row says, and there is no other. */
export function expectRefusal([, text, ...expected]: Row, env: LoadOptions['env'] = {}): void {
  const folder = temporaryFolder();
  const { message, faults } = refusal(() => load(text, env, folder));
  const places = expected.filter((each) => /^\d+:\d+ /.test(each));
  for (const place of places) expect(message).toContain(`${join(folder, 'config.yaml')}:${place}`);
  for (const fragment of expected) expect(message).toContain(fragment);
  expect(faults).toHaveLength(places.length);
}

/** BASE and more lines, the first of which is line NEXT_LINE. */
export const add = (lines: string): string => `${BASE}${lines}\n`;

export const byName = (rows: readonly Row[]) => rows.map((row) => ({ name: row[0], row }));
