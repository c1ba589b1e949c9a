/** Before all tests: where the machine has no queue server on PATH, puts a private copy there, fetched once for all runs. */
import { delimiter, dirname, join } from 'node:path';
import { findQueueServerBinary } from '../../src/jobs/queue-server/find-binary.ts';

const PRIVATE_DIR = join(import.meta.dirname, '../../data/queue-server');

export async function setup(): Promise<void> {
  const options = { privateDir: PRIVATE_DIR, workDirs: [], log: (line: string) => process.stdout.write(`${line}\n`) };
  const { command } = await findQueueServerBinary(options);
  const folder = dirname(command[0]);
  const path = process.env['PATH'] ?? '';
  if (!path.split(delimiter).includes(folder)) process.env['PATH'] = `${folder}${delimiter}${path}`;
}
