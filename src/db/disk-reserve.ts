/** Room kept for bad times: when the disk is full, giving it up lets a halt and its exits still be written. */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './folder.ts';

/** Some thousand commits. */
const RESERVE_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** With less, no new risk is taken. */
export const FREE_BYTES_MIN = 500 * 1024 * 1024;
/** What was too little must become clearly more before it is enough again. */
const ENOUGH_AGAIN = 1.2;

export class DiskReserve {
  readonly #folder: string;
  readonly #path: string;
  readonly #freeMin: number;
  #short = false;

  constructor(folder: string, freeMin = FREE_BYTES_MIN) {
    this.#folder = folder;
    this.#path = join(folder, 'disk-reserve');
    this.#freeMin = freeMin;
  }

  get held(): boolean {
    return existsSync(this.#path);
  }

  /** Takes the room where the disk has plenty. */
  hold(): void {
    makeFolder(this.#folder);
    if (this.held || this.#freeBytes() < this.#freeMin) return;
    const unfinished = openSync(this.#path, 'w', 0o600);
    try {
      // Written in full: a sparse file would keep no room.
      for (let bytes = 0; bytes < RESERVE_BYTES; bytes += CHUNK_BYTES)
        writeSync(unfinished, Buffer.alloc(CHUNK_BYTES, 1));
      fsyncSync(unfinished);
    } catch {
      rmSync(this.#path, { force: true });
    } finally {
      closeSync(unfinished);
    }
  }

  /** True when there was room to give up. */
  release(): boolean {
    if (!this.held) return false;
    rmSync(this.#path, { force: true });
    return true;
  }

  /** Why the disk is not to be trusted with new risk, in words; undefined while it is. Takes the room again where there is plenty. */
  trouble(): string | undefined {
    const free = this.#freeBytes();
    this.#short = free < this.#freeMin * (this.#short ? ENOUGH_AGAIN : 1);
    if (!this.#short) this.hold();
    if (!this.#short && this.held) return undefined;
    const [have, need] = [free, this.#freeMin].map((bytes) => `${Math.round(bytes / 1024 ** 2)} MB`);
    return `the disk of ${this.#folder} has ${have} free, ${need} are needed`;
  }

  #freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.#folder);
    return bavail * bsize;
  }
}
