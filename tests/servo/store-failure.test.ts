/** A store that fails in the middle of a commit: nothing is half done, the state is what the journal says, and work goes on. */
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { verifyStore } from '../../src/db/verify.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import type { Order } from '../../src/domain/order.ts';
import { rebuildState } from '../../src/servo/book.ts';
import type { Store } from '../../src/servo/ports.ts';
import { hashOf, pathsIn } from '../support/world.ts';
import { type Between, Rig } from './support/rig.ts';

/** A disk that is full when told so. */
class Disk {
  /** Fails the next commit that contains such an event. */
  failsAt: ((event: DomainEvent) => boolean) | undefined;
  /** For how many commits of that kind. */
  times = 1;
  unreadable = false;
  failures = 0;
  asides = 0;
  failsAsides = false;

  readonly ports: Between = (ports) => ({
    ...ports,
    store: this.#around(ports.store),
  });

  #around(store: Store): Store {
    return {
      ...store,
      append: (events, alerts, recordedAt) => {
        if (this.times > 0 && this.failsAt !== undefined && events.some(this.failsAt)) {
          this.times -= 1;
          this.failures += 1;
          throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
        }
        store.append(events, alerts, recordedAt);
      },
      loadSnapshot: () => {
        if (this.unreadable) throw new Database.SqliteError('disk I/O error', 'SQLITE_IOERR');
        return store.loadSnapshot();
      },
      recordLatency: (...latency) => {
        this.#maybeFailAside();
        store.recordLatency(...latency);
      },
      saveSnapshot: (state) => {
        this.#maybeFailAside();
        store.saveSnapshot(state);
      },
    };
  }

  #maybeFailAside(): void {
    this.asides += 1;
    if (this.failsAsides) throw new Database.SqliteError('disk I/O error', 'SQLITE_IOERR');
  }
}

/** What the state would be if it were read back now. */
const journalHash = (rig: Rig): string => hashOf(rebuildState(rig.servo.policy, rig.store));

const MOVES = [2, 12, 12, 12, -80, 3, 1, 40, -90];

async function liveThrough(rig: Rig): Promise<void> {
  rig.model.wants = 'buy';
  for (const ticks of MOVES) {
    await rig.bars(ticks);
    await rig.run();
  }
}

const COMMITS: Record<string, (event: DomainEvent) => boolean> = {
  'a bar': ({ kind }) => kind === 'bar_closed',
  'a signal': ({ kind }) => kind === 'signal_made',
  'a decision (T1)': (event) => event.kind === 'decision_made' && event.decision.outcome === 'approved',
  'a send (T2)': (event) => event.kind === 'order_changed' && event.change === 'send',
  'a fill (T3)': (event) => event.kind === 'fill_applied' && event.fill.effect === 'open',
  'an exit at the venue': (event) => event.kind === 'fill_applied' && event.fill.effect === 'close',
  'a new stop': ({ kind }) => kind === 'position_amended',
  'the end of a step': ({ kind }) => kind === 'step_completed',
};

for (const [what, failsAt] of Object.entries(COMMITS)) {
  test(`full while ${what} is written`, async () => {
    const undisturbed = await Rig.start();
    await liveThrough(undisturbed);
    const disk = new Disk();
    const rig = await Rig.start({ ports: disk.ports });
    disk.failsAt = failsAt;
    await liveThrough(rig);

    expect(disk.failures).toBe(1);
    expect(rig.view.components).toContainEqual(expect.objectContaining({ component: 'store', errorsInARow: 0 }));
    expect(hashOf(rig.state)).toBe(hashOf(undisturbed.state));
    expect(journalHash(rig)).toBe(hashOf(rig.state));
    expect(await rig.broker.snapshot()).toEqual(await undisturbed.broker.snapshot());
    expect(verifyStore(pathsIn(rig.folder).database).ok).toBe(true);
  });
}

test('full while a lost answer is written: the order is settled all the same, and never sent again', async () => {
  const disk = new Disk();
  const sent: string[] = [];
  const rig = await Rig.start({
    ports: (ports) => {
      const submit = async ({ intent }: Order) => {
        sent.push(intent.orderId);
        throw new Error('connection reset');
      };
      return disk.ports({ ...ports, broker: { ...ports.broker, submit } });
    },
  });
  disk.failsAt = (event) => event.kind === 'order_changed' && event.change === 'lose';
  rig.model.wants = 'buy';
  await rig.bars(2);
  rig.model.wants = 'nothing';
  await rig.bars(1);
  expect(disk.failures).toBe(1);
  expect(sent).toHaveLength(1);
  expect(rig.state.orders.get(sent[0] ?? '')?.status).toBe('expired');
});

test('at the very moment of the failure the state is the one before', async () => {
  const disk = new Disk();
  const rig = await Rig.start({ ports: disk.ports });
  rig.model.wants = 'buy';
  await rig.bars(2);
  for (const [failsAt, act] of [
    [(event: DomainEvent) => event.kind === 'bar_closed', () => rig.servo.advance('ingest')],
    [(event: DomainEvent) => event.kind === 'command_accepted', async () => rig.say('halt', 'fire')],
  ] as const) {
    const before = hashOf(rig.state);
    rig.market.move(1);
    disk.times = 1;
    disk.failsAt = failsAt;
    await expect(act()).rejects.toThrow(/full/);
    expect(hashOf(rig.state)).toBe(before);
    expect(journalHash(rig)).toBe(before);
  }
  expect(rig.say('halt', 'fire')).toMatchObject({ accepted: true, status: 'halted' });
});

test('not even readable when it fails: the state is read back as soon as it can be, and never made up', async () => {
  const disk = new Disk();
  const rig = await Rig.start({ ports: disk.ports });
  rig.model.wants = 'buy';
  await rig.bars(2);
  const before = hashOf(rig.state);
  disk.failsAt = ({ kind }) => kind === 'bar_closed';
  disk.unreadable = true;
  await rig.bars(1);
  await rig.bars(1);
  expect(disk.failures).toBe(1);
  expect(() => rig.say('pause')).toThrow(/I\/O/);
  disk.unreadable = false;
  expect(hashOf(rig.state)).toBe(before);
  await rig.run();
  expect(journalHash(rig)).toBe(hashOf(rig.state));
  expect(rig.state.step.completed).toBe(true);
});

test('a disk that stays full: nothing is sent, nothing is lost, and the servo cools down once it can write that', async () => {
  const disk = new Disk();
  const rig = await Rig.start({ ports: disk.ports, timings: { maxErrors: 3 } });
  rig.model.wants = 'buy';
  disk.failsAt = () => true;
  disk.times = Number.POSITIVE_INFINITY;
  await rig.bars(2);
  for (let i = 0; i < 5; i++) await rig.run();
  expect((await rig.broker.snapshot()).positions).toEqual([]);
  expect(journalHash(rig)).toBe(hashOf(rig.state));
  disk.times = 1;
  for (let i = 0; i < 3; i++) await rig.run();
  expect(rig.state.step.completed).toBe(true);
  expect(verifyStore(pathsIn(rig.folder).database).ok).toBe(true);
});

test('full at the very first start: the account is opened once, and in one piece with the start', async () => {
  const disk = new Disk();
  disk.failsAt = ({ kind }) => kind === 'process_started';
  const rig = Rig.asleep({ ports: disk.ports });
  await expect(rig.servo.start()).rejects.toThrow(/full/);
  expect(rig.store.lastSequence()).toBe(0);
  const next = await rig.restarted();
  expect(next.of('account_opened')).toHaveLength(1);
  expect(next.status).toBe('running');
});

test('measurements and snapshots that cannot be written are errors, but the work they accompany stands', async () => {
  const disk = new Disk();
  const rig = await Rig.start({ ports: disk.ports, timings: { maxErrors: 1_000 } });
  disk.failsAsides = true;
  rig.model.wants = 'buy';
  await rig.bars(2);
  expect(rig.state.positions.size).toBe(1);
  expect(disk.asides).toBeGreaterThan(3);
  expect(rig.view.components).toContainEqual(
    expect.objectContaining({ component: 'store', lastError: 'disk I/O error' }),
  );
});

test('a listener that throws changes nothing of what was committed: the halt is carried out', async () => {
  const rig = await Rig.start();
  rig.model.wants = 'buy';
  await rig.bars(2);
  rig.servo.onCommit(() => {
    throw new Error('the log cannot be written');
  });
  expect(rig.say('halt', 'fire')).toMatchObject({ accepted: true });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await rig.broker.snapshot()).positions).toEqual([]);
});

test('a decision that can never be made does not keep the monitor from its work', async () => {
  const disk = new Disk();
  const rig = await Rig.start({ ports: disk.ports, timings: { maxErrors: 3 } });
  rig.model.wants = 'buy';
  await rig.bars(2);
  disk.failsAt = ({ kind }) => kind === 'decision_made';
  disk.times = Number.POSITIVE_INFINITY;
  const [before] = rig.state.positions.values();
  rig.market.move(30);
  for (let i = 0; i < 4; i++) await rig.run();
  expect(rig.status).toBe('cooldown');
  const [after] = rig.state.positions.values();
  expect(after?.stopLoss).toBeGreaterThan(before?.stopLoss ?? 0);
  rig.market.move(200);
  for (let i = 0; i < 4; i++) await rig.run();
  expect(rig.state.positions.size).toBe(0);
});
