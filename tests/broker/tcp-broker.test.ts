/** The fake venue in its own process, over a real socket: both suites, so that what is proven against it is proven over a line. */
import { afterAll, beforeAll } from 'vitest';
import type { Broker } from '../../src/domain/ports.ts';
import { moneyFromUnits } from '../../src/domain/units.ts';
import { brokerConformance } from './conformance.ts';
import { type FakeVenue, startVenue } from './fake-venue/start-venue.ts';
import { tcpBroker } from './fake-venue/tcp-broker.ts';
import { rulesToWire } from './fake-venue/wire.ts';
import { linkConformance, type VenueOnALine } from './link-conformance.ts';
import { bar, minute, OPENING, type RuleOptions, venueRules } from './venue-fixtures.ts';

const setupOf = (rules: RuleOptions) => ({
  rules: rulesToWire(venueRules({ commissionPerLot: moneyFromUnits(7), ...rules })),
  opening: OPENING,
});

let venue: FakeVenue;
beforeAll(async () => {
  venue = await startVenue(setupOf({}));
});
afterAll(() => venue.stop());

async function onALine(rules: RuleOptions, netting = false): Promise<VenueOnALine> {
  await venue.tell({ method: 'reset', setup: { ...setupOf(rules), netting } });
  const sessions: Broker[] = [];
  return {
    async connect(epoch) {
      const broker = tcpBroker(venue.port);
      sessions.push(broker);
      await broker.connect(epoch);
      return broker;
    },
    quote: (broker, n, bid) => broker.onBars([bar(n, bid)]),
    hand: (move) => venue.tell({ method: 'hand', move, at: minute(10) }),
    inject: (faults) => venue.tell({ method: 'faults', faults }),
    async close() {
      await Promise.all(sessions.map((broker) => broker.close()));
    },
  };
}

brokerConformance('a venue in its own process', (misfortune) => onALine({ latencyMs: 0, ...misfortune }));
brokerConformance('a netting account in its own process', (misfortune) =>
  onALine({ latencyMs: 0, ...misfortune }, true),
);
linkConformance('a venue in its own process', () => onALine({ latencyMs: 0 }));
