/** Time that passes only when everything of this moment is done: one queue of what is due, and no clock but its own. */

interface Due {
  readonly at: number;
  /** Of two at the same moment the one asked for first comes first. */
  readonly serial: number;
  readonly run: () => void;
}

export class VirtualTime {
  /** Monotonic milliseconds since the world began. */
  #now = 0;
  #serial = 0;
  /** A binary heap: the earliest is at the top. */
  readonly #heap: Due[] = [];
  /** What has happened so far, of whatever kind. */
  events = 0;

  get now(): number {
    return this.#now;
  }

  /** What it returns calls it off. */
  after(ms: number, run: () => void): () => void {
    let called = true;
    this.#push({
      at: this.#now + Math.max(0, Math.round(ms)),
      serial: this.#serial++,
      run: () => {
        if (called) run();
      },
    });
    return () => {
      called = false;
    };
  }

  /** `check` follows every event; true ends the run. */
  async runUntil(end: number, check: () => boolean): Promise<void> {
    for (let due = this.#heap[0]; due !== undefined && due.at <= end; due = this.#heap[0]) {
      this.#pop();
      if (due.at < this.#now) throw new Error(`time went back from ${this.#now} to ${due.at}`);
      this.#now = due.at;
      this.events += 1;
      due.run();
      await settled();
      if (check()) return;
    }
    this.#now = Math.max(this.#now, end);
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(due);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Due;
      if (!earlier(due, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Due;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      const next = right !== undefined && left !== undefined && earlier(right, left) ? 2 * at + 2 : 2 * at + 1;
      const below = heap[next];
      if (below === undefined || !earlier(below, last)) break;
      heap[at] = below;
      at = next;
    }
    heap[at] = last;
  }
}

const earlier = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.serial < b.serial);

/** Every promise that can go on has gone on: in this world nothing but the queue of the time can wake one later. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
