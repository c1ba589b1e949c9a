/** The door itself: the token's file, the port, the guards on a real socket, and a log without the token. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { ApiListenError, listenApi } from '../../src/api/listen.ts';
import { ApiTokenError, apiToken, readApiToken } from '../../src/api/token.ts';
import { apiAround, asked, basic, ServoDouble, TOKEN } from './support.ts';

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'servo-api-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

test('the first start makes a token that only its owner may read, the next finds it', () => {
  const file = join(tempDir(), 'data', 'api.token');
  const token = apiToken(file);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(file, '..'))).toEqual(['api.token']);
  expect(apiToken(file)).toBe(token);
  expect(apiToken(join(tempDir(), 'api.token'))).not.toBe(token);
});

test('asking a servo makes no token', () => {
  const file = join(tempDir(), 'api.token');
  expect(() => readApiToken(file)).toThrow(/no API token there/);
  expect(readdirSync(join(file, '..'))).toEqual([]);
});

test.each([
  ['empty', '', /has 0 characters, 32 are the least/],
  ['short', 'Zk3v9QpL7xT2mWc8', /has 16 characters/],
  ['a sample', 'change-me-change-me-change-me-1234', /sample or a repetition/],
  ['repeating', '1234'.repeat(10), /sample or a repetition/],
  ['two lines', `${TOKEN}\n${TOKEN}`, /one line of plain ASCII/],
])('a token that is %s is refused and not shown', (_, text, reason) => {
  const file = join(tempDir(), 'api.token');
  writeFileSync(file, text, { mode: 0o600 });
  expect(() => apiToken(file)).toThrow(reason);
  expect(() => apiToken(file)).toThrow(ApiTokenError);
  if (text !== '') expect(() => apiToken(file)).not.toThrow(text);
});

test('a token open to other users, or no file, is refused with the way out', () => {
  const file = join(tempDir(), 'api.token');
  writeFileSync(file, TOKEN);
  chmodSync(file, 0o640);
  expect(() => apiToken(file)).toThrow(`${file}: open to other users (mode 0640). Close it: chmod 600 ${file}`);
  const folder = join(tempDir(), 'api.token');
  mkdirSync(folder);
  expect(() => apiToken(folder)).toThrow(/not a file/);
});

test('an API without a usable token is not built', async () => {
  await expect(apiAround(new ServoDouble(), { token: '' })).rejects.toThrow(ApiTokenError);
});

test('a taken port is named, with what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const opening = listenApi(await apiAround(new ServoDouble()), '127.0.0.1', port);
  await expect(opening).rejects.toThrow(ApiListenError);
  await expect(opening).rejects.toThrow(new RegExp(`^Port ${port} on 127.0.0.1 is taken .* --api-port\\.$`));
});

test('an address of another machine is named', async () => {
  const opening = listenApi(await apiAround(new ServoDouble()), '192.0.2.1', 0);
  await expect(opening).rejects.toThrow(/192\.0\.2\.1 is no address of this machine/);
});

test('on a real socket, hosts and origins of others are refused at the port it really has', async () => {
  const control = new ServoDouble();
  const app = await apiAround(control, { port: 0 });
  const address = await listenApi(app, '127.0.0.1', 0);
  const port = Number(new URL(address).port);
  const bearer = { authorization: `Bearer ${TOKEN}` };
  const halt = (headers: Record<string, string>, body = '') => post(port, '/api/v1/control/halt', headers, body);

  expect(await halt({ ...bearer, host: `evil.example:${port}` })).toBe(421);
  expect(await halt({ ...bearer, host: '127.0.0.1:8080' })).toBe(421);
  expect(await halt({ ...bearer, origin: 'http://evil.example' })).toBe(403);
  expect(await halt({ ...bearer, origin: `http://127.0.0.1:${port + 1}` })).toBe(403);
  expect(await halt({ authorization: basic(TOKEN), origin: address })).toBe(401);
  expect(await halt({ ...bearer, 'content-type': 'text/plain' }, '{"reason":"x"}')).toBe(415);
  expect(control.commands).toEqual([]);

  expect(await halt({ ...bearer, origin: address })).toBe(200);
  expect(await halt({ ...bearer, host: `LOCALHOST:${port}` })).toBe(200);
  expect(control.commands).toHaveLength(2);
});

test('the log names the refused, the commands and the failures, and never the token', async () => {
  const file = join(tempDir(), 'servo.log');
  const logger = pino({ level: 'trace' }, pino.destination({ dest: file, sync: true }));
  const control = new ServoDouble();
  const app = await apiAround(control, { logger });
  await app.inject(asked('/api/v1/status', { headers: { authorization: `Bearer ${TOKEN}x` } }));
  await app.inject(asked('/api/v1/status', { headers: { authorization: basic(TOKEN) } }));
  await app.inject(asked('/api/v1/control/pause', { method: 'POST', payload: { reason: 'news' } }));
  await app.inject(asked('/api/v1/control/pause', { method: 'POST', payload: 'broken' }));
  control.failure = new Error('the disk is full');
  await app.inject(asked('/api/v1/trades'));

  const log = readFileSync(file, 'utf8');
  expect(log).toMatch(/wrong token/);
  expect(log).toMatch(/"command":"pause","accepted":true/);
  expect(log).toMatch(/the disk is full/);
  expect(log).not.toContain(TOKEN);
  expect(log).not.toContain(basic(TOKEN).slice('Basic '.length));
});

/** Over a plain socket: fetch does not let a Host be chosen. */
function post(port: number, path: string, headers: Record<string, string>, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: false }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
