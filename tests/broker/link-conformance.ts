/** What the servo relies on when the line to a broker fails: nothing executes twice, nothing executes behind a fence, no failure looks like an answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { BrokerReport } from '../../src/domain/order.ts';
import { type Broker, QueryFailed } from '../../src/domain/ports.ts';
import { money, price, quantity } from '../../src/domain/units.ts';
import { askFate, askReports, askSnapshot } from '../../src/servo/ask-broker.ts';
import type { VenueUnderTest } from './conformance.ts';
import type { HandMove } from './fake-venue/by-hand.ts';
import type { Faults, QueryFault, SubmitFault } from './fake-venue/faults.ts';
import { entry, modifyOf } from './venue-fixtures.ts';

/** A venue behind a line that fails as told. */
export interface VenueOnALine extends VenueUnderTest {
  inject(faults: Faults): Promise<void>;
  /** Somebody does something in the terminal. */
  hand(move: HandMove): Promise<void>;
}

/** Long enough for an answer, if there is one. */
const ANSWER_MS = 150;
const LATE_MS = 60;

type Ending =
  | { readonly kind: 'answered'; readonly reports: readonly BrokerReport[] }
  | { readonly kind: 'failed' | 'silent' };

function ending(submitted: Promise<readonly BrokerReport[]>): Promise<Ending> {
  return Promise.race([
    submitted.then(
      (reports): Ending =>
        reports.some(({ kind }) => kind === 'lost') ? { kind: 'failed' } : { kind: 'answered', reports },
      (): Ending => ({ kind: 'failed' }),
    ),
    sleep(ANSWER_MS, { kind: 'silent' } as const),
  ]);
}

/** What the servo sees of it, and whether the venue acts. */
const SENDS: Record<SubmitFault, { readonly seen: Ending['kind']; readonly acts: boolean }> = {
  cut_before: { seen: 'failed', acts: false },
  cut_after: { seen: 'failed', acts: true },
  silent_before: { seen: 'silent', acts: false },
  silent_after: { seen: 'silent', acts: true },
  held: { seen: 'silent', acts: false },
  late: { seen: 'answered', acts: true },
  twice: { seen: 'answered', acts: true },
  garbled: { seen: 'failed', acts: true },
};

const QUERIES: readonly QueryFault[] = ['cut', 'error', 'nonsense'];

export function linkConformance(name: string, makeVenue: () => Promise<VenueOnALine>): void {
  describe(`broker on a failing line: ${name}`, () => {
    const open: VenueOnALine[] = [];
    afterEach(async () => {
      await Promise.all(open.splice(0).map((venue) => venue.close()));
    });

    async function start(faults: Faults) {
      const venue = await makeVenue();
      open.push(venue);
      const broker = await venue.connect(1);
      await venue.quote(broker, 0, 1000);
      await venue.inject({ lateMs: LATE_MS, ...faults });
      return { venue, broker };
    }

    const executed = async (broker: Broker) =>
      (await broker.reportsAfter(0)).filter((report) => report.kind === 'filled' && report.fill.orderId === 'A').length;

    for (const [fault, { seen, acts }] of Object.entries(SENDS)) {
      it(`a send that is ${fault}: ${seen}, and ${acts ? 'executed once' : 'never executed'}`, async () => {
        const { venue, broker } = await start({ nextSubmits: [fault as SubmitFault] });
        expect((await ending(broker.submit(entry()))).kind).toBe(seen);
        // Whatever the line did, other questions are answered, and what happened is found behind the next fence.
        await broker.connect(2);
        await venue.quote(broker, 1, 1000);
        const fate = await askFate(broker, 'A');
        expect(fate.kind).toBe(acts ? 'reports' : 'never_seen');
        expect(await executed(broker)).toBe(acts ? 1 : 0);
        expect((await askSnapshot(broker)).positions).toHaveLength(acts ? 1 : 0);
      });
    }

    it('what is still on its way when the fence is raised never executes', async () => {
      const { venue, broker } = await start({ nextSubmits: ['late'] });
      const submitted = broker.submit(entry());
      await broker.connect(2);
      expect(await askFate(broker, 'A')).toEqual({ kind: 'never_seen' });
      expect(await submitted).toMatchObject([{ kind: 'rejected', code: 'stale_epoch' }]);
      await venue.quote(broker, 1, 1000);
      expect(await askFate(broker, 'A')).toEqual({ kind: 'never_seen' });
      expect(await askSnapshot(broker)).toMatchObject({ positions: [], workingOrderIds: [] });
    });

    it('orders that overtake one another each execute once', async () => {
      const { venue, broker } = await start({ nextSubmits: ['late', 'none'] });
      const [a, b] = [broker.submit(entry()), broker.submit(entry({ orderId: 'B' }))];
      await Promise.all([a, b]);
      await venue.quote(broker, 1, 1000);
      const positions = (await askSnapshot(broker)).positions.map(({ positionId }) => positionId);
      expect(positions.toSorted()).toEqual(['P-A', 'P-B']);
    });

    for (const fault of QUERIES) {
      it(`a question that meets "${fault}" fails, and the next one is answered`, async () => {
        const { broker } = await start({ nextQueries: [fault, fault, fault] });
        await expect(askReports(broker, 0)).rejects.toThrow(QueryFailed);
        await expect(askSnapshot(broker)).rejects.toThrow(QueryFailed);
        await expect(askFate(broker, 'A')).rejects.toThrow(QueryFailed);
        expect(await askReports(broker, 0)).toEqual([]);
        expect(await askFate(broker, 'A')).toEqual({ kind: 'never_seen' });
      });
    }

    it('reports that come twice and out of order are taken in order; a missing one fails the question', async () => {
      const { venue, broker } = await start({ nextQueries: ['none', 'shuffled', 'gap'] });
      await broker.submit(entry());
      await venue.quote(broker, 1, 1000);
      await broker.submit(modifyOf('M', 'A', 992, 1018));
      await broker.submit(modifyOf('N', 'A', 993, 1018));
      const all = await askReports(broker, 0);
      expect(all.length).toBeGreaterThanOrEqual(3);
      expect(await askReports(broker, 0)).toEqual(all);
      await expect(askReports(broker, 0)).rejects.toThrow(/is missing/);
    });

    /** Order A, filled, and everything that was said of it read. */
    async function withPosition() {
      const { venue, broker } = await start({});
      await broker.submit(entry());
      await venue.quote(broker, 1, 1000);
      return { venue, broker, cursor: (await askReports(broker, 0)).length };
    }

    it('says that a position has no stop, or no target', async () => {
      const { venue, broker } = await withPosition();
      const none = price(0);
      await venue.hand({ kind: 'levels', positionId: 'P-A', stopLoss: none, takeProfit: price(1020), reported: false });
      const [bare] = (await askSnapshot(broker)).positions;
      expect(bare).toMatchObject({ positionId: 'P-A', takeProfit: 1020 });
      expect(bare).not.toHaveProperty('stopLoss');
      expect(await broker.submit(modifyOf('M', 'A', 990, 1020))).toMatchObject([{ kind: 'amended', orderId: 'M' }]);
      expect((await askSnapshot(broker)).positions).toMatchObject([{ stopLoss: 990, takeProfit: 1020 }]);
    });

    it('tells of levels moved by another hand in the name of no order of ours', async () => {
      const { venue, broker, cursor } = await withPosition();
      const levels = { stopLoss: price(995), takeProfit: price(1015) };
      await venue.hand({ kind: 'levels', positionId: 'P-A', ...levels, reported: true });
      const [report, ...more] = await askReports(broker, cursor);
      expect(more).toEqual([]);
      expect(report).toMatchObject({ kind: 'amended', positionId: 'P-A', ...levels });
      expect(report).not.toHaveProperty('orderId');
    });

    it('keeps what others hold apart from what is ours', async () => {
      const { venue, broker } = await withPosition();
      const foreign = {
        positionId: '4711',
        symbol: 'COIN',
        side: 'buy',
        quantity: quantity(5),
        entryPrice: price(1000),
        margin: money(1),
      } as const;
      await venue.hand({ kind: 'externals', externals: [foreign] });
      const { positions, externals } = await askSnapshot(broker);
      expect(positions.map(({ positionId }) => positionId)).toEqual(['P-A']);
      expect(externals).toEqual([foreign]);
    });

    it('tells of money that moves by another hand', async () => {
      const { venue, broker, cursor } = await withPosition();
      const { balance } = await askSnapshot(broker);
      await venue.hand({ kind: 'cash', amount: money(-5_000_000), capital: true });
      expect(await askReports(broker, cursor)).toMatchObject([{ kind: 'cash', amount: -5_000_000, capital: true }]);
      expect((await askSnapshot(broker)).balance).toBe(balance - 5_000_000);
    });
  });
}
