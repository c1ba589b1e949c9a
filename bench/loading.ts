/** Half a million candles into columns: from the library, from CSV, and by npm's parsers of CSV. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { makeInstrument } from '../src/domain/instruments.ts';
import { readCandleFile } from '../src/market/candle-file.ts';
import { writeRecording } from '../src/market/library/recording.ts';
import { candleFile, candleOrigin } from './candle-files.ts';
import { heading, line, median, note, short } from './figures.ts';
import { inFolder } from './folder.ts';
import type { Loaded } from './loading-process.ts';
import { installPeers } from './peers.ts';
import { inTurn, printed } from './processes.ts';
import { SMA_RULES, SMA_SPREAD_POINTS } from './sma-rules.ts';

const PROCESS = join(import.meta.dirname, 'loading-process.ts');
const BARS = 500_000;
/** npm's parsers are given less, and judged by the megabyte. */
const PEER_BARS = 100_000;
const ROUNDS = 5;

/** How many times faster we are to be. */
const PEER_GOALS = { udsv: 5, 'csv-parse': 10 } as const;

export async function measureLoading(): Promise<void> {
  await inFolder(async (folder) => {
    heading(
      `Loading ${short(BARS)} candles, ${candleOrigin}; checked, and as columns; medians of ${ROUNDS} fresh processes, the best of three rounds in each`,
    );
    const csv = candleFile(folder, BARS);
    const library = asRecording(folder, csv);
    const peers = await installPeers(folder);
    const programs: Record<string, readonly string[]> = {
      library: [PROCESS, 'library', library],
      csv: [PROCESS, 'csv', csv],
    };
    const peerCsv = candleFile(folder, PEER_BARS);
    for (const name of peers.missing === undefined ? Object.keys(PEER_GOALS) : []) {
      programs[name] = [join(folder, 'peers', 'csv.mjs'), name, peerCsv];
    }
    const runs = await inTurn(programs, ROUNDS);
    const elapsedMs = (name: string) => median((runs[name] ?? []).map((one) => printed<Loaded>(one).elapsedMs));
    const speed = (name: string, file: string) => statSync(file).size / 1_000 / elapsedMs(name);
    line('library', `${short(elapsedMs('library'))} ms, its content proven by SHA-256`, 'G7: ≤ 80 ms');
    line(
      'CSV',
      `${short(speed('csv', csv))} MB/s · ${short(elapsedMs('csv'))} ms, every row checked`,
      'G7: ≥ 120 MB/s',
    );
    if (peers.missing !== undefined) return note(`udsv and csv-parse are not measured here: ${peers.missing}`);
    for (const [name, goal] of Object.entries(PEER_GOALS)) {
      const theirs = speed(name, peerCsv);
      line(
        `  to ${name}`,
        `${short(speed('csv', csv) / theirs)} to 1, its ${short(theirs)} MB/s unchecked`,
        `G7: ≥ ${goal}`,
      );
    }
  });
}

function asRecording(folder: string, csv: string): string {
  const path = join(folder, 'EURUSD_H1.columns');
  const instrument = makeInstrument(SMA_RULES.spec);
  const candles = readCandleFile({ path: csv, instrument, timeframe: 'H1', defaultSpreadPoints: SMA_SPREAD_POINTS });
  const about = { symbol: instrument.symbol, timeframe: 'H1', digits: 5, clock: 'UTC', sources: [] } as const;
  writeRecording(path, { kind: 'candles', about, candles, hasSpread: false });
  return path;
}
