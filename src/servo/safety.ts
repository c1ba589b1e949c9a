/** On process time: is what everything else stands on sound, the machine's clock and the disk? What is not stops entries until it is again. */
import type { Clock } from '../domain/ports.ts';
import type { SafetyGuard } from '../domain/servo.ts';
import type { ServoState } from '../domain/state.ts';
import type { Book } from './book.ts';

/** More than any daemon slews by between two looks. */
const JUMP_MS = 2_000;
/** After a jump the clock must have kept still for this long. */
const STEADY_MS = 60_000;

export interface SafetyParts {
  readonly clock: Clock;
  /** In words; undefined while the disk is sound. Absent where nobody looks at one. */
  readonly diskTrouble?: (() => string | undefined) | undefined;
  readonly state: () => ServoState;
  readonly commit: Book['commit'];
}

export class Safety {
  readonly #parts: SafetyParts;
  #offsetMs: number;
  #steadySinceMs: number;

  constructor(parts: SafetyParts) {
    this.#parts = parts;
    this.#offsetMs = offsetOf(parts.clock);
    this.#steadySinceMs = parts.clock.monotonic();
  }

  look(): void {
    this.#note('clock', this.#clockTrouble());
    this.#note('disk', this.#parts.diskTrouble?.());
  }

  /** A wall clock that is set, and a process that stood still while its machine slept, look the same: time is missing or was added. */
  #clockTrouble(): string | undefined {
    const { clock, state } = this.#parts;
    const offsetMs = offsetOf(clock);
    const jumpMs = offsetMs - this.#offsetMs;
    this.#offsetMs = offsetMs;
    if (Math.abs(jumpMs) > JUMP_MS) {
      this.#steadySinceMs = clock.monotonic();
      return `the machine's clock jumped by ${(jumpMs / 1_000).toFixed(1)} s`;
    }
    const { reconciled, unsafe } = state().causes;
    const settled = reconciled && clock.monotonic() - this.#steadySinceMs >= STEADY_MS;
    return settled ? undefined : unsafe?.clock?.reason;
  }

  #note(guard: Exclude<SafetyGuard, 'sight'>, trouble: string | undefined): void {
    const { clock, state, commit } = this.#parts;
    const known = state().causes.unsafe?.[guard];
    if (known?.reason === trouble) return;
    const at = clock.wall();
    if (trouble === undefined) commit((_, emit) => emit({ kind: 'safety_regained', at, guard }));
    // One fact a time of trouble; only a clock that jumps again has news.
    else if (known === undefined || guard === 'clock')
      commit((_, emit) => emit({ kind: 'safety_lost', at, guard, reason: trouble }));
  }
}

const offsetOf = (clock: Clock): number => clock.wall() - clock.monotonic();
