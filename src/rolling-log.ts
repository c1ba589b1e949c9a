/** A log file that is set aside under the time of its last line when it has grown large, so that no servo fills a disk with its diary. */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import pino from 'pino';

export interface RollingLogOptions {
  readonly file: string;
  readonly maxBytes: number;
  /** Of the files that were set aside. */
  readonly keepFiles: number;
  readonly wall: () => number;
}

/** Written at once, so that `tail -F` and the last words before a crash are true. */
export function rollingLog({ file, maxBytes, keepFiles, wall }: RollingLogOptions): { write(line: string): void } {
  const destination = pino.destination({ dest: file, sync: true });
  let bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const roll = (): void => {
    renameSync(file, join(dirname(file), `${basename(file, '.log')}_${timestamp(wall())}.log`));
    destination.reopen();
    bytes = 0;
    removeOldLogs(dirname(file), basename(file, '.log'), keepFiles);
  };
  return {
    write(line) {
      destination.write(line);
      bytes += Buffer.byteLength(line);
      if (bytes >= maxBytes) roll();
    },
  };
}

/** `YYYYMMDD_HHMMSS`, UTC. */
export const timestamp = (at: number): string =>
  new Date(at).toISOString().slice(0, 19).replace('T', '_').replaceAll(/[-:]/g, '');

/** Keeps the newest `keep` files of that name and any time. */
export function removeOldLogs(folder: string, name: string, keep: number): void {
  const ofName = new RegExp(`^${name}_\\d{8}_\\d{6}\\.log$`);
  const files = readdirSync(folder).filter((file) => ofName.test(file));
  for (const file of files.sort().slice(0, Math.max(0, files.length - keep))) rmSync(join(folder, file));
}
