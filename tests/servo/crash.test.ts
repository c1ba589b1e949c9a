/**
 * The process is killed at every step of an order's way, and again while it recovers: no order is doubled, none is lost, none stays
 * open, and what comes of it is what a world without kills would have made of the orders that reached the venue.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { verifyStore } from '../../src/db/verify.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import type { BrokerSnapshot } from '../../src/domain/ports.ts';
import { canonicalState } from '../../src/domain/snapshot.ts';
import type { ServoState } from '../../src/domain/state.ts';
import { rebuildState } from '../../src/servo/book.ts';
import type { FakeVenue } from '../broker/fake-venue/start-venue.ts';
import { decisionsIn, pathsIn, tradesIn } from '../support/world.ts';
import { type NamedPlan, planned, VENUES, type VenueKind } from './support/crash-plans.ts';
import { arrivals, type CaseResult, crashed, folderIn, repeated, venueFor } from './support/crash-run.ts';
import { live, openLife } from './support/life.ts';

const CASES = 150;
/** SIGKILL spares what the kernel has, so memory is as good as a disk, and its `fsync` costs nothing. */
const SCRATCH = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'servo-crash-'));
/** Modules are compiled once, not once a process. */
const env = { ...process.env, NODE_COMPILE_CACHE: join(SCRATCH, 'compile-cache') };
const PLANS = VENUES.flatMap(planned);
const results: (CaseResult & { readonly venue: VenueKind })[] = [];

interface Book {
  readonly state: ServoState;
  readonly events: readonly DomainEvent[];
  readonly venue: BrokerSnapshot;
}

afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

describe('killed and started again', () => {
  test.concurrent.each(PLANS)('$name', { timeout: 400_000 }, async (plan) => {
    const folder = folderIn(SCRATCH, plan.name);
    const venue = plan.venue === 'tcp' ? await venueFor(plan.config) : undefined;
    try {
      const found = await crashed(plan, { folder, env, ...(venue && { venue }) });
      for (const one of found) expectResolved(one);
      results.push(...found.map((one) => ({ ...one, venue: plan.venue })));
      await expectAsInPeace(plan, folder, venue);
    } finally {
      await venue?.stop();
    }
  });
});

test(`${CASES} cases, none doubled, none lost, none open`, () => {
  console.log(table());
  expect(results.length).toBe(CASES);
  expect(results.filter(({ killed }) => killed).length).toBe(CASES);
  const total = (count: (one: CaseResult) => number) => results.reduce((sum, one) => sum + count(one), 0);
  expect(total(({ duplicates }) => duplicates)).toBe(0);
  expect(total(({ audit }) => audit.orphans.length + audit.phantoms.length)).toBe(0);
  expect(total(({ audit }) => audit.unresolved.length)).toBe(0);
});

function expectResolved({ point, aftermath, duplicates, audit }: CaseResult): void {
  const { halted, ...rest } = audit;
  const clean = { unresolved: [], orphans: [], phantoms: [], differences: [], duplicates: 0 };
  expect({ ...rest, duplicates }, JSON.stringify({ point, aftermath })).toEqual(clean);
  if (point.step === 'halt') expect(halted, 'a committed halt holds after the start').toBe(point.when === 'after');
}

/** The same bars without a crash, in a world where just those orders are lost that no venue saw. */
async function expectAsInPeace(plan: NamedPlan, folder: string, venue: FakeVenue | undefined): Promise<void> {
  const book = await readBook(plan, folder, venue?.port);
  const stale = new Set((await venue?.log())?.stale);
  const arrived = await arrivals(folder, venue);
  expect(repeated(arrived), 'no order reached the venue twice').toEqual([]);
  const late = plan.cases.filter(({ aftermath }) => aftermath === 'late frame');
  expect(stale.size, 'what came late was refused').toBeGreaterThanOrEqual(late.length);

  const sent = ordersSent(book.events);
  const reached = arrived.filter((orderId) => !stale.has(orderId));
  const lost = sent.filter((orderId) => !reached.includes(orderId));
  expect([...reached, ...lost].sort(), 'what reached the venue had been marked as sent').toEqual([...sent].sort());
  expect(lost.length).toBeGreaterThanOrEqual(late.length + plan.cases.filter(diesBeforeTheVenueActs).length);
  for (const orderId of lost) expect(fateOf(orderId, book.events)).toMatch(/never saw it/);
  expect(entriesUnderHalt(book.events)).toEqual([]);

  const undisturbed = await livedInPeace(plan, `${folder}-in-peace`, new Set(lost));
  expect(decisionsIn(book.events)).toEqual(decisionsIn(undisturbed.events));
  expect(tradesIn(book.events)).toEqual(tradesIn(undisturbed.events));
  // What equal hashes would say, with the difference in words.
  expect(pictureOf(book.state)).toEqual(pictureOf(undisturbed.state));
  expect(book.venue).toMatchObject(undisturbed.venue);
  expect(tradesIn(book.events).length).toBeGreaterThan(3);
  expect(verifyStore(pathsIn(folder).database)).toMatchObject({ ok: true });
}

const diesBeforeTheVenueActs = ({ point: { when, step } }: CaseResult | NamedPlan['cases'][number]): boolean =>
  (when === 'after' && step === 'T2') || (when === 'before' && step === 'send');

async function livedInPeace(plan: NamedPlan, folder: string, lost: ReadonlySet<string>): Promise<Book> {
  mkdirSync(folder);
  const opened = openLife({ ...plan, folder }, (ports) => ({
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
  await live(opened.servo, plan.habit);
  await opened.servo.end();
  await opened.close();
  return readBook(plan, folder, undefined);
}

/** From disk alone: what the journal makes of itself, and what the venue says. */
async function readBook(plan: NamedPlan, folder: string, port: number | undefined): Promise<Book> {
  const { policy, ports, close } = openLife({ ...plan, folder, ...(port !== undefined && { port }) });
  const state = rebuildState(policy, ports.store);
  const events = [...ports.store.entriesAfter(0)].map(({ event }) => event);
  const venue = await ports.broker.snapshot();
  await close();
  return { state, events, venue };
}

const pictureOf = (state: ServoState): unknown => JSON.parse(canonicalState(state));

const ordersSent = (events: readonly DomainEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'order_changed' && event.change === 'send' ? [event.orderId] : []));

/** The last that the journal says of an order. */
const fateOf = (orderId: string, events: readonly DomainEvent[]): string | undefined =>
  events
    .flatMap((event) => (event.kind === 'order_changed' && event.orderId === orderId ? [event] : []))
    .map(({ change, detail }) => `${change}: ${detail}`)
    .at(-1);

/** Entries that were marked as sent between a halt and the word that lifts it. */
function entriesUnderHalt(events: readonly DomainEvent[]): string[] {
  const entries = new Set<string>();
  const found: string[] = [];
  let halted = false;
  for (const event of events) {
    if (event.kind === 'command_accepted') halted = event.command === 'halt' || (halted && event.command !== 'reset');
    if (event.kind === 'decision_made' && event.decision.outcome === 'approved') {
      entries.add(event.decision.intent.orderId);
    }
    if (halted && event.kind === 'order_changed' && event.change === 'send' && entries.has(event.orderId)) {
      found.push(event.orderId);
    }
  }
  return found;
}

function table(): string {
  const rows = new Map<string, CaseResult[]>();
  for (const one of results) {
    const { when, step, kind } = one.point;
    const key = [step, when, kind, one.venue].map((word) => word.padEnd(8)).join(' ');
    rows.set(key, [...(rows.get(key) ?? []), one]);
  }
  const sum = (found: readonly CaseResult[], count: (one: CaseResult) => number) =>
    String(found.reduce((total, one) => total + count(one), 0)).padStart(10);
  const lines = [...rows]
    .sort()
    .map(([key, found]) =>
      [
        key,
        String(found.length).padStart(5),
        sum(found, ({ killed }) => Number(killed)),
        sum(found, ({ duplicates }) => duplicates),
        sum(found, ({ audit }) => audit.orphans.length + audit.phantoms.length),
        sum(found, ({ audit }) => audit.unresolved.length),
      ].join(' '),
    );
  return [
    'step     when     kind     venue    cases     killed duplicates    orphans unresolved',
    ...lines,
    `${results.length} cases`,
  ].join('\n');
}
