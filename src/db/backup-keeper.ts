/** Takes a backup of the book every so often while the servo trades, proves each in a thread of its own, and thins out the old ones. */
import { rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type BookFiles, backUpBook, backupsIn, type Retention, thinOut } from './book-backup.ts';

export interface BackupPlan extends Retention {
  readonly everyMs: number;
  readonly into: string;
}

export interface BackupKeeperParts {
  readonly files: BookFiles;
  readonly plan: BackupPlan;
  readonly wall: () => number;
  /** Trouble alone: a backup that went well is no news. */
  readonly say: (line: string) => void;
}

/** A servo that is restarted often must still come to its backups. */
const LOOK_EVERY_MS = 60_000;

export class BackupKeeper {
  readonly #parts: BackupKeeperParts;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #busy = false;
  /** Not every minute: what failed is tried again when the next one is due. */
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: BackupKeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), Math.min(LOOK_EVERY_MS, this.#parts.plan.everyMs));
    this.#timer.unref();
  }

  /** Takes one where one is due and none is under way. */
  look(): void {
    const { plan, wall } = this.#parts;
    if (this.#busy || wall() - this.#failedAt < plan.everyMs || !isDue(plan, wall())) return;
    this.#busy = true;
    this.#underWay = this.#take().finally(() => {
      this.#busy = false;
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#underWay;
  }

  async #take(): Promise<void> {
    const { files, plan, wall, say } = this.#parts;
    let taken: string | undefined;
    try {
      taken = (await backUpBook(files, plan.into, new Date(wall()))).folder;
      await provenInThread(taken, files.database);
      thinOut(plan.into, plan);
    } catch (error) {
      this.#failedAt = wall();
      // One that proves nothing must neither stand for the sound ones before it nor fill the disk beside them.
      if (taken !== undefined) rmSync(taken, { recursive: true, force: true });
      say(`The hourly backup failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** By the time in the manifests, so that a restart neither skips one nor takes one too many. */
export function isDue({ into, everyMs }: BackupPlan, wall: number): boolean {
  const [newest] = backupsIn(into);
  return newest === undefined || wall - Date.parse(newest.manifest.takenAt) >= everyMs;
}

/** A whole replay takes seconds on a long journal: not on the event loop that trades. */
function provenInThread(folder: string, database: string): Promise<void> {
  const thread = new Worker(new URL('./backup-proof-worker.ts', import.meta.url), { workerData: { folder, database } });
  return new Promise((resolve, reject) => {
    thread.once('error', reject);
    thread.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the proof ended with code ${code}`))));
  });
}
