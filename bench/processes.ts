/** Whole processes, measured from their birth to their end, each fresh: the compiler's luck differs from one to the next. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from './figures.ts';

const run = promisify(execFile);
const LONGEST_MS = 90_000;
const OUTPUT_MAX_BYTES = 64 * 2 ** 20;

export interface Used {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakMib: number;
}

export interface Finished extends Used {
  readonly output: string;
}

/** A Node program with its arguments. Throws, with the program's own words, when it fails. */
export async function measured(args: readonly string[]): Promise<Finished> {
  const folder = mkdtempSync(join(tmpdir(), 'servo-usage-'));
  const usage = join(folder, 'usage.json');
  const preload = join(import.meta.dirname, 'usage.cjs');
  try {
    const env = { ...process.env, BENCH_USAGE_FILE: usage, NO_COLOR: '1' };
    const options = { env, timeout: LONGEST_MS, maxBuffer: OUTPUT_MAX_BYTES };
    const { stdout } = await run(process.execPath, ['--require', preload, ...args], options);
    return { ...(JSON.parse(readFileSync(usage, 'utf8')) as Used), output: stdout };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A, B, A, B, …: what else the machine does in the meantime falls on all alike. Each name keeps its finished runs. */
export async function inTurn<Name extends string>(
  programs: Readonly<Record<Name, readonly string[]>>,
  rounds: number,
): Promise<Record<Name, Finished[]>> {
  const names = Object.keys(programs) as Name[];
  const finished = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Finished[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) finished[name].push(await measured(programs[name]));
  }
  return finished;
}

export const medianOf = (finished: readonly Used[], what: keyof Used): number =>
  median(finished.map((each) => each[what]));

/** What a child printed as its last line of JSON. */
export function printed<T>({ output }: Finished): T {
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as T;
}
