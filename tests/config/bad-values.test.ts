/** Bad values and shapes: each is refused with its line, its words and its remedy. */
import { describe, test } from 'vitest';
import { add, byName, edit, expectRefusal, NEXT_LINE as N, type Row } from './base-config.ts';

const wrongValues: readonly Row[] = [
  [
    'a way to size that there is not',
    edit('  symbols:\n', '  sizing: { method: martingale }\n  symbols:\n'),
    '15:21  error  trading.sizing.method: expected one of risk, fixed_lot, volatility_target, kelly, was "martingale"',
  ],
  [
    'more than the full bet',
    edit('  symbols:\n', '  sizing: { kelly_fraction: 2 }\n  symbols:\n'),
    '15:29  error  trading.sizing.kelly_fraction: expected a fraction of the full bet above 0 and up to 1, was 2',
  ],
  [
    'a confidence of a coin',
    edit('  symbols:\n', '  sizing: { full_confidence: 0.5 }\n  symbols:\n'),
    '15:30  error  trading.sizing.full_confidence: expected a probability above 0.5 and up to 1 or null, was 0.5',
  ],
  [
    'no leverage',
    edit('  symbols:\n', '  exposure: { max_leverage: 0 }\n  symbols:\n'),
    '15:29  error  trading.exposure.max_leverage: expected a number from 0.01 to 5000 or null, was 0',
  ],
  [
    'a look-back over more closes than are kept',
    edit('  symbols:\n', '  exposure: { correlation_bars: 500 }\n  symbols:\n'),
    '15:33  error  trading.exposure.correlation_bars: expected a whole number from 60 to 288, was 500',
  ],
  [
    'a correlation above one',
    edit('  symbols:\n', '  exposure: { max_correlation: 80 }\n  symbols:\n'),
    '15:32  error  trading.exposure.max_correlation: expected a number above 0 and up to 1 or null, was 80',
  ],
  [
    'an unknown word',
    edit('mode: paper', 'mode: papr'),
    '1:7  error  mode: expected one of paper, live, backtest, was "papr"',
    'did you mean paper?',
  ],
  [
    'a word far from all',
    edit('type: market', 'type: iceberg'),
    '3:18  error  execution.order.type: expected one of market, limit, stop, stop_limit, was "iceberg"',
  ],
  [
    'a percentage as a number',
    edit('max_drawdown: 0.2', 'max_drawdown: 5'),
    '11:19  error  trading.risk_management.max_drawdown: expected a fraction of equity above 0 and below 1, was 5',
    'losses are fractions of equity: write 0.05 for 5 %',
  ],
  [
    'a percent sign',
    edit('position_size: 0.02', 'position_size: 2 %'),
    '10:20  error  trading.risk_management.position_size: expected a fraction of equity above 0 and below 1, was "2 %"',
    'write 0.02 for 2 %',
  ],
  [
    'a limit of nothing',
    edit('max_drawdown: 0.2', 'max_drawdown: 0'),
    '11:19  error  trading.risk_management.max_drawdown: expected a fraction of equity above 0 and below 1, was 0',
  ],
  [
    'a session in other words',
    edit('models:', '  hours: { markets: { fx: { sessions: [Monday 09:00-17:00] } } }\nmodels:'),
    '17:40  error  trading.hours.markets.fx.sessions[0]: "Monday 09:00-17:00" is not a session',
    '"Mon-Fri 09:00-17:30"',
  ],
  [
    'a day that does not exist',
    edit('models:', '  hours: { markets: { fx: { holidays: [2026-02-30] } } }\nmodels:'),
    '17:40  error  trading.hours.markets.fx.holidays[0]: "2026-02-30" is not a day',
    'write 2026-12-24 for one day, 12-25 for each year, or good_friday',
  ],
  [
    'an early close on a day that is none',
    edit('models:', '  hours: { markets: { fx: { early_closes: { xmas: "13:00" } } } }\nmodels:'),
    '17:45  error  trading.hours.markets.fx.early_closes.xmas: the key is not a day such as 2026-12-24, 12-25 or good_friday',
  ],
  [
    'half an hour in words',
    edit('models:', '  hours: { no_entry: { before_weekend: 30m } }\nmodels:'),
    '17:40  error  trading.hours.no_entry.before_weekend: expected a whole number of minutes from 0 to 10080, was "30m"',
  ],
  [
    'a negative limit',
    edit('max_weekly_loss: 0.05', 'max_weekly_loss: -0.05'),
    '13:22  error  trading.risk_management.max_weekly_loss: expected a fraction of equity above 0 and below 1, was -0.05',
  ],
  [
    'a decimal comma',
    edit('max_weekly_loss: 0.05', 'max_weekly_loss: 0,05'),
    '13:22  error  trading.risk_management.max_weekly_loss: expected a fraction of equity above 0 and below 1, was "0,05"',
    'use a point, not a comma: 0.05',
  ],
  [
    'a decimal comma inside { }',
    edit('min_close_size: 0.1', 'min_close_size: 0,1'),
    '4:52  error  execution.position.min_close_size: expected a fraction of volume above 0 and below 1, was 0',
    '4:54  error  execution.position.1: unknown key',
    'use a point, not a comma',
  ],
  [
    'a quoted number',
    edit('max_positions: 3', 'max_positions: "3"'),
    '9:20  error  trading.risk_management.max_positions: expected a whole number from 1 to 1000, was "3"',
    'numbers are written without quotes: 3',
  ],
  [
    'a number in words',
    edit('max_positions: 3', 'max_positions: three'),
    '9:20  error  trading.risk_management.max_positions: expected a whole number from 1 to 1000, was "three"',
  ],
  [
    'half a position',
    edit('max_positions: 3', 'max_positions: 3.5'),
    '9:20  error  trading.risk_management.max_positions: expected a whole number from 1 to 1000, was 3.5',
  ],
  [
    'not a number',
    edit('max_drawdown: 0.2', 'max_drawdown: .nan'),
    '11:19  error  trading.risk_management.max_drawdown: expected a fraction of equity above 0 and below 1, was .nan',
  ],
  [
    'an infinite time',
    edit('timeout: 30', 'timeout: .inf'),
    '6:45  error  execution.monitoring.timeout: expected a number of seconds from 0.1 to 600, was .inf',
  ],
  [
    'milliseconds for seconds',
    edit('timeout: 30', 'timeout: 30000'),
    '6:45  error  execution.monitoring.timeout: expected a number of seconds from 0.1 to 600, was 30000',
    'the unit is seconds: write 30 for 30000 ms',
  ],
  [
    'a duration with a unit',
    edit('error_cooldown: 300', 'error_cooldown: 5m'),
    '6:80  error  execution.monitoring.error_cooldown: expected a number of seconds from 0.1 to 86400, was "5m"',
    'the unit is seconds: write 300 for 5m',
  ],
  [
    'an old truth value',
    edit('trailing_stop: true', 'trailing_stop: yes'),
    '4:72  error  execution.position.trailing_stop: expected true or false, was "yes"',
    'write true',
  ],
  [
    'an underscore in a number',
    add('paper: { balance: 10_000 }'),
    `${N}:19  error  paper.balance: expected a number above 0 and up to 1000000000, was "10_000"`,
    'write it without _: 10000',
  ],
  [
    'a probability of 60',
    add('paper: { rejection_probability: 60 }'),
    `${N}:33  error  paper.rejection_probability: expected a probability from 0 to 1, was 60`,
    'write 0.6 for 60 %',
  ],
  [
    'a currency in small letters',
    add('paper: { currency: usd }'),
    `${N}:20  error  paper.currency: expected a currency code such as USD, was "usd"`,
  ],
  [
    'a port out of range',
    add('api:\n  port: 80808'),
    `${N + 1}:9  error  api.port: expected a whole number from 0 to 65535, was 80808`,
  ],
  [
    'none for null',
    add('paper: { spread_points: none }'),
    `${N}:25  error  paper.spread_points: expected a whole number of points from 0 to 100000 or null, was "none"`,
  ],
  [
    'a speed that is no speed',
    add('feed: { replay: { speed: fast } }'),
    `${N}:26  error  feed.replay.speed: expected max, or a factor such as 60, was "fast"`,
  ],
  [
    'a prefix with a colon',
    add('queue: { prefix: "a:b" }'),
    `${N}:18  error  queue.prefix: expected a word of letters, digits, "_" or "-", was "a:b"`,
  ],
  [
    'another queue server',
    add('queue: { redis_url: "http://localhost" }'),
    `${N}:21  error  queue.redis_url: expected a redis:// address, or empty, was "http://localhost"`,
  ],
  [
    'a broken address',
    add('telegram: { api_root: "http://[" }'),
    `${N}:23  error  telegram.api_root: expected an http(s) address, was "http://["`,
  ],
];

/** BASE with one key of trading.orders, in line 15. */
const orders = (key: string) => edit('  symbols:', `  orders: { ${key} }\n  symbols:`);

const wrongOrders: readonly Row[] = [
  [
    'a life of no kind',
    orders('time_in_force: forever'),
    '15:28  error  trading.orders.time_in_force: expected one of bar, day, gtd, gtc, was "forever"',
  ],
  [
    'no time at all',
    orders('good_for: 0'),
    '15:23  error  trading.orders.good_for: expected a number of seconds from 1 to 31536000, was 0',
  ],
  [
    'a whole price away',
    orders('stop_offset: 1'),
    '15:26  error  trading.orders.stop_offset: expected a fraction of price above 0 and below 1, was 1',
  ],
  [
    'a filling unheard of',
    orders('filling: some'),
    '15:22  error  trading.orders.filling: expected one of ioc, fok, return, was "some"',
  ],
  [
    'no such answer to slippage',
    orders('on_slippage: cry'),
    '15:26  error  trading.orders.on_slippage: expected one of keep, close, was "cry"',
  ],
];

const wrongShapes: readonly Row[] = [
  [
    'an unknown key',
    edit('max_slippage', 'max_slipage'),
    '3:3  error  execution.order.max_slippage: missing: expected a fraction of price above 0 and below 1',
    '3:61  error  execution.order.max_slipage: unknown key, did you mean "max_slippage"?',
  ],
  [
    'a key of another language',
    edit('max_drawdown', 'maxDrawdown'),
    '8:3  error  trading.risk_management.max_drawdown: missing: expected a fraction of equity above 0 and below 1',
    '11:5  error  trading.risk_management.maxDrawdown: unknown key, did you mean "max_drawdown"?',
  ],
  [
    'a key in the wrong block',
    edit('  risk: {', '  risk: { max_drawdown: 0.05,'),
    '5:11  error  execution.risk.max_drawdown: unknown key',
    'this key belongs at trading.risk_management.max_drawdown',
  ],
  [
    'a block that does not exist',
    add('email: { enabled: true }'),
    `${N}:1  error  email: unknown key`,
    'known here: mode, account, app, execution',
  ],
  [
    'a limit left out',
    edit('    max_weekly_loss: 0.05\n', ''),
    '8:3  error  trading.risk_management.max_weekly_loss: missing: expected a fraction of equity above 0 and below 1',
    "Fraction of equity at the trading week's start.",
  ],
  [
    'a limit left empty',
    edit('max_weekly_loss: 0.05', 'max_weekly_loss:'),
    '13:5  error  trading.risk_management.max_weekly_loss: expected a fraction of equity above 0 and below 1, was empty',
  ],
  [
    'nothing at all',
    '# to do\n',
    '1:1  error  execution: missing: expected a block of keys',
    '1:1  error  trading: missing: expected a block of keys',
    '1:1  error  models: missing: expected a block of keys',
  ],
  ['a list instead of blocks', '- mode: paper\n', '1:1  error  expected a block of keys, was a list'],
  ['an empty block', add('paper:'), `${N}:1  error  paper: expected a block of keys, was empty`],
  [
    'no symbols',
    edit('    - { name: EURUSD, timeframe: M5, model: demo, max_spread_points: 30 }', '    []'),
    '16:5  error  trading.symbols: expected a list of one symbol or more, was a list',
  ],
  [
    'a bad name for a model',
    edit('models: { demo:', 'models: { "my demo":'),
    '17:11  error  models.my demo: the key is not a name of letters, digits',
  ],
  [
    'a duplicate key',
    edit('    position_size: 0.02', '    max_positions: 9\n    position_size: 0.02'),
    '10:5  error  trading.risk_management.max_positions: the same key stands on line 9: keep one of them',
  ],
  ['a duplicate block', add('mode: live'), `${N}:1  error  mode: the same key stands on line 1: keep one of them`],
  ['a polluted prototype', add('__proto__: { dryRun: true }'), `${N}:1  error  __proto__: this key is never allowed`],
  [
    'a polluted prototype deeper down',
    edit('max_positions: 3', '"__proto__": { max_positions: 99 }\n    max_positions: 3'),
    '9:5  error  trading.risk_management.__proto__: this key is never allowed',
  ],
  [
    'an alias',
    edit(
      'max_weekly_loss: 0.05',
      'max_weekly_loss: &loss 0.05',
      edit('max_monthly_loss: 0.10', 'max_monthly_loss: *loss'),
    ),
    '14:23  error  trading.risk_management.max_monthly_loss: *loss is an alias: write the value out',
  ],
];

describe('wrong values', () => {
  test.each(byName([...wrongValues, ...wrongOrders]))('$name', ({ row }) => expectRefusal(row));
});

describe('wrong shapes', () => {
  test.each(byName(wrongShapes))('$name', ({ row }) => expectRefusal(row));
});
