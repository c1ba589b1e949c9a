/** Is a queue server fit for the servo: for anything at all, and for live money. */
import type { ServerFacts } from './server-facts.ts';

export interface Fitness {
  /** Why not even paper trading may use it. */
  readonly refusal: string | null;
  /** Why live trading may not use it, though paper trading may. */
  readonly unsafeForLive: string | null;
  readonly warnings: readonly string[];
}

interface Check {
  readonly fails: (facts: ServerFacts) => boolean;
  readonly say: (facts: ServerFacts) => string;
}

const REFUSALS: readonly Check[] = [
  {
    fails: (facts) => !isAtLeast(facts.redisVersion, 5, 0),
    say: (facts) => `it is ${facts.product} ${facts.productVersion}; 6.2 or newer is needed`,
  },
  {
    fails: (facts) => facts.mode !== 'standalone',
    say: (facts) => `it runs in ${facts.mode || 'an unknown'} mode; the queues need a single server`,
  },
  {
    fails: (facts) => facts.role !== 'master',
    say: () => 'it is a read-only replica; give the address of its primary',
  },
  {
    fails: (facts) => facts.evictionPolicy !== 'noeviction',
    say: (facts) =>
      `its maxmemory-policy is ${facts.evictionPolicy || 'unknown'}, which can silently drop jobs; set "maxmemory-policy noeviction"`,
  },
];

const LIVE_DOUBTS: readonly Check[] = [
  {
    fails: (facts) => !isAtLeast(facts.redisVersion, 6, 2),
    say: (facts) => `it is ${facts.product} ${facts.productVersion}, older than 6.2`,
  },
  {
    fails: (facts) => !facts.appendOnlyFile,
    say: () => 'its append-only file is off, so a crash forgets the schedulers; set "appendonly yes"',
  },
  {
    fails: (facts) => facts.appendOnlyFile && facts.appendFsync === null,
    say: () => 'its appendfsync could not be checked (CONFIG is forbidden)',
  },
  {
    fails: (facts) => facts.appendOnlyFile && facts.appendFsync === 'no',
    say: () => 'its appendfsync is "no"; set "appendfsync everysec"',
  },
];

const WANTED_HZ = 100;
const WARNINGS: readonly Check[] = [
  {
    fails: (facts) => facts.hz > 0 && facts.hz < WANTED_HZ,
    say: (facts) => `its hz is ${facts.hz}, so checks may run ${Math.round(1_000 / facts.hz)} ms late; set "hz 100"`,
  },
];

export function judgeServer(facts: ServerFacts): Fitness {
  return {
    refusal: firstOf(REFUSALS, facts),
    unsafeForLive: firstOf(LIVE_DOUBTS, facts),
    warnings: WARNINGS.filter((check) => check.fails(facts)).map((check) => check.say(facts)),
  };
}

function firstOf(checks: readonly Check[], facts: ServerFacts): string | null {
  return checks.find((check) => check.fails(facts))?.say(facts) ?? null;
}

function isAtLeast(version: string, wantedMajor: number, wantedMinor: number): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
