/** An order whose outcome is not known: it blocks its symbol, is never sent again, and only the broker's word ends it. */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { VenueSnapshot } from '../../src/broker/paper/venue-snapshot.ts';
import type { BrokerReport, Order } from '../../src/domain/order.ts';
import type { Broker } from '../../src/domain/ports.ts';
import { unixMs } from '../../src/domain/units.ts';
import { pathsIn } from '../support/world.ts';
import { type Between, Rig, rigConfig } from './support/rig.ts';

/** A line to the real venue that misbehaves as told, and counts what is sent over it. */
class Line {
  send: (order: Order, broker: Broker) => Promise<readonly BrokerReport[]> = (order, broker) => broker.submit(order);
  /** Questions about orders fail. */
  deaf = false;
  /** Every question fails. */
  dead = false;
  readonly sent: string[] = [];

  readonly ports: Between = (ports) => {
    const { broker } = ports;
    const unless = <T>(broken: boolean, ask: () => Promise<T>): Promise<T> =>
      broken ? Promise.reject(new Error('no answer')) : ask();
    return {
      ...ports,
      broker: {
        ...broker,
        submit: (order) => {
          this.sent.push(order.intent.orderId);
          return this.send(order, broker);
        },
        statusOf: (orderId) => unless(this.deaf || this.dead, () => broker.statusOf(orderId)),
        reportsAfter: (cursor) => unless(this.dead, () => broker.reportsAfter(cursor)),
        snapshot: () => unless(this.dead, () => broker.snapshot()),
      },
    };
  };
}

const never = () => new Promise<never>(() => {});
const WAYS_TO_LOSE_AN_ANSWER: Record<string, { readonly acts: boolean; readonly send: Line['send'] }> = {
  'breaks before the venue acts': { acts: false, send: async () => Promise.reject(new Error('connection reset')) },
  'hangs before the venue acts': { acts: false, send: never },
  'breaks after the venue acted': {
    acts: true,
    send: async (order, broker) => {
      await broker.submit(order);
      throw new Error('connection reset');
    },
  },
  'hangs after the venue acted': {
    acts: true,
    send: async (order, broker) => {
      await broker.submit(order);
      return never();
    },
  },
  'throws instead of answering': {
    acts: false,
    send: () => {
      throw new Error('a bug in the adapter');
    },
  },
};

for (const [how, { acts, send }] of Object.entries(WAYS_TO_LOSE_AN_ANSWER)) {
  for (const meanwhile of ['deaf', 'dead'] as const) {
    test(`a send that ${how}, with a broker that is ${meanwhile} for a while`, async () => {
      const line = new Line();
      const rig = await Rig.start({ ports: line.ports, timings: { timeoutMs: 60, maxErrors: 100 } });
      line.send = (order, broker) => {
        line[meanwhile] = true;
        return send(order, broker);
      };
      rig.model.wants = 'buy';
      await rig.bars(2);
      const [orderId = ''] = line.sent;
      expect(rig.state.orders.get(orderId)?.status).toBe(acts && meanwhile === 'deaf' ? 'filled' : 'unknown');

      // The bars go on, where the line allows; nothing is sent while one outcome is open.
      await rig.bars(1, -1);
      expect(line.sent).toEqual([orderId]);
      if (!acts && meanwhile === 'deaf') {
        const [reason] = rig
          .of('decision_made')
          .flatMap(({ decision }) => (decision.outcome === 'denied' ? [decision.reason] : []));
        expect(reason).toBe('order_unknown');
      }

      rig.model.wants = 'nothing';
      line[meanwhile] = false;
      line.send = (order, broker) => broker.submit(order);
      await rig.run();
      await rig.run();
      expect(rig.state.orders.get(orderId)?.status).toBe(acts ? 'filled' : 'expired');
      expect(rig.state.account.entriesToday).toBe(acts ? 1 : 0);
      expect(rig.state.positions.size).toBe(acts ? 1 : 0);
      expect(line.sent).toEqual([orderId]);
      expect(rig.status).toBe('running');
      expect((await rig.broker.snapshot()).positions.length).toBe(acts ? 1 : 0);
    });
  }
}

test('a close whose answer is lost is settled by the broker, and asked for again only if it never came there', async () => {
  for (const acts of [true, false]) {
    const line = new Line();
    const rig = await Rig.start({ ports: line.ports, timings: { timeoutMs: 60, maxErrors: 100 } });
    rig.model.wants = 'buy';
    await rig.bars(2);
    rig.model.wants = 'nothing';
    line.send = WAYS_TO_LOSE_AN_ANSWER[acts ? 'breaks after the venue acted' : 'breaks before the venue acts']
      ?.send as Line['send'];
    rig.say('flatten');
    await new Promise((resolve) => setTimeout(resolve, 20));
    line.send = (order, broker) => broker.submit(order);
    await rig.bars(1, 1);
    const closes = line.sent.filter((orderId) => orderId.includes('flatten'));
    expect(closes).toHaveLength(acts ? 1 : 2);
    expect(new Set(closes).size).toBe(closes.length);
    expect(rig.of('flattened')).toHaveLength(1);
    expect((await rig.broker.snapshot()).positions).toEqual([]);
  }
});

test('what the broker does while it is being asked is no difference', async () => {
  const rig = await rigWithPosition();
  const asked: string[] = [];
  const next = await rig.next({
    ports: ({ broker, ...ports }) => {
      /** At the first question of the agreement, a target is hit right after the answer. */
      const answered = async <T>(question: string, answer: T): Promise<T> => {
        asked.push(question);
        if (asked.length > 1) return answer;
        next.market.move(200);
        const due = next.market.due(next.state.step.at);
        if (due.kind === 'bars') await broker.onBars(due.bars);
        return answer;
      };
      let agreeing = false;
      return {
        ...ports,
        broker: {
          ...broker,
          // The last that a start does before it asks.
          onBars: async (bars) => {
            agreeing = true;
            return broker.onBars(bars);
          },
          reportsAfter: async (cursor) => answered('reports', await broker.reportsAfter(cursor)),
          snapshot: async () => {
            const snapshot = await broker.snapshot();
            return agreeing ? answered('snapshot', snapshot) : snapshot;
          },
        },
      };
    },
  });
  await next.servo.start();
  expect(asked.toSorted()).toEqual(['reports', 'snapshot']);
  expect(next.view).toMatchObject({ status: 'running', reason: null, positionsOpen: 1 });
  await next.run();
  expect(next.view).toMatchObject({ status: 'running', reason: null, positionsOpen: 0, tradesClosed: 1 });
});

async function rigWithPosition(config = rigConfig()): Promise<Rig> {
  const rig = await Rig.start({ config });
  rig.model.wants = 'buy';
  await rig.bars(2);
  rig.model.wants = 'nothing';
  return rig;
}

/** What nobody but the venue itself should do. */
function edit(folder: string, change: (venue: VenueSnapshot) => VenueSnapshot): void {
  const { venue: path } = pathsIn(folder);
  const file = JSON.parse(readFileSync(path, 'utf8'));
  const venue = change(file.venue);
  const sha256 = createHash('sha256').update(JSON.stringify(venue)).digest('hex');
  writeFileSync(path, JSON.stringify({ ...file, sha256, venue }));
}

const withHoldings = (
  venue: VenueSnapshot,
  change: (holdings: VenueSnapshot['book']['holdings']) => VenueSnapshot['book']['holdings'],
): VenueSnapshot => ({ ...venue, book: { ...venue.book, holdings: change(venue.book.holdings) } });

const DIFFERENCES: Record<
  string,
  { readonly change: (venue: VenueSnapshot) => VenueSnapshot; readonly words: RegExp }
> = {
  'a volume that nobody reported': {
    change: (venue) =>
      withHoldings(venue, (holdings) =>
        holdings.map((held) => ({
          ...held,
          position: { ...held.position, quantity: (held.position.quantity + 1) as never },
        })),
      ),
    words: /position P-EURUSD-\d+-buy-1 differs from the broker's/,
  },
  'a position that nobody opened': {
    change: (venue) =>
      withHoldings(venue, (holdings) => [
        ...holdings,
        ...holdings.map((held) => ({ ...held, position: { ...held.position, positionId: 'stranger' } })),
      ]),
    words: /position stranger is open at the broker and not here/,
  },
  'money that nobody earned': {
    change: (venue) => {
      const { ledger } = venue.book;
      const more = (amount: number) => (amount + 1_000_000) as never;
      return {
        ...venue,
        book: { ...venue.book, ledger: { ...ledger, opening: more(ledger.opening), balance: more(ledger.balance) } },
      };
    },
    words: /balance is \d+ here and \d+ micros at the broker/,
  },
};

for (const [what, { change, words }] of Object.entries(DIFFERENCES)) {
  test(`${what}: halted with the difference in words, and nothing is traded`, async () => {
    const rig = await rigWithPosition();
    const next = await rig.next();
    await next.close();
    edit(rig.folder, change);
    const edited = await next.restarted();
    expect(edited.status).toBe('halted');
    expect(edited.view.reason).toMatch(words);
    edited.model.wants = 'buy';
    await edited.bars(1, 1);
    expect(edited.of('order_changed')).toEqual([]);
    expect(edited.say('resume')).toMatchObject({ accepted: false });

    // A reset looks again, and finds the same.
    edited.say('reset', 'looks fine to me');
    await edited.run();
    expect(edited.status).toBe('halted');
    expect(edited.view.reason).toMatch(words);
    const again = await edited.restarted();
    expect(again.status).toBe('halted');
  });
}

test('a position that went while the servo was off, without a report: nothing starts before two looks agree, and then a person is asked for', async () => {
  const rig = await rigWithPosition();
  await rig.close();
  edit(rig.folder, (venue) => withHoldings(venue, () => []));
  const next = await rig.restarted();
  expect(next.status).toBe('starting');
  expect(next.servo.reconcileProblem).toMatch(/position P-EURUSD-\d+-buy-1 is open here and not at the broker/);
  next.model.wants = 'buy';
  await next.bars(1);
  expect(next.status).toBe('starting');
  next.clock.pass(5_000);
  await next.run();
  expect(next.status).toBe('paused');
  expect(next.of('position_adopted')).toMatchObject([{ left: 0, trade: { exitReason: 'external' } }]);
  expect(next.of('order_changed')).toEqual([]);
  next.say('resume');
  await next.bars(1);
  expect(next.state.positions.size).toBe(1);
});

test('an order that works here and not at the broker is a difference, too', async () => {
  const config = rigConfig((shipped) => ({ ...shipped, paper: { ...shipped.paper, latencyMs: 50 } }));
  const rig = await rigWithPosition(config);
  expect((await rig.broker.snapshot()).workingOrderIds).toHaveLength(1);
  await rig.close();
  edit(rig.folder, (venue) => ({ ...venue, book: { ...venue.book, working: [] } }));
  const next = await rig.restarted();
  expect(next.status).toBe('halted');
  expect(next.view.reason).toMatch(/order EURUSD-\d+-buy-1 works here and not at the broker/);
});

test('a position that was closed by hand while the servo was off is a trade, and no difference', async () => {
  const rig = await rigWithPosition();
  const [position] = rig.state.positions.values();
  const [order] = rig.state.orders.values();
  if (position === undefined || order === undefined) throw new Error('nothing is open');
  const other = await rig.next();
  await other.broker.connect(rig.state.epoch);
  const { positionId, symbol, decisionId, quantity } = position;
  const decidedAt = unixMs(Number(rig.state.step.at));
  const intent = {
    kind: 'close',
    orderId: 'by-hand',
    decisionId,
    symbol,
    reason: 'flatten',
    decidedAt,
    positionId,
    quantity,
  } as const;
  expect(await other.broker.submit({ ...order, intent })).toMatchObject([{ kind: 'filled' }]);
  const next = await other.restarted();
  expect(next.status).toBe('running');
  expect(next.of('fill_applied')).toMatchObject([{ trade: { exitReason: 'external' } }]);
  expect(next.state.account.balance).toBe((await next.broker.snapshot()).balance);
});

test('a journal restored from a backup does not fit what the venue has done since: halted, in words', async () => {
  const config = rigConfig((instant) => ({ ...instant, paper: { ...instant.paper, latencyMs: 50 } }));
  const rig = await Rig.start({ config });
  const { database } = pathsIn(rig.folder);
  await rig.store.backupTo(`${database}.backup`);
  rig.model.wants = 'buy';
  await rig.bars(2);
  const next = await rig.next();
  await next.close();
  for (const suffix of ['-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
  renameSync(`${database}.backup`, database);
  const restored = await next.restarted();
  expect(restored.status).toBe('halted');
  expect(restored.view.reason).toMatch(/order EURUSD-\d+-buy-1 is not known/);
});
