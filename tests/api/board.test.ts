/** The board over real queues: it asks for the token, shows the jobs and changes none. */
import { appRoutes } from '@bull-board/api/dist/routes.js';
import { Queue, Worker } from 'bullmq';
import { expect, onTestFinished, test } from 'vitest';
import { boardAdapters } from '../../src/jobs/board.ts';
import { startQueueServer } from '../../src/jobs/queue-server/start-queue-server.ts';
import { tempDir } from '../jobs/queue-server-support.ts';
import { apiAround, asked, basic, ServoDouble, TOKEN } from './support.ts';

test('the board shows a failed job and neither retries, adds nor removes one', async () => {
  const { queue, jobId } = await queueWithFailedJob();
  const app = await apiAround(new ServoDouble(), { boardAdapters: boardAdapters([queue]) });
  const before = await queue.getJobCounts();

  const shown = (await app.inject(asked('/queues/api/queues'))).json();
  expect(shown.queues).toMatchObject([{ name: 'ingest', readOnlyMode: true, counts: { failed: 1 } }]);
  const changes = appRoutes.api.filter(({ method }) => method !== 'get');
  expect(changes.length).toBeGreaterThan(10);
  for (const { method, route } of changes) {
    const path = `/queues${route}`.replace(':queueName', 'ingest').replace(':jobId', jobId).replace(/:\w+/, 'failed');
    const request = {
      method: [method].flat().join().toUpperCase() as 'PUT' | 'POST' | 'PATCH',
      payload: { name: 'sweep', data: {} },
    };
    const response = await app.inject(asked(path, request));
    expect([path, response.statusCode, response.json().code]).toEqual([path, 405, 'method.not_allowed']);
  }
  expect(await queue.getJobCounts()).toEqual(before);
  expect(await queue.isPaused()).toBe(false);
});

test('nothing of the board is seen without the token', async () => {
  const app = await apiAround(new ServoDouble(), { boardAdapters: boardAdapters([await queueOnServer()]) });
  for (const url of ['/queues', '/queues/api/queues', '/queues/static/images/logo.svg', '/queues/nowhere']) {
    const bare = await app.inject(asked(url, { headers: { authorization: undefined } }));
    expect([url, bare.statusCode]).toEqual([url, 401]);
  }
  const ambient = { authorization: basic(TOKEN) };
  const changing = await app.inject(asked('/queues/api/queues/pause', { method: 'PUT', headers: ambient }));
  expect(changing.statusCode).toBe(401);
});

test('the page loads its parts from here alone', async () => {
  const app = await apiAround(new ServoDouble(), { boardAdapters: boardAdapters([await queueOnServer()]) });
  const page = await app.inject(asked('/queues', { headers: { authorization: basic(TOKEN) } }));
  expect(page.statusCode).toBe(200);
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toContain("script-src 'self';");
  expect(policy).not.toMatch(/https?:|\*/);

  expect(page.body).toContain('<base href="/queues/" />');
  const parts = [...page.body.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, path]) => `/queues/${path}`);
  expect(parts.filter((path) => path.endsWith('.js')).length).toBeGreaterThan(0);
  for (const part of parts) expect([part, (await app.inject(asked(part))).statusCode]).toEqual([part, 200]);
  // An inline script would not run under the policy.
  expect(page.body).not.toMatch(/<script(?![^>]*(?:src=|application\/json))/);
});

test('a queue that the board could change is refused', async () => {
  const queue = await queueOnServer();
  const [adapter] = boardAdapters([queue]);
  Object.assign(adapter!, { readOnlyMode: false });
  await expect(apiAround(new ServoDouble(), { boardAdapters: [adapter!] })).rejects.toThrow(
    /queue ingest is not in readOnlyMode/,
  );
});

async function queueOnServer(): Promise<Queue> {
  const server = await startQueueServer({ dataDir: tempDir(), log: () => undefined });
  onTestFinished(() => server.stop());
  const queue = new Queue('ingest', { connection: server.connection });
  onTestFinished(() => queue.close());
  return queue;
}

async function queueWithFailedJob(): Promise<{ queue: Queue; jobId: string }> {
  const queue = await queueOnServer();
  const { promise: failed, resolve } = Promise.withResolvers<string>();
  const worker = new Worker('ingest', () => Promise.reject(new Error('no bars')), {
    connection: queue.opts.connection,
  });
  onTestFinished(() => worker.close());
  worker.on('failed', (job) => resolve(job?.id ?? ''));
  await queue.add('sweep', {});
  return { queue, jobId: await failed };
}
