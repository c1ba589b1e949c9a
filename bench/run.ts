/** `npm run bench -- [section …]`: every figure as a ratio within this run, with its goal beside it. It asserts nothing. */
import { availableParallelism, loadavg } from 'node:os';
import { short } from './figures.ts';

type Section = () => Promise<void>;

/** Whatever hangs: the bench ends. On a quiet machine each section takes about two minutes at most; on a busy one several times that. */
const LONGEST_MS = 600_000;

/** Each loads its own code, so that one does not pay for the imports of another. */
const SECTIONS: Readonly<Record<string, Section>> = {
  live: async () => (await import('./live.ts')).measureLive(),
  backtest: async () => (await import('./backtest.ts')).measureBacktest(),
  peers: async () => (await import('./peers.ts')).measurePeers(),
  pipeline: async () => (await import('./pipeline.ts')).measurePipeline(),
  loading: async () => (await import('./loading.ts')).measureLoading(),
  training: async () => (await import('./xgboost-compare.ts')).measureTraining(),
};

async function main(asked: readonly string[]): Promise<void> {
  const names = asked.length > 0 ? asked : Object.keys(SECTIONS);
  const unknown = names.find((name) => !Object.hasOwn(SECTIONS, name));
  if (unknown !== undefined) {
    throw new Error(`no section is called "${unknown}": choose from ${Object.keys(SECTIONS).join(', ')}`);
  }
  const [load] = loadavg();
  process.stdout.write(
    `Trading Servo bench · Node ${process.versions.node} · ${availableParallelism()} cores, load ${short(load ?? 0)}\n`,
  );
  for (const name of names) await within(name, SECTIONS[name] as Section);
}

async function within(name: string, measure: Section): Promise<void> {
  const watch = setTimeout(() => {
    process.stderr.write(`section ${name} was not done after ${LONGEST_MS / 1_000} s; the bench ends here\n`);
    // Who has something to end listens; nobody does where there is nothing.
    if (!process.emit('SIGTERM')) process.exit(1);
  }, LONGEST_MS);
  const startedMs = performance.now();
  await measure();
  clearTimeout(watch);
  process.stdout.write(`  (${name}: ${short((performance.now() - startedMs) / 1_000)} s)\n`);
}

try {
  await main(process.argv.slice(2));
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}
