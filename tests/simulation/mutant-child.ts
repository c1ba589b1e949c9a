/** Lives through worlds of a servo with the mistake that argv[2] names, until one of them breaks an invariant; its line is JSON. */
import { registerHooks } from 'node:module';
import { MUTANTS } from './mutants.ts';

export interface Verdict {
  /** Absent where no world broke. */
  readonly seed?: number;
  readonly invariant?: string;
  readonly detail?: string;
  readonly worlds: number;
  readonly cpuMs: number;
}

const [name, seeds] = process.argv.slice(2);
const mutant = MUTANTS.find((one) => one.name === name);
if (mutant === undefined) throw new Error(`no mutant is called ${name}`);
const made = new Set<string>();

/** Where a module of the servo is loaded, so that no source knows of its mutants. */
registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const edits = mutant.edits.filter(({ file }) => url.endsWith(`/src/${file}`));
    if (edits.length === 0) return loaded;
    let source = String(loaded.source);
    for (const { file, find, put } of edits) {
      const pieces = source.split(find);
      if (pieces.length !== 2) throw new Error(`"${mutant.name}": ${file} has ${pieces.length - 1} times: ${find}`);
      source = pieces.join(put);
      made.add(find);
    }
    return { ...loaded, source };
  },
});

const { runSeed } = await import('./campaign.ts');
const before = process.cpuUsage();
let verdict: Omit<Verdict, 'worlds' | 'cpuMs'> = {};
const { from = 1 } = mutant;
const end = from + Number(seeds);
let seed = from;
for (; seed < end; seed++) {
  const [first] = (await runSeed(seed)).violations;
  if (first === undefined) continue;
  verdict = { seed, ...first };
  break;
}
const missed = mutant.edits.filter(({ find }) => !made.has(find));
if (missed.length > 0)
  throw new Error(`"${mutant.name}": ${missed.map(({ file }) => file).join(', ')} was never loaded`);
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({
    ...verdict,
    worlds: Math.min(seed - from + 1, Number(seeds)),
    cpuMs: Math.round((user + system) / 1000),
  }),
);
