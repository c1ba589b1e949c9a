/** The backtest on the SMA cross: whole processes and cold runs against the tight loop in this repository, memory and start-up. */
import { join } from 'node:path';
import { ANCHORED, BARS_PER_SECOND, TIMES_TIGHT_LOOP } from './anchors.ts';
import { candleFile, candleOrigin } from './candle-files.ts';
import type { ColdAndWarm } from './cold-process.ts';
import { writeConfig } from './config-file.ts';
import { heading, line, median, note, short } from './figures.ts';
import { inFolder } from './folder.ts';
import { type Finished, inTurn, medianOf, printed } from './processes.ts';
import type { SweepAnswer } from './sweep-process.ts';
import type { TightAnswer } from './tight-process.ts';

const ROUNDS = 5;
const MAIN = join(import.meta.dirname, '../bin/run.cjs');
/** As `bin/servo.mjs` starts it. */
const NURSERY = '--max-semi-space-size=8';
const TIGHT = join(import.meta.dirname, 'tight-process.ts');
const COLD = join(import.meta.dirname, 'cold-process.ts');
const SWEEP = join(import.meta.dirname, 'sweep-process.ts');

type Size = 5_000 | 100_000 | 500_000;
const SIZES: readonly Size[] = [5_000, 100_000, 500_000];
const GOAL_TIMES_BACKTESTING_PY: Record<Size, number> = { 5000: 4, 100000: 8, 500000: 20 };

export async function measureBacktest(): Promise<void> {
  await inFolder(async (folder) => {
    heading(
      `Backtest of the SMA cross 10/30 with stop, target and costs, on ${candleOrigin}; medians of ${ROUNDS} fresh processes, in turn`,
    );
    note(`peers in Python by way of the tight loop, which both were measured beside; ${ANCHORED}`);
    note(
      "the tight loop's process strips types at its start as ours does, which the anchor's did not: those ratios flatter us",
    );
    for (const bars of SIZES) await measureWhole(folder, bars);
    heading('The same in process, the file read beforehand');
    for (const bars of SIZES) await measureCold(folder, bars);
    await measureStart();
    await measureSweep(candleFile(folder, SWEPT_BARS));
  });
}

/** What `servo backtest` is given to run the SMA cross on one file. */
export function sourceCommand(folder: string, candles: string): string[] {
  const config = writeConfig(folder, { timeframe: 'H1', candles });
  return [NURSERY, MAIN, 'backtest', '--config', config, '--signal', 'sma_cross:10/30'];
}

async function measureWhole(folder: string, bars: Size): Promise<void> {
  const file = candleFile(folder, bars);
  const programs = { servo: sourceCommand(folder, file), tight: [TIGHT, file], node: ['-e', '0'] };
  const { servo, tight, node } = await inTurn(programs, ROUNDS);
  const cpuMs = medianOf(servo, 'cpuMs');
  const toTight = cpuMs / medianOf(tight, 'cpuMs');
  const size = `${bars / 1_000}k bars`;
  const memory = bars === 500_000 ? 'G13: ≤ 120 MiB' : '';
  line(
    `${size}, whole process`,
    `${short(cpuMs)} CPU ms · ${short(medianOf(servo, 'wallMs'))} ms · ${short(medianOf(servo, 'peakMib'))} MiB`,
    memory,
  );
  line(
    '  to the tight loop, whole process',
    `${short(toTight)} to 1 (it: ${short(medianOf(tight, 'cpuMs'))} CPU ms)`,
    `it makes ${printed<TightAnswer>(tight[0] as Finished).trades} trades and nothing else: no journal, report or checks`,
  );
  line(
    '  Backtesting.py to it',
    `${short(TIMES_TIGHT_LOOP['Backtesting.py'][bars] / toTight)} to 1, by the anchor`,
    `G1: ≥ ${GOAL_TIMES_BACKTESTING_PY[bars]}`,
  );
  if (bars === 100_000) {
    line('  backtrader to it', `${short(TIMES_TIGHT_LOOP.backtrader[bars] / toTight)} to 1, by the anchor`, 'G1: ≥ 40');
    line(
      '  grademark to it',
      `${short(TIMES_TIGHT_LOOP.grademark[bars] / toTight)} to 1, by the anchor`,
      'G1: ≥ 9; measured in section peers',
    );
  }
  if (bars === 5_000) {
    line(
      '  to bare node, by the clock',
      `${short(medianOf(servo, 'wallMs') / medianOf(node, 'wallMs'))} to 1`,
      'G14: ≤ 2',
    );
  }
}

async function measureCold(folder: string, bars: Size): Promise<void> {
  const file = candleFile(folder, bars);
  const programs = { servo: [COLD, 'engine', file], tight: [COLD, 'tight', file] };
  const runs = await inTurn(programs, ROUNDS);
  const [servo, tight] = [runs.servo.map(printed<ColdAndWarm>), runs.tight.map(printed<ColdAndWarm>)];
  const of = (all: readonly ColdAndWarm[], what: 'coldCpuMs' | 'coldMs' | 'warmMs') =>
    median(all.map((one) => one[what]));
  const barsPerSecond = (1_000 * bars) / of(servo, 'coldMs');
  const digests = new Set([...servo, ...tight].map(({ digest }) => digest));
  const size = `${bars / 1_000}k bars`;
  line(
    `${size}, cold`,
    `${short(barsPerSecond)} bars/s · warm ${short((1_000 * bars) / of(servo, 'warmMs'))} bars/s`,
    `${servo[0]?.trades} trades, ${digests.size === 1 ? 'the same list as the tight loop' : 'NOT the list of the tight loop'}`,
  );
  const ratio = `${short(of(servo, 'coldCpuMs') / of(tight, 'coldCpuMs'))} to 1 (it: ${short(of(tight, 'coldCpuMs'))} CPU ms)`;
  line('  to the tight loop, cold, CPU', ratio, bars === 500_000 ? 'G2: ≤ 8, stretch 4' : '');
  if (bars === 500_000) return;
  const python = BARS_PER_SECOND['Backtesting.py'][bars];
  line(
    '  to Backtesting.py',
    `${short(barsPerSecond / python)} to 1, its ${short(python)} bars/s elsewhere`,
    'G3: ≥ 20',
  );
  if (bars !== 5_000) return;
  const kit = BARS_PER_SECOND['backtest-kit'][bars];
  line('  to backtest-kit', `${short(barsPerSecond / kit)} to 1, its ${short(kit)} bars/s elsewhere`, 'G3: ≥ 400');
}

const SWEPT_BARS = 100_000;
const SWEEP_ROUNDS = 3;
/** The goal counts sets of so many bars. */
const SET_BARS = 500_000;

async function measureSweep(file: string): Promise<void> {
  const { one, two } = await inTurn({ one: [SWEEP, file, '1'], two: [SWEEP, file, '2'] }, SWEEP_ROUNDS);
  const answers = { one: one.map(printed<SweepAnswer>), two: two.map(printed<SweepAnswer>) };
  const wallMs = (runs: readonly SweepAnswer[]) => median(runs.map((run) => run.wallMs));
  const [first] = answers.two;
  const same = new Set([...answers.one, ...answers.two].map(({ changes }) => changes)).size === 1;
  heading(
    `Sweep of ${first?.trials} settings over ${SWEPT_BARS / 1_000}k bars, threads and their first compilation included`,
  );
  line(
    'two threads to one',
    `${short(wallMs(answers.one) / wallMs(answers.two))} to 1 (${short(wallMs(answers.two))} ms)`,
    `G15: ≥ 1.8; ${same ? 'the same figures' : 'NOT the same figures'} on both`,
  );
  const sets = ((first?.trials ?? 0) * SWEPT_BARS) / SET_BARS;
  line('  sets of 500k bars a second', short((1_000 * sets) / wallMs(answers.two)), 'G15, stretch: ≥ 100');
  line('  one thread more', `${short(medianOf(two, 'peakMib') - medianOf(one, 'peakMib'))} MiB`, 'G15: ≤ 25');
}

async function measureStart(): Promise<void> {
  const { version, node } = await inTurn({ version: [MAIN, '--version'], node: ['-e', '0'] }, 2 * ROUNDS);
  heading('Start-up');
  const nodeMs = medianOf(node, 'wallMs');
  line(
    'servo --version',
    `${short(medianOf(version, 'wallMs'))} ms, ${short(medianOf(version, 'wallMs') / nodeMs)} to 1`,
    'G14: ≤ 1.15',
  );
  line('  bare node', `${short(nodeMs)} ms`);
}
