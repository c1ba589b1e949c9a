/** Makes the folder that a database or a lock lies in. */
import { mkdirSync } from 'node:fs';
import { StoreError } from './store-error.ts';

export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError('io', `${folder}: the folder cannot be made (${words}): check the path and its permissions`, {
      cause,
    });
  }
}
