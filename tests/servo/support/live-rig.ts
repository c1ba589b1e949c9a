/** A servo that trades real money, as far as it can tell: the rig's venue says that it is a real account, and the test holds its strings. */
import { Secret, TOTP } from 'otpauth';
import { openStore } from '../../../src/db/store.ts';
import type { LiveFacts, ProcessGround, VenueIdentity } from '../../../src/domain/live.ts';
import { oneTimeCodes } from '../../../src/second-factor/totp.ts';
import type { LivePort } from '../../../src/servo/arming.ts';
import type { ServoPorts } from '../../../src/servo/servo-parts.ts';
import { factsWith, LIVE_POLICY } from '../../domain/live-builders.ts';
import { type Between, Rig, type RigOptions } from './rig.ts';

export const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const authenticator = new TOTP({ secret: Secret.fromBase32(SECRET), algorithm: 'SHA1', digits: 6, period: 30 });

export const codeAt = (timestamp: number): string => authenticator.generate({ timestamp });

/** What the world says when it is asked; a test changes it as it goes on. */
export class LiveWorld {
  facts: LiveFacts = factsWith();
  serves = 'hand@1';
  asked = 0;
  /** In place of an answer. */
  silent = false;

  say(process: Partial<ProcessGround>, venue: Partial<VenueIdentity> | null = {}): void {
    this.facts = factsWith(process, venue);
  }

  readonly ports: Between = (ports: ServoPorts): ServoPorts => ({
    ...ports,
    live: this.#port,
    predictor: {
      predict: async (inputs) => {
        const answers = await ports.predictor.predict(inputs);
        return answers.map((answer) => ({ ...answer, model: this.serves }));
      },
      turnOver: () => {
        const card = { id: this.serves, reachAtr: 3 };
        return { serving: new Map([['EURUSD', card]]), refused: [] };
      },
      close: ports.predictor.close,
    },
    broker: { ...ports.broker, ...(this.facts.venue && { identify: () => this.#identify() }) },
  });

  readonly #port: LivePort = { ground: () => this.facts.process, codeStep: oneTimeCodes(SECRET) };

  async #identify(): Promise<VenueIdentity> {
    this.asked += 1;
    if (this.silent || this.facts.venue === null) throw new Error('the venue cannot say');
    return this.facts.venue;
  }
}

export async function liveRig(
  world: LiveWorld = new LiveWorld(),
  options: RigOptions = {},
): Promise<{ rig: Rig; world: LiveWorld }> {
  return { world, rig: await Rig.start({ ...options, live: LIVE_POLICY, ports: world.ports }) };
}

const EIGHT_HOURS_MS = 8 * 3_600_000;

export const arm = (rig: Rig, change: { account?: string; forMs?: number; code?: string } = {}) =>
  rig.servo.command({
    name: 'arm',
    by: 'anna',
    surface: 'cli',
    reason: '',
    arming: { account: '40071', forMs: EIGHT_HOURS_MS, code: codeAt(rig.clock.wall()), ...change },
  });

/** The journal alone, from its first row. */
export const openedAs = (path: string, mode: string) => openStore({ path, account: LIVE_POLICY.book, mode });
