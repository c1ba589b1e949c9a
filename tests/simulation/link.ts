/**
 * The line between one process and the venue. Frames of one connection arrive in their order; a new connection may overtake
 * what is still on the old one. Whatever happens, an order is put on the line once a call.
 */
import type { BrokerReport, Order } from '../../src/domain/order.ts';
import type { Broker } from '../../src/domain/ports.ts';
import type { Chance } from './chance.ts';
import type { Tally } from './hits.ts';
import type { SimulatedProcess } from './process.ts';
import type { FaultRates } from './scenario.ts';
import type { SimulatedVenue } from './venue.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface LinkParts {
  readonly time: VirtualTime;
  readonly venue: SimulatedVenue;
  readonly process: SimulatedProcess;
  readonly chance: Chance;
  readonly tally: Tally;
  /** Read at each call: faults end before the world does. */
  readonly faults: () => FaultRates;
  readonly line: Line;
  /** An order is about to be put on the line. */
  readonly handedOver: (order: Order) => void;
  readonly trace: (text: string) => void;
}

/** The line itself, which outlives connections and processes. */
export class Line {
  downUntil = 0;
  /** What was lost, late or refused has had its effect by then. */
  troubledUntil = 0;

  trouble(until: number): void {
    this.troubledUntil = Math.max(this.troubledUntil, until);
  }
}

const LATE_MS = 12_000;

export function simulatedLink(parts: LinkParts): Broker {
  return new Link(parts);
}

class Link implements Broker {
  readonly description = 'a simulated venue';
  readonly #parts: LinkParts;
  #epoch = -1;
  /** On the present connection no frame arrives before this. */
  #frontier = 0;
  /** What a picture has shown is not held back from the reports. */
  #shown = 0;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  connect(epoch: number): Promise<void> {
    this.#epoch = epoch;
    this.#frontier = 0;
    return this.#call('connect', (venue) => venue.connect(epoch));
  }

  submit(order: Order): Promise<readonly BrokerReport[]> {
    const { handedOver } = this.#parts;
    handedOver(order);
    const epoch = Math.min(order.authorisation?.epoch ?? this.#epoch, this.#epoch);
    return this.#call(
      `submit ${order.intent.orderId}`,
      (venue) => {
        const answer = venue.take(order, epoch);
        if (answer.some(({ kind }) => kind === 'filled')) this.#parts.tally.note('venue: fills at once');
        return answer;
      },
      true,
    );
  }

  /** This venue has a market of its own. */
  async onBars(): Promise<void> {}

  async reportsAfter(cursor: number): Promise<readonly BrokerReport[]> {
    const reports = await this.#query('reports', (venue) => venue.reportsAfter(cursor));
    const { chance, tally, faults } = this.#parts;
    if (reports.length === 0) return reports;
    const { reportLate, reportTwice } = faults();
    let told = [...reports];
    if (chance.happens(reportLate)) {
      const kept = chance.whole(0, told.length);
      told = told.filter(({ sequence }, at) => at < kept || sequence <= this.#shown);
      if (told.length < reports.length) tally.note('link: report held back');
    }
    const again = told[0];
    if (again !== undefined && chance.happens(reportTwice)) {
      told.splice(chance.whole(1, told.length), 0, again);
      tally.note('link: report twice in one answer');
    }
    return told;
  }

  statusOf(orderId: string): ReturnType<Broker['statusOf']> {
    return this.#query(`status of ${orderId}`, (venue) => venue.statusOf(orderId), 6);
  }

  async snapshot(): ReturnType<Broker['snapshot']> {
    const holdings = await this.#query('snapshot', (venue) => venue.holdings());
    this.#shown = Math.max(this.#shown, holdings.sequence);
    return holdings;
  }

  async close(): Promise<void> {}

  /** `more`: of a question that is seldom asked. */
  #query<T>(what: string, ask: (venue: SimulatedVenue) => T, more = 1): Promise<T> {
    const { chance, tally, faults, trace } = this.#parts;
    if (!chance.happens(more * faults().queryFails)) return this.#call(what, ask);
    this.#trouble();
    tally.note('link: query failed');
    trace(`link: ${what} fails`);
    return this.#parts.process.promise((_, reject) =>
      this.#later(50, () => reject(new Error(`${what}: the query failed`))),
    );
  }

  #call<T>(what: string, act: (venue: SimulatedVenue) => T, carriesOrder = false): Promise<T> {
    const { time, chance, tally, faults, process, line, venue, trace } = this.#parts;
    const { linkLoss, linkDelay, lineDown } = faults();
    return process.promise<T>((resolve, reject) => {
      if (chance.happens(lineDown / 5)) {
        line.downUntil = time.now + chance.whole(1_000, 40_000);
        tally.note('link: line down');
        trace(`link: down until ${line.downUntil}`);
        if (carriesOrder || this.#frontier > time.now) tally.note('link: new line while a frame is on the old one');
        this.#frontier = 0;
      }
      if (time.now < line.downUntil) {
        this.#trouble();
        this.#later(chance.whole(1, 30), () => reject(new Error(`${what}: the line is down`)));
        return;
      }
      const lost = chance.happens(linkLoss);
      const told = lost && chance.happens(0.4);
      if (lost && chance.happens(0.5)) {
        this.#trouble();
        tally.note(told ? 'link: request lost, caller told' : 'link: request lost');
        trace(`link: ${what} is lost on its way`);
        if (told) this.#later(chance.whole(1, 2_000), () => reject(new Error(`${what}: connection reset`)));
        return;
      }
      const late = chance.happens(linkDelay / 3);
      if (late) this.#trouble();
      const wayMs = late ? chance.between(1_000, LATE_MS) : chance.waitMs(30);
      this.#later(this.#arrival(wayMs), () => {
        if (carriesOrder && process.gone) tally.note('link: frame arrives after its process is gone');
        let answer: T;
        try {
          answer = act(venue);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        this.#reply(what, answer, lost, told, resolve, reject);
      });
      // The old connection's frame stays on its way when the caller gives up and dials again.
      if (late && carriesOrder && chance.happens(0.5)) this.#frontier = 0;
    });
  }

  #reply<T>(
    what: string,
    answer: T,
    lost: boolean,
    told: boolean,
    resolve: (answer: T) => void,
    reject: (reason: Error) => void,
  ): void {
    const { chance, tally, faults, trace } = this.#parts;
    if (lost) {
      this.#trouble();
      tally.note('link: reply lost after the venue acted');
      trace(`link: the reply to ${what} is lost`);
      if (told) this.#later(chance.whole(1, 2_000), () => reject(new Error(`${what}: connection reset`)));
      return;
    }
    const late = chance.happens(faults().linkDelay / 3);
    if (late) {
      this.#trouble();
      tally.note('link: reply later than the timeout');
    }
    this.#later(late ? chance.between(3_100, LATE_MS) : chance.waitMs(30), () => resolve(answer));
  }

  /** In how many milliseconds a frame sent now gets there: not before those sent earlier on this connection. */
  #arrival(wayMs: number): number {
    const { time } = this.#parts;
    this.#frontier = Math.max(this.#frontier, time.now + wayMs);
    return this.#frontier - time.now;
  }

  #trouble(): void {
    const { line, time } = this.#parts;
    line.trouble(time.now + LATE_MS);
  }

  #later(ms: number, then: () => void): void {
    this.#parts.time.after(ms, then);
  }
}
