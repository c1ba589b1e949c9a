/** The process is killed before and after every step of an order's way, again and again in one life: no order is doubled, none is lost. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { brokerOf } from '../../src/adapters.ts';
import { verifyStore } from '../../src/db/verify.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import { isTerminal, type Order } from '../../src/domain/order.ts';
import type { BrokerSnapshot, HeldPosition } from '../../src/domain/ports.ts';
import type { ServoState } from '../../src/domain/state.ts';
import { rebuildState } from '../../src/servo/book.ts';
import { decisionsIn, hashOf, pathsIn, tradesIn } from '../support/world.ts';
import type { CrashLife } from './support/crash-child.ts';
import { type CrashPoint, type Kind, type StepName, sentFile } from './support/crash-points.ts';
import { lifeConfig, live, openLife } from './support/life.ts';

const BARS = 140;
const CHILD = fileURLToPath(new URL('./support/crash-child.ts', import.meta.url));
/** SIGKILL spares what the kernel has, so memory is as good as a disk, and its `fsync` costs nothing. */
const SCRATCH = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'servo-crash-'));
/** Modules are compiled once, not once a process. */
const CHILD_ENV = { ...process.env, NODE_COMPILE_CACHE: join(SCRATCH, 'compile-cache') };

const at = (when: CrashPoint['when'], step: StepName, kind: Kind, skip = 0): CrashPoint => ({ when, step, kind, skip });
const around = (step: StepName, kind: Kind, skip = 0): CrashPoint[] => [
  at('before', step, kind, skip),
  at('after', step, kind, skip),
];

interface Plan extends Omit<CrashLife, 'folder' | 'point'> {
  readonly name: string;
  readonly points: readonly CrashPoint[];
}

const PLANS: readonly Plan[] = [
  {
    name: 'entries, filled at once',
    ...{ latencyMs: 0, bars: BARS, seed: 7 },
    points: [
      ...around('T1', 'open'),
      ...around('T2', 'open', 1),
      ...around('send', 'open', 2),
      ...around('T3', 'open', 1),
      ...around('T3', 'exit'),
      at('after', 'send', 'refused'),
    ],
  },
  {
    name: 'entries, filled at the next bar; recovery itself',
    ...{ latencyMs: 50, bars: BARS, seed: 11 },
    points: [
      ...around('recovery', 'any'),
      ...around('T1', 'open', 1),
      ...around('T2', 'open'),
      ...around('send', 'open', 1),
      ...around('T3', 'open', 3),
    ],
  },
  {
    name: 'reductions',
    ...{ latencyMs: 50, bars: BARS, seed: 17 },
    points: [
      ...around('T1', 'modify'),
      ...around('T2', 'close'),
      ...around('send', 'modify', 1),
      ...around('send', 'close'),
      ...around('T3', 'close'),
    ],
  },
];

interface Book {
  readonly state: ServoState;
  readonly events: readonly DomainEvent[];
  readonly venue: BrokerSnapshot;
}

beforeAll(() => {
  for (const { name } of PLANS) mkdirSync(join(SCRATCH, name));
});

afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

test.concurrent.each(PLANS)('$name', { timeout: 300_000 }, async ({ name, points, ...life }) => {
  const folder = join(SCRATCH, name);
  for (const point of points)
    expect(await childEnds({ ...life, folder, point }), JSON.stringify(point)).toBe('SIGKILL');
  expect(await childEnds({ ...life, folder })).toBe(0);

  const crashed = await readBook(folder, life.latencyMs);
  const sent = ordersSent(crashed.events);
  const reached = readFileSync(sentFile(folder), 'utf8').trimEnd().split('\n');
  expect(new Set(reached).size, 'no order reached the venue twice').toBe(reached.length);

  const lost = sent.filter((orderId) => !reached.includes(orderId));
  expect([...reached, ...lost].sort(), 'what reached the venue had been marked as sent').toEqual([...sent].sort());
  expect(lost.length).toBeGreaterThanOrEqual(points.filter(diesBeforeTheVenueActs).length);
  for (const orderId of lost) expect(fateOf(orderId, crashed.events)).toMatch(/never saw it/);

  // The same bars without a crash, in a world where just those orders are lost on their way.
  const undisturbed = await livedInPeace({ ...life, folder: join(SCRATCH, `${name}, in peace`) }, new Set(lost));
  expect(decisionsIn(crashed.events)).toEqual(decisionsIn(undisturbed.events));
  expect(tradesIn(crashed.events)).toEqual(tradesIn(undisturbed.events));
  expect(hashOf(crashed.state)).toBe(hashOf(undisturbed.state));
  expect(crashed.venue).toEqual(undisturbed.venue);
  expectSound(folder, crashed);
});

const diesBeforeTheVenueActs = ({ when, step }: CrashPoint): boolean =>
  (when === 'after' && step === 'T2') || (when === 'before' && step === 'send');

function expectSound(folder: string, { state, events, venue }: Book): void {
  expect(tradesIn(events).length).toBeGreaterThan(20);
  expect(state.causes).toMatchObject({ reconciled: true });
  expect(state.causes.halted).toBeUndefined();
  expect(state.account.balance).toBe(venue.balance);
  const held = ({ positionId, quantity, stopLoss }: HeldPosition) => ({
    positionId,
    quantity,
    stopLoss,
  });
  expect([...state.positions.values()].map(held)).toEqual(venue.positions.map(held));
  expect([...state.orders.values()].filter(isUnderWay).map(({ intent }) => intent.orderId)).toEqual(
    venue.workingOrderIds,
  );
  expect(verifyStore(pathsIn(folder).database)).toMatchObject({ ok: true });
}

const isUnderWay = ({ intent, status }: Order): boolean => intent.kind === 'open' && !isTerminal(status);

/** The signal that ended it, or its exit code. */
function childEnds(life: CrashLife): Promise<NodeJS.Signals | number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, JSON.stringify(life)], { stdio: 'inherit', env: CHILD_ENV });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
}

async function livedInPeace(life: Omit<CrashLife, 'point'>, lost: ReadonlySet<string>): Promise<Book> {
  mkdirSync(life.folder);
  const opened = openLife({ ...life, config: lifeConfig(life.latencyMs) }, (ports) => ({
    ...ports,
    broker: {
      ...ports.broker,
      submit: async (order) => {
        if (lost.has(order.intent.orderId)) throw new Error('lost on its way');
        return ports.broker.submit(order);
      },
    },
  }));
  await opened.servo.start();
  await live(opened.servo);
  await opened.servo.end();
  await opened.close();
  return readBook(life.folder, life.latencyMs);
}

/** From disk alone: what the journal makes of itself, and what the venue's file says. */
async function readBook(folder: string, latencyMs: number): Promise<Book> {
  const paths = pathsIn(folder);
  const { policy, ports, close } = openLife({ folder, config: lifeConfig(latencyMs), bars: BARS, seed: 1 });
  const state = rebuildState(policy, ports.store);
  const events = [...ports.store.entriesAfter(0)].map(({ event }) => event);
  await close();
  const broker = brokerOf(lifeConfig(latencyMs), paths);
  return { state, events, venue: await broker.snapshot() };
}

const ordersSent = (events: readonly DomainEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'order_changed' && event.change === 'send' ? [event.orderId] : []));

/** The last that the journal says of an order. */
const fateOf = (orderId: string, events: readonly DomainEvent[]): string | undefined =>
  events
    .flatMap((event) => (event.kind === 'order_changed' && event.orderId === orderId ? [event] : []))
    .map(({ change, detail }) => `${change}: ${detail}`)
    .at(-1);
