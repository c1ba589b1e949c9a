/** A test that finds its measures gives the very result of one that measures, and finds them only where nothing they follow from has changed. */
import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Backtest, backtest } from '../../src/backtest/backtest.ts';
import { jsonReport } from '../../src/backtest/report/json-report.ts';
import { reportOf } from '../../src/backtest/report/report.ts';
import { withBacktestOverrides } from '../../src/config/backtest-overrides.ts';
import type { Config } from '../../src/config/config.ts';
import { simulatorFeed } from '../../src/market/simulator-feed.ts';
import { systemClock } from '../../src/servo/clock.ts';
import { allBars } from '../support/measured-run.ts';
import { ROOT, temporaryFolder, testConfig } from '../support/world.ts';

const scratch = temporaryFolder();
afterAll(() => scratch.remove());

const CACHE = join(scratch.path, 'cache');
const DATA = join(scratch.path, 'EURUSD.csv');
const BARS = 1_500;

const configOf = (data: string, model = join(ROOT, 'models/demo')): Config =>
  withBacktestOverrides(testConfig(), { data: [data], symbol: 'EURUSD', timeframe: 'M5', model });

const run = (config: Config): Promise<Backtest> =>
  backtest(config, { cacheFolder: CACHE, acceptBadData: true }, 'test');

const told = ({ result, band }: Backtest): string => JSON.stringify(jsonReport(reportOf(result, band && { band })));

let measured: Backtest;

beforeAll(async () => {
  const config = testConfig();
  const instruments = config.trading.symbols.filter(({ instrument }) => instrument.symbol === 'EURUSD');
  const feed = simulatorFeed({
    instruments,
    seed: 5,
    warmupBars: 600,
    barEveryMs: 0,
    barsMax: BARS,
    clock: systemClock,
  });
  const price = (ticks: number): string => (ticks / 100_000).toFixed(5);
  const lines = allBars(feed).map(({ openAt, open, high, low, close, spread, volume }) =>
    [new Date(openAt).toISOString(), ...[open, high, low, close].map(price), volume, price(spread)].join(','),
  );
  writeFileSync(DATA, `time,open,high,low,close,volume,spread\n${lines.join('\n')}\n`);
  measured = await backtest(configOf(DATA), { acceptBadData: true }, 'test');
});

test('measured, measured and kept, found: one result to the bit', async () => {
  expect(measured.result.trades.length, 'too few trades to prove anything').toBeGreaterThan(5);
  const kept = await run(configOf(DATA));
  const found = await run(configOf(DATA));
  expect([measured, kept, found].map((each) => each.kept)).toEqual([false, false, true]);
  for (const each of [kept, found]) {
    expect(each.result.stateHash).toBe(measured.result.stateHash);
    expect(told(each)).toBe(told(measured));
    expect(each.result.records).toEqual(measured.result.records);
  }
});

test('files that were cut are measured again, and written anew', async () => {
  for (const name of readdirSync(CACHE)) truncateSync(join(CACHE, name), 1_000);
  const again = await run(configOf(DATA));
  expect(again.kept).toBe(false);
  expect(told(again)).toBe(told(measured));
  expect((await run(configOf(DATA))).kept).toBe(true);
});

test('one changed byte of the data, another ATR and another model are measured anew', async () => {
  const other = join(scratch.path, 'other.csv');
  writeFileSync(
    other,
    readFileSync(DATA, 'utf8').replace(/(\d)(?=\n[^\n]*\n$)/, (digit) => (digit === '1' ? '2' : '1')),
  );
  const shipped = configOf(DATA);
  const stops = { ...shipped.trading.stops, atrPeriod: shipped.trading.stops.atrPeriod + 1 };
  const model = join(scratch.path, 'model');
  cpSync(join(ROOT, 'models/demo'), model, { recursive: true });
  const passport = join(model, 'passport.json');
  writeFileSync(passport, readFileSync(passport, 'utf8').replace(/"name": ?"[^"]+"/, '"name":"twin"'));
  for (const config of [
    configOf(other),
    { ...shipped, trading: { ...shipped.trading, stops } },
    configOf(DATA, model),
  ]) {
    expect((await run(config)).kept).toBe(false);
    expect((await run(config)).kept).toBe(true);
  }
  expect((await run(shipped)).kept).toBe(true);
});

test('with kept measures the runtime of the models is not even loaded', { timeout: 30_000 }, async () => {
  const script = (cache: string): string => `
    const { openBacktest } = await import(${JSON.stringify(join(ROOT, 'src/backtest/open-backtest.ts'))});
    const { measureMarkets } = await import(${JSON.stringify(join(ROOT, 'src/backtest/run-backtest.ts'))});
    const { loadConfig } = await import(${JSON.stringify(join(ROOT, 'src/config/load-config.ts'))});
    const { withBacktestOverrides } = await import(${JSON.stringify(join(ROOT, 'src/config/backtest-overrides.ts'))});
    const config = withBacktestOverrides(loadConfig(${JSON.stringify(join(ROOT, 'config.yaml'))}, { env: {} }),
      { data: [${JSON.stringify(DATA)}], symbol: 'EURUSD', timeframe: 'M5' });
    const open = await openBacktest(config, { cacheFolder: ${JSON.stringify(cache)}, acceptBadData: true });
    await measureMarkets(open.setup, open.cache);
    await open.close();
    console.log(process.report.getReport().sharedObjects.some((path) => path.includes('onnxruntime')));`;
  const fresh = join(scratch.path, 'fresh');
  const loaded: string[] = [];
  for (let i = 0; i < 2; i++) {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script(fresh)]);
    loaded.push(stdout.trim());
  }
  expect(loaded).toEqual(['true', 'false']);
});
