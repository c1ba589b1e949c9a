/** Bad YAML, blocks that do not fit together, variables and secrets: each is refused with its line, its words and its remedy. */
import { describe, test } from 'vitest';
import { REGIMES } from '../../src/domain/regime.ts';
import { add, BASE, byName, edit, expectRefusal, NEXT_LINE as N, type Row } from './base-config.ts';

/** BASE with these keys of trading.stops, in line 15. */
const stops = (keys: string) => BASE.replace('  symbols:', `  stops: { ${keys} }\n  symbols:`);

const wrongYaml: readonly Row[] = [
  [
    'a tab',
    edit('    max_positions: 3', '\tmax_positions: 3'),
    '9:1  error  a tab is used for indentation',
    '→max_positions: 3',
    'replace the tab',
  ],
  [
    'an open bracket',
    edit('models: { demo: { path: ./models/demo } }', 'models: { demo: { path: ./models/demo }'),
    '18:1  error  this is not YAML',
  ],
  [
    'a variable without quotes inside { }',
    add(`paper: { balance: \${BALANCE} }`),
    `${N}:20  error  this is not YAML`,
    `a variable needs quotes: "\${NAME}"`,
  ],
  [
    'a value that needs quotes',
    add('app: { data_dir: ./x }\nlogging:\n  level: @INFO'),
    `${N + 2}:10  error  this is not YAML`,
    'put the value in quotes',
  ],
  ['an unknown tag', edit('mode: paper', 'mode: !mode paper'), '1:7  error  this is not YAML: unresolved tag: !mode'],
  ['two documents', add('---\nmode: live'), `${N}:1  error  a second document begins here`],
  ['a bomb of brackets', add(`app: ${'['.repeat(40_000)}`), `${N}:22  error  brackets are nested more than 16 deep`],
  ['a bomb of lists', add(`app:\n${'- '.repeat(30_000)}`), `${N + 1}:1  error  lists are nested more than 16 deep`],
];

const wrongTogether: readonly Row[] = [
  [
    'a risk level that begins before the one below it',
    add('risk: { level: { high_from: 0.3 } }'),
    `${N}:29  error  risk.level.high_from: must be above medium_from (0.4), was 0.3`,
  ],
  [
    'a mandate that is flat around news which nobody knows',
    add('mandate: { flat_before_news: 5 }'),
    `${N}:30  error  mandate.flat_before_news: needs a calendar: there is no file in trading.news.file`,
    'name one, or set it to 0',
  ],
  [
    'a graver risk level with larger sizes',
    add('risk: { level: { extreme_size: 0.9 } }'),
    `${N}:32  error  risk.level.extreme_size: must not be above high_size (0.5), was 0.9`,
  ],
  [
    'a worst case in per cent',
    add('risk: { extreme: { worst_case: 10 } }'),
    `${N}:32  error  risk.extreme.worst_case: expected a fraction of equity above 0 and below 1 or null, was 10`,
    'write 0.1 for 10 %',
  ],
  [
    'a week below its day',
    edit('max_weekly_loss: 0.05', 'max_weekly_loss: 0.01'),
    '13:22  error  trading.risk_management.max_weekly_loss: must not be below max_daily_loss (0.02), was 0.01',
  ],
  [
    'a month below its week',
    edit('max_monthly_loss: 0.10', 'max_monthly_loss: 0.04'),
    '14:23  error  trading.risk_management.max_monthly_loss: must not be below max_weekly_loss (0.05), was 0.04',
  ],
  [
    'two timeframes',
    edit('  symbols:\n', '  symbols:\n    - { name: GBPUSD, timeframe: H1, model: demo, max_spread_points: 30 }\n'),
    '17:34  error  trading.symbols[1].timeframe: all symbols share one timeframe in this version: GBPUSD has H1, this is M5',
  ],
  [
    'hours of a market that is not there',
    BASE.replace('models:', '  hours: { markets: { metall: { holidays: [12-25] } } }\nmodels:'),
    '17:23  error  trading.hours.markets.metall: "metall" is neither an asset class nor a traded symbol',
    'did you mean metal?',
  ],
  [
    'a symbol twice',
    edit('  symbols:\n', '  symbols:\n    - { name: EURUSD, timeframe: M5, model: demo, max_spread_points: 30 }\n'),
    '17:15  error  trading.symbols[1].name: EURUSD stands in the list twice',
  ],
  [
    'a misspelt symbol',
    edit('name: EURUSD', 'name: EURUDS'),
    '16:15  error  trading.symbols[0].name: no contract is known for "EURUDS"',
    'did you mean EURUSD? or describe EURUDS under instruments',
  ],
  [
    'an unknown symbol',
    edit('name: EURUSD', 'name: WHEAT'),
    '16:15  error  trading.symbols[0].name: no contract is known for "WHEAT"',
    'built in: EURUSD, GBPUSD',
  ],
  [
    'half a new contract',
    add(
      'instruments: { WHEAT: { digits: 2, tick_size: 0.25, contract_size: 50, lot_step: 1, lot_min: 1, lot_max: 9 } }',
    ),
    `${N}:23  error  instruments.WHEAT: missing: base_currency, quote_currency, asset_class, stop_distance_min_points, swap_long_points, swap_short_points`,
  ],
  [
    'lots the wrong way round',
    add('instruments: { EURUSD: { lot_min: 5, lot_max: 1 } }'),
    `${N}:47  error  instruments.EURUSD.lot_max: must not be below lot_min (5), was 1`,
  ],
  [
    'lots off the step',
    add('instruments: { EURUSD: { lot_min: 0.015 } }'),
    `${N}:24  error  instruments.EURUSD: EURUSD: lot_min 0.015 is not a multiple of lot_step`,
  ],
  [
    'a currency without a rate',
    edit('name: EURUSD', 'name: EURJPY'),
    '16:15  error  trading.symbols[0].name: EURJPY is counted in JPY and the account in USD: no traded symbol converts them',
    'add USDJPY to trading.symbols',
  ],
  [
    'a currency nobody trades',
    add('paper: { currency: SEK }'),
    '16:15  error  trading.symbols[0].name: EURUSD is counted in USD and the account in SEK',
    'describe USDSEK under instruments and add USDSEK to trading.symbols',
  ],
  [
    'a break-even in both units',
    stops('break_even_r: 1, break_even_atr: 2'),
    '15:45  error  trading.stops.break_even_atr: break_even_r and break_even_atr are both given: keep one of them',
  ],
  [
    'points of a break-even that is off',
    stops('break_even_points: 3'),
    '15:31  error  trading.stops.break_even_points: nothing moves the stop to break-even',
    'give break_even_r or break_even_atr too',
  ],
  [
    'a break-even beyond the target',
    stops('break_even_r: 1.5'),
    '15:26  error  trading.stops.break_even_r: is never reached: the target lies at 1.5 R (target_atr ÷ stop_atr), was 1.5',
  ],
  [
    'a trailing stop that begins beyond the target',
    stops('trailing_start_r: 2'),
    '15:30  error  trading.stops.trailing_start_r: is never reached: the target lies at 1.5 R',
  ],
  [
    'a condition of a time stop that is off',
    stops('time_stop_below_r: 0'),
    '15:31  error  trading.stops.time_stop_below_r: there is no time stop: give time_stop_bars too',
  ],
  [
    'rungs out of order, beyond the target, and of more than the whole',
    stops('profit_ladder: [{ at_r: 1, close: 0.5 }, { at_r: 0.5, close: 0.4 }, { at_r: 1.6, close: 0.2 }]'),
    '15:61  error  trading.stops.profit_ladder[1].at_r: must be above the rung before it (1), was 0.5',
    '15:88  error  trading.stops.profit_ladder[2].at_r: is never reached: the target lies at 1.5 R',
    '15:100  error  trading.stops.profit_ladder[2].close: the rungs up to here would close 1.1 of the opening volume, more than 1',
  ],
  [
    'a ladder where partial closes are off',
    stops('profit_ladder: [{ at_r: 1, close: 0.5 }]').replace('partial_close: true', 'partial_close: false'),
    '15:27  error  trading.stops.profit_ladder: closes parts of positions, which execution.position.partial_close: false forbids',
    'set partial_close: true, or take the ladder out',
  ],
  [
    'a misspelt model',
    edit('model: demo', 'model: demmo'),
    '16:45  error  trading.symbols[0].model: no model is called "demmo"',
    'did you mean demo?',
  ],
  [
    'a zone that is none',
    add('paper: { seed: 1 }').replace('  symbols:', '  session: { timezone: America/NewYork }\n  symbols:'),
    '15:24  error  trading.session.timezone: "America/NewYork" is not an IANA time zone',
    'did you mean America/New_York?',
  ],
  [
    'an offset for a zone',
    BASE.replace('  symbols:', '  session: { timezone: "+02:00" }\n  symbols:'),
    '15:24  error  trading.session.timezone: "+02:00" is not an IANA time zone',
  ],
  [
    'a day without a start',
    BASE.replace('  symbols:', '  session: { day_start: 24:00 }\n  symbols:'),
    '15:25  error  trading.session.day_start: expected a time such as "17:00", was "24:00"',
  ],
  [
    'a regime without a name',
    BASE.replace('  symbols:', '  regimes: { trend_upp: { allowed: false } }\n  symbols:'),
    '15:14  error  trading.regimes.trend_upp: unknown key, did you mean "trend_up"?',
  ],
  [
    'a regime that would enlarge sizes',
    BASE.replace('  symbols:', '  regimes: { quiet: { size_factor: 1.5, stop_factor: 0 } }\n  symbols:'),
    '15:36  error  trading.regimes.quiet.size_factor: expected a number above 0 and up to 1, was 1.5',
    '15:54  error  trading.regimes.quiet.stop_factor: expected a number from 0.25 to 4, was 0',
  ],
  [
    'no regime to trade in',
    BASE.replace(
      '  symbols:',
      `  regimes: { ${REGIMES.map((name) => `${name}: { allowed: false }`).join(', ')} }\n  symbols:`,
    ),
    '15:12  error  trading.regimes: no regime is allowed: nothing would ever be traded',
    'set allowed: true in one of them',
  ],
  [
    'the regimes where they stood before',
    BASE.replace('  symbols:', '  filters: { allowed_regimes: [quiet] }\n  symbols:'),
    '15:14  error  trading.filters.allowed_regimes: unknown key',
    'it is trading.regimes now',
  ],
  [
    'a replay without its file',
    add('feed: { type: replay }'),
    `${N}:1  error  feed.replay.files: no file for EURUSD, which is traded`,
  ],
  [
    'a replay of what is not there',
    add('feed: { type: replay, replay: { files: { EURUSD: ./no.csv, GBPUSD: ./no.csv } } }'),
    `${N}:50  error  feed.replay.files.EURUSD: `,
    `${N}:60  error  feed.replay.files.GBPUSD: GBPUSD is not in trading.symbols`,
  ],
];

const wrongVariables: readonly Row[] = [
  [
    'a variable that is not set',
    add(`queue: { redis_url: "\${REDIS}" }`),
    `${N}:21  error  queue.redis_url: the variable REDIS is not set`,
    `or write \${REDIS:-default}`,
  ],
  [
    'a variable that cannot be read',
    add(`queue: { redis_url: "\${REDIS-x}" }`),
    `${N}:21  error  queue.redis_url: this variable cannot be read`,
    `write \${NAME} or \${NAME:-default}`,
  ],
  [
    'a Telegram bot nobody may use',
    add(`telegram:\n  token: "\${BOT}"\n  users: []`),
    `${N + 2}:10  error  telegram.users: a token is given and nobody may use the bot`,
    'getUpdates',
  ],
  [
    'a Telegram token of no shape',
    add(`telegram: { token: "\${ODD}", users: [{ id: 42, role: operator }] }`),
    `${N}:20  error  telegram.token: expected a bot token from @BotFather, was another text, not shown here`,
  ],
  [
    'a user twice',
    add('telegram: { users: [{ id: 42, role: viewer }, { id: 42, role: admin }] }'),
    `${N}:53  error  telegram.users[1].id: 42 stands in the list twice`,
  ],
  [
    'a token in the file',
    add('telegram: { token: "123456789:not-a-real-token-of-anybody", users: [{ id: 42, role: admin }] }'),
    `${N}:20  error  telegram.token: a secret must not stand in this file`,
    'put TELEGRAM_TOKEN=… into .env',
  ],
  [
    'a token as a default',
    add(`telegram: { token: "\${TELEGRAM_TOKEN:-1234:abcd}", users: [{ id: 42, role: admin }] }`),
    `${N}:20  error  telegram.token: a secret must not stand in this file`,
  ],
  [
    'a password in the file',
    add('queue: { redis_url: "redis://servo:hunter22@host" }'),
    `${N}:21  error  queue.redis_url: a password must not stand in this file`,
  ],
  [
    'a secret file that is missing',
    add('api: { token_file: ./none.token }'),
    `${N}:20  error  api.token_file: `,
    'none.token does not exist',
  ],
];

const ENVIRONMENT = { BOT: '123456789:an-environment-token-of-nobody', ODD: 'tok:en' };

describe('wrong YAML', () => {
  test.each(byName(wrongYaml))('$name', ({ row }) => expectRefusal(row));
});

describe('blocks that do not fit together', () => {
  test.each(byName(wrongTogether))('$name', ({ row }) => expectRefusal(row));
});

describe('wrong variables and secrets', () => {
  test.each(byName(wrongVariables))('$name', ({ row }) => expectRefusal(row, ENVIRONMENT));
});
