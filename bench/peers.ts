/** The peers side by side on the same candles: npm's in packages of their own, Python's where they can be imported. What cannot run says so. */
import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ANCHORED, BARS_PER_SECOND } from './anchors.ts';
import { sourceCommand } from './backtest.ts';
import { candleFile, candleOrigin } from './candle-files.ts';
import type { ColdAndWarm } from './cold-process.ts';
import { heading, line, median, note, short } from './figures.ts';
import { inFolder } from './folder.ts';
import { type Finished, inTurn, medianOf, printed, type Used } from './processes.ts';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, 'peers');
const COLD = join(import.meta.dirname, 'cold-process.ts');
const ROUNDS = 5;
const PYTHON_ROUNDS = 3;
const INSTALL_MS = 90_000;
const PYTHON_MS = 60_000;

/** What each does otherwise than we: a ratio between engines that do not do the same is a ratio with a footnote. */
const DIFFERENCES = {
  grademark: 'no spread, costs or sizes; no exit at an open, none on the bar of the entry; stop from the fill',
  indicatorts: 'averages, range and crosses alone: it trades nothing',
  'Backtesting.py': 'commission as a share, fixed size; no spread, slippage, lot steps or swap',
  backtrader: 'commission as a share, fixed size; no spread, slippage, lot steps or swap',
  'backtest-kit': 'another strategy of its kind, on one-minute candles it asks for one by one',
} as const;

/** A folder in which the peers run, or why there is none. */
export type PeerFolder = { readonly path: string; readonly missing?: undefined } | { readonly missing: string };

/** Installs npm's peers into a copy below `folder`, by their own lock and without their scripts: the repository stays as it is. */
export async function installPeers(folder: string): Promise<PeerFolder> {
  const path = join(folder, 'peers');
  cpSync(FOLDER, path, { recursive: true });
  try {
    await run('npm', ['ci', '--prefix', path, '--ignore-scripts', '--no-audit', '--no-fund'], { timeout: INSTALL_MS });
    return { path };
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { missing: `npm could not install them (${first.slice(0, 120)})` };
  }
}

export async function measurePeers(): Promise<void> {
  await inFolder(async (folder) => {
    heading(`Peers on the SMA cross, on ${candleOrigin}; medians of fresh processes, in turn`);
    const peers = await installPeers(folder);
    for (const bars of [5_000, 100_000] as const) {
      const file = candleFile(folder, bars);
      if (peers.missing === undefined) await measureNpm(folder, peers.path, file, bars);
      else note(`npm's peers are not measured here: ${peers.missing}`);
      await measurePython(folder, file, bars);
    }
    const kit = BARS_PER_SECOND['backtest-kit'][5_000];
    line('backtest-kit, 5k bars', 'not measured here', `${short(kit)} bars/s in process, ${ANCHORED}`);
    note(
      '  19.5.0 asks for di-singleton ^1.0.5, functools-kit ^5 and di-kit ^1.1.1, which npm did not find in November 2026',
    );
    for (const [name, difference] of Object.entries(DIFFERENCES)) note(`${name} differs: ${difference}`);
  });
}

interface PeerAnswer {
  readonly bars: number;
  readonly trades?: number;
  readonly crosses?: number;
  readonly elapsedMs: number;
}

async function measureNpm(folder: string, peers: string, file: string, bars: number): Promise<void> {
  const runs = await inTurn(
    {
      servo: sourceCommand(folder, file),
      cold: [COLD, 'engine', file],
      grademark: [join(peers, 'grademark.mjs'), file],
      indicatorts: [join(peers, 'indicatorts.mjs'), file],
    },
    ROUNDS,
  );
  const size = `${bars / 1_000}k bars`;
  const ours = (1_000 * bars) / median(runs.cold.map((one) => printed<ColdAndWarm>(one).coldMs));
  line(`servo, ${size}`, wordsOf(runs.servo, ours), `${printed<ColdAndWarm>(runs.cold[0] as Finished).trades} trades`);
  for (const name of ['grademark', 'indicatorts'] as const) {
    const answers = runs[name].map(printed<PeerAnswer>);
    const theirs = (1_000 * bars) / median(answers.map(({ elapsedMs }) => elapsedMs));
    const { trades, crosses } = answers[0] as PeerAnswer;
    line(
      `${name}, ${size}`,
      wordsOf(runs[name], theirs),
      trades === undefined ? `${crosses} crosses` : `${trades} trades`,
    );
    const ratios = `${short(medianOf(runs[name], 'cpuMs') / medianOf(runs.servo, 'cpuMs'))} to 1 CPU, whole · ${short(ours / theirs)} to 1 in process, cold`;
    line('  it to servo', ratios, name === 'grademark' && bars === 100_000 ? 'G1: ≥ 9 CPU, whole' : '');
  }
}

const wordsOf = (runs: readonly Used[], barsPerSecond: number): string =>
  `${short(medianOf(runs, 'cpuMs'))} CPU ms · ${short(medianOf(runs, 'peakMib'))} MiB · ${short(barsPerSecond)} bars/s`;

const PYTHON = [
  { name: 'Backtesting.py', module: 'backtesting', script: 'backtesting_py.py', goal: { 5000: 4, 100000: 8 } },
  { name: 'backtrader', module: 'backtrader', script: 'backtrader_sma.py', goal: { 5000: undefined, 100000: 40 } },
] as const;

async function measurePython(folder: string, file: string, bars: 5_000 | 100_000): Promise<void> {
  for (const { name, module, script, goal } of PYTHON) {
    const what = `${name}, ${bars / 1_000}k bars`;
    if (!(await canImport(module))) {
      const anchors: Partial<Record<number, number>> = BARS_PER_SECOND[name];
      const anchor = anchors[bars];
      line(
        what,
        'not measured here: python3 cannot import it',
        anchor === undefined ? '' : `${short(anchor)} bars/s, ${ANCHORED}`,
      );
      continue;
    }
    const theirs: (PeerAnswer & Used)[] = [];
    const ours: Finished[] = [];
    for (let round = 0; round < PYTHON_ROUNDS; round++) {
      const { stdout } = await run('python3', [join(FOLDER, 'python', script), file], { timeout: PYTHON_MS });
      theirs.push(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as PeerAnswer & Used);
      ours.push(...(await inTurn({ servo: sourceCommand(folder, file) }, 1)).servo);
    }
    const barsPerSecond = (1_000 * bars) / median(theirs.map(({ elapsedMs }) => elapsedMs));
    line(what, wordsOf(theirs, barsPerSecond), `${theirs[0]?.trades} trades`);
    const ratio = `${short(medianOf(theirs, 'cpuMs') / medianOf(ours, 'cpuMs'))} to 1 CPU, whole`;
    line('  it to servo', ratio, goal[bars] === undefined ? '' : `G1: ≥ ${goal[bars]}`);
  }
}

async function canImport(module: string): Promise<boolean> {
  try {
    await run('python3', ['-c', `import ${module}`], { timeout: PYTHON_MS });
    return true;
  } catch {
    return false;
  }
}
