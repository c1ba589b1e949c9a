/** What a live servo does about its arming: it asks venue and process what the conditions are judged by, and ends what is over. */
import { watchArming } from '../domain/arming.ts';
import type { Command } from '../domain/commands.ts';
import type { Emit } from '../domain/events.ts';
import type { LiveFacts, ProcessGround, VenueIdentity } from '../domain/live.ts';
import type { Clock } from '../domain/ports.ts';
import type { ServoState } from '../domain/state.ts';
import { type UnixMs, unixMs } from '../domain/units.ts';
import { askIdentity } from './ask-broker.ts';
import type { BrokerTalk } from './broker-talk.ts';

/** Absent where the money is not real. */
export interface LivePort {
  ground(): ProcessGround;
  /** The time step that a one-time code belongs to; undefined when it is wrong, or there is no secret to check it by. */
  codeStep(code: string, at: UnixMs): number | undefined;
}

/** A venue that says nothing of itself for so many minutes may have taken anything back. */
const LOOKS_IN_VAIN = 3;

export class Arming {
  readonly #talk: BrokerTalk;
  readonly #live: LivePort | undefined;
  readonly #clock: OnwardClock;
  #failedLooks = 0;

  constructor(talk: BrokerTalk, live: LivePort | undefined) {
    this.#talk = talk;
    this.#live = live;
    this.#clock = new OnwardClock(talk.clock);
  }

  get now(): UnixMs {
    return this.#clock.now();
  }

  /** At every start, and once a minute with the comparison of the books. */
  async look(): Promise<void> {
    if (this.#live === undefined) return;
    const { broker, guard } = this.#talk;
    try {
      const venue = await guard('broker', () => askIdentity(broker));
      this.#failedLooks = 0;
      this.#note(venue);
    } catch (error) {
      this.#failedLooks += 1;
      if (this.#failedLooks >= LOOKS_IN_VAIN) this.#note(null);
      throw error;
    }
  }

  #note(venue: VenueIdentity | null): void {
    if (this.#live === undefined) return;
    const { commit, state } = this.#talk;
    const facts: LiveFacts = { process: this.#live.ground(), venue };
    if (JSON.stringify(facts) === JSON.stringify(state().live?.facts)) return;
    commit((_, emit) => emit({ kind: 'live_checked', at: this.now, facts }));
  }

  /** Within the transaction that decides or sends: an arming that is over is over before anything is allowed by it. */
  watch = (state: ServoState, emit: Emit): void => watchArming(state, this.now, emit);

  codeStepOf({ arming }: Command): number | undefined {
    return arming && this.#live?.codeStep(arming.code, this.now);
  }
}

/** The wall's time as this process has seen it: a clock that is set back does not prolong an arming. */
class OnwardClock {
  readonly #clock: Clock;
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.wall() - clock.monotonic();
  }

  now(): UnixMs {
    const monotonic = this.#clock.monotonic();
    this.#offsetMs = Math.max(this.#offsetMs, this.#clock.wall() - monotonic);
    return unixMs(Math.floor(monotonic + this.#offsetMs));
  }
}
