/** The container files: what they run is fit for live trading, and nothing is open that need not be. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { startQueueServer } from '../../src/jobs/queue-server/start-queue-server.ts';
import { foreignServer, tempDir } from '../jobs/queue-server-support.ts';

interface Service {
  readonly command?: string[];
  readonly ports?: string[];
  readonly cap_drop: string[];
  readonly security_opt: string[];
  readonly read_only: boolean;
}

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const { services } = parse(read('docker-compose.yml')) as { services: { servo: Service; queue: Service } };

test('the queue server of docker-compose.yml is safe for live trading', async () => {
  const [program, ...settings] = services.queue.command ?? [];
  expect(program).toBe('redis-server');
  const { port } = await foreignServer(...settings);
  const redisUrl = `redis://127.0.0.1:${port}`;
  const server = await startQueueServer({ redisUrl, dataDir: tempDir(), log: () => undefined });
  expect(server).toMatchObject({ unsafeForLive: null, warnings: [] });
});

test('only the API is published, and on this machine alone', () => {
  expect(services.servo.ports).toEqual(['127.0.0.1:8080:8080']);
  expect(services.queue.ports).toBeUndefined();
});

test.each(['servo', 'queue'] as const)('%s runs without rights and on a read-only file system', (name) => {
  expect(services[name]).toMatchObject({
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    read_only: true,
  });
});

test('the image copies only what exists and what .dockerignore lets through', () => {
  const allowed = read('.dockerignore').match(/(?<=^!).+$/gm) ?? [];
  const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
    sources.split(' '),
  );
  expect(copied.length).toBeGreaterThan(5);
  expect(copied.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
  expect([...new Set(copied)].sort()).toEqual([...allowed].sort());
});

test('the image does not run as root', () => {
  const users = [...read('Dockerfile').matchAll(/^USER (\S+)$/gm)].map(([, user]) => user);
  expect(users).toEqual(['servo']);
  expect(read('Dockerfile')).toContain('useradd --uid 10001');
});
