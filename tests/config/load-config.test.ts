/** A sound configuration: its units, secrets, notes, hash, and that nothing can change it. */
import { chmodSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { tradingPolicyOf } from '../../src/config/policy.ts';
import { maskedConfig } from '../../src/config/seal.ts';
import { formatPrice } from '../../src/domain/instrument.ts';
import { BASE, edit, load, refusal, temporaryFolder } from './base-config.ts';

const TOKEN = '123456789:a-telegram-token-of-nobody';
const API_TOKEN = 'an-api-token-of-nobody-0123456789';
const USERS = 'users: [{ id: 42, role: operator }]';

function secretFile(folder: string, name: string, text: string, mode = 0o600): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), mode);
}

describe('units', () => {
  test('durations are milliseconds, money is micros, paths are absolute, times are minutes', () => {
    const folder = temporaryFolder();
    const config = load(edit('timeout: 30', 'timeout: 0.25'), {}, folder);
    expect(config.execution.monitoring).toEqual({
      checkIntervalMs: 1000,
      timeoutMs: 250,
      maxErrors: 5,
      errorCooldownMs: 300_000,
    });
    expect(config.execution.order.retryDelayMs).toBe(1000);
    expect(config.paper).toMatchObject({ balance: 10_000_000_000, commissionPerLot: 7_000_000 });
    expect(config.app).toEqual({ dataDir: join(folder, 'data'), logDir: join(folder, 'logs') });
    expect(config.models).toEqual({ demo: { path: join(folder, 'models/demo'), timeoutMs: 1000 } });
    expect(config.api.tokenFile).toBe(join(folder, 'data/api.token'));
    expect(config.trading.session).toEqual({ timezone: 'America/New_York', dayStartMinutes: 1020 });
  });

  test('points become ticks of each instrument', () => {
    const config = load(
      `${edit('    - {', '    - { name: US500, timeframe: M5, model: demo, max_spread_points: 55 }\n    - {')}
instruments: { US500: { digits: 2, tick_size: 0.25, lot_min: 0.1, lot_step: 0.1 } }
paper: { slippage_points: 30 }
`,
    );
    const [us500, eurusd] = config.trading.symbols;
    expect(us500).toMatchObject({
      maxSpread: 3,
      slippage: 2,
      instrument: { tickSize: { num: 1, den: 4 }, quantityMin: 1 },
    });
    expect(eurusd).toMatchObject({ maxSpread: 30, slippage: 30, timeframe: 'M5', model: 'demo' });
  });

  test("a contract of one's own, and a currency that another symbol converts", () => {
    const config = load(
      `${edit('    - {', '    - { name: CORN, timeframe: M5, model: demo, max_spread_points: 9 }\n    - {')}
instruments:
  CORN:
    { digits: 2, tick_size: 0.25, contract_size: 50, lot_step: 1, lot_min: 1, lot_max: 9, base_currency: CORN, quote_currency: USD,
      asset_class: index, stop_distance_min_points: 100, swap_long_points: 0, swap_short_points: 0 }
paper: { currency: EUR }
`,
    );
    const [corn] = config.trading.symbols;
    expect(corn?.conversion).toEqual({ kind: 'divide', symbol: 'EURUSD' });
    expect(corn?.instrument).toMatchObject({ symbol: 'CORN', stopDistanceMin: 4, quantityMax: 9 });
    expect(corn === undefined ? '' : formatPrice(corn.instrument, 1701)).toBe('425.25');
  });

  test('the log level may be written small', () => {
    expect(load(`${BASE}logging: { level: warning }\n`).logging).toEqual({ level: 'WARNING', keepFiles: 14 });
  });

  test('the core gets its policy', () => {
    const policy = tradingPolicyOf(load(BASE));
    expect(policy).toMatchObject({
      timeframeMs: 300_000,
      currency: 'USD',
      leverage: 30,
      atrPeriod: 14,
      signal: { stopAtrMultiple: 2, targetAtrMultiple: 3 },
      limits: {
        riskPerTrade: 0.02,
        maxPositionMargin: 0.1,
        maxLoss: { day: 0.02, week: 0.05, month: 0.1 },
        onLimit: 'flatten',
      },
      dryRun: false,
    });
    expect(policy.symbols.get('EURUSD')).toMatchObject({ maxSpread: 30, slippage: 2, conversion: { kind: 'same' } });
  });
});

describe('what is done with open positions', () => {
  const positionOf = (stops: string) =>
    tradingPolicyOf(load(BASE.replace('  symbols:', `  stops: { ${stops} }\n  symbols:`))).position;

  test('is what the seed says, where nothing else is', () => {
    expect(positionOf('')).toEqual({
      partialClose: true,
      minCloseSize: 0.1,
      trailingStop: true,
      trailingStep: 0.0001,
      trailing: { kind: 'initial', atrMultiple: 3, startR: 0 },
    });
  });

  test('every rule as it is written', () => {
    const stops =
      'trailing_kind: chandelier, trailing_atr: 2.5, trailing_start_r: 0.5, break_even_atr: 1.5, break_even_points: 4, ' +
      'time_stop_bars: 48, time_stop_below_r: 0.2, profit_ladder: [{ at_r: 0.7, close: 0.5 }, { at_r: 1.2, close: 0.25 }]';
    expect(positionOf(stops)).toMatchObject({
      trailing: { kind: 'chandelier', atrMultiple: 2.5, startR: 0.5 },
      breakEven: { after: 1.5, unit: 'atr', points: 4 },
      timeStop: { bars: 48, belowR: 0.2 },
      profitLadder: [
        { atR: 0.7, fraction: 0.5 },
        { atR: 1.2, fraction: 0.25 },
      ],
    });
  });
});

describe('regimes', () => {
  const regimesOf = (block: string) => tradingPolicyOf(load(BASE.replace('  symbols:', `${block}  symbols:`))).regimes;
  const AS_IT_IS = { allowed: true, sizeFactor: 1, stopFactor: 1 };

  test('are all traded as they are, but for the unknown', () => {
    const { unknown, ...named } = regimesOf('');
    expect(unknown).toEqual({ ...AS_IT_IS, allowed: false });
    expect(Object.keys(named).sort()).toEqual(['quiet', 'range', 'trend_down', 'trend_up', 'volatile']);
    for (const policy of Object.values(named)) expect(policy).toEqual(AS_IT_IS);
  });

  test('keep what is not said of them', () => {
    const regimes = regimesOf(
      '  regimes: { volatile: { size_factor: 0.5, stop_factor: 1.5 }, quiet: { allowed: false } }\n',
    );
    expect(regimes.volatile).toEqual({ allowed: true, sizeFactor: 0.5, stopFactor: 1.5 });
    expect(regimes.quiet).toEqual({ ...AS_IT_IS, allowed: false });
    expect(regimes.range).toEqual(AS_IT_IS);
  });
});

describe('variables', () => {
  const PAPER = `${BASE}paper:\n  balance: \${BALANCE:-5000}\n  currency: \${CURRENCY:-USD}\n`;

  test('without quotes they may hold numbers, and a default stands in for what is unset or empty', () => {
    expect(load(PAPER).paper.balance).toBe(5_000_000_000);
    expect(load(PAPER, { BALANCE: '' }).paper.balance).toBe(5_000_000_000);
    expect(load(PAPER, { BALANCE: '2500.5' }).paper.balance).toBe(2_500_500_000);
  });

  test('.env beside the file is read, and the environment wins over it', () => {
    const folder = temporaryFolder();
    secretFile(folder, '.env', '# comment\nBALANCE=700\nexport CURRENCY="USD" # quoted\n');
    expect(load(PAPER, {}, folder).paper.balance).toBe(700_000_000);
    expect(load(PAPER, { BALANCE: '800' }, folder).paper.balance).toBe(800_000_000);
    expect(load(PAPER, { BALANCE: undefined }, folder).paper.balance).toBe(700_000_000);
    expect(process.env['BALANCE']).toBeUndefined();
  });

  test('a .env that others can read is noted', () => {
    const folder = temporaryFolder();
    secretFile(folder, '.env', 'BALANCE=700\n', 0o644);
    expect(load(PAPER, {}, folder).notes).toEqual([
      `.env can be read by other users of this machine: chmod 600 ${join(folder, '.env')}`,
    ]);
  });
});

describe('secrets', () => {
  const TELEGRAM = `${BASE}telegram: { token: "\${TELEGRAM_TOKEN:-}", ${USERS} }\n`;
  const FILES = `${BASE}telegram: { token_file: ./bot.token, ${USERS} }\napi: { token_file: ./api.token }\n`;

  test('come from the environment', () => {
    expect(load(TELEGRAM, { TELEGRAM_TOKEN: TOKEN }).telegram).toEqual({
      token: TOKEN,
      apiRoot: 'https://api.telegram.org',
      chatId: null,
      users: [{ id: 42, role: 'operator' }],
    });
    expect(load(TELEGRAM).telegram.token).toBeNull();
  });

  test('or from files', () => {
    const folder = temporaryFolder();
    secretFile(folder, 'bot.token', `${TOKEN}\n`);
    secretFile(folder, 'api.token', API_TOKEN, 0o400);
    const config = load(FILES, {}, folder);
    expect(config.telegram.token).toBe(TOKEN);
    expect(config.api).toMatchObject({ token: API_TOKEN, tokenFile: join(folder, 'api.token') });
  });

  test.each([
    [0o644, 'mode 0644'],
    [0o640, 'mode 0640'],
    [0o602, 'mode 0602'],
  ])('a file of mode %o is refused', (mode, shown) => {
    const folder = temporaryFolder();
    secretFile(folder, 'bot.token', TOKEN, mode);
    secretFile(folder, 'api.token', API_TOKEN);
    const { message } = refusal(() => load(FILES, {}, folder));
    expect(message).toContain(
      `:18:25  error  telegram.token_file: ${join(folder, 'bot.token')} is open to other users (${shown})`,
    );
    expect(message).toContain(`hint: chmod 600 ${join(folder, 'bot.token')}`);
  });

  test.each([
    ['empty', '\n', 'holds no secret'],
    ['far too long', 'x'.repeat(5000), 'holds no secret'],
    ['too short', 'abc', 'is shorter than 32 characters'],
  ])('an API token that is %s is refused', (_, text, complaint) => {
    const folder = temporaryFolder();
    secretFile(folder, 'bot.token', TOKEN);
    secretFile(folder, 'api.token', text);
    const { message, faults } = refusal(() => load(FILES, {}, folder));
    expect(message).toContain(complaint);
    expect(faults.map(({ path }) => path)).toEqual(['api.token_file']);
  });

  test('both ways at once are refused', () => {
    const text = `${BASE}telegram: { token: "\${TELEGRAM_TOKEN}", token_file: ./bot.token, ${USERS} }\n`;
    const { message } = refusal(() => load(text, { TELEGRAM_TOKEN: TOKEN }));
    expect(message).toContain(':18:53  error  telegram.token_file: token and token_file are both given');
  });

  test('are shown by their last four characters at most', () => {
    const text = `${TELEGRAM}queue: { redis_url: "\${REDIS_URL}" }\napi: { token_file: ./api.token }\n`;
    const folder = temporaryFolder();
    secretFile(folder, 'api.token', API_TOKEN);
    const config = load(text, { TELEGRAM_TOKEN: TOKEN, REDIS_URL: 'rediss://servo:hunter22@host:6380/1' }, folder);
    const shown = maskedConfig(config);
    expect(shown.telegram.token).toBe('••••body');
    expect(shown.api.token).toBe('••••6789');
    expect(shown.queue.redisUrl).toBe('rediss://servo:••••@host:6380/1');
    expect(JSON.stringify(shown)).not.toMatch(/hunter22|nobody/);
    expect({ ...shown, telegram: config.telegram, api: config.api, queue: config.queue }).toEqual(config);
  });
});

test('a configuration cannot be changed, at any depth', () => {
  const config = load(BASE);
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
  expect(frozen(config)).toBe(true);
  expect(() => Object.assign(config.limits, { maxDrawdown: 1 })).toThrow(TypeError);
});

describe('the hash', () => {
  const TELEGRAM = `${BASE}telegram: { token: "\${TELEGRAM_TOKEN:-}", ${USERS} }\nqueue: { redis_url: "\${REDIS_URL:-}" }\n`;
  const hash = (text: string, env = {}) => load(text, env).configHash;

  test('is of 256 bits and the same in every folder and every notation', () => {
    expect(hash(BASE)).toMatch(/^[0-9a-f]{64}$/);
    expect(hash(BASE)).toBe(hash(BASE));
    expect(
      hash(`# a comment\n${edit('max_monthly_loss: 0.10', 'max_monthly_loss: 1e-1')}board: { enabled: true }\n`),
    ).toBe(hash(BASE));
  });

  test('nor do line ends, a byte order mark and a ruled comment count', () => {
    expect(hash(`\uFEFF# ${'- '.repeat(40)}\n${BASE}`.replaceAll('\n', '\r\n'))).toBe(hash(BASE));
  });

  test('does not know the secrets', () => {
    const [one, two] = ['redis://:secret-one@host', 'redis://:secret-two@host'];
    expect(hash(TELEGRAM, { TELEGRAM_TOKEN: TOKEN, REDIS_URL: one })).toBe(hash(TELEGRAM, { REDIS_URL: two }));
  });

  test.each<[string, string]>([
    ['max_drawdown: 0.2', 'max_drawdown: 0.19'],
    ['mode: paper', 'mode: live'],
    ['./models/demo', './models/demo2'],
    ['max_spread_points: 30', 'max_spread_points: 31'],
  ])('tells %s from %s', (from, to) => {
    expect(hash(edit(from, to))).not.toBe(hash(BASE));
  });
});

describe('notes', () => {
  const notes = (text: string): Config['notes'] => load(text).notes;

  test('a daily limit that the mandate comes before', () => {
    expect(notes(`${BASE}mandate: { daily_loss: 0.02 }\n`)).toEqual([
      'max_daily_loss 2 % cannot act where both days begin alike: the mandate stops at 1.8 %, its daily_loss 2 % less the buffer',
    ]);
    expect(notes(`${BASE}mandate: { daily_loss: 0.05 }\n`)).toEqual([]);
  });

  test('a plain configuration has none', () => {
    expect(notes(BASE)).toEqual([]);
  });

  test('the smaller of two daily losses holds', () => {
    const config = load(
      edit('max_daily_trades: 10, max_daily_loss: 0.02', 'max_daily_trades: 10, max_daily_loss: 0.015'),
    );
    expect(config.limits.maxLoss.day).toBe(0.015);
    expect(config.notes).toEqual([
      'execution.risk.max_daily_loss 1.5 % and trading.risk_management.max_daily_loss 2 % differ: the smaller, 1.5 %, holds',
    ]);
  });

  test.each<[string, readonly string[]]>([
    ['0.11', []],
    ['0.1', ['max_monthly_loss 10 %']],
    ['0.05', ['max_weekly_loss 5 %', 'max_monthly_loss 10 %']],
    ['0.02', ['max_daily_loss 2 %', 'max_weekly_loss 5 %', 'max_monthly_loss 10 %']],
  ])('a drawdown of %s comes before %j', (drawdown, limits) => {
    const reached = `max_drawdown ${Number(drawdown) * 100} % is reached no later, and halts (after a reset, which starts a new peak, it can)`;
    expect(notes(edit('max_drawdown: 0.2', `max_drawdown: ${drawdown}`))).toEqual(
      limits.map((limit) => `${limit} cannot act: ${reached}`),
    );
  });

  test.each(['0.0.0.0', '::', '192.168.1.20', 'servo.example'])('an API on %s is open to others', (host) => {
    expect(notes(`${BASE}api: { host: "${host}" }\n`)).toEqual([
      `api.host ${host} is reachable from other machines, without encryption: put a TLS proxy before it`,
    ]);
  });

  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('an API on %s is not', (host) => {
    expect(notes(`${BASE}api: { host: "${host}" }\n`)).toEqual([]);
  });

  test('a Bot API server in clear is noted unless it is this machine', () => {
    expect(notes(`${BASE}telegram: { api_root: "http://bots.example:8081" }\n`)).toHaveLength(1);
    expect(notes(`${BASE}telegram: { api_root: "http://127.0.0.1:8081" }\n`)).toEqual([]);
  });
});

test('a replay knows its files', () => {
  const folder = temporaryFolder();
  cpSync(new URL(import.meta.url), join(folder, 'candles.csv'));
  const text = `${BASE}feed: { type: replay, replay: { files: { EURUSD: ./candles.csv }, speed: 60 } }\n`;
  expect(load(text, {}, folder).feed).toMatchObject({
    type: 'replay',
    replay: { files: { EURUSD: join(folder, 'candles.csv') }, speed: 60, warmupBars: 500, defaultSpreadPoints: 12 },
  });
});
