/** What has happened at least once: a campaign in which a kind of fault or a status never came shows nothing about it. */
import { ORDER_STATUSES, type OrderStatus } from '../../src/domain/order.ts';
import { SERVO_STATUSES, type ServoStatus } from '../../src/domain/servo.ts';

export const FAULTS = [
  'link: request lost',
  'link: request lost, caller told',
  'link: reply lost after the venue acted',
  'link: reply later than the timeout',
  'link: line down',
  'link: new line while a frame is on the old one',
  'link: query failed',
  'link: report twice in one answer',
  'link: report held back',
  'link: frame arrives after its process is gone',
  'venue: frame of an older epoch refused',
  'venue: fills at once',
  'venue: fills later',
  'venue: fills in part',
  'venue: refuses',
  'venue: requote',
  'venue: stop or target hit',
  'venue: stop or target hit while the servo is down',
  'terminal: position closed by hand',
  'terminal: position closed by hand without a report',
  'terminal: stop moved',
  'terminal: stop taken away',
  'queue: job lost',
  'queue: job twice',
  'queue: job late',
  'queue: job of a stage that is not due',
  'queue: flushed',
  'queue: silent until the watchdog acts',
  'process: dies between two events',
  'process: dies before a commit',
  'process: dies after a commit',
  'process: dies before an order leaves',
  'process: dies while it starts',
  'process: stands still and goes on',
  'process: goes on after a successor has started',
  'store: disk full',
  'store: locked',
  'store: unreadable',
  'clock: wall jumps ahead',
  'clock: wall jumps back',
  'calendar: day of 23 or 25 hours',
  'calendar: new day',
  'calendar: new week',
  'calendar: new month',
  'model: no answer in time',
  'model: throws',
  'model: not a number',
  'model: too few answers',
  'feed: bar late',
  'feed: fails',
  'feed: gap',
  'operator: pause',
  'operator: resume',
  'operator: flatten',
  'operator: halt',
  'operator: stop',
  'operator: reset',
  'limits: ladder warned',
  'limits: ladder reached',
  'limits: drawdown',
  'rule: break_even',
  'rule: trailing_stop',
  'rule: take_profit_ladder',
  'rule: time_stop',
  'errors: cooldown',
  'dry-run: a whole life without a send',
] as const;
export type Fault = (typeof FAULTS)[number];

type OrderHit = `order: ${OrderStatus}`;
type ServoHit = `servo: ${ServoStatus}`;
export type Hit = Fault | OrderHit | ServoHit;

export const HITS: readonly Hit[] = [
  ...FAULTS,
  ...ORDER_STATUSES.map((status): OrderHit => `order: ${status}`),
  ...SERVO_STATUSES.map((status): ServoHit => `servo: ${status}`),
];

export class Tally {
  readonly #counts = new Map<Hit, number>(HITS.map((hit) => [hit, 0]));

  note(hit: Hit, times = 1): void {
    const count = this.#counts.get(hit);
    if (count === undefined) throw new Error(`not in the list of hits: ${hit}`);
    this.#counts.set(hit, count + times);
  }

  add(other: Tally): void {
    for (const [hit, count] of other.#counts) this.note(hit, count);
  }

  /** S1. */
  get missing(): readonly Hit[] {
    return [...this.#counts].filter(([, count]) => count === 0).map(([hit]) => hit);
  }

  toString(): string {
    return [...this.#counts].map(([hit, count]) => `${String(count).padStart(9)}  ${hit}`).join('\n');
  }
}
