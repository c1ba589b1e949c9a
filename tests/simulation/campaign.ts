/** Many worlds one after another, with what happened in them counted. */
import { type Hit, Tally } from './hits.ts';
import { memoryShelves, sqliteShelves } from './shelves.ts';
import { type Outcome, World } from './world.ts';

export interface Campaign {
  readonly broken: Outcome | undefined;
  readonly summary: string;
  readonly tally: Tally;
  readonly missing: readonly Hit[];
}

/** Every so many worlds are written into the real store; the others into one in memory that is as strict. */
const REAL_STORE_EVERY = 25;

export async function runSeed(
  seed: number,
  trace?: (line: string) => void,
  real = seed % REAL_STORE_EVERY === 0,
): Promise<Outcome> {
  const shelves = real ? sqliteShelves() : memoryShelves();
  try {
    return await new World({ seed, shelves, ...(trace && { trace }) }).live();
  } finally {
    shelves.remove();
  }
}

export async function runCampaign(from: number, seeds: number): Promise<Campaign> {
  const tally = new Tally();
  const startedAt = process.cpuUsage();
  let [worlds, orders, crashes, events] = [0, 0, 0, 0];
  let broken: Outcome | undefined;
  for (let seed = from; seed < from + seeds && broken === undefined; seed++) {
    const outcome = await runSeed(seed);
    worlds += 1;
    orders += outcome.orders;
    crashes += outcome.crashes;
    events += outcome.events;
    tally.add(outcome.tally);
    if (outcome.violations.length > 0) broken = outcome;
  }
  const { user, system } = process.cpuUsage(startedAt);
  const summary =
    `${worlds} seeds, ${orders} orders, ${crashes} crashes, ${events} events, ${broken === undefined ? 0 : 1} violations ` +
    `(${((user + system) / 1e6).toFixed(1)} s of CPU)`;
  return { broken, summary, tally, missing: tally.missing };
}
