/** Seeded chance: the same seed gives the same numbers on every machine. The domain has no other source of randomness. */

/** All that a generator remembers: restored, it goes on as if nothing had happened. */
export type RandomState = readonly [number, number, number, number];

export interface Random {
  /** Uniform in [0, 1), in steps of 2^-32. */
  next(): number;
  /** Standard normal. */
  normal(): number;
  snapshot(): RandomState;
  restore(state: RandomState): void;
}

const TWO_TO_32 = 2 ** 32;
/** Rounds thrown away after seeding, so that near seeds part before the first number is given. */
const SEEDING_ROUNDS = 16;

/** FNV-1a over the text's code units, then mixed so that each bit of the text moves half the bits of the result. */
function hash32(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A number in [0, 1) that depends on the text alone: a draw that does not depend on the order of draws. */
export const hashToUnit = (text: string): number => hash32(text, 0x811c9dc5) / TWO_TO_32;

/** The sfc32 generator: three chaotic words and a counter, which keeps every period at 2^32 numbers or more. */
export function seededRandom(seed: string | number): Random {
  const text = String(seed);
  let a = hash32(text, 0x9e3779b9) | 0;
  let b = hash32(text, 0x243f6a88) | 0;
  let c = hash32(text, 0xb7e15162) | 0;
  let counter = 1;

  function next(): number {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / TWO_TO_32;
  }

  /** Marsaglia's polar method; the pair's second number is dropped, so that the state stays four words. */
  function normal(): number {
    for (;;) {
      const x = 2 * next() - 1;
      const y = 2 * next() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
    }
  }

  for (let round = 0; round < SEEDING_ROUNDS; round++) next();
  return {
    next,
    normal,
    snapshot: () => [a, b, c, counter],
    restore: (state) => {
      [a, b, c, counter] = state;
    },
  };
}
