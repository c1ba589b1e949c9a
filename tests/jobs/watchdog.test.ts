/** The queue server is killed: the watchdog watches, stops and exits go on, entries stop; when the server is back, so is the queue. */
import { expect, onTestFinished, test } from 'vitest';
import { type QueueServer, startQueueServer } from '../../src/jobs/queue-server/start-queue-server.ts';
import { type Driven, drive, until } from '../servo/support/pipeline-rig.ts';
import { Rig } from '../servo/support/rig.ts';
import { temporaryFolder } from '../support/world.ts';
import { processesIn } from './queue-server-support.ts';

const CHECK_INTERVAL_MS = 200;

/** A server of the test's own: one that dies often is started again ever more slowly. */
async function ownServer(): Promise<{ server: QueueServer; kill: () => () => void }> {
  const scratch = temporaryFolder();
  const server = await startQueueServer({ dataDir: scratch.path, log: () => undefined });
  onTestFinished(async () => {
    await server.stop();
    scratch.remove();
  });
  return { server, kill: () => killServer(scratch.path) };
}

/** Kills the server, and each that the servo starts in its place, until told to stop. */
function killServer(dataDir: string): () => void {
  const kill = () => {
    for (const pid of processesIn(dataDir)) process.kill(pid, 'SIGKILL');
  };
  kill();
  const timer = setInterval(kill, 20);
  return () => clearInterval(timer);
}

async function rigInPosition(maxErrors: number): Promise<{ rig: Rig; driven: Driven; kill: () => () => void }> {
  const { server, kill } = await ownServer();
  const rig = await Rig.start({ timings: { maxErrors } });
  const driven = await drive(rig.servo, server, { prefix: 'watched', checkIntervalMs: CHECK_INTERVAL_MS });
  rig.model.wants = 'buy';
  rig.market.move(2);
  await until(() => rig.state.positions.size === 1);
  return { rig, driven, kill };
}

const stopOf = (rig: Rig): number => [...rig.state.positions.values()][0]?.stopLoss ?? 0;

test('killed and back', { timeout: 30_000 }, async () => {
  const { rig, driven, kill } = await rigInPosition(1_000);
  const { watchdog, lines } = driven;
  expect(watchdog.active).toBe(false);
  const decided = rig.of('decision_made').length;
  const stopBefore = stopOf(rig);

  const revive = kill();
  await until(() => watchdog.active, 3_000);
  const silentMs = Number(/not ticked for (\d+) ms/.exec(lines.join('\n'))?.[1]);
  expect(silentMs).toBeGreaterThan(2 * CHECK_INTERVAL_MS);
  // Three intervals, and what a busy machine adds to a timer.
  expect(silentMs).toBeLessThan(3 * CHECK_INTERVAL_MS + 500);

  // A stop trails, the target closes, and nothing is opened although the model would.
  rig.market.move(30);
  await until(() => stopOf(rig) > stopBefore);
  rig.market.move(200);
  await until(() => rig.state.positions.size === 0);
  rig.market.move(1);
  const at = rig.state.step.at ?? 0;
  await until(() => (rig.state.step.at ?? 0) > at && rig.state.step.completed);
  expect(rig.of('decision_made').length).toBe(decided);
  expect(watchdog.heartbeatAgoMs).toBeLessThan(3 * CHECK_INTERVAL_MS + 500);

  revive();
  await until(() => !watchdog.active, 12_000);
  expect(lines.at(-1)).toMatch(/steps back/);
  rig.market.move(1);
  await until(() => rig.state.positions.size === 1);
});

test('an operator halts while the server is dead: everything is closed at once', { timeout: 30_000 }, async () => {
  const { rig, driven, kill } = await rigInPosition(1_000);
  const revive = kill();
  await until(() => driven.watchdog.active, 3_000);
  expect(rig.say('halt', 'the queue is dead')).toMatchObject({ accepted: true, status: 'halted' });
  await until(async () => (await rig.broker.snapshot()).positions.length === 0, 1_000);
  revive();
  await until(() => !driven.watchdog.active, 12_000);
  expect(rig.status).toBe('halted');
});

test('a server that stays away spends the error budget: a cooldown of the queue, in which the watchdog goes on', {
  timeout: 30_000,
}, async () => {
  const { rig, driven, kill } = await rigInPosition(3);
  const revive = kill();
  await until(() => rig.status === 'cooldown', 6_000);
  expect(rig.view.reason).toMatch(/3 queue errors in a row: /);
  const stopBefore = stopOf(rig);
  rig.market.move(30);
  await until(() => stopOf(rig) > stopBefore);
  revive();
  await until(() => !driven.watchdog.active, 12_000);
  expect(rig.status).toBe('cooldown');
});
