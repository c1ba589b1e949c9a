/** Misfortunes of a link and of a venue, in the order a test asks for or by seeded chance. Each that happens is counted. */
import { type Random, seededRandom } from '../../../src/domain/random.ts';

/** What may become of a frame with an order. */
export const SUBMIT_FAULTS = [
  /** The link breaks before the venue acts. */
  'cut_before',
  /** It acts, and the link breaks before it answers. */
  'cut_after',
  /** The frame is lost, and the link stands. */
  'silent_before',
  /** It acts, and its answer is lost. */
  'silent_after',
  /** The frame is on its way for `lateMs`, and acts when it comes. */
  'late',
  /** The frame is on its way until the test says `release`. */
  'held',
  /** The frame comes twice. */
  'twice',
  /** It acts, and its answer cannot be read. */
  'garbled',
] as const;
export type SubmitFault = (typeof SUBMIT_FAULTS)[number];

/** What may become of a question. */
export const QUERY_FAULTS = [
  'cut',
  'silent',
  /** The venue answers that it cannot answer. */
  'error',
  /** An answer without content. */
  'nonsense',
  /** Reports twice and in the wrong order. */
  'shuffled',
  /** A report in the middle is left out. */
  'gap',
] as const;
export type QueryFault = (typeof QUERY_FAULTS)[number];

export interface Faults {
  readonly seed?: number;
  readonly lateMs?: number;
  /** Happens to the next frames of the kind, before chance is asked; `none` spares one. */
  readonly nextSubmits?: readonly (SubmitFault | 'none')[];
  readonly nextQueries?: readonly (QueryFault | 'none')[];
  /** Probability at each frame; together at most 1. */
  readonly submits?: Partial<Record<SubmitFault, number>>;
  readonly queries?: Partial<Record<QueryFault, number>>;
}

export class Misfortune {
  readonly lateMs: number;
  readonly counts: Record<string, number> = {};
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #nextSubmits: (SubmitFault | 'none')[];
  readonly #nextQueries: (QueryFault | 'none')[];

  constructor(faults: Faults = {}) {
    this.#faults = faults;
    this.#random = seededRandom(faults.seed ?? 1);
    this.#nextSubmits = [...(faults.nextSubmits ?? [])];
    this.#nextQueries = [...(faults.nextQueries ?? [])];
    this.lateMs = faults.lateMs ?? 0;
  }

  ofSubmit(): SubmitFault | undefined {
    return this.#happens(this.#nextSubmits, SUBMIT_FAULTS, this.#faults.submits);
  }

  ofQuery(): QueryFault | undefined {
    return this.#happens(this.#nextQueries, QUERY_FAULTS, this.#faults.queries);
  }

  #happens<F extends string>(
    next: (F | 'none')[],
    all: readonly F[],
    chances: Partial<Record<F, number>> | undefined,
  ): F | undefined {
    const fault = next.length > 0 ? next.shift() : this.#drawn(all, chances);
    if (fault === undefined || fault === 'none') return undefined;
    this.counts[fault] = (this.counts[fault] ?? 0) + 1;
    return fault;
  }

  #drawn<F extends string>(all: readonly F[], chances: Partial<Record<F, number>> | undefined): F | undefined {
    if (chances === undefined) return undefined;
    let left = this.#random.next();
    return all.find((fault) => {
      left -= chances[fault] ?? 0;
      return left < 0;
    });
  }
}
