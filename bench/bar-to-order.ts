/** From the moment a bar is due to the moment its order is handed to the broker, through the queues of all stages between. */
import type { DomainEvent, EventKind } from '../src/domain/events.ts';
import type { Order } from '../src/domain/order.ts';
import type { Predictor } from '../src/domain/ports.ts';
import type { UnixMs } from '../src/domain/units.ts';
import type { Commit } from '../src/servo/book.ts';
import type { ServoPorts } from '../src/servo/servo.ts';
import { DueFeed } from './due-feed.ts';
import { type Spread, spreadOf } from './figures.ts';
import { type Bench, openLimits, openRig, simulatedBars } from './rig.ts';

/** Stages up to the order; each ends with what is named here. */
export const LEGS = ['ingest', 'predict', 'risk-gate', 'execute'] as const;
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
  /** From the end of the stage before to its own: the way through the queue and the work. */
  readonly legs: Readonly<Record<Leg, Spread>>;
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
  readonly ends: Map<Leg, number>;
  lastOrderMs: number;
}

class Stopwatch {
  readonly #feed: DueFeed;
  readonly #bars = new Map<UnixMs, BarTimes>();
  readonly #orderCommits: number[] = [];

  constructor(feed: DueFeed) {
    this.#feed = feed;
  }

  around(ports: ServoPorts): ServoPorts {
    const { broker, store, predictor } = ports;
    return {
      ...ports,
      predictor: alwaysBuying(predictor),
      broker: {
        ...broker,
        submit: (order) => {
          this.#submitted(order);
          return broker.submit(order);
        },
      },
      store: {
        ...store,
        append: (events, alerts, recordedAt) => {
          const startedMs = performance.now();
          store.append(events, alerts, recordedAt);
          if (events.some(marksAsSent)) this.#orderCommits.push(performance.now() - startedMs);
        },
      },
    };
  }

  committed({ events, state }: Commit): void {
    const leg = events.map(({ kind }) => COMMIT_THAT_ENDS[kind]).find((ended) => ended !== undefined);
    if (leg !== undefined && state.step.at !== undefined) this.#note(state.step.at, leg);
  }

  #submitted({ intent }: Order): void {
    this.#note(intent.decidedAt, 'execute').lastOrderMs = performance.now();
  }

  #note(closeAt: UnixMs, leg: Leg): BarTimes {
    const bar = this.#bars.get(closeAt) ?? { ends: new Map<Leg, number>(), lastOrderMs: 0 };
    if (!bar.ends.has(leg)) bar.ends.set(leg, performance.now());
    this.#bars.set(closeAt, bar);
    return bar;
  }

  figures(): BarToOrder {
    const traded = [...this.#bars].filter(([, { lastOrderMs }]) => lastOrderMs > 0).slice(BARS_NOT_COUNTED);
    const bars = traded.map(([closeAt, { ends, lastOrderMs }]) => {
      const dueMs = this.#feed.dueAtMs(closeAt) ?? Number.NaN;
      return { marks: [dueMs, ...LEGS.map((leg) => ends.get(leg) ?? Number.NaN)], lastOrderMs };
    });
    const between = (from: number, to: number): Spread =>
      spreadOf(bars.map(({ marks }) => (marks[to] ?? Number.NaN) - (marks[from] ?? Number.NaN)));
    return {
      bars: bars.length,
      firstOrder: between(0, LEGS.length),
      lastOrder: spreadOf(bars.map(({ marks, lastOrderMs }) => lastOrderMs - (marks[0] ?? Number.NaN))),
      legs: {
        ingest: between(0, 1),
        predict: between(1, 2),
        'risk-gate': between(2, 3),
        execute: between(3, 4),
      },
      orderCommit: spreadOf(this.#orderCommits.slice(BARS_NOT_COUNTED)),
    };
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
