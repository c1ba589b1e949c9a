/** The paper broker: conformance, when it writes, and what it remembers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileStore } from '../../src/broker/paper/file-store.ts';
import { paperBroker, type VenueStore } from '../../src/broker/paper/paper-broker.ts';
import type { VenueRules } from '../../src/broker/paper/rules.ts';
import { PaperVenue } from '../../src/broker/paper/venue.ts';
import type { VenueSnapshot } from '../../src/broker/paper/venue-snapshot.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { BrokerReport } from '../../src/domain/order.ts';
import type { Broker } from '../../src/domain/ports.ts';
import { moneyFromUnits } from '../../src/domain/units.ts';
import { brokerConformance } from './conformance.ts';
import { play, worlds } from './random-market.ts';
import { bar, entry, line, minute, modifyOf, OPENING, type RuleOptions, venueRules } from './venue-fixtures.ts';

const brokerOver = (store: VenueStore, rules: RuleOptions | VenueRules = {}): Broker =>
  paperBroker({ rules: 'symbols' in rules ? rules : venueRules(rules), opening: OPENING, store });

for (const latencyMs of [0, 50]) {
  brokerConformance(`paper, latency ${latencyMs} ms`, async (misfortune) => {
    const home = mkdtempSync(join(tmpdir(), 'paper-conformance-'));
    const rules = venueRules({ latencyMs, commissionPerLot: moneyFromUnits(7), ...misfortune });
    let last: Bar | undefined;
    return {
      async connect(epoch) {
        const broker = brokerOver(fileStore(join(home, 'paper.json')), rules);
        await broker.connect(epoch);
        if (last !== undefined) await broker.onBars([last]);
        return broker;
      },
      async quote(broker, n, bid) {
        last = bar(n, bid);
        await broker.onBars([last]);
      },
      async close() {
        rmSync(home, { recursive: true, force: true });
      },
    };
  });
}

describe('paper broker: what is written when', () => {
  /** Remembers as a disk does, and counts. */
  function countingStore() {
    const writes: string[] = [];
    return {
      writes,
      load: () => (writes.length === 0 ? undefined : (JSON.parse(writes.at(-1) ?? '') as VenueSnapshot)),
      save: (snapshot: VenueSnapshot) => void writes.push(JSON.stringify(snapshot)),
    };
  }

  it('writes for every change and for no plain bar', async () => {
    const store = countingStore();
    const broker = brokerOver(store);
    const writesOf = async (act: () => Promise<unknown>) => {
      const before = store.writes.length;
      await act();
      return store.writes.length - before;
    };
    expect(await writesOf(() => broker.connect(1))).toBe(1);
    expect(await writesOf(() => broker.onBars([bar(0, 1000)]))).toBe(0);
    expect(await writesOf(() => broker.submit(entry()))).toBe(1);
    expect(await writesOf(() => broker.submit(entry()))).toBe(0);
    expect(await writesOf(() => broker.onBars([bar(1, 1000)]))).toBe(1);
    expect(await writesOf(() => broker.onBars([bar(2, 1000)]))).toBe(0);
    // The night after it is paid, though it costs nothing here.
    expect(await writesOf(() => broker.onBars([bar(14 * 12, 1000)]))).toBe(1);
    expect(await writesOf(() => broker.submit(modifyOf('M', 'A', 995, 1020, minute(845))))).toBe(1);
    expect(await writesOf(() => broker.reportsAfter(0))).toBe(0);
    expect(await writesOf(() => broker.onBars([bar(14 * 12 + 1, 1025)]))).toBe(1);
    expect(await writesOf(() => broker.close())).toBe(1);
  });

  it('calls an order lost while its outcome cannot be written, and says nothing that a crash could unsay', async () => {
    const store = countingStore();
    let full = false;
    const failing = {
      load: store.load,
      save(snapshot: VenueSnapshot) {
        if (full) throw new Error('no space left on device');
        store.save(snapshot);
      },
    };
    const broker = brokerOver(failing, { latencyMs: 0 });
    await broker.connect(1);
    await broker.onBars([bar(0, 1000)]);
    full = true;
    expect(await broker.submit(entry())).toMatchObject([
      { kind: 'lost', orderId: 'A', text: 'no space left on device' },
    ]);
    await expect(broker.statusOf('A')).rejects.toThrow('no space left');
    await expect(broker.reportsAfter(0)).rejects.toThrow('no space left');
    await expect(broker.snapshot()).rejects.toThrow('no space left');

    const afterCrash = brokerOver(store, { latencyMs: 0 });
    await afterCrash.connect(2);
    expect(await afterCrash.statusOf('A')).toEqual({ kind: 'never_seen' });

    full = false;
    expect(await broker.statusOf('A')).toMatchObject({ kind: 'reports', reports: [{ kind: 'filled' }] });
  });

  it('before it has connected, looks at the book but neither trades nor writes', async () => {
    const store = countingStore();
    await brokerOver(store).connect(0);
    const visitor = brokerOver(store);
    expect((await visitor.snapshot()).balance).toBe(OPENING);
    expect(await visitor.submit(entry())).toMatchObject([{ kind: 'rejected', code: 'stale_epoch' }]);
    await visitor.close();
    expect(store.writes).toHaveLength(1);
  });

  it('keeps the balance of a book that exists', async () => {
    const store = countingStore();
    await brokerOver(store).connect(1);
    const richer = paperBroker({ rules: venueRules(), opening: moneyFromUnits(5_000_000), store });
    expect((await richer.snapshot()).balance).toBe(OPENING);
  });

  it('says the same after a crash at any point, once the servo shows its last bars again', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, fc.array(fc.boolean(), { minLength: 1 }), async (world, crashes) => {
        const straight = play(world, new PaperVenue(world.rules, OPENING));
        const store = countingStore();
        const lastBars = new Map<string, Bar>();
        const reports: BrokerReport[] = [];
        let broker = brokerOver(store, world.rules);
        await broker.connect(1);
        let crash = 0;
        const crashMaybe = async () => {
          if (!crashes[crash++ % crashes.length]) return;
          broker = brokerOver(store, world.rules);
          await broker.connect(crash + 1);
          await broker.onBars([...lastBars.values()]);
        };
        const read = async () => reports.push(...(await broker.reportsAfter(reports.at(-1)?.sequence ?? 0)));
        for (const step of world.steps) {
          await broker.onBars(step.bars);
          for (const each of step.bars) lastBars.set(each.symbol, each);
          await crashMaybe();
          await read();
          for (const order of step.orders) {
            await broker.submit(order);
            await crashMaybe();
          }
          await read();
        }
        expect(reports).toEqual(straight.reports);
        expect(await broker.snapshot()).toEqual(straight.venue.holdings());
      }),
      { numRuns: 100, seed: 7 },
    );
  });
});

describe('paper broker: its reports', () => {
  /** `count` entries that are rejected at once. */
  async function brokerWith(count: number, read: (broker: Broker, i: number) => Promise<unknown>) {
    const memory: VenueSnapshot[] = [];
    const store = { load: () => memory.at(-1), save: (snapshot: VenueSnapshot) => void memory.splice(0, 1, snapshot) };
    const broker = brokerOver(store, { rejectionProbability: 1 });
    await broker.connect(1);
    await broker.onBars([bar(0, 1000)]);
    for (let i = 0; i < count; i++) {
      await broker.submit(entry({ orderId: `O${i}` }));
      await read(broker, i);
    }
    return { broker, restarted: brokerOver(store, { rejectionProbability: 1 }) };
  }

  it('keeps every report that has not been read', async () => {
    const { restarted } = await brokerWith(1500, async () => {});
    expect(await restarted.reportsAfter(0)).toHaveLength(1500);
  });

  it('keeps 512 that were read, knows older orders still, and says when older reports are asked for', async () => {
    const { broker, restarted } = await brokerWith(1500, (each, i) => each.reportsAfter(i));
    for (const each of [broker, restarted]) {
      expect(await each.reportsAfter(1500 - 512)).toHaveLength(512);
      await expect(each.reportsAfter(900)).rejects.toThrow(
        'reports after 900 were asked for; only those after 988 are kept',
      );
      expect(await each.statusOf('O0')).toEqual({ kind: 'reports', reports: [] });
      expect(await each.statusOf('O1499')).toMatchObject({ reports: [{ kind: 'rejected' }] });
    }
    await restarted.connect(2);
    expect(await restarted.submit(entry({ orderId: 'O0' }))).toEqual([]);
  });

  it('remembers at least 2048 orders, and an older one that returns has expired', async () => {
    const { broker } = await brokerWith(2305, (each, i) => each.reportsAfter(i));
    expect(await broker.statusOf('O256')).toEqual({ kind: 'never_seen' });
    expect(await broker.statusOf('O257')).toEqual({ kind: 'reports', reports: [] });
    await broker.onBars([bar(1, 1000)]);
    expect((await broker.submit(entry({ orderId: 'O256' }))).map(line)).toEqual(["O256 expired 10'"]);
  });

  it('does not follow a journal that is ahead of it', async () => {
    const { broker } = await brokerWith(3, async () => {});
    await expect(broker.reportsAfter(4)).rejects.toThrow(
      'has applied report 4 of the paper venue, which has made only 3',
    );
  });
});
