/** From the moment a bar is due to the moment its order is handed to the broker, through the queues of all stages between. */
import type { DomainEvent, EventKind } from '../src/domain/events.ts';
import type { Order } from '../src/domain/order.ts';
import type { Broker, Predictor } from '../src/domain/ports.ts';
import type { UnixMs } from '../src/domain/units.ts';
import type { Commit } from '../src/servo/book.ts';
import type { ServoPorts } from '../src/servo/servo-parts.ts';
import { DueFeed } from './due-feed.ts';
import { type Spread, spreadOf } from './figures.ts';
import { type Bench, openLimits, openRig, simulatedBars } from './rig.ts';

/** Stages up to the order; each ends with what is named here. */
const LEGS = ['ingest', 'predict', 'risk-gate', 'execute'] as const;
type Leg = (typeof LEGS)[number];
const COMMIT_THAT_ENDS: Partial<Record<EventKind, Leg>> = {
  bar_closed: 'ingest',
  signal_made: 'predict',
  decision_made: 'risk-gate',
};

/** The compiler is still at work on the first bars. */
const BARS_NOT_COUNTED = 20;

export interface BarToOrder {
  readonly bars: number;
  readonly firstOrder: Spread;
  readonly lastOrder: Spread;
  /** Without the time in which the paper venue wrote the orders before it to its file: a broker elsewhere does not hold us up. */
  readonly lastOrderAlone: Spread;
  /** From the end of the stage before to its own: the way through the queue and the work. */
  readonly legs: readonly (readonly [Leg, Spread])[];
  /** The commit that marks the orders of a bar as sent, before the first of them leaves. */
  readonly orderCommit: Spread;
}

export interface Load {
  readonly symbols: number;
  readonly bars: number;
  readonly barEveryMs: number;
  readonly maxMs: number;
}

export async function barToOrder(bench: Bench, { symbols, bars, barEveryMs, maxMs }: Load): Promise<BarToOrder> {
  const config = openLimits(symbols);
  const feed = new DueFeed(simulatedBars(config, bars + BARS_NOT_COUNTED), barEveryMs);
  const stopwatch = new Stopwatch(feed);
  const rig = await openRig(bench, config, feed, (ports) => stopwatch.around(ports));
  rig.servo.onCommit((commit) => stopwatch.committed(commit));
  await rig.run(maxMs);
  await rig.close();
  return stopwatch.figures();
}

interface BarTimes {
  /** When each stage was done with the bar; `execute` is, for this measure, at its first order. */
  readonly ends: Map<Leg, number>;
  lastOrderMs: number;
  /** Spent inside the venue: on the orders before the last one, and on the last one. */
  venueMs: number;
  lastSubmitMs: number;
}

class Stopwatch {
  readonly #feed: DueFeed;
  readonly #bars = new Map<UnixMs, BarTimes>();
  readonly #orderCommitsMs: number[] = [];

  constructor(feed: DueFeed) {
    this.#feed = feed;
  }

  around(ports: ServoPorts): ServoPorts {
    const { broker, store } = ports;
    return {
      ...ports,
      predictor: alwaysBuying(ports.predictor),
      broker: { ...broker, submit: (order) => this.#submit(broker, order) },
      store: {
        ...store,
        append: (events, alerts, recordedAt) => {
          const startedMs = performance.now();
          store.append(events, alerts, recordedAt);
          if (events.some(marksAsSent)) this.#orderCommitsMs.push(performance.now() - startedMs);
        },
      },
    };
  }

  committed({ events, state }: Commit): void {
    const leg = events.map(({ kind }) => COMMIT_THAT_ENDS[kind]).find((ended) => ended !== undefined);
    if (leg !== undefined && state.step.at !== undefined) this.#end(state.step.at, leg);
  }

  figures(): BarToOrder {
    const bars = [...this.#bars].filter(([, { lastOrderMs }]) => lastOrderMs > 0).slice(BARS_NOT_COUNTED);
    const since = (from: (bar: BarTimes, dueMs: number) => number, to: (bar: BarTimes) => number): Spread =>
      spreadOf(bars.map(([closeAt, bar]) => to(bar) - from(bar, this.#feed.dueAtMs(closeAt) ?? Number.NaN)));
    const due = (_: BarTimes, dueMs: number): number => dueMs;
    const endOf =
      (leg: Leg) =>
      ({ ends }: BarTimes): number =>
        ends.get(leg) ?? Number.NaN;
    return {
      bars: bars.length,
      firstOrder: since(due, endOf('execute')),
      lastOrder: since(due, ({ lastOrderMs }) => lastOrderMs),
      lastOrderAlone: since(due, ({ lastOrderMs, venueMs }) => lastOrderMs - venueMs),
      legs: LEGS.map((leg, i) => [leg, since(i === 0 ? due : endOf(LEGS[i - 1] ?? leg), endOf(leg))]),
      orderCommit: spreadOf(this.#orderCommitsMs.slice(BARS_NOT_COUNTED)),
    };
  }

  #submit(broker: Broker, order: Order): ReturnType<Broker['submit']> {
    const bar = this.#end(order.intent.decidedAt, 'execute');
    const startedMs = performance.now();
    bar.venueMs += bar.lastSubmitMs;
    bar.lastOrderMs = startedMs;
    const answer = broker.submit(order);
    bar.lastSubmitMs = performance.now() - startedMs;
    return answer;
  }

  #end(closeAt: UnixMs, leg: Leg): BarTimes {
    const bar = this.#bars.get(closeAt) ?? { ends: new Map(), lastOrderMs: 0, venueMs: 0, lastSubmitMs: 0 };
    if (!bar.ends.has(leg)) bar.ends.set(leg, performance.now());
    this.#bars.set(closeAt, bar);
    return bar;
  }
}

const marksAsSent = (event: DomainEvent): boolean => event.kind === 'order_changed' && event.change === 'send';

/** The real model is asked, at its real cost; then every bar is a good one to buy. */
function alwaysBuying(predictor: Predictor): Predictor {
  return {
    async predict(inputs) {
      const answers = await predictor.predict(inputs);
      return answers.map(({ model }) => ({
        kind: 'prediction',
        model,
        probabilities: { down: 0.01, flat: 0, up: 0.99 },
      }));
    },
    close: () => predictor.close(),
  };
}
