/** Looks at the broker every second of process time for positions of ours without a stop: dressed or closed within five seconds. */
import type { Emit, EventOf } from '../domain/events.ts';
import { dressNaked } from '../domain/management/naked.ts';
import type { ServoState } from '../domain/state.ts';
import type { UnixMs } from '../domain/units.ts';
import { askSnapshot } from './ask-broker.ts';
import { within } from './exclusive.ts';
import type { Sender } from './send-orders.ts';

export const NAKED_LOOK_EVERY_MS = 1_000;
/** A look has ended when the next is due. */
const LOOK_WITHIN_MS = 900;
/** After this the repair has failed, which is extreme risk. Of the five seconds two are left for the close to get past what stands before it. */
const REPAIR_WITHIN_MS = 2_000;
/** Where not even a close goes through, for example in a closed market, it is asked for again at this pace. */
const CLOSE_AGAIN_MS = 10_000;
/** After so long without a look that succeeds nobody knows whether a stop is missing. */
const BLIND_AFTER_MS = 5_000;

/** On the monotonic clock. */
interface Naked {
  readonly sinceMs: number;
  readonly closedAtMs?: number;
}

export class NakedWatch {
  readonly #sender: Sender;
  /** As the broker showed them last: a look that fails dresses nobody. */
  #bare: readonly string[] = [];
  readonly #asked = new Map<string, Naked>();
  #blindSinceMs: number | undefined;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** Takes no turn with the broker: a call that hangs does not keep it from seeing. What it asks for is left to be sent. */
  async look(): Promise<void> {
    const { state, commit, clock } = this.#sender;
    const nowMs = clock.monotonic();
    if (state().positions.size > 0) await this.#see(nowMs);
    else [this.#bare, this.#blindSinceMs] = [[], undefined];
    for (const positionId of this.#asked.keys()) if (!this.#bare.includes(positionId)) this.#asked.delete(positionId);
    const asked = new Map<string, Naked>();
    commit((now, emit) => {
      this.#noteSight(now, nowMs, emit);
      for (const positionId of this.#bare) this.#dress(now, positionId, nowMs, asked, emit);
    });
    // Only now: what could not be written was not asked for, and must not be waited for.
    for (const [positionId, naked] of asked) this.#asked.set(positionId, naked);
  }

  async #see(nowMs: number): Promise<void> {
    const { broker, clock, guard, noteError } = this.#sender;
    try {
      const look = () => within(LOOK_WITHIN_MS, 'a look at its positions', askSnapshot(broker), clock);
      const { positions } = await guard('broker', look);
      this.#bare = positions.flatMap(({ positionId, stopLoss }) => (stopLoss === undefined ? [positionId] : []));
      this.#blindSinceMs = undefined;
    } catch (error) {
      this.#blindSinceMs ??= nowMs;
      noteError(error, 'broker');
    }
  }

  /** A position whose stop nobody can see is no time for another one. */
  #noteSight({ causes, positions }: ServoState, nowMs: number, emit: Emit): void {
    const blindMs = nowMs - (this.#blindSinceMs ?? nowMs);
    const [lost, at] = [causes.unsafe?.sight !== undefined, this.#sender.clock.wall()];
    if (lost && blindMs === 0) emit({ kind: 'safety_regained', at, guard: 'sight' });
    if (lost || blindMs < BLIND_AFTER_MS) return;
    const open = positions.size === 1 ? '1 open position' : `${positions.size} open positions`;
    const reason = `the broker has not answered for ${(blindMs / 1_000).toFixed(0)} s, the stops of ${open} cannot be watched`;
    emit({ kind: 'safety_lost', at, guard: 'sight', reason });
  }

  #dress(state: ServoState, positionId: string, nowMs: number, asked: Map<string, Naked>, emit: Emit): void {
    const position = state.positions.get(positionId);
    if (position === undefined) return;
    const at = state.step.at ?? this.#sender.clock.wall();
    const known = this.#asked.get(positionId);
    if (known === undefined) emit({ kind: 'stop_missing', at, positionId, symbol: position.symbol });
    const { sinceMs, closedAtMs } = known ?? { sinceMs: nowMs };
    const overdue = nowMs - sinceMs >= REPAIR_WITHIN_MS;
    if (overdue && closedAtMs !== undefined && nowMs - closedAtMs < CLOSE_AGAIN_MS) return;
    if (overdue && state.causes.halted === undefined) emit(cannotBeDressed(positionId, nowMs - sinceMs, at));
    asked.set(positionId, { sinceMs, ...(overdue && { closedAtMs: nowMs }) });
    dressNaked(state, position, overdue ? 'close' : 'repair', at, emit);
  }
}

const cannotBeDressed = (positionId: string, nakedMs: number, at: UnixMs): EventOf<'halted'> => ({
  kind: 'halted',
  at,
  by: 'servo',
  reason: `extreme risk: position ${positionId} could not be given a stop in ${(nakedMs / 1_000).toFixed(1)} s; it is closed`,
});
