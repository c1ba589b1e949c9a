/** A send that was given up can never execute: it is shut out before its fate is asked for, within one process too. */
import { expect, test } from 'vitest';
import type { BrokerReport, Order } from '../../src/domain/order.ts';
import { type Broker, QueryFailed } from '../../src/domain/ports.ts';
import { price } from '../../src/domain/units.ts';
import { askReports, askSnapshot } from '../../src/servo/ask-broker.ts';
import { type Between, Rig } from './support/rig.ts';

const TIMINGS = { timeoutMs: 60, maxErrors: 100 };

/** Keeps the first order on its way until the test lets it arrive. */
class SlowRoad {
  readonly #gate = Promise.withResolvers<void>();
  readonly arrived = Promise.withResolvers<readonly BrokerReport[]>();
  readonly told: string[] = [];
  /** The broker confirms no fence. */
  deaf = false;
  order: Order | undefined;

  readonly ports: Between = (ports) => ({
    ...ports,
    broker: {
      ...ports.broker,
      connect: (epoch) => {
        this.told.push(`connect ${epoch}`);
        if (this.deaf) return Promise.reject(new Error('no line'));
        return ports.broker.connect(epoch);
      },
      statusOf: (orderId) => {
        this.told.push('asked');
        return ports.broker.statusOf(orderId);
      },
      submit: async (order) => {
        if (this.order !== undefined) return ports.broker.submit(order);
        this.order = order;
        await this.#gate.promise;
        const answer = await ports.broker.submit(order);
        this.arrived.resolve(answer);
        return answer;
      },
    },
  });

  arrive(): Promise<readonly BrokerReport[]> {
    this.#gate.resolve();
    return this.arrived.promise;
  }
}

test('an order that arrives after it was given up is refused, and the servo never hears of a fill', async () => {
  const road = new SlowRoad();
  const rig = await Rig.start({ ports: road.ports, timings: TIMINGS });
  rig.model.wants = 'buy';
  await rig.bars(2);
  rig.model.wants = 'nothing';
  const orderId = road.order?.intent.orderId ?? '';
  expect(road.order).toMatchObject({ status: 'sending', authorisation: { epoch: 1, sequence: 1 } });
  expect(rig.of('fenced')).toMatchObject([{ epoch: 2, orderIds: [orderId] }]);
  expect(road.told).toEqual(['connect 1', 'connect 2', 'asked']);
  expect(rig.state.orders.get(orderId)?.status).toBe('expired');

  expect(await road.arrive()).toMatchObject([{ kind: 'rejected', code: 'stale_epoch' }]);
  await rig.bars(2);
  expect((await rig.broker.snapshot()).positions).toEqual([]);
  expect(rig.state.positions.size).toBe(0);
  expect(rig.status).toBe('running');
  // The next order leaves under the new epoch.
  rig.model.wants = 'buy';
  await rig.bars(1);
  expect([...rig.state.orders.values()].at(-1)).toMatchObject({
    status: 'filled',
    authorisation: { epoch: 2, sequence: 2 },
  });
});

test('nothing is asked, hence nothing given up, before the broker has confirmed the fence', async () => {
  const road = new SlowRoad();
  const rig = await Rig.start({ ports: road.ports, timings: TIMINGS });
  road.deaf = true;
  rig.model.wants = 'buy';
  await rig.bars(1);
  rig.model.wants = 'nothing';
  const orderId = road.order?.intent.orderId ?? '';
  await rig.run();
  expect(road.told.length).toBeGreaterThan(2);
  expect(new Set(road.told)).toEqual(new Set(['connect 1', 'connect 2']));
  expect(rig.state.orders.get(orderId)?.status).toBe('unknown');
  road.deaf = false;
  await rig.run();
  expect(road.told.slice(-2)).toEqual(['connect 2', 'asked']);
  expect(rig.of('fenced')).toHaveLength(1);
  expect(rig.state.orders.get(orderId)?.status).toBe('expired');
});

test('a fence is a fact of the journal: a restart goes on above it', async () => {
  const road = new SlowRoad();
  const rig = await Rig.start({ ports: road.ports, timings: TIMINGS });
  rig.model.wants = 'buy';
  await rig.bars(2);
  const next = await rig.restarted({});
  expect(next.state.epoch).toBe(3);
  expect(next.state.ordersSent).toBe(rig.state.ordersSent);
});

const swap = (sequence: number): BrokerReport => ({
  kind: 'swap',
  sequence,
  at: 0 as never,
  positionId: 'P',
  amount: 0 as never,
});
const saying = (answer: unknown): Broker =>
  ({ reportsAfter: async () => answer, snapshot: async () => answer }) as unknown as Broker;

test('reports that come twice or out of order are put in order; one that is missing is a failed query', async () => {
  const sequences = async (...given: number[]) =>
    (await askReports(saying(given.map(swap)), 4)).map(({ sequence }) => sequence);
  expect(await sequences()).toEqual([]);
  expect(await sequences(7, 5, 6, 5, 3)).toEqual([5, 6, 7]);
  await expect(sequences(5, 7)).rejects.toThrow(/6 is missing, the next is 7/);
  await expect(sequences(6)).rejects.toThrow(QueryFailed);
});

test('an answer that makes no sense is a failed query, never an empty list', async () => {
  const nonsense = [
    undefined,
    null,
    {},
    'ok',
    { balance: Number.NaN, sequence: 0, positions: [], workingOrderIds: [] },
  ];
  for (const answer of nonsense) {
    await expect(askReports(saying(answer), 0), String(answer)).rejects.toThrow(QueryFailed);
    await expect(askSnapshot(saying(answer)), String(answer)).rejects.toThrow(QueryFailed);
  }
  const sound = { balance: price(1), sequence: 0, positions: [], workingOrderIds: [] };
  expect(await askSnapshot(saying(sound))).toEqual(sound);
});
