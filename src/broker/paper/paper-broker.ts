/** The paper venue behind the `Broker` port. Nothing it says is ever unsaid: a report is on disk before anyone hears of it. */
import type { BrokerReport, Order } from '../../domain/order.ts';
import type { Broker } from '../../domain/ports.ts';
import type { Money } from '../../domain/units.ts';
import type { VenueRules } from './rules.ts';
import { PaperVenue } from './venue.ts';
import type { VenueSnapshot } from './venue-snapshot.ts';

export interface VenueStore {
  /** Undefined when there is no book yet; throws when there is one that cannot be read. */
  load(): VenueSnapshot | undefined;
  /** Returns once it would survive the loss of power. */
  save(snapshot: VenueSnapshot): void;
}

interface PaperBrokerOptions {
  readonly rules: VenueRules;
  /** Balance of a new book; one that exists keeps its own. */
  readonly opening: Money;
  readonly store: VenueStore;
}

/** Earlier than any epoch that connects. */
const UNCONNECTED = -1;

/** A query that could not be saved first throws, and the next one tries again. */
export function paperBroker({ rules, opening, store }: PaperBrokerOptions): Broker {
  const saved = store.load();
  const venue = saved === undefined ? new PaperVenue(rules, opening) : PaperVenue.restore(rules, saved);
  let savedRevision = saved === undefined ? undefined : venue.revision;
  /** Before it connects, a session may look but neither trade nor write. */
  let epoch: number | undefined;

  /** Plain bars are not worth a write: after a crash the servo shows its last bars again. */
  function persist(): void {
    if (venue.revision === savedRevision) return;
    const { revision } = venue;
    store.save(venue.snapshot());
    savedRevision = revision;
  }

  return {
    description: `paper venue: simulated fills, balance in ${rules.currency}, no order leaves this process`,
    async connect(newEpoch) {
      venue.fence(newEpoch);
      epoch = newEpoch;
      persist();
    },
    async submit(order) {
      const authorised = Math.min(order.authorisation?.epoch ?? Number.POSITIVE_INFINITY, epoch ?? UNCONNECTED);
      const reports = venue.submit(order, order.intent.decidedAt, authorised);
      try {
        persist();
      } catch (error) {
        return [lost(order, error)];
      }
      return reports;
    },
    async onBars(bars) {
      venue.onBars(bars);
      persist();
    },
    async reportsAfter(cursor) {
      persist();
      return venue.reportsAfter(cursor);
    },
    async statusOf(orderId) {
      persist();
      return venue.statusOf(orderId);
    },
    async snapshot() {
      persist();
      return venue.holdings();
    },
    async close() {
      if (epoch !== undefined) store.save(venue.snapshot());
    },
  };
}

/** Whether the venue will remember the order is not known until a save succeeds or the process is gone. */
const lost = ({ intent }: Order, error: unknown): BrokerReport => ({
  kind: 'lost',
  sequence: 0,
  at: intent.decidedAt,
  orderId: intent.orderId,
  text: error instanceof Error ? error.message : String(error),
});
