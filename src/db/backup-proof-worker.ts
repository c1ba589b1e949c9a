/** The thread that proves a backup: it ends well, or with the error that says what is wrong. */
import { basename } from 'node:path';
import { workerData } from 'node:worker_threads';
import { proveBackup } from './book-backup.ts';

const { folder, database } = workerData as { readonly folder: string; readonly database: string };
await proveBackup(folder, basename(database));
