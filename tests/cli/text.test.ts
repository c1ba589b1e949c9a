/** The tables of the CLI: columns that stand under one another, dashes for what is not known, words for what is wrong. */
import { stripVTControlCharacters as plain } from 'node:util';
import { expect, test } from 'vitest';
import { reportText } from '../../src/cli/report-text.ts';
import { riskText } from '../../src/cli/risk-text.ts';
import { positionsText, statusText } from '../../src/cli/status-text.ts';
import { elapsed, table } from '../../src/cli/text.ts';
import type { PerformanceView } from '../../src/servo/control.ts';
import type { StatusView } from '../../src/servo/views.ts';
import { riskPicture } from '../support/risk-picture.ts';

const STATUS: StatusView = {
  mode: 'paper',
  dryRun: false,
  simulated: true,
  version: '0.1.0',
  configHash: 'abc',
  status: 'cooldown',
  since: '2026-01-05T10:00:00.000Z',
  by: 'servo',
  reason: 'broker: timed out',
  cooldownUntil: '2026-01-05T10:05:00.000Z',
  flattening: false,
  entriesAllowed: false,
  arming: null,
  startedAt: '2026-01-05T09:00:00.000Z',
  uptimeMs: 3_661_000,
  marketTime: '2026-01-05T10:00:00.000Z',
  stageDue: 'ingest',
  feedEnded: false,
  watchdogActive: true,
  heartbeatAgoMs: 400,
  markets: [
    {
      symbol: 'EURUSD',
      lastBarAt: null,
      bid: null,
      ask: null,
      regime: 'unknown',
      regimeConfidence: 0,
      warm: false,
      model: {
        id: 'demo@96b33d50f64e',
        expiresAt: '2026-03-01T00:00:00.000Z',
        expired: false,
        trust: 'shrink',
        because: ['drift', 'calibration'],
        guards: { dissimilarity: null, drift: null, calibration: null },
      },
    },
  ],
  components: [
    { component: 'feed', errorsInARow: 0, lastError: null, lastOkAgoMs: 400 },
    { component: 'broker', errorsInARow: 2, lastError: 'timed out', lastOkAgoMs: 5_000 },
  ],
  positionsOpen: 0,
  externals: [],
  ordersWorking: 0,
  tradesClosed: 1,
  limits: [
    { name: 'daily_trades', used: 10, limit: 10, unit: 'count', usedRatio: 1, moneyLeft: null },
    { name: 'month', used: 0, limit: 1_000, unit: 'money', usedRatio: 0, moneyLeft: 1037.5 },
    { name: 'drawdown', used: 0.0123, limit: 0.05, unit: 'ratio', usedRatio: 0.246, moneyLeft: 377 },
    { name: 'day', used: 160.5, limit: 200, unit: 'money', usedRatio: 0.8025, moneyLeft: 39.5 },
  ],
  account: {
    account: 'paper-simulator-7',
    currency: 'USD',
    balance: 10_000,
    equity: 9_877,
    floatingProfit: -123,
    marginUsed: 0,
    freeMargin: 9_877,
    marginLevel: null,
    equityPeak: 10_000,
    drawdown: 0.0123,
    pnl: { day: -160.5, week: -160.5, month: 37.5 },
  },
};

test('status of a servo in trouble', () => {
  expect(plain(statusText(STATUS, [], true))).toBe(
    [
      'PAPER · SIMULATED · COOLDOWN since 2026-01-05 10:00:00 UTC by servo: broker: timed out',
      '',
      '  equity     9877.00 USD  balance    10000.00 USD  floating               −123.00 USD',
      '  today      −160.50 USD  this week   −160.50 USD  this month              +37.50 USD',
      '  positions       0 open  trades         1 closed  entries     off until 10:05:00 UTC',
      '',
      '  limit                used           of                            left',
      '  daily loss     160.50 USD   200.00 USD  ▓▓▓▓▓▓▓▓▓░   80 %    39.50 USD',
      '  monthly loss     0.00 USD  1000.00 USD  ░░░░░░░░░░    0 %  1037.50 USD',
      '  drawdown           1.23 %       5.00 %  ▓▓▓░░░░░░░   25 %   377.00 USD',
      '  entries today          10           10  ▓▓▓▓▓▓▓▓▓▓  100 %',
      '',
      '  symbol  bid  ask  regime      last bar, UTC',
      '  EURUSD    –    –  warming up  –',
      '',
      '  model              expires, UTC      trust                            symbols',
      '  demo@96b33d50f64e  2026-03-01 00:00  half sizes (drift, calibration)  EURUSD',
      '',
      '  ✓ feed work · safety check 0.4 s ago · version 0.1.0, up 1 h 01 min',
      '  ✗ broker: 2 errors in a row, the last: timed out',
      '  ✗ the queue does not tick: the watchdog stands in for it, and entries stop',
    ].join('\n'),
  );
});

test('a live status shows all seven conditions under its headline', () => {
  const conditions = [
    { condition: 'mode', holds: true, text: 'mode: live in the file and --mode live, no dry-run' },
    { condition: 'own_book', holds: false, text: 'no database is open' },
  ] as const;
  const live = { ...STATUS, mode: 'live', arming: { mayOpen: false, until: null, conditions } };
  expect(plain(statusText(live, [], true))).toContain(
    [
      '',
      'not armed: nothing is opened',
      '  ✓ 1 mode      mode: live in the file and --mode live, no dry-run',
      '  ✗ 2 own book  no database is open',
      '',
    ].join('\n'),
  );
});

test('a report without a trade has dashes, not zeros', () => {
  const empty: PerformanceView = {
    currency: 'USD',
    from: '2026-01-05',
    to: '2026-01-06',
    trades: 0,
    tradingDays: 2,
    netProfit: 0,
    winRate: null,
    profitFactor: null,
    expectancy: null,
    expectancyR: null,
    shadows: [
      { model: 'next@0123456789ab', trades: 40, open: 1, winRate: 0.45, expectancyR: -0.05, totalR: -2, profit: null },
    ],
    sharpe: null,
    sortino: null,
    maxDrawdown: 0,
    currentDrawdown: 0,
    valueAtRisk95: null,
    conditionalValueAtRisk95: null,
    volatility: null,
    averageWin: null,
    averageLoss: null,
    longestLosingStreak: 0,
    losingStreak: 0,
    commission: 0,
    swap: 0,
    byExitReason: {},
    bySymbol: {},
    decisions: { confidence_minimum: 3, dropped: 1 },
    notes: ['few trades'],
  };
  expect(plain(reportText(empty))).toBe(
    [
      '2026-01-05 to 2026-01-06 · 0 trades on 2 trading days',
      '! few trades',
      '',
      '  net profit              +0.00 USD  profit factor                  –',
      '  win rate                        –  longest losing streak          0',
      '  average win                     –  average loss                   –',
      '  expectancy                      –  expectancy in R                –',
      '  commission              +0.00 USD  swap                   +0.00 USD',
      '  max drawdown, day ends     0.00 %  drawdown now              0.00 %',
      '  VaR 95 %, one day               –  CVaR 95 %                      –',
      '  Sharpe, a year                  –  Sortino, a year                –',
      '',
      '  decision    count   share',
      '  accepted        0   0.0 %',
      '  confidence      3  75.0 %',
      '  dropped         1  25.0 %',
      '',
      '  in the shadow      would-be trades  open  win rate  expectancy    total  profit',
      '  next@0123456789ab               40     1   45.00 %     −0.05 R  −2.00 R       –',
    ].join('\n'),
  );
});

test('positions without a price yet', () => {
  expect(positionsText([], [], [], 'USD')).toBe('No position is open.');
  const external = { positionId: '4711', symbol: 'US500', side: 'sell' as const, margin: 30.5, text: 'US500 sell' };
  expect(plain(positionsText([], [external], [], 'USD'))).toBe(
    ['No position is open.', '', '  not ours, never touched     margin', '  US500 sell               30.50 USD'].join(
      '\n',
    ),
  );
});

test.each([
  [400, '0 s'],
  [59_000, '59 s'],
  [61_000, '1 min 01 s'],
  [3_599_600, '1 h 00 min'],
  [90_000_000, '25 h 00 min'],
])('%i ms is %s', (ms, words) => {
  expect(elapsed(ms)).toBe(words);
});

test('a table ends its lines where their words end', () => {
  expect(
    table('lr', [
      ['a', '1'],
      ['long', ''],
    ]),
  ).toBe('  a     1\n  long');
});

test('risk of an account with one position', () => {
  const text = plain(riskText(riskPicture('running', STATUS.limits)));
  for (const words of [
    /^RUNNING · new sizes × 1$/m,
    /^risk level medium since 2026-01-04 22:00:00 UTC: sizes × 0.8, 1 calm day so far; now the drawdown is gravest, at 45.00 %/m,
    /daily loss +160\.50 USD .* 39\.50 USD/,
    /all stops hit +36\.40 USD +halts at, of equity +10\.00 %/,
    /VaR 99 %, of late +61\.20 USD +mean loss beyond it +70\.10 USD/,
    /VaR 99 % halts at, of equity +off/,
    /EURUSD +buy +0\.2 +36\.40 USD +73\.60 USD +2\.02/,
    /currency, net +exposure +of equity +at most/,
    /USD +−21678\.80 USD +−216\.50 % +30000\.00 USD/,
    /3 % against every position +−650\.36 USD +−6\.50 %/,
    /an unknown price +– +–/,
    /volatility, a year +– +of late +8\.10 %/,
  ]) {
    expect(text).toMatch(words);
  }
});
