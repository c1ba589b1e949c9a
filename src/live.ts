/** What a live run is meant to trade, what this process can say for it, and how it looks before any terminal was asked. */
import { createHash } from 'node:crypto';
import type { AccountPaths } from './accounts.ts';
import type { Config } from './config/config.ts';
import { implicitLimits } from './config/explicit-limits.ts';
import type { ProcessGround } from './domain/live.ts';
import { type ConditionVerdict, judgeConditions } from './domain/live-conditions.ts';
import type { LivePolicy } from './domain/policy.ts';
import { knownFeaturesOf } from './feature-specs.ts';
import { readModel } from './inference/read-model.ts';
import { openHome, versionFolder } from './inference/registry/model-home.ts';
import { startQueueServer } from './jobs/queue-server/start-queue-server.ts';
import { oneTimeCodes } from './second-factor/totp.ts';
import type { LivePort } from './servo/arming.ts';
import { messageOf } from './servo/error-budget.ts';

export const livePolicyOf = ({ account }: Config, { account: book }: Pick<AccountPaths, 'account'>): LivePolicy => ({
  login: account.login,
  server: account.server,
  book,
  tag: tagOf(book),
});

/** Sixteen bits, never zero: the part of a magic number that tells the orders of one account and mode from all others. */
const tagOf = (book: string): number => createHash('sha256').update(book).digest().readUInt16BE(0) || 1;

/** What the composition has opened for this account. */
export type OpenParts = Pick<ProcessGround, 'stamp' | 'locked' | 'queueDoubt'>;

export function livePort(config: Config, { account }: Pick<AccountPaths, 'account'>, parts: OpenParts): LivePort {
  const { totpSecret } = config.account;
  const codeStep = totpSecret === null ? () => undefined : oneTimeCodes(totpSecret);
  const ground: ProcessGround = {
    fileMode: config.modes.file,
    flagMode: config.modes.flag,
    dryRun: config.dryRun,
    queuePrefix: queuePrefixOf(config, account),
    implicitLimits: implicitLimits(config.file),
    secondFactor: totpSecret !== null,
    ...parts,
  };
  return { codeStep, ground: () => ground };
}

export const queuePrefixOf = ({ queue }: Config, account: string): string => `${queue.prefix}-${account}`;

/** The seven conditions as far as they can be told while nothing runs and no terminal is asked. */
export async function liveOutlook(
  config: Config,
  paths: Pick<AccountPaths, 'account'>,
): Promise<readonly ConditionVerdict[]> {
  const queueDoubt = await queueDoubtOf(config);
  const { ground } = livePort(config, paths, { stamp: null, locked: false, queueDoubt });
  const facts = { process: ground(), venue: null };
  const models = await modelsOf(config);
  const policy = livePolicyOf(config, paths);
  return judgeConditions({ policy, live: { facts }, reconciled: false, clockTrouble: undefined, models });
}

/** The servo's own server is durable by its settings; another one is asked. */
async function queueDoubtOf({ queue, app }: Config): Promise<string | null> {
  if (queue.redisUrl === null) return null;
  try {
    const server = await startQueueServer({ redisUrl: queue.redisUrl, dataDir: app.dataDir, log: () => undefined });
    await server.stop();
    return server.unsafeForLive;
  } catch (error) {
    return messageOf(error);
  }
}

/** By what their folders hold: no model is opened for a look. One that is refused pins nothing. */
async function modelsOf(config: Config): Promise<ReadonlyMap<string, string | undefined>> {
  const { models, trading } = config;
  const known = await knownFeaturesOf(config);
  const idOf = async (name: string): Promise<string | undefined> => {
    const { folder, serving } = await openHome(models[name]?.path ?? '');
    if (serving === undefined) return undefined;
    return (await readModel(versionFolder(folder, serving), known)).id;
  };
  const pinned = trading.symbols.map(async ({ instrument, model }) => {
    const id = await idOf(model).catch(() => undefined);
    return [instrument.symbol, id] as const;
  });
  return new Map(await Promise.all(pinned));
}
