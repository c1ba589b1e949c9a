/** Every way to ask wrongly gets its own code and changes nothing. */
import type { InjectOptions } from 'fastify';
import { expect, test } from 'vitest';
import { apiAround, asked, basic, HOST, ServoDouble, TOKEN } from './support.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (name: string, payload: unknown, headers: Record<string, string> = JSON_TYPE): InjectOptions => {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return asked(`/api/v1/control/${name}`, { method: 'POST', payload: body, headers });
};
const get = (url: string, headers: Record<string, string | undefined> = {}): InjectOptions => asked(url, { headers });

const BAD_REQUESTS: readonly [what: string, request: InjectOptions, status: number, code: string, detail: RegExp][] = [
  ['no token', get('/api/v1/status', { authorization: undefined }), 401, 'auth.required', /Authorization: Bearer/],
  ['a wrong token', get('/api/v1/status', { authorization: 'Bearer wrong' }), 401, 'auth.invalid', /not the one/],
  ['a wrong password', get('/api/v1/status', { authorization: basic('wrong') }), 401, 'auth.invalid', /not the one/],
  [
    'an unknown scheme',
    get('/api/v1/status', { authorization: `Digest ${TOKEN}` }),
    401,
    'auth.invalid',
    /not the one/,
  ],
  [
    'the token with a tail',
    get('/api/v1/status', { authorization: `Bearer ${TOKEN}x` }),
    401,
    'auth.invalid',
    /not the one/,
  ],
  ['no token, unknown path', get('/nowhere', { authorization: undefined }), 401, 'auth.required', /Bearer/],
  [
    'a command by ambient password',
    post('halt', {}, { authorization: basic(TOKEN) }),
    401,
    'auth.bearer_required',
    /Bearer/,
  ],
  ['a command with a wrong bearer', post('halt', {}, { authorization: 'Bearer wrong' }), 401, 'auth.invalid', /bearer/],
  ['a foreign host', get('/api/v1/status', { host: 'evil.example' }), 421, 'host.not_allowed', /127\.0\.0\.1:8123/],
  [
    'our name at another port',
    get('/api/v1/status', { host: 'localhost:9' }),
    421,
    'host.not_allowed',
    /localhost:8123/,
  ],
  [
    'a foreign origin',
    get('/api/v1/status', { origin: 'http://evil.example' }),
    403,
    'origin.not_allowed',
    /pages of this servo/,
  ],
  ['an opaque origin', post('halt', {}, { origin: 'null' }), 403, 'origin.not_allowed', /pages of this servo/],
  [
    'our host by https',
    get('/healthz', { origin: `https://${HOST}` }),
    403,
    'origin.not_allowed',
    /pages of this servo/,
  ],
  ['an unknown path', get('/api/v1/nowhere'), 404, 'route.unknown', /\/docs/],
  ['a broken escape', get('/api/v1/%zz'), 400, 'url.malformed', /percent/],
  ['a command by GET', get('/api/v1/control/halt'), 405, 'method.not_allowed', /takes POST, not GET/],
  [
    'a view by DELETE',
    asked('/api/v1/trades', { method: 'DELETE' }),
    405,
    'method.not_allowed',
    /takes GET, not DELETE/,
  ],
  [
    'plain text',
    post('pause', 'news', { 'content-type': 'text/plain' }),
    415,
    'media_type.unsupported',
    /application\/json/,
  ],
  [
    'a form',
    post('halt', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }),
    415,
    'media_type.unsupported',
    /JSON/,
  ],
  ['broken JSON', post('pause', '{"reason": '), 400, 'body.malformed', /not JSON/],
  ['a promised body that is empty', post('pause', ''), 400, 'body.malformed', /empty/],
  ['a poisoned prototype', post('pause', '{"__proto__": {"reason": "x"}}'), 400, 'body.malformed', /not JSON/],
  ['a body of 2 MB', post('pause', { reason: 'x'.repeat(2_000_000) }), 413, 'body.too_large', /64 KiB/],
  ['a body that is a list', post('pause', ['news']), 422, 'body.invalid', /an object such as/],
  ['a reason that is a number', post('pause', { reason: 7 }), 422, 'body.invalid', /reason: must be text/],
  ['a reason of 201 characters', post('pause', { reason: 'x'.repeat(201) }), 422, 'body.invalid', /200 characters/],
  ['a reason of two lines', post('pause', { reason: 'news\nhalted' }), 422, 'body.invalid', /one line/],
  ['an unknown key', post('pause', { raeson: 'news' }), 422, 'body.invalid', /raeson: is unknown/],
  [
    'a limit that is none',
    post('set_limit', { limit: 'max_daly_loss', value: 0.01, reason: 'x' }),
    422,
    'body.invalid',
    /limit: must be one of max_daily_loss, max_weekly_loss/,
  ],
  [
    'a value in words',
    post('set_limit', { limit: 'max_daily_loss', value: '1 %', reason: 'x' }),
    422,
    'body.invalid',
    /value: must be a number in the units of config\.yaml, or null/,
  ],
  ['a limit without value', post('set_limit', { limit: 'max_positions', reason: 'x' }), 422, 'body.invalid', /value/],
  ['no limit at all', asked('/api/v1/control/set_limit', { method: 'POST' }), 422, 'body.invalid', /an object such as/],
  ['a limit of 0', get('/api/v1/trades?limit=0'), 400, 'query.invalid', /limit: must be 1 or more/],
  ['a limit of 501', get('/api/v1/trades?limit=501'), 400, 'query.invalid', /limit: must be 500 or less/],
  ['a limit in words', get('/api/v1/decisions?limit=ten'), 400, 'query.invalid', /limit: must be a whole number/],
  ['a limit of 1.5', get('/api/v1/events?limit=1.5'), 400, 'query.invalid', /limit: must be a whole number/],
  ['an unknown outcome', get('/api/v1/decisions?outcome=refused'), 400, 'query.invalid', /outcome: .*"approved"/],
  ['an unknown parameter', get('/api/v1/trades?symbl=EURUSD'), 400, 'query.invalid', /symbl: is unknown/],
  ['a symbol with SQL', get("/api/v1/trades?symbol=EUR'--"), 400, 'query.invalid', /symbol: must be a symbol/],
  ['an odd cursor', get('/api/v1/trades?cursor=0'), 400, 'query.invalid', /cursor: must be a nextCursor/],
  ['a parameter twice', get('/api/v1/trades?symbol=EURUSD&symbol=XAUUSD'), 400, 'query.invalid', /symbol/],
];

test.each(BAD_REQUESTS)('%s', async (_, request, status, code, detail) => {
  const control = new ServoDouble();
  const app = await apiAround(control);

  const response = await app.inject(request);

  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(response.statusCode).toBe(status);
  expect(response.headers['x-request-id']).toBe(response.json().requestId);
  expect(response.json()).toMatchObject({ status, code, type: `urn:trading-servo:problem:${code}` });
  expect(response.json().detail).toMatch(detail);
  expect(response.body).not.toMatch(/node_modules|\.ts:\d/);
  expect([...control.commands, ...control.limitOrders]).toEqual([]);
});

test('a refused body names the place', async () => {
  const app = await apiAround(new ServoDouble());
  const response = await app.inject(post('pause', { reason: 7, 'a/b': 1 }));
  expect(response.json().errors).toEqual([
    { pointer: '/reason', detail: 'must be text' },
    { pointer: '/a~1b', detail: 'is unknown' },
  ]);
});

test.each([
  [{ code: 'not_halted', message: 'Nothing to reset: the servo is running.' }, 409, 'state.not_halted'],
  [{ code: 'not_paused', message: 'Nothing to resume: the servo is running.' }, 409, 'state.not_paused'],
  [{ code: 'stopping', message: 'The servo is stopping.' }, 409, 'state.stopping'],
  [{ code: 'reason_missing', message: 'reset needs a reason.' }, 422, 'body.reason_missing'],
] as const)('the servo refuses: $code', async (refusal, status, code) => {
  const control = new ServoDouble();
  control.refusal = { accepted: false, status: 'running', ...refusal };
  const app = await apiAround(control);
  const response = await app.inject(post('reset', {}));
  expect(response.statusCode).toBe(status);
  expect(response.json()).toMatchObject({ code, detail: refusal.message });
});

test.each([
  [{ code: 'value_invalid', message: 'max_positions is a whole number.' }, 422, 'body.invalid', '/value'],
  [{ code: 'reason_missing', message: 'set_limit needs a reason.' }, 422, 'body.reason_missing', '/reason'],
  [{ code: 'limit_unchanged', message: 'It is so already.' }, 409, 'state.limit_unchanged', undefined],
  [{ code: 'loosening_unconfirmed', message: 'It is looser.' }, 409, 'state.loosening_unconfirmed', undefined],
] as const)('the servo refuses a limit: $code', async (refusal, status, code, pointer) => {
  const control = new ServoDouble();
  control.refusal = { accepted: false, status: 'running', ...refusal };
  const app = await apiAround(control);
  const response = await app.inject(post('set_limit', { limit: 'max_positions', value: 1, reason: 'x' }));
  expect(response.statusCode).toBe(status);
  expect(response.json()).toMatchObject({ code, detail: refusal.message });
  expect(response.json().errors?.[0]?.pointer).toBe(pointer);
});

test('a bug is told to the log, not to the caller', async () => {
  const control = new ServoDouble();
  control.failure = new Error('SQLITE_CORRUPT in /srv/servo/journal.sqlite');
  const app = await apiAround(control);
  const response = await app.inject(get('/api/v1/trades'));
  expect(response.statusCode).toBe(500);
  expect(response.json().code).toBe('servo.failed');
  expect(response.body).not.toContain('SQLITE');
});
