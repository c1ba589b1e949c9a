/** Trials on threads: the figures of each are those of a test of its own, in the order of the trials, and the command says what the best is worth. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backtest } from '../../src/backtest/backtest.ts';
import { sweep, type TrialFigures } from '../../src/backtest/sweep.ts';
import { planSweep, type SweepVariant } from '../../src/backtest/sweep-plan.ts';
import { withBacktestOverrides } from '../../src/config/backtest-overrides.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { moneyToUnits } from '../../src/domain/units.ts';
import { ROOT, temporaryFolder } from '../support/world.ts';
import { jumpyBars } from './sma-market.ts';

const scratch = temporaryFolder();
afterAll(() => scratch.remove());

const DATA = join(scratch.path, 'EURUSD.csv');
const CONFIG = join(ROOT, 'config.yaml');

beforeAll(() => {
  const price = (ticks: number): string => (ticks / 100_000).toFixed(5);
  const lines = jumpyBars('sweep', 3_000).map(({ openAt, open, high, low, close, volume, spread }) =>
    [new Date(openAt).toISOString(), ...[open, high, low, close].map(price), volume, price(spread)].join(','),
  );
  writeFileSync(DATA, `time,open,high,low,close,volume,spread\n${lines.join('\n')}\n`);
});

function variant(signal: string, stopAtr: string, atrPeriod: string): SweepVariant {
  const changes = [
    { key: 'trading.stops.stop_atr', value: stopAtr },
    { key: 'trading.stops.atr_period', value: atrPeriod },
    { key: 'trading.risk_management.max_drawdown', value: '0.5' },
  ];
  const file = loadConfig(CONFIG, { env: {}, changes });
  return { config: withBacktestOverrides(file, { data: [DATA], symbol: 'EURUSD', timeframe: 'H1' }), signal };
}

const VARIANTS: readonly (readonly [string, string, string])[] = [
  ['sma_cross:10/30', '1', '14'],
  ['sma_cross:10/30', '2', '14'],
  ['sma_cross:5/20', '2', '14'],
  ['sma_cross:10/30', '2', '20'],
  ['sma_cross:10/30', '3', '14'],
];

test('each trial is the test of its own settings, on one thread and on three', { timeout: 60_000 }, async () => {
  const variants = VARIANTS.map((settings) => variant(...settings));
  const plan = await planSweep(variants, { acceptBadData: true });
  expect(plan.bars).toHaveLength(3);
  expect(plan.trials.map(({ bars }) => bars)).toEqual([0, 0, 1, 2, 0]);
  const answers: (readonly TrialFigures[])[] = [];
  for (const threads of [1, 3]) answers.push(await sweep({ ...plan, fillRule: 'pessimistic', threads }));
  expect(answers[1]).toEqual(answers[0]);
  for (const [place, { config, signal }] of variants.entries()) {
    const { result } = await backtest(config, { signal, acceptBadData: true }, 'test');
    const figures = answers[0]?.[place];
    expect(result.trades.length, 'too few trades to prove anything').toBeGreaterThan(10);
    expect(figures?.stateHash).toBe(result.stateHash);
    expect(figures?.trades).toBe(result.trades.length);
    expect(figures?.change).toBeCloseTo(moneyToUnits(result.finalEquity) - moneyToUnits(result.assumptions.balance), 9);
  }
  expect(new Set(answers[0]?.map(({ stateHash }) => stateHash)).size).toBe(VARIANTS.length);
});

test('nothing to try is nothing tried, and what a trial throws is thrown', async () => {
  expect(await sweep({ bars: [], trials: [], fillRule: 'pessimistic', threads: 2 })).toEqual([]);
  const { bars, trials } = await planSweep([variant('sma_cross', '2', '14')], { acceptBadData: true });
  const broken = trials.map((trial) => ({ ...trial, policy: { ...trial.policy, symbols: new Map() } }));
  await expect(sweep({ bars, trials: broken, fillRule: 'pessimistic', threads: 2 })).rejects.toThrow();
});

const SWEEP = ['sweep', '--config', CONFIG, '--data', DATA, '--symbol', 'EURUSD', '--timeframe', 'H1', '--no-cache'];

async function servo(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const args = [join(ROOT, 'bin/run.cjs'), ...SWEEP, '--accept-bad-data', ...words];
  return promisify(execFile)(process.execPath, args).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      out: error.stdout,
      err: error.stderr,
    }),
  );
}

test('the command sorts the trials and says what is left of the best after them', { timeout: 60_000 }, async () => {
  const settings = [
    '--signal',
    'sma_cross:10/30,sma_cross:5/20',
    '--set',
    'trading.stops.stop_atr=1,2,3',
    '--by',
    'return',
  ];
  const { code, out } = await servo(...settings, '--json');
  expect(code).toBe(0);
  const { trials, deflatedSharpe } = JSON.parse(out) as {
    trials: { settings: Record<string, string>; returned: number }[];
    deflatedSharpe: { trials: number; deflated: number; probabilistic: number };
  };
  expect(trials).toHaveLength(6);
  const returns = trials.map(({ returned }) => returned);
  expect(returns).toEqual(returns.toSorted((a, b) => b - a));
  expect(deflatedSharpe.trials).toBe(6);
  expect(deflatedSharpe.deflated).toBeLessThan(deflatedSharpe.probabilistic);
  const shown = (await servo(...settings)).out;
  expect(shown).toContain('6 trials, best first by return');
  expect(shown).toContain('flattered by having been chosen');
});

test('a key that is none, a value that does not fit and a key without values are named', {
  timeout: 60_000,
}, async () => {
  const cases = [
    ['trading.stops.stop_atrr=1', 3, 'trading.stops.stop_atrr: unknown key, did you mean "stop_atr"?'],
    ['trading.stops.stop_atr=1,-2', 3, '--set trading.stops.stop_atr=-2  error  trading.stops.stop_atr: expected'],
    ['trading.stops.stop_atr', 2, 'write a key and its values'],
  ] as const;
  for (const [set, code, words] of cases) {
    const answer = await servo('--signal', 'sma_cross', '--set', set);
    expect(answer.code).toBe(code);
    expect(answer.err).toContain(words);
  }
});
