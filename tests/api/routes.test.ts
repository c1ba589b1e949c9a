/** What the API answers when it is asked rightly. */
import { expect, test } from 'vitest';
import { COMMAND_NAMES } from '../../src/domain/commands.ts';
import { apiAround, asked, basic, HOST, ServoDouble, TOKEN } from './support.ts';

test('views come whole, as the servo gave them', async () => {
  const control = new ServoDouble();
  const app = await apiAround(control);
  const json = async (url: string) => (await app.inject(asked(url))).json();

  expect(await json('/api/v1/status')).toEqual(control.status());
  expect(await json('/api/v1/account')).toEqual(control.account());
  expect(await json('/api/v1/positions')).toEqual({ items: control.positions(), externals: control.externalsNow });
  expect(await json('/api/v1/risk')).toEqual(control.risk());
  expect(await json('/api/v1/why')).toEqual({ items: control.why(), note: null });
  expect(await json('/api/v1/why?symbol=EURUSD&at=2026-01-05T10:35:00Z')).toEqual({
    items: [],
    note: 'No bar of EURUSD had closed by 2026-01-05T10:35:00.000Z.',
  });
  expect(await json('/api/v1/limits')).toEqual({ items: control.limits() });
  expect(await json('/api/v1/performance')).toEqual(await control.reads.performance());
  expect(await json('/api/v1/trades')).toEqual(await control.reads.trades({ limit: 100 }));
  expect(await json('/api/v1/decisions')).toEqual(await control.reads.decisions({ limit: 100 }));
  expect(await json('/api/v1/events')).toEqual(await control.reads.events({ limit: 100 }));
});

test('a query reaches the lists in their own terms', async () => {
  const control = new ServoDouble();
  const app = await apiAround(control);
  await app.inject(asked('/api/v1/decisions?symbol=EURUSD&outcome=denied&limit=5&cursor=41'));
  await app.inject(asked('/api/v1/trades'));
  await app.inject(asked('/api/v1/why?symbol=XAUUSD&limit=3'));
  expect(control.queries).toEqual([
    { symbol: 'EURUSD', outcome: 'denied', limit: 5, cursor: '41' },
    { limit: 100 },
    { symbol: 'XAUUSD', limit: 3 },
  ]);
});

test.each(COMMAND_NAMES.filter((name) => name !== 'arm'))('%s reaches the servo with its reason', async (name) => {
  const control = new ServoDouble();
  const app = await apiAround(control);
  const response = await app.inject(
    asked(`/api/v1/control/${name}`, { method: 'POST', payload: { reason: 'news at 14:30' } }),
  );
  expect(response.statusCode).toBe(name === 'flatten' ? 202 : 200);
  expect(response.json()).toEqual({ command: name, status: 'running', message: `${name}: done.` });
  expect(control.commands).toEqual([{ name, by: 'operator', surface: 'api', reason: 'news at 14:30' }]);
});

test('a limit reaches the servo with its value, and is not confirmed unless it says so', async () => {
  const control = new ServoDouble();
  const app = await apiAround(control);
  const post = (payload: object) => app.inject(asked('/api/v1/control/set_limit', { method: 'POST', payload }));
  const response = await post({ limit: 'max_daily_loss', value: 0.01, reason: 'news' });
  expect([response.statusCode, response.json()]).toEqual([
    200,
    { command: 'set_limit', limit: 'max_daily_loss', status: 'running', message: 'max_daily_loss: done.' },
  ]);
  await post({ limit: 'max_leverage', value: null, reason: 'calm', confirm: true });
  const said = { by: 'operator', surface: 'api' };
  expect(control.limitOrders).toEqual([
    { ...said, limit: 'max_daily_loss', value: 0.01, reason: 'news', confirmed: false },
    { ...said, limit: 'max_leverage', value: null, reason: 'calm', confirmed: true },
  ]);
});

const ARMING = { account: '40071', code: '123456', forSeconds: 28_800 };

test('arm reaches the servo with what the person typed, and nothing of the code is said again', async () => {
  const control = new ServoDouble();
  const app = await apiAround(control);
  const response = await app.inject(asked('/api/v1/control/arm', { method: 'POST', payload: ARMING }));
  expect(response.statusCode).toBe(200);
  expect(response.body).not.toContain('123456');
  expect(control.commands).toEqual([
    {
      name: 'arm',
      by: 'operator',
      surface: 'api',
      reason: '',
      arming: { account: '40071', code: '123456', forMs: 8 * 3_600_000 },
    },
  ]);
});

test.each([
  ['without a code', { account: '40071', forSeconds: 60 }],
  ['with a code of letters', { ...ARMING, code: 'abcdef' }],
  ['with half a code', { ...ARMING, code: '987' }],
  ['for ever', { ...ARMING, forSeconds: 86_401 }],
  ['for no time', { ...ARMING, forSeconds: 0 }],
  ['without an account', { ...ARMING, account: '' }],
  ['with what is unknown', { ...ARMING, force: true }],
  ['with a number for a text', { ...ARMING, account: 40_071 }],
])('arm %s is refused before the servo hears of it', async (_, payload) => {
  const control = new ServoDouble();
  const app = await apiAround(control);
  const response = await app.inject(asked('/api/v1/control/arm', { method: 'POST', payload }));
  expect(response.statusCode).toBe(422);
  expect(response.json().code).toBe('body.invalid');
  expect(response.body).not.toMatch(/abcdef|987/);
  expect(control.commands).toEqual([]);
});

test.each([
  ['account_wrong', 403, 'arming.account_wrong'],
  ['code_used', 403, 'arming.code_used'],
  ['conditions_fail', 409, 'arming.conditions_fail'],
  ['arming_locked', 429, 'arming.locked'],
] as const)('an arming that the servo refuses with %s is a %d', async (code, status, problem) => {
  const control = new ServoDouble();
  control.refusal = { accepted: false, status: 'running', code, message: 'Not armed.' };
  const app = await apiAround(control);
  const response = await app.inject(asked('/api/v1/control/arm', { method: 'POST', payload: ARMING }));
  expect(response.statusCode).toBe(status);
  expect(response.json()).toMatchObject({ code: problem, detail: 'Not armed.' });
});

test('a command needs no body', async () => {
  const control = new ServoDouble();
  const app = await apiAround(control);
  const response = await app.inject(asked('/api/v1/control/halt', { method: 'POST' }));
  expect(response.statusCode).toBe(200);
  expect(control.commands).toMatchObject([{ name: 'halt', reason: '' }]);
});

test('a browser may read with the token as password', async () => {
  const app = await apiAround(new ServoDouble());
  for (const url of ['/api/v1/status', '/docs/', '/openapi.json', '/metrics']) {
    const bare = await app.inject(asked(url, { headers: { authorization: undefined } }));
    expect(bare.statusCode).toBe(401);
    expect(bare.headers['www-authenticate']).toEqual([
      expect.stringMatching(/^Basic /),
      expect.stringMatching(/^Bearer /),
    ]);
    const known = await app.inject(asked(url, { headers: { authorization: basic(TOKEN), origin: `http://${HOST}` } }));
    expect(known.statusCode).toBe(200);
  }
});

test('health is public, details are not', async () => {
  const app = await apiAround(new ServoDouble());
  const nobody = { headers: { authorization: undefined } };
  const alive = await app.inject(asked('/healthz', nobody));
  expect([alive.statusCode, alive.json()]).toEqual([200, { alive: true }]);
  expect((await app.inject(asked('/readyz', nobody))).json()).toEqual({ status: 'ok' });
  expect((await app.inject(asked('/readyz', { headers: { authorization: 'Bearer wrong' } }))).json()).toEqual({
    status: 'ok',
  });
  expect((await app.inject(asked('/readyz'))).json()).toEqual({
    status: 'ok',
    checks: [{ name: 'store', status: 'ok', latencyMs: 0.3, detail: 'journal at 41' }],
  });
});

test('a dead monitor and a failed check are 503, a warning is not', async () => {
  const queue = { name: 'queue', latencyMs: 2_000, detail: 'no answer' };
  const store = { name: 'store', status: 'ok', latencyMs: 1, detail: 'open' } as const;
  const dead = await apiAround(new ServoDouble(), {
    alive: () => false,
    checks: async () => [store, { ...queue, status: 'fail' }],
  });
  expect((await dead.inject(asked('/healthz'))).statusCode).toBe(503);
  expect((await dead.inject(asked('/readyz'))).statusCode).toBe(503);
  const warned = await apiAround(new ServoDouble(), { checks: async () => [store, { ...queue, status: 'warn' }] });
  const response = await warned.inject(asked('/readyz'));
  expect([response.statusCode, response.json().status]).toEqual([200, 'warn']);
  const broken = await apiAround(new ServoDouble(), { checks: () => Promise.reject(new Error('no store')) });
  expect((await broken.inject(asked('/readyz'))).statusCode).toBe(503);
});

test('reads and writes are limited apart, the brakes never', async () => {
  const control = new ServoDouble();
  const app = await apiAround(control);
  const times = async (count: number, method: 'GET' | 'POST', url: string) => {
    const answers = await Promise.all(Array.from({ length: count }, () => app.inject(asked(url, { method }))));
    return answers.filter(({ statusCode }) => statusCode === 429);
  };
  expect(await times(60, 'POST', '/api/v1/control/pause')).toEqual([]);
  const [refused] = await times(1, 'POST', '/api/v1/control/pause');
  expect(refused?.json()).toMatchObject({ code: 'rate.limited', detail: expect.stringMatching(/60 writes a minute/) });
  expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
  expect(await times(70, 'POST', '/api/v1/control/halt')).toEqual([]);
  expect(await times(70, 'POST', '/api/v1/control/stop')).toEqual([]);
  expect(await times(600, 'GET', '/api/v1/account')).toEqual([]);
  expect(await times(1, 'GET', '/api/v1/account')).toHaveLength(1);
  expect(control.commands.filter(({ name }) => name === 'pause')).toHaveLength(60);
});

test('every answer forbids sniffing, framing and keeping', async () => {
  const app = await apiAround(new ServoDouble());
  for (const request of [asked('/api/v1/status'), asked('/nowhere'), asked('/healthz'), asked('/api/v1/%zz')]) {
    const { headers } = await app.inject(request);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  }
});

test('an answer holds what its schema promises: no more, and nothing else', async () => {
  const control = new ServoDouble();
  control.account = () =>
    ({ ...new ServoDouble().account(), password: 'hidden' }) as ReturnType<ServoDouble['account']>;
  const app = await apiAround(control);
  expect((await app.inject(asked('/api/v1/account'))).json()).toEqual(new ServoDouble().account());
  control.account = () => ({ ...new ServoDouble().account(), equity: Number.NaN });
  const poisoned = await app.inject(asked('/api/v1/account'));
  expect([poisoned.statusCode, poisoned.json().code]).toEqual([500, 'servo.failed']);
});
