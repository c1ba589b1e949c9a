/** What the venue has said, in sequence. Nothing that the servo may not have applied yet is ever forgotten. */
import type { BrokerReport } from '../../domain/order.ts';
import { VenueError } from './rules.ts';

/** Read reports that are kept so that reading twice gives the same. */
const REPORTS_KEPT = 512;
/** Ids that outlive their reports, so that an order sent again much later is still recognised. */
const ORDERS_REMEMBERED = 2048;
/** Forgetting goes by the hundred: one by one it would search a map full of gaps at every order. */
const ORDERS_SLACK = 256;

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
  /** Reports at the head of the list that are forgotten already: to shift the others at each new one would take longer than all else. */
  #forgotten = 0;
  /** Sequence of the latest report on each order, oldest first. */
  readonly #lastReportOf = new Map<string, number>();

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
    for (const orderId of orderIdsOf(report)) this.#remember(orderId, report.sequence);
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
    const dropped = this.#dropped;
    if (cursor < dropped) {
      throw new VenueError(`reports after ${cursor} were asked for; only those after ${dropped} are kept`);
    }
    this.#applied = Math.max(this.#applied, cursor);
    return this.since(cursor);
  }

  knows(orderId: string): boolean {
    return this.#lastReportOf.has(orderId);
  }

  /** Empty for an order that is known but whose reports, all applied long ago, are no longer kept. */
  of(orderId: string): BrokerReport[] {
    return this.#kept().filter((report) => orderIdsOf(report).includes(orderId));
  }

  snapshot(): ReportLogSnapshot {
    return {
      sequence: this.#sequence,
      applied: this.#applied,
      reports: this.#kept(),
      orderIds: [...this.#lastReportOf.keys()],
    };
  }

  static restore({ sequence, applied, reports, orderIds }: ReportLogSnapshot): ReportLog {
    const log = new ReportLog();
    log.#sequence = sequence;
    log.#applied = applied;
    log.#reports = [...reports];
    for (const orderId of orderIds) log.#lastReportOf.set(orderId, 0);
    for (const report of reports)
      for (const orderId of orderIdsOf(report)) log.#lastReportOf.set(orderId, report.sequence);
    return log;
  }

  #remember(orderId: string, sequence: number): void {
    this.#lastReportOf.delete(orderId);
    this.#lastReportOf.set(orderId, sequence);
  }

  /** Sequence of the latest report that is forgotten. */
  get #dropped(): number {
    return this.#sequence - this.#reports.length + this.#forgotten;
  }

  #kept(): BrokerReport[] {
    return this.#reports.slice(this.#forgotten);
  }

  #trim(): void {
    const excess = Math.min(this.#sequence - this.#dropped - REPORTS_KEPT, this.#applied - this.#dropped);
    if (excess > 0) this.#forgotten += excess;
    if (this.#forgotten >= REPORTS_KEPT) {
      this.#reports = this.#kept();
      this.#forgotten = 0;
    }
    if (this.#lastReportOf.size <= ORDERS_REMEMBERED + ORDERS_SLACK) return;
    for (const [orderId, lastSequence] of this.#lastReportOf) {
      if (this.#lastReportOf.size <= ORDERS_REMEMBERED || lastSequence > this.#dropped) return;
      this.#lastReportOf.delete(orderId);
    }
  }
}

/** The orders that a report says something of: a cancellation is the answer to two. */
function orderIdsOf(report: BrokerReport): string[] {
  if (report.kind === 'swap' || report.kind === 'cash') return [];
  if (report.kind === 'filled') return report.fill.orderId === undefined ? [] : [report.fill.orderId];
  if (report.kind === 'cancelled' && report.cancelledBy !== undefined) return [report.orderId, report.cancelledBy];
  return report.orderId === undefined ? [] : [report.orderId];
}
