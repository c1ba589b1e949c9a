/** The venue of a seed: the rules of the paper venue behind frames, in a process of its own that no crash of the servo touches. */

import type { VenueRules } from '../../src/broker/paper/rules.ts';
import { PaperVenue } from '../../src/broker/paper/venue.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { BrokerReport, Order } from '../../src/domain/order.ts';
import { direction } from '../../src/domain/order.ts';
import type { BrokerSnapshot } from '../../src/domain/ports.ts';
import { money, price, quantity, unixMs } from '../../src/domain/units.ts';
import { handOrder, moved } from '../broker/fake-venue/by-hand.ts';
import type { Chance } from './chance.ts';
import type { Tally } from './hits.ts';
import type { Scenario } from './scenario.ts';

/** A frame that carried an order and was let in or refused by the fence. */
export interface Arrival {
  readonly order: Order;
  readonly epoch: number;
  readonly fenced: boolean;
}

export interface VenueWatch {
  arrived(arrival: Arrival): void;
  /** New words of the venue, in order. */
  said(reports: readonly BrokerReport[]): void;
}

export class SimulatedVenue {
  readonly #rules: VenueRules;
  #venue: PaperVenue;
  readonly #watch: VenueWatch;
  readonly #tally: Tally;
  #epoch = 0;
  #heard = 0;
  #byHand = 0;

  constructor({ rules, opening }: Scenario, watch: VenueWatch, tally: Tally) {
    this.#rules = rules;
    this.#venue = new PaperVenue(rules, opening);
    this.#watch = watch;
    this.#tally = tally;
  }

  get epoch(): number {
    return this.#epoch;
  }

  connect(epoch: number): void {
    this.#venue.fence(epoch);
    this.#epoch = epoch;
  }

  take(order: Order, epoch: number): readonly BrokerReport[] {
    const fenced = epoch < this.#epoch;
    this.#watch.arrived({ order, epoch, fenced });
    if (fenced) this.#tally.note('venue: frame of an older epoch refused');
    const answer = this.#venue.submit(order, order.intent.decidedAt, epoch);
    this.#listen();
    return answer;
  }

  /** The market moves here whether or not a servo is there to see it. */
  play(bars: readonly Bar[], servoIsUp: boolean): void {
    this.#venue.onBars(bars);
    for (const report of this.#listen()) {
      if (report.kind !== 'filled') continue;
      if (report.fill.orderId !== undefined) this.#tally.note('venue: fills later');
      else if (report.fill.effect === 'close') {
        this.#tally.note('venue: stop or target hit');
        if (!servoIsUp) this.#tally.note('venue: stop or target hit while the servo is down');
      }
    }
  }

  /** Somebody at the terminal closes a position, whole or in part. */
  closeByHand(chance: Chance): void {
    const { positions } = this.#venue.holdings();
    if (positions.length === 0) return;
    const position = chance.pick(positions);
    const part = chance.happens(0.5) ? position.quantity : chance.whole(1, position.quantity);
    this.#venue.submit(handOrder(position, `by-hand-${++this.#byHand}`, quantity(part)), unixMs(0), this.#epoch);
    this.#listen();
    this.#tally.note('terminal: position closed by hand');
  }

  /** As `closeByHand`, and no report tells of it. Returns the position, when there was one that nothing works on. */
  vanishByHand(chance: Chance, at: number): string | undefined {
    const picture = this.#venue.snapshot();
    const busy = new Set(
      picture.book.working.map((intent) => ('positionId' in intent ? intent.positionId : `P-${intent.orderId}`)),
    );
    const idle = this.#venue.holdings().positions.filter(({ positionId }) => !busy.has(positionId));
    if (idle.length === 0) return undefined;
    const { positionId, quantity: held } = chance.pick(idle);
    const gone = quantity(chance.happens(0.5) ? held : chance.whole(1, held));
    const profit = money(chance.whole(-50_000_000, 50_000_000));
    const move = { kind: 'vanish', positionId, quantity: gone, profit } as const;
    this.#venue = PaperVenue.restore(this.#rules, moved(picture, move, unixMs(at)));
    this.#tally.note('terminal: position closed by hand without a report');
    return positionId;
  }

  /** Somebody moves the levels of a position, or takes its stop away, and then its id is returned. Not every broker tells of it. */
  moveLevelsByHand(chance: Chance, at: number): string | undefined {
    const { positions } = this.#venue.holdings();
    const dressed = positions.filter(({ stopLoss }) => stopLoss !== undefined);
    if (dressed.length === 0) return undefined;
    const { positionId, stopLoss = 0, takeProfit = 0, side } = chance.pick(dressed);
    const bare = chance.happens(0.6);
    const nearer = Math.max(1, stopLoss + direction(side) * chance.whole(1, 10));
    const move = { stopLoss: price(bare ? 0 : nearer), takeProfit: price(takeProfit), reported: chance.happens(0.5) };
    const picture = moved(this.#venue.snapshot(), { kind: 'levels', positionId, ...move }, unixMs(at));
    this.#venue = PaperVenue.restore(this.#rules, picture);
    this.#listen();
    this.#tally.note(bare ? 'terminal: stop taken away' : 'terminal: stop moved');
    return bare ? positionId : undefined;
  }

  reportsAfter(cursor: number): readonly BrokerReport[] {
    return this.#venue.reportsAfter(cursor);
  }

  statusOf(orderId: string): ReturnType<PaperVenue['statusOf']> {
    return this.#venue.statusOf(orderId);
  }

  holdings(): BrokerSnapshot {
    return this.#venue.holdings();
  }

  #listen(): readonly BrokerReport[] {
    const { sequence } = this.#venue.holdings();
    const fresh = this.#venue.reportsAfter(this.#heard > 0 ? Math.min(this.#heard, sequence) : 0);
    this.#heard = sequence;
    if (fresh.length > 0) this.#watch.said(fresh);
    return fresh;
  }
}
