/** The one way to a queue server: the one REDIS_URL names, checked, or the servo's own. */
import { join } from 'node:path';
import { describeConnection, parseRedisUrl, type QueueConnection } from './connection.ts';
import { findQueueServerBinary } from './find-binary.ts';
import { type Fitness, judgeServer } from './fitness.ts';
import { ManagedServer } from './managed-server.ts';
import { QueueServerError } from './queue-server-error.ts';
import { readServerFacts, type ServerFacts } from './server-facts.ts';
import { makeWorkFolder } from './work-folder.ts';

export interface QueueServerOptions {
  readonly redisUrl?: string | undefined;
  /** Holds a private copy of the server's program, shared by all servos of the folder. */
  readonly dataDir: string;
  /** Holds the state of this servo's own server; the data folder unless it says otherwise. */
  readonly workDir?: string | undefined;
  readonly log: (line: string) => void;
}

export interface QueueServer {
  /** Plain options, not a client: BullMQ closes only the connections it made itself. */
  readonly connection: QueueConnection;
  readonly warnings: readonly string[];
  /** Why live trading must not rely on it, or null. */
  readonly unsafeForLive: string | null;
  /** One line without a secret. */
  describe(): string;
  /** Ends the servo's own server; one that REDIS_URL named is left alone. */
  stop(): Promise<void>;
}

const EXTERNAL_ANSWER_MS = 2_000;

export function startQueueServer({
  redisUrl,
  dataDir,
  workDir = dataDir,
  log,
}: QueueServerOptions): Promise<QueueServer> {
  return redisUrl === undefined || redisUrl === '' ? startManaged(dataDir, workDir, log) : useExternal(redisUrl);
}

async function startManaged(dataDir: string, workDir: string, log: (line: string) => void): Promise<QueueServer> {
  const folder = makeWorkFolder(workDir);
  const workDirs = [...new Set([folder.dir, folder.socketDir])];
  const findBinary = () => findQueueServerBinary({ privateDir: join(dataDir, 'queue-server'), workDirs, log });
  const server = new ManagedServer({ folder, findBinary, log });
  const facts = await server.start();
  const fitness = judgeServer(facts);
  if (fitness.refusal !== null) {
    await server.stop();
    throw new QueueServerError(`The queue server of ${folder.dir} cannot be used: ${fitness.refusal}.`);
  }
  const where = `the servo's own, state in ${folder.dir}`;
  return toQueueServer({ path: folder.socketPath }, facts, fitness, where, () => server.stop());
}

async function useExternal(redisUrl: string): Promise<QueueServer> {
  const connection = parseRedisUrl(redisUrl);
  const where = describeConnection(connection);
  const facts = await readServerFacts(connection, EXTERNAL_ANSWER_MS).catch((error: unknown) => {
    const cause = error instanceof Error ? error.message : String(error);
    throw new QueueServerError(
      `REDIS_URL: no usable answer from ${where} (${cause}). Start that server, or unset REDIS_URL to let the servo run its own.`,
    );
  });
  const fitness = judgeServer(facts);
  if (fitness.refusal !== null) throw new QueueServerError(`REDIS_URL: ${where} cannot be used: ${fitness.refusal}.`);
  return toQueueServer(connection, facts, fitness, where, async () => undefined);
}

function toQueueServer(
  connection: QueueConnection,
  facts: ServerFacts,
  { warnings, unsafeForLive }: Fitness,
  where: string,
  stop: () => Promise<void>,
): QueueServer {
  const describe = (): string => `${facts.product} ${facts.productVersion}, ${where}`;
  return { connection, warnings, unsafeForLive, describe, stop };
}
