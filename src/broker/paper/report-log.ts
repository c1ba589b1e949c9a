/** What the venue has said, in sequence. Nothing that the servo may not have applied yet is ever forgotten. */
import type { BrokerReport } from '../../domain/order.ts';
import { VenueError } from './rules.ts';

/** Read reports that are kept so that reading twice gives the same. */
const REPORTS_KEPT = 512;
/** Ids that outlive their reports, so that an order sent again much later is still recognised. */
const ORDERS_REMEMBERED = 2048;

type Unnumbered<R> = R extends unknown ? Omit<R, 'sequence'> : never;
export type Draft = Unnumbered<BrokerReport>;

export interface ReportLogSnapshot {
  readonly sequence: number;
  readonly applied: number;
  readonly reports: readonly BrokerReport[];
  /** Oldest first. */
  readonly orderIds: readonly string[];
}

export class ReportLog {
  #sequence = 0;
  /** The highest cursor the servo has read from: it has applied everything up to here. */
  #applied = 0;
  #reports: BrokerReport[] = [];
  readonly #orderIds = new Set<string>();

  get sequence(): number {
    return this.#sequence;
  }

  get nextSequence(): number {
    return this.#sequence + 1;
  }

  add(draft: Draft): void {
    const report = { ...draft, sequence: this.nextSequence } as BrokerReport;
    this.#sequence = report.sequence;
    this.#reports.push(report);
    for (const orderId of orderIdsOf(report)) this.#remember(orderId);
    this.#trim();
  }

  /** What was said since a moment ago. */
  since(sequence: number): BrokerReport[] {
    return sequence === this.#sequence ? [] : this.#reports.slice(sequence - this.#sequence);
  }

  /** For the servo, whose cursor says what it has applied. Throws where the answer would silently leave reports out. */
  after(cursor: number): BrokerReport[] {
    if (cursor > this.#sequence) {
      throw new VenueError(
        `the servo has applied report ${cursor} of the paper venue, which has made only ${this.#sequence}: ` +
          'the venue file is older than the journal; put back the file that belongs to it, or start both anew',
      );
    }
    const dropped = this.#sequence - this.#reports.length;
    if (cursor < dropped) {
      throw new VenueError(`reports after ${cursor} were asked for; only those after ${dropped} are kept`);
    }
    this.#applied = Math.max(this.#applied, cursor);
    return this.since(cursor);
  }

  knows(orderId: string): boolean {
    return this.#orderIds.has(orderId);
  }

  /** Empty for an order that is known but whose reports, all applied long ago, are no longer kept. */
  of(orderId: string): BrokerReport[] {
    return this.#reports.filter((report) => orderIdsOf(report).includes(orderId));
  }

  snapshot(): ReportLogSnapshot {
    return {
      sequence: this.#sequence,
      applied: this.#applied,
      reports: [...this.#reports],
      orderIds: [...this.#orderIds],
    };
  }

  static restore({ sequence, applied, reports, orderIds }: ReportLogSnapshot): ReportLog {
    const log = new ReportLog();
    log.#sequence = sequence;
    log.#applied = applied;
    log.#reports = [...reports];
    for (const orderId of orderIds) log.#orderIds.add(orderId);
    return log;
  }

  #remember(orderId: string): void {
    this.#orderIds.delete(orderId);
    this.#orderIds.add(orderId);
  }

  #trim(): void {
    const oldest = this.#reports[0]?.sequence ?? 0;
    const excess = Math.min(this.#reports.length - REPORTS_KEPT, this.#applied - oldest + 1);
    if (excess > 0) this.#reports.splice(0, excess);
    for (const orderId of this.#orderIds) {
      if (this.#orderIds.size <= ORDERS_REMEMBERED || this.of(orderId).length > 0) return;
      this.#orderIds.delete(orderId);
    }
  }
}

/** The orders that a report says something of: a cancellation is the answer to two. */
function orderIdsOf(report: BrokerReport): string[] {
  if (report.kind === 'swap') return [];
  if (report.kind === 'filled') return report.fill.orderId === undefined ? [] : [report.fill.orderId];
  if (report.kind === 'cancelled' && report.cancelledBy !== undefined) return [report.orderId, report.cancelledBy];
  return [report.orderId];
}
