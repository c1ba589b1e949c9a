/** Looks at the broker every second of process time for positions of ours without a stop: dressed or closed within five seconds. */
import type { Emit, EventOf } from '../domain/events.ts';
import { dressNaked } from '../domain/management/naked.ts';
import type { ServoState } from '../domain/state.ts';
import type { UnixMs } from '../domain/units.ts';
import { askSnapshot } from './ask-broker.ts';
import type { BrokerTalk } from './broker-talk.ts';

export const NAKED_LOOK_EVERY_MS = 1_000;
/** After this the repair has failed, which is extreme risk: two looks are left before the five seconds are over. */
const REPAIR_WITHIN_MS = 2_500;
/** Where not even a close goes through, for example in a closed market, it is asked for again at this pace. */
const CLOSE_AGAIN_MS = 10_000;

/** On the monotonic clock. */
interface Naked {
  readonly sinceMs: number;
  readonly closedAtMs?: number;
}

export class NakedWatch {
  readonly #talk: BrokerTalk;
  readonly #naked = new Map<string, Naked>();

  constructor(talk: BrokerTalk) {
    this.#talk = talk;
  }

  /** True when it asked for orders. Between two turns: what it reads of the broker must not be changing under it. */
  async look(): Promise<boolean> {
    const { broker, state, commit, clock, guard } = this.#talk;
    if (state().positions.size === 0) {
      this.#naked.clear();
      return false;
    }
    const { positions } = await guard('broker', () => askSnapshot(broker));
    const bare = positions.flatMap(({ positionId, stopLoss }) => (stopLoss === undefined ? [positionId] : []));
    for (const positionId of this.#naked.keys()) if (!bare.includes(positionId)) this.#naked.delete(positionId);
    if (bare.length === 0) return false;
    const asked = new Map<string, Naked>();
    commit((now, emit) => {
      for (const positionId of bare) this.#dress(now, positionId, now.step.at ?? clock.wall(), asked, emit);
    });
    // Only now: what could not be written was not asked for, and must not be waited for.
    for (const [positionId, naked] of asked) this.#naked.set(positionId, naked);
    return true;
  }

  #dress(state: ServoState, positionId: string, at: UnixMs, asked: Map<string, Naked>, emit: Emit): void {
    const position = state.positions.get(positionId);
    if (position === undefined) return;
    const nowMs = this.#talk.clock.monotonic();
    const known = this.#naked.get(positionId);
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
