/** The emergency stop goes on until the broker confirms, whoever stands in its way, and says of each position what became of it. */
import { expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { Order } from '../../src/domain/order.ts';
import type { Broker } from '../../src/domain/ports.ts';
import { unixMs } from '../../src/domain/units.ts';
import type { Alert } from '../../src/servo/alerts.ts';
import { simulated } from '../support/world.ts';
import { Rig, type RigOptions, rigConfig } from './support/rig.ts';

async function rigWithPosition(options: RigOptions = {}): Promise<{ rig: Rig; alerts: Alert[] }> {
  const rig = await Rig.start(options);
  const alerts: Alert[] = [];
  rig.servo.onCommit((commit) => alerts.push(...commit.alerts));
  rig.model.wants = 'buy';
  await rig.bars(2, 1);
  rig.model.wants = 'nothing';
  expect(rig.state.positions.size).toBe(1);
  return { rig, alerts };
}

const openAtVenue = async (broker: Broker): Promise<number> => (await broker.snapshot()).positions.length;
const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Refuses every close until told otherwise; counts them. */
class Stubborn {
  refuses = true;
  asked = 0;
  readonly between = (ports: Parameters<NonNullable<RigOptions['ports']>>[0]) => ({
    ...ports,
    broker: { ...ports.broker, submit: (order: Order) => this.#submit(ports.broker, order) },
  });

  #submit(broker: Broker, order: Order) {
    if (order.intent.kind !== 'close') return broker.submit(order);
    this.asked += 1;
    // A volume that the venue does not know, and says so.
    const refused = { ...order, intent: { ...order.intent, quantity: 1_000_000 as never } };
    return broker.submit(this.refuses ? refused : order);
  }
}

test('what the venue refuses is asked for again on process time, without a bar, ever more seldom, until it is closed', async () => {
  const venue = new Stubborn();
  const { rig, alerts } = await rigWithPosition({ ports: venue.between, timings: { retryDelayMs: 1_000 } });
  const sweep = async (ms: number) => {
    rig.clock.pass(ms);
    await rig.servo.advance('monitor');
  };
  rig.say('halt', 'smoke');
  await soon();
  expect(venue.asked).toBe(1);
  expect(rig.view).toMatchObject({ status: 'halted', flattening: true, positionsOpen: 1 });

  // Seen at 0, then after 1 s, 2 s more, 4 s more; nothing in between.
  const asked: number[] = [];
  for (let second = 0; second < 8; second++) {
    await sweep(second === 0 ? 0 : 1_000);
    asked.push(venue.asked);
  }
  expect(asked).toEqual([1, 2, 2, 3, 3, 3, 3, 4]);
  const ids = rig.of('reduce_requested').map(({ intent }) => intent.orderId);
  expect(new Set(ids).size).toBe(4);
  expect(alerts.filter(({ text }) => text.startsWith('STILL OPEN: EURUSD buy '))).toHaveLength(4);
  expect(alerts.at(-1)).toMatchObject({ severity: 'critical' });

  venue.refuses = false;
  await sweep(8_000);
  expect(await openAtVenue(rig.broker)).toBe(0);
  expect(rig.view).toMatchObject({ status: 'halted', flattening: false });
  const told = alerts.find(({ kind }) => kind === 'flattened')?.text ?? '';
  expect(told).toMatch(
    /^The broker confirms: nothing is open and no entry works\. EURUSD buy [\d.]+ closed @ \d\.\d{5}, [+−][\d.]+ USD\.$/,
  );
});

test('the watchdog pursues it as well when the queue is dead', async () => {
  const venue = new Stubborn();
  const { rig } = await rigWithPosition({ ports: venue.between, timings: { retryDelayMs: 1_000 } });
  rig.say('flatten');
  await soon();
  venue.refuses = false;
  await rig.servo.watch();
  rig.clock.pass(1_000);
  await rig.servo.watch();
  expect(rig.of('flattened')).toHaveLength(1);
  expect(await openAtVenue(rig.broker)).toBe(0);
});

test('a broker that hangs does not keep the halt from being committed, and everything is closed once it answers', async () => {
  let hangs = false;
  let asked = 0;
  const { rig } = await rigWithPosition({
    timings: { timeoutMs: 50, retryDelayMs: 10 },
    ports: (ports) => ({
      ...ports,
      broker: {
        ...ports.broker,
        submit: (order) => ports.broker.submit(order),
        reportsAfter: (sequence) => {
          if (!hangs) return ports.broker.reportsAfter(sequence);
          asked += 1;
          return new Promise(() => {});
        },
      },
    }),
  });
  hangs = true;
  rig.market.move(1);
  const ingesting = rig.servo.advance('ingest').catch((error) => rig.servo.noteError(error));
  await soon();
  expect(asked).toBe(1);
  const answer = rig.say('halt', 'now');
  expect(answer).toMatchObject({ accepted: true, status: 'halted' });
  const written = [...rig.store.entriesAfter(0)].map(({ event }) => event.kind);
  expect(written).toContain('command_accepted');
  await ingesting;
  hangs = false;
  await rig.run();
  rig.clock.pass(20);
  await rig.run();
  expect(await openAtVenue(rig.broker)).toBe(0);
  expect(rig.view).toMatchObject({ status: 'halted', flattening: false, positionsOpen: 0 });
});

test('a flatten that a crash cuts short goes on after the restart', async () => {
  const venue = new Stubborn();
  const { rig } = await rigWithPosition({ ports: venue.between, timings: { retryDelayMs: 1_000 } });
  rig.say('halt', 'smoke');
  await soon();
  const after = await rig.restarted({ timings: { retryDelayMs: 1_000 } });
  expect(after.view).toMatchObject({ status: 'halted', flattening: true, positionsOpen: 1 });
  await after.servo.advance('monitor');
  after.clock.pass(1_000);
  await after.servo.advance('monitor');
  expect(await openAtVenue(after.broker)).toBe(0);
  expect(after.view).toMatchObject({ status: 'halted', flattening: false, positionsOpen: 0 });
});

test('what a mandate wants closed is asked for again on process time too, and the servo trades on', async () => {
  const venue = new Stubborn();
  const config = nearNews(rigConfig());
  const { rig, alerts } = await rigWithPosition({ config, ports: venue.between, timings: { retryDelayMs: 1_000 } });
  await rig.bars(0);
  expect(venue.asked).toBe(1);
  const sweep = async () => {
    rig.clock.pass(1_000);
    await rig.servo.advance('monitor');
  };
  for (let second = 0; second < 4; second++) await sweep();
  expect(venue.asked).toBeGreaterThan(1);
  expect(alerts.filter(({ text }) => text.startsWith('STILL OPEN: EURUSD buy '))).toHaveLength(venue.asked);
  venue.refuses = false;
  for (let second = 0; second < 8; second++) await sweep();
  expect(await openAtVenue(rig.broker)).toBe(0);
  await rig.bars(0);
  expect(rig.of('fill_applied').at(-1)?.trade).toMatchObject({ exitReason: 'mandate_news' });
  const asked = venue.asked;
  rig.model.wants = 'buy';
  await rig.bars(1);
  expect(rig.of('decision_made').at(-1)?.decision).toMatchObject({ outcome: 'denied', reason: 'mandate_flat' });
  expect([rig.status, venue.asked]).toEqual(['running', asked]);
});

/** News 25 minutes after the history's end; a mandate that wants nothing open from ten minutes before it. */
function nearNews(config: Config): Config {
  const end = simulated(config, 1).history().at(-1)?.closeAt ?? 0;
  const event = { at: unixMs(end + 25 * 60_000), currency: 'USD', impact: 'high', title: 'Payrolls' } as const;
  const known = { knownFrom: unixMs(0), knownTo: unixMs(2 * end), whenUnknown: 'allow' } as const;
  return {
    ...config,
    trading: {
      ...config.trading,
      news: { events: [event], beforeMs: 0, afterMs: 0, ...known, file: 'by hand', sha256: '' },
    },
    mandate: {
      dailyLoss: null,
      maxLoss: null,
      trailing: null,
      maxLots: null,
      flat: { beforeWeekendMs: 0, beforeNewsMs: 600_000, afterNewsMs: 600_000 },
      buffer: 0.1,
      timezone: 'Europe/Athens',
      dayStartMinutes: 0,
    },
  };
}
