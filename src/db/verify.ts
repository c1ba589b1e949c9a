/** Whether a store is what was written: the file sound, the journal's chain unbroken, every read model what the journal makes of it. */
import type Database from 'better-sqlite3';
import { compareTables, type TableReport } from './compare-tables.ts';
import { openReader, openScratch } from './database.ts';
import { ChainError, entryOf, GENESIS_HASH, provenRows } from './journal-row.ts';
import { projector } from './projections.ts';
import { fileFaultsOf } from './prove-at-start.ts';
import {
  account,
  dailyMetrics,
  decisions,
  equitySamples,
  fills,
  orders,
  positions,
  shadowTrades,
  trades,
} from './schema.ts';
import { guarded } from './store-error.ts';

const READ_MODELS = [
  account,
  decisions,
  orders,
  fills,
  positions,
  trades,
  shadowTrades,
  equitySamples,
  dailyMetrics,
] as const;

/** What does not follow from the journal alone, and why that is so. */
const NOT_COMPARED: readonly string[] = [
  'alerts: their words are the application’s, and delivery marks are set later',
  'telegram_updates: what a chat sent, not what the servo did',
  'snapshots: pictures of the state, each with a hash that is checked when it is loaded',
  'stage_latencies: measurements',
];

export interface VerifyReport {
  readonly path: string;
  readonly ok: boolean;
  /** SQLite's own complaints about the file. */
  readonly fileFaults: readonly string[];
  readonly chain: {
    /** Proven. */
    readonly rows: number;
    /** Of the last proven row: note it elsewhere, and a journal cut short will show. */
    readonly head: string;
    readonly brokenAt?: { readonly sequence: number; readonly expected: string; readonly found: string };
  };
  /** Why the journal could not be played again. */
  readonly replayFault?: string;
  /** Empty where the chain or the replay failed: there is nothing to compare with. */
  readonly tables: readonly TableReport[];
  readonly notCompared: readonly string[];
}

/** Reads in one transaction: what a running servo adds meanwhile is left out on both sides. */
export function verifyStore(path: string): VerifyReport {
  const database = openReader(path);
  const scratch = openScratch();
  try {
    return guarded(path, () => database.transaction(() => verify(path, database, scratch))());
  } finally {
    scratch.close();
    database.close();
  }
}

function verify(path: string, database: Database.Database, scratch: Database.Database): VerifyReport {
  const fileFaults = fileFaultsOf(database);
  const { replayFault, ...chain } = replay(database, scratch);
  const sound = chain.brokenAt === undefined && replayFault === undefined;
  const tables = sound ? READ_MODELS.map((table) => compareTables(table, database, scratch)) : [];
  const equal = tables.every(({ differences }) => differences.length === 0);
  const ok = fileFaults.length === 0 && sound && equal;
  return { path, ok, fileFaults, chain, ...(replayFault && { replayFault }), tables, notCompared: NOT_COMPARED };
}

/** The journal through the same projections, into empty tables. */
function replay(
  database: Database.Database,
  scratch: Database.Database,
): VerifyReport['chain'] & { replayFault?: string } {
  const project = projector(scratch);
  const proven = { rows: 0, head: GENESIS_HASH };
  try {
    for (const row of provenRows(database, 0)) {
      proven.rows = row.sequence;
      proven.head = row.hash;
      project(entryOf(row).event, row.sequence);
    }
    return proven;
  } catch (error) {
    if (!(error instanceof ChainError)) return { ...proven, replayFault: `row ${proven.rows}: ${String(error)}` };
    const { sequence, expected, found } = error;
    return { ...proven, brokenAt: { sequence, expected, found } };
  }
}
