/** What a person may mistype about research: one clear sentence, the right exit code, no stack, and nothing left behind. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesIn, type Home, makeHome, PATIENCE_MS, servo } from '../e2e/support.ts';

let home: Home;
let before: readonly string[];
beforeAll(() => {
  home = makeHome();
  mkdirSync(home.at('folder'));
  writeFileSync(home.at('empty.csv'), '');
  writeFileSync(home.at('header.csv'), 'time,open,high,low,close,volume\n');
  writeFileSync(home.at('noise.csv'), 'neither candles\nnor ticks\n');
  writeFileSync(home.at('hours.csv'), hours());
  before = filesIn(home);
});
afterAll(() => home.remove());

/** A hundred hours from a Monday on. */
function hours(): string {
  const rows = Array.from({ length: 100 }, (_, row) => {
    const openAt = new Date(Date.UTC(2026, 0, 5) + row * 3_600_000).toISOString();
    return `${openAt},1.1,1.2,1.0,1.1,5,0.0001`;
  });
  return `time,open,high,low,close,volume,spread\n${rows.join('\n')}\n`;
}

type Case = readonly [args: string, code: number, message: RegExp];

const HOURS = '--data hours.csv --symbol EURUSD --timeframe H1 --signal sma_cross';

/** Each names what is wrong and, where there is a way, how to mend it. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  'candles that are not there, or are none': [
    ['backtest', 2, /^A backtest needs candles: --data FILE --symbol NAME --timeframe TF, or feed\.type replay/],
    ['backtest --data none.csv --symbol EURUSD', 3, /^--data +error +\S*none\.csv is not a file\n/],
    ['backtest --data folder --symbol EURUSD', 3, /^--data +error +\S*folder is not a file\n/],
    ['backtest --data empty.csv --symbol EURUSD --signal sma_cross', 4, /^\S*empty\.csv: the file is empty; /],
    ['backtest --data header.csv --symbol EURUSD --signal sma_cross', 4, /^\S*header\.csv: .* a header and no candles/],
    [
      'backtest --data noise.csv --symbol EURUSD --signal sma_cross',
      4,
      /^\S*noise\.csv:1: the header has no column time/,
    ],
  ],
  'a market that the file does not hold': [
    [
      'backtest --data hours.csv --symbol EURUS',
      3,
      /^--symbol +error +"EURUS" is not in trading\.symbols(.*\n)+.*EURUSD\?/,
    ],
    ['backtest --data hours.csv', 3, /^--data +error +which symbol is in the file\?/],
    [
      'backtest --data hours.csv --symbol EURUSD --timeframe M5 --signal sma_cross',
      4,
      /^\S*hours\.csv: no two candles are nearer than 60 minutes, so they are not M5; give the timeframe H1\n$/,
    ],
    [
      'backtest --data hours.csv --symbol EURUSD --timeframe X9',
      3,
      /^--timeframe +error +expected one of M1, .*was "X9"/,
    ],
    [
      'backtest --data EURUSD=hours.csv --data hours.csv',
      3,
      /^--data +error +"hours\.csv" does not say whose candles it holds/,
    ],
  ],
  'a time that has no candles': [
    [`backtest ${HOURS} --from yesterday`, 2, /'yesterday' is invalid\. Write a date such as 2020-01-31/],
    [
      `backtest ${HOURS} --from 2026-02-01 --to 2026-01-01`,
      2,
      /^--from 2026-02-01 00:00 is not before --to 2026-01-01 00:00\n$/,
    ],
    [`backtest ${HOURS}`, 2, /^EURUSD: all 100 bars .*\(500 warm the indicators up\)/],
  ],
  'a model, a rule, finer candles that are none': [
    [
      'backtest --data hours.csv --symbol EURUSD --timeframe H1 --model none',
      4,
      /^\S*none: no passport\.json and no versions are there\./,
    ],
    [`backtest ${HOURS} --model models/demo`, 2, /'--model <folder>' cannot be used with option '--signal <rule>'/],
    [`backtest ${HOURS}:30/10`, 2, /^averages of 30 and 10 bars do not cross: .* fast < slow\n$/],
    [`backtest ${HOURS.replace('sma_cross', 'moon')}`, 2, /^"moon" is no signal source: write sma_cross/],
    [
      `backtest ${HOURS} --detail hours.csv --detail-timeframe H1`,
      2,
      /^--detail of H1 does not say what happened inside H1 bars/,
    ],
    [`backtest ${HOURS} --detail hours.csv --detail-timeframe H`, 2, /^--detail-timeframe: "H" is none of M1, M5/],
  ],
  'costs and places that cannot be': [
    [
      `backtest ${HOURS} --spread -1`,
      3,
      /^--spread +error +expected a whole number of points from 0 to 100000, was "-1"/,
    ],
    [
      `backtest ${HOURS} --balance lots --seed x --latency x`,
      3,
      /^--balance .*was "lots"(.*\n)+--latency .*(.*\n)+--seed /,
    ],
    [`backtest ${HOURS} --own-costs`, 4, /^No servo has run yet in /],
    [
      `backtest ${HOURS} --report nowhere/r.html`,
      4,
      /^--report nowhere\/r\.html cannot be written: there is no folder \S*nowhere\n$/,
    ],
    [
      `backtest ${HOURS} --report folder`,
      4,
      /^--report folder cannot be written: it is a folder; name a file in it\n$/,
    ],
  ],
  'data and models': [
    [
      'data check --library folder',
      4,
      /^The library \S*folder is empty\. Fill it: servo data import, servo data download\.\n$/,
    ],
    [
      'data import hours.csv --symbol EURUSD --timeframe H1 --clock Nowhere/City',
      2,
      /^"Nowhere\/City" is no clock; write a zone/,
    ],
    [
      'model import noise.csv --name ../out --label 24,2,3',
      2,
      /^--name "\.\.\/out": a model is named with lower-case letters/,
    ],
    ['check-lookahead --model none', 4, /^none: no passport\.json and no versions are there\./],
    ['check-lookahead --symbol EURUS', 2, /^--symbol EURUS: .*did you mean EURUSD\?\n$/],
  ],
};

test.each(Object.entries(CASES))('%s', { timeout: 3 * PATIENCE_MS }, async (_what, cases) => {
  for (const [args, code, message] of cases) {
    const refused = await servo(home, args.split(' '));
    expect(refused.stderr, args).toMatch(message);
    expect(refused.stderr, args).not.toMatch(/^ {4}at /m);
    expect(refused, args).toMatchObject({ code, stdout: '' });
  }
  // What candles were opened may be kept for the next test.
  expect(filesIn(home).filter((name) => !/^data(\/cache|$)/.test(name))).toEqual(before);
});
