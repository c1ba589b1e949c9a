/** Bars recorded beforehand, which fall due at a steady pace and remember when they did: the market itself costs nothing here. */
import type { Bar } from '../src/domain/market.ts';
import type { BarFeed, Due } from '../src/domain/ports.ts';
import type { UnixMs } from '../src/domain/units.ts';

export class DueFeed implements BarFeed {
  readonly description = 'recorded bars';
  readonly simulated = true;
  readonly #history: readonly Bar[];
  readonly #steps: readonly (readonly Bar[])[];
  readonly #placeOf: ReadonlyMap<UnixMs, number>;
  readonly #everyMs: number;
  readonly #dueAtMs: number[] = [];

  /** `everyMs` 0 gives the bars as fast as they are asked for. A close time is never due before it was first asked for. */
  constructor(recorded: BarFeed, everyMs: number, barsMax = Number.POSITIVE_INFINITY) {
    this.#history = recorded.history();
    this.#steps = [...stepsOf(recorded, barsMax)];
    this.#placeOf = new Map(this.#steps.map(([bar], place) => [bar?.closeAt ?? (0 as UnixMs), place]));
    this.#everyMs = everyMs;
  }

  history(): readonly Bar[] {
    return this.#history;
  }

  due(after: UnixMs | undefined): Due {
    const place = after === undefined ? 0 : (this.#placeOf.get(after) ?? -1) + 1;
    const bars = this.#steps[place];
    if (bars === undefined) return { kind: 'ended' };
    const nowMs = performance.now();
    this.#dueAtMs[place] ??= Math.max(nowMs, (this.#dueAtMs[place - 1] ?? nowMs) + this.#everyMs);
    const inMs = this.#dueAtMs[place] - nowMs;
    return inMs > 0 ? { kind: 'wait', inMs } : { kind: 'bars', bars };
  }

  /** On the monotonic clock. */
  dueAtMs(closeAt: UnixMs): number | undefined {
    return this.#dueAtMs[this.#placeOf.get(closeAt) ?? -1];
  }

  close(): void {}
}

function* stepsOf(feed: BarFeed, barsMax: number): Generator<readonly Bar[]> {
  let due = feed.due(undefined);
  for (let count = 0; count < barsMax && due.kind === 'bars'; count++) {
    yield due.bars;
    due = feed.due(due.bars[0]?.closeAt);
  }
}
