/** `servo doctor`: looks at everything a run needs, changes nothing, and says what to do about what is missing. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { accountPaths } from '../accounts.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { maskedConfig } from '../config/seal.ts';
import { FREE_BYTES_MIN } from '../db/disk-reserve.ts';
import { messageOf } from '../servo/error-budget.ts';
import type { StatusView } from '../servo/views.ts';
import { allBooks } from './book.ts';
import { CliError, EXIT } from './exit-codes.ts';
import { counted } from './text.ts';

interface Finding {
  readonly name: string;
  /** `off`: not there, and not needed. */
  readonly status: 'ok' | 'note' | 'off' | 'fail';
  readonly detail: string;
}

type Check = (config: Config) => Promise<Finding> | Finding;

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check everything a run needs; changes nothing')
    .option('--config <path>', 'configuration file', 'config.yaml')
    .option('--json', 'as JSON, with the effective configuration (secrets masked)')
    .action(examine);
}

async function examine({ config: path, json }: { config: string; json?: boolean }): Promise<void> {
  const config = loadConfig(path);
  const findings: Finding[] = [{ name: 'config', status: 'ok', detail: config.file }];
  for (const detail of config.notes) findings.push({ name: 'config', status: 'note', detail });
  for (const [name, check] of Object.entries(CHECKS)) findings.push(await guarded(name, check, config));
  if (config.mode === 'live') {
    const { liveFindings } = await import('./live.ts');
    findings.push(...(await liveFindings(config)));
  }
  const failed = findings.filter(({ status }) => status === 'fail').length;
  const text =
    json === true ? JSON.stringify({ findings, config: maskedConfig(config) }, null, 2) : findingsText(findings);
  process.stdout.write(`${text}\n`);
  if (failed > 0) throw new CliError(EXIT.missing, `Not ready: ${failed} of ${findings.length} checks failed.`);
  if (json !== true) process.stdout.write(`\nReady for paper trading: npm start\n`);
}

async function guarded(name: string, check: Check, config: Config): Promise<Finding> {
  try {
    return await check(config);
  } catch (error) {
    return { name, status: 'fail', detail: messageOf(error) };
  }
}

const MARK: Record<Finding['status'], string> = { ok: '✓', note: '!', off: '–', fail: '✗' };
const findingsText = (findings: readonly Finding[]): string =>
  findings.map(({ name, status, detail }) => `${MARK[status]} ${name.padEnd(10)} ${detail}`).join('\n');

const CHECKS: Readonly<Record<string, Check>> = {
  node: () => ({ name: 'node', status: 'ok', detail: process.version }),
  folder: ({ app }) => {
    const folder = existsSync(app.dataDir) ? app.dataDir : dirname(app.dataDir);
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const detail = `${app.dataDir}, ${(free / 1024 ** 3).toFixed(1)} GB free`;
    return { name: 'folder', status: free >= FREE_BYTES_MIN ? 'ok' : 'fail', detail };
  },
  servo: async (config) => {
    const running = (await allBooks(config)).flatMap(({ servo }) => servo ?? []);
    const views = await Promise.all(running.map((servo) => servo.get<StatusView>('/api/v1/status')));
    if (views.length > 0) {
      const words = views.map(({ account, status, positionsOpen }) => {
        const open = counted(positionsOpen, 'position');
        return `${account.account} runs: ${status.replaceAll('_', ' ')}, ${open} open`;
      });
      return { name: 'servo', status: 'ok', detail: words.join('; ') };
    }
    const { host, port } = config.api;
    await assertFree(host, port);
    const address = port === 0 ? 'it takes any free port' : `its address ${host}:${port} is free`;
    return { name: 'servo', status: 'off', detail: `not running; ${address}` };
  },
  queue: async ({ queue, app }) => {
    if (queue.redisUrl !== null) {
      const { startQueueServer } = await import('../jobs/queue-server/start-queue-server.ts');
      const server = await startQueueServer({ redisUrl: queue.redisUrl, dataDir: app.dataDir, log: () => undefined });
      const detail = [server.describe(), ...server.warnings].join('; ');
      return { name: 'queue', status: server.warnings.length === 0 ? 'ok' : 'note', detail };
    }
    const { findOnPath, SERVER_NAMES } = await import('../jobs/queue-server/find-binary.ts');
    const { privateCopyPath } = await import('../jobs/queue-server/private-copy.ts');
    const program =
      findOnPath(SERVER_NAMES, process.env['PATH'] ?? '') ??
      privateCopyPath(join(app.dataDir, 'queue-server'), SERVER_NAMES);
    return program === null
      ? { name: 'queue', status: 'note', detail: 'no redis-server here yet: the first start fetches a private copy' }
      : { name: 'queue', status: 'ok', detail: `the servo's own server, ${program}` };
  },
  database: async (config) => {
    const { database } = accountPaths(config);
    if (!existsSync(database)) return { name: 'database', status: 'off', detail: 'none yet; made at the first start' };
    const { verifyStore } = await import('../db/verify.ts');
    const { ok, chain } = verifyStore(database);
    const detail = ok ? `${chain.rows} journal rows, chain and tables agree` : 'is damaged: servo db verify says where';
    return { name: 'database', status: ok ? 'ok' : 'fail', detail };
  },
  model: async (config) => {
    const { predictorOf } = await import('../adapters.ts');
    const predictor = await predictorOf(config, () => undefined);
    await predictor.close();
    const names = [...new Set(config.trading.symbols.map(({ model }) => model))];
    return { name: 'model', status: 'ok', detail: `${names.join(', ')}: passport and golden rows agree` };
  },
  feed: async ({ feed, trading }) => {
    const missing = Object.values(feed.replay.files).filter((file) => !existsSync(file));
    if (feed.type === 'replay' && missing.length > 0) {
      return { name: 'feed', status: 'fail', detail: `no such file: ${missing.join(', ')}` };
    }
    const symbols = trading.symbols.map(({ instrument }) => instrument.symbol).join(', ');
    return { name: 'feed', status: 'ok', detail: `${feed.type}: ${symbols} ${trading.timeframe}` };
  },
  telegram: ({ telegram }) => ({
    name: 'telegram',
    status: telegram.token === null ? 'off' : 'ok',
    detail:
      telegram.token === null
        ? 'off: no token (set TELEGRAM_TOKEN)'
        : `${counted(telegram.users.length, 'user')} allowed`,
  }),
};

/** Rejects with the reason when nothing can listen there. */
function assertFree(host: string, port: number): Promise<void> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const taken = 'code' in error && error.code === 'EADDRINUSE';
      reject(taken ? new Error(`port ${port} is taken by another program: api.port or --api-port`) : error);
    });
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
