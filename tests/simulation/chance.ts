/** Draws of one seed. Each room of the world has draws of its own, so that a change in one does not move all others. */
import { seededRandom } from '../../src/domain/random.ts';

export class Chance {
  readonly #seed: string;
  readonly #random: ReturnType<typeof seededRandom>;

  constructor(seed: string) {
    this.#seed = seed;
    this.#random = seededRandom(seed);
  }

  of(room: string): Chance {
    return new Chance(`${this.#seed}/${room}`);
  }

  happens(probability: number): boolean {
    return this.#random.next() < probability;
  }

  between(least: number, most: number): number {
    return least + this.#random.next() * (most - least);
  }

  /** Both ends can come. */
  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  normal(): number {
    return this.#random.normal();
  }

  pick<T>(of: readonly T[]): T {
    const picked = of[Math.floor(this.#random.next() * of.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  /** Mostly short, now and then long. */
  waitMs(meanMs: number): number {
    return -meanMs * Math.log(1 - this.#random.next());
  }
}
