/** The command line over the file. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Overrides, withOverrides } from '../../src/config/overrides.ts';
import { BASE, edit, load, refusal, temporaryFolder } from './base-config.ts';

const symbolLine = (name: string) => `    - { name: ${name}, timeframe: M5, model: demo, max_spread_points: 30 }
`;
const TWO = edit('  symbols:\n', `  symbols:\n${symbolLine('USDJPY')}`);
const THREE = edit('  symbols:\n', `  symbols:\n${symbolLine('EURJPY')}`, TWO);

function dataFile(): string {
  const file = join(temporaryFolder(), 'candles.csv');
  writeFileSync(file, 'time,open,high,low,close\n');
  return file;
}

describe('a flag wins over its key', () => {
  test.each<[Overrides, object]>([
    [{ mode: 'live' }, { mode: 'live' }],
    [{ dryRun: true }, { dryRun: true }],
    [{ logLevel: 'debug' }, { logging: { level: 'DEBUG', keepFiles: 14 } }],
    [{ apiPort: '0' }, { api: { port: 0 } }],
    [{ apiPort: 9090 }, { api: { port: 9090 } }],
    [{ seed: '11' }, { feed: { type: 'simulator', simulator: { seed: 11, barEveryMs: 2000 } } }],
    [{ barEvery: '0.05' }, { feed: { simulator: { seed: 7, barEveryMs: 50 } } }],
    [{ feed: { speed: '60' } }, { feed: { replay: { speed: 60 } } }],
    [{ feed: { speed: 'max' } }, { feed: { replay: { speed: 'max' } } }],
    [{ feed: { timeframe: 'H1' } }, { trading: { timeframe: 'H1', symbols: [{ timeframe: 'H1' }] } }],
  ])('%j', (overrides, expected) => {
    const config = load(BASE);
    const changed = withOverrides(config, overrides);
    expect(changed).toMatchObject(expected);
    expect(Object.isFrozen(changed.feed.simulator)).toBe(true);
  });

  test('the hash follows, and no flag changes nothing', () => {
    const config = load(BASE);
    expect(withOverrides(config, {})).toEqual(config);
    expect(withOverrides(config, { mode: undefined, feed: {} })).toEqual(config);
    expect(withOverrides(config, { seed: 8 }).configHash).not.toBe(config.configHash);
    expect(withOverrides(config, { dryRun: true }).configHash).not.toBe(config.configHash);
  });

  test('--data makes the feed a replay of one symbol', () => {
    const file = dataFile();
    const config = withOverrides(load(TWO), {
      feed: { dataFile: file, symbol: 'USDJPY', timeframe: 'M15', speed: '1' },
    });
    expect(config.feed).toMatchObject({ type: 'replay', replay: { files: { USDJPY: file }, speed: 1 } });
    expect(config.trading.symbols.map(({ instrument }) => instrument.symbol)).toEqual(['USDJPY']);
    expect(config.trading.timeframe).toBe('M15');
  });

  test('--data needs no --symbol where there is but one', () => {
    const file = dataFile();
    expect(withOverrides(load(BASE), { feed: { dataFile: file } }).feed.replay.files).toEqual({ EURUSD: file });
  });
});

describe('a bad flag is named', () => {
  test.each<[string, Overrides, string]>([
    [
      BASE,
      { mode: 'Live' },
      '--mode  error  expected one of paper, live, backtest, was "Live"\n        = hint: did you mean live?',
    ],
    [BASE, { logLevel: 'loud' }, '--log-level  error  expected one of DEBUG, INFO, WARNING, ERROR, was "loud"'],
    [BASE, { apiPort: 'http' }, '--api-port  error  expected a whole number from 0 to 65535, was "http"'],
    [BASE, { apiPort: '80.5' }, '--api-port  error  expected a whole number from 0 to 65535, was "80.5"'],
    [BASE, { seed: '-1' }, '--seed  error  expected a whole number from 0 to 4294967295, was "-1"'],
    [BASE, { barEvery: '0' }, '--bar-every  error  expected a number of seconds from 0.001 to 3600, was "0"'],
    [BASE, { feed: { speed: 'fast' } }, '--speed  error  expected max, or a factor such as 60, was "fast"'],
    [BASE, { feed: { timeframe: 'M7' } }, '--timeframe  error  expected one of M1, M5, M15, M30, H1, H4, D1, was "M7"'],
    [
      BASE,
      { feed: { symbol: 'EURUDS' } },
      '--symbol  error  "EURUDS" is not in trading.symbols\n        = hint: did you mean EURUSD?',
    ],
    [
      BASE,
      { feed: { symbol: 'XAUUSD' } },
      '--symbol  error  "XAUUSD" is not in trading.symbols\n        = hint: configured: EURUSD; others go into trading.symbols first',
    ],
    [
      THREE,
      { feed: { symbol: 'EURJPY' } },
      '--symbol  error  EURJPY is counted in JPY and the account in USD: no traded symbol converts them',
    ],
    [
      TWO,
      { feed: { dataFile: 'package.json' } },
      '--data  error  which symbol is in the file?\n        = hint: one file holds one symbol: --symbol USDJPY or --symbol EURUSD',
    ],
    [BASE, { feed: { dataFile: 'no.csv' } }, `--data  error  ${resolve('no.csv')} is not a file`],
  ])('%#: %j', (text, overrides, expected) => {
    const config = load(text);
    const { message, faults } = refusal(() => withOverrides(config, overrides));
    expect(message).toContain(expected);
    expect(faults).toHaveLength(1);
  });

  test('all of them at once', () => {
    const config = load(BASE);
    const { faults } = refusal(() => withOverrides(config, { mode: 'x', apiPort: 'y', feed: { symbol: 'Z' } }));
    expect(faults.map(({ where }) => where)).toEqual(['--mode', '--api-port', '--symbol']);
  });
});
