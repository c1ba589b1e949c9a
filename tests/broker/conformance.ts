/** What the servo relies on, whatever broker stands behind the port. Every broker passes this suite through its own harness. */
import { afterEach, describe, expect, it } from 'vitest';
import { type BrokerReport, type Order, REJECT_CODES } from '../../src/domain/order.ts';
import type { Broker } from '../../src/domain/ports.ts';
import { cancelOf, closeOf, entry, minute, modifyOf } from './venue-fixtures.ts';

export interface Misfortune {
  readonly rejectionProbability?: number;
  readonly partialFillProbability?: number;
}

/** One venue with its account; sessions come and go. It trades COIN with a spread of 2 ticks. */
export interface VenueUnderTest {
  /** A session of its own, as a restarted servo opens it; earlier ones are not told. */
  connect(epoch: number): Promise<Broker>;
  /** The market is at this bid, and what can fill there has filled. Through the session that is in charge. */
  quote(broker: Broker, n: number, bid: number): Promise<void>;
  close(): Promise<void>;
}

export type MakeVenue = (misfortune: Misfortune) => Promise<VenueUnderTest>;

const fillsOf = (reports: readonly BrokerReport[]) =>
  reports.flatMap((report) => (report.kind === 'filled' ? [report.fill] : []));

export function brokerConformance(name: string, makeVenue: MakeVenue): void {
  describe(`broker conformance: ${name}`, () => {
    const open: VenueUnderTest[] = [];
    afterEach(async () => {
      await Promise.all(open.splice(0).map((venue) => venue.close()));
    });

    async function start(misfortune: Misfortune = {}) {
      const venue = await makeVenue(misfortune);
      open.push(venue);
      const broker = await venue.connect(1);
      await venue.quote(broker, 0, 1000);
      return { venue, broker };
    }

    /** Order A, filled. */
    async function withPosition(order: Order = entry()) {
      const { venue, broker } = await start();
      await broker.submit(order);
      await venue.quote(broker, 1, 1000);
      const [position] = (await broker.snapshot()).positions;
      if (position === undefined) throw new Error('order A did not fill');
      return { venue, broker, position };
    }

    it('fills an entry once, with its stop and its target', async () => {
      const { broker, position } = await withPosition();
      expect(position).toMatchObject({ symbol: 'COIN', side: 'buy', quantity: 10, stopLoss: 990, takeProfit: 1020 });
      const fills = fillsOf(await broker.reportsAfter(0));
      expect(fills).toMatchObject([
        { orderId: 'A', effect: 'open', cause: 'order', positionId: position.positionId, quantity: 10 },
      ]);
      expect((await broker.snapshot()).workingOrderIds).toEqual([]);
    });

    it('answers a repeated order with what it knows, and does nothing more', async () => {
      const { venue, broker } = await withPosition();
      const before = await broker.reportsAfter(0);
      expect(await broker.submit(entry())).toEqual(before);
      await venue.quote(broker, 2, 1000);
      expect(await broker.reportsAfter(0)).toEqual(before);
      expect((await broker.snapshot()).positions).toHaveLength(1);
    });

    it('numbers its reports upwards and gives the same ones at every reading', async () => {
      const { broker, position } = await withPosition();
      await broker.submit(modifyOf('M', 'A', 995, 1010));
      const all = await broker.reportsAfter(0);
      const sequences = all.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
      expect(all.at(-1)).toMatchObject({ kind: 'amended', orderId: 'M', positionId: position.positionId });
      const middle = sequences[0] ?? 0;
      expect(await broker.reportsAfter(middle)).toEqual(all.slice(1));
      expect(await broker.reportsAfter(middle)).toEqual(all.slice(1));
      expect(await broker.reportsAfter(sequences.at(-1) ?? 0)).toEqual([]);
      expect((await broker.snapshot()).sequence).toBe(sequences.at(-1));
    });

    it('rejects with a code of the closed list, and nothing is left of the order', async () => {
      const { venue, broker } = await start({ rejectionProbability: 1 });
      const [answer] = await broker.submit(entry());
      expect(answer).toMatchObject({ kind: 'rejected', orderId: 'A' });
      expect(Object.keys(REJECT_CODES)).toContain(answer?.kind === 'rejected' ? answer.code : '');
      await venue.quote(broker, 1, 1000);
      expect(await broker.snapshot()).toMatchObject({ positions: [], workingOrderIds: [] });
    });

    it('says so when only a part fills, and ends the rest', async () => {
      const { venue, broker } = await start({ partialFillProbability: 1 });
      await broker.submit(entry({ quantity: 40 }));
      await venue.quote(broker, 1, 1000);
      const reports = await broker.reportsAfter(0);
      const filled = reports.find((report) => report.kind === 'filled');
      expect(filled).toMatchObject({ orderDone: false, fill: { orderId: 'A' } });
      expect(reports.at(-1)).toMatchObject({ kind: 'cancelled', orderId: 'A' });
      const steps = filled?.fill.quantity ?? 0;
      expect(steps).toBeGreaterThan(0);
      expect(steps).toBeLessThan(40);
      expect(await broker.snapshot()).toMatchObject({ positions: [{ quantity: steps }], workingOrderIds: [] });
    });

    it('acts on a stop by itself', async () => {
      const { venue, broker, position } = await withPosition();
      await venue.quote(broker, 2, 985);
      const last = fillsOf(await broker.reportsAfter(0)).at(-1);
      expect(last).toMatchObject({
        effect: 'close',
        cause: 'stop_loss',
        positionId: position.positionId,
        side: 'sell',
      });
      expect(last).not.toHaveProperty('orderId');
      expect((await broker.snapshot()).positions).toEqual([]);
    });

    it('closes in parts, never more than is open', async () => {
      const { venue, broker } = await withPosition();
      await broker.submit(closeOf('D', 'A', 4));
      await venue.quote(broker, 2, 1000);
      expect((await broker.snapshot()).positions).toMatchObject([{ quantity: 6 }]);
      await broker.submit(closeOf('E', 'A', 6, minute(15)));
      await venue.quote(broker, 3, 1000);
      expect((await broker.snapshot()).positions).toEqual([]);
      expect(await broker.submit(closeOf('F', 'A', 6, minute(20)))).toMatchObject([
        { kind: 'rejected', code: 'position_gone' },
      ]);
    });

    it('reduces only: a close of more than is open closes what is there or nothing, and never turns the position round', async () => {
      const { venue, broker } = await withPosition();
      const answer = await broker.submit(closeOf('C', 'A', 11));
      await venue.quote(broker, 2, 1000);
      const { positions } = await broker.snapshot();
      const closed = fillsOf(await broker.reportsAfter(0)).filter(({ effect }) => effect === 'close');
      // A hedging account refuses it, on a netting account it is cut to what is open.
      const refused = answer.some((report) => report.kind === 'rejected' && report.code === 'invalid_volume');
      expect(positions.map(({ side, quantity }) => `${side} ${quantity}`)).toEqual(refused ? ['buy 10'] : []);
      expect(closed.map(({ quantity }) => quantity)).toEqual(refused ? [] : [10]);
    });

    it('a stop entry waits beyond the market, and opens once when the price goes through it', async () => {
      const { venue, broker } = await start();
      await broker.submit(entry({ type: 'stop', referencePrice: 1010, expiresAt: minute(60) }));
      await venue.quote(broker, 1, 1004);
      expect(await broker.snapshot()).toMatchObject({ positions: [], workingOrderIds: ['A'] });
      await venue.quote(broker, 2, 1012);
      await venue.quote(broker, 3, 1012);
      const [fill, ...more] = fillsOf(await broker.reportsAfter(0));
      expect(more).toEqual([]);
      expect(fill?.price).toBeGreaterThanOrEqual(1010);
      expect(await broker.snapshot()).toMatchObject({
        positions: [{ side: 'buy', quantity: 10 }],
        workingOrderIds: [],
      });
    });

    it('a stop-limit entry is not filled beyond its limit', async () => {
      const { venue, broker } = await start();
      await broker.submit(entry({ type: 'stop_limit', referencePrice: 1010, deviation: 3, expiresAt: minute(60) }));
      await venue.quote(broker, 1, 1020);
      expect(await broker.snapshot()).toMatchObject({ positions: [], workingOrderIds: ['A'] });
      await venue.quote(broker, 2, 1009);
      expect(fillsOf(await broker.reportsAfter(0)).map(({ price }) => price <= 1013)).toEqual([true]);
    });

    for (const type of ['limit', 'stop', 'stop_limit'] as const) {
      it(`a ${type} entry ends with its time, and opens nothing afterwards`, async () => {
        const { venue, broker } = await start();
        const referencePrice = type === 'limit' ? 980 : 1020;
        await broker.submit(entry({ type, referencePrice, expiresAt: minute(15) }));
        for (const n of [1, 2, 3]) await venue.quote(broker, n, 1000);
        expect((await broker.reportsAfter(0)).at(-1)).toMatchObject({ kind: 'expired', orderId: 'A' });
        await venue.quote(broker, 4, type === 'limit' ? 970 : 1030);
        expect(await broker.snapshot()).toMatchObject({ positions: [], workingOrderIds: [] });
      });
    }

    it('all or nothing is taken at its word', async () => {
      const { venue, broker } = await start({ partialFillProbability: 1 });
      await broker.submit(entry({ quantity: 40, filling: 'fok' }));
      await venue.quote(broker, 1, 1000);
      expect((await broker.reportsAfter(0)).at(-1)).toMatchObject({ kind: 'rejected', orderId: 'A', code: 'unfilled' });
      expect(await broker.snapshot()).toMatchObject({ positions: [], workingOrderIds: [] });
    });

    it('moves stop and target, and refuses levels on the wrong side', async () => {
      const { broker } = await withPosition();
      expect(await broker.submit(modifyOf('M', 'A', 995, 1010))).toMatchObject([{ kind: 'amended', orderId: 'M' }]);
      expect(await broker.submit(modifyOf('N', 'A', 1005, 1010))).toMatchObject([
        { kind: 'rejected', code: 'invalid_stops' },
      ]);
      expect((await broker.snapshot()).positions).toMatchObject([{ stopLoss: 995, takeProfit: 1010 }]);
    });

    it('cancels a working entry in the name of who asked, once', async () => {
      const { venue, broker } = await start();
      await broker.submit(entry({ type: 'limit', referencePrice: 980 }));
      expect((await broker.snapshot()).workingOrderIds).toEqual(['A']);
      expect(await broker.submit(cancelOf('X', 'A'))).toMatchObject([
        { kind: 'cancelled', orderId: 'A', cancelledBy: 'X' },
      ]);
      expect(await broker.submit(cancelOf('Y', 'A'))).toMatchObject([
        { kind: 'rejected', orderId: 'Y', code: 'order_gone' },
      ]);
      await venue.quote(broker, 1, 970);
      expect(await broker.snapshot()).toMatchObject({ positions: [], workingOrderIds: [] });
    });

    it('keeps books that agree with its reports', async () => {
      const { venue, broker } = await start();
      const { balance } = await broker.snapshot();
      await broker.submit(entry());
      await venue.quote(broker, 1, 1000);
      await broker.submit(closeOf('C', 'A', 4));
      await venue.quote(broker, 2, 1004);
      await venue.quote(broker, 3, 980);
      const cash = fillsOf(await broker.reportsAfter(0)).reduce(
        (sum, { profit, commission }) => sum + profit + commission,
        0,
      );
      expect(cash).not.toBe(0);
      expect(await broker.snapshot()).toMatchObject({ balance: balance + cash, positions: [] });
    });

    it('has never seen an order that did not reach it', async () => {
      const { broker } = await withPosition();
      expect(await broker.statusOf('Z')).toEqual({ kind: 'never_seen' });
    });

    it('tells of each order, under the cancelling one too, all it has said of it', async () => {
      const { broker } = await start();
      await broker.submit(entry({ type: 'limit', referencePrice: 980 }));
      const cancelled = await broker.submit(cancelOf('X', 'A'));
      const all = await broker.reportsAfter(0);
      expect(await broker.statusOf('A')).toEqual({ kind: 'reports', reports: all });
      expect(await broker.statusOf('X')).toEqual({ kind: 'reports', reports: cancelled });
    });

    it('remembers everything across a restart', async () => {
      const { venue, broker } = await withPosition();
      await broker.submit(entry({ orderId: 'B', type: 'limit', referencePrice: 980, decidedAt: minute(10) }));
      const [reports, snapshot, ofA] = [
        await broker.reportsAfter(0),
        await broker.snapshot(),
        await broker.statusOf('A'),
      ];
      const after = await venue.connect(2);
      expect(await after.reportsAfter(0)).toEqual(reports);
      expect(await after.snapshot()).toEqual(snapshot);
      expect(await after.statusOf('A')).toEqual(ofA);
      expect({ kind: 'reports', reports: await after.submit(entry()) }).toEqual(ofA);
      await venue.quote(after, 2, 975);
      expect(fillsOf(await after.reportsAfter(0)).map(({ orderId }) => orderId)).toEqual(['A', undefined, 'B']);
    });

    it('lets nothing through that an earlier epoch sends, and has never seen it', async () => {
      const { venue, broker } = await start();
      const later = await venue.connect(2);
      const answer = await broker.submit(entry());
      expect(answer.map(({ kind }) => kind)).toEqual([expect.stringMatching(/^(rejected|lost)$/)]);
      await venue.quote(later, 1, 1000);
      expect(await later.statusOf('A')).toEqual({ kind: 'never_seen' });
      expect(await later.snapshot()).toMatchObject({ positions: [], workingOrderIds: [], sequence: 0 });
    });

    it('does not serve an epoch that is over', async () => {
      const { venue } = await start();
      await venue.connect(3);
      await expect(venue.connect(2)).rejects.toThrow(/epoch/);
    });
  });
}
