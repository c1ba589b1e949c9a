/** The composition root of the service: builds what a configuration asks for, in order, and takes it down in reverse. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { type AccountPaths, accountPaths, setBookAside } from './accounts.ts';
import { feedOf, predictorOf } from './adapters.ts';
import { buildApi } from './api/build-api.ts';
import { listenApi } from './api/listen.ts';
import { apiToken } from './api/token.ts';
import { brokerOf } from './broker/paper/configured-broker.ts';
import type { Config } from './config/config.ts';
import { tradingPolicyOf } from './config/policy.ts';
import { lockAccount } from './db/account-lock.ts';
import { BackupKeeper } from './db/backup-keeper.ts';
import { DiskReserve } from './db/disk-reserve.ts';
import { openReads } from './db/reads.ts';
import { openStore } from './db/store.ts';
import type { TradingPolicy } from './domain/policy.ts';
import type { BarFeed } from './domain/ports.ts';
import { factLines } from './facts.ts';
import { featureSpecsOf } from './feature-specs.ts';
import { boardAdapters } from './jobs/board.ts';
import { Pipeline } from './jobs/pipeline.ts';
import { type QueueServer, startQueueServer } from './jobs/queue-server/start-queue-server.ts';
import { queuePrefixOf } from './live.ts';
import { type Logs, logCommit, openLogs } from './logging.ts';
import { regimeModelsOf } from './regime-models.ts';
import type { CommitListener } from './servo/book.ts';
import { systemClock } from './servo/clock.ts';
import { type ServoControl, servoControl } from './servo/control.ts';
import { healthChecks } from './servo/health.ts';
import { Servo } from './servo/servo.ts';
import type { ServoPorts } from './servo/servo-parts.ts';
import { Watchdog } from './servo/watchdog.ts';
import { startTelegram } from './telegram/bot.ts';
import { VERSION } from './version.ts';

export interface Service {
  readonly servo: Servo;
  readonly control: ServoControl;
  readonly logs: Logs;
  /** Finishes what is under way; positions keep their broker stops. Doing it twice is doing it once. */
  stop(): Promise<void>;
}

export interface ServiceHooks {
  /** A person asked for the end, on whatever surface. */
  readonly onStopAsked: () => void;
  /** Progress and trouble, in one line each. */
  readonly say: (line: string) => void;
  /** What stands behind the ports, one line each, before the first bar is asked for. */
  readonly onReady: (lines: readonly string[]) => void;
  readonly onCommit: CommitListener;
}

export interface ServiceOptions {
  /** Begin a new book; the old one is kept beside it. */
  readonly fresh: boolean;
}

const HALT_FILE_EVERY_MS = 500;
const ALIVE_WITHIN_INTERVALS = 3;

export async function startService(config: Config, hooks: ServiceHooks, options: ServiceOptions): Promise<Service> {
  const closers = new Closers();
  try {
    return await build(config, hooks, options, closers);
  } catch (error) {
    // What failed first is what must be mended.
    await closers.close().catch(() => undefined);
    throw error;
  }
}

/** Undone in reverse; one that fails does not keep the others open. */
class Closers {
  readonly #closers: (() => Promise<void> | void)[] = [];
  #closing: Promise<void> | undefined;

  add(close: () => Promise<void> | void): void {
    this.#closers.unshift(close);
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closers) {
      await Promise.resolve()
        .then(close)
        .catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, `stopping: ${failures.map(String).join('; ')}`);
  }
}

async function build(
  config: Config,
  hooks: ServiceHooks,
  { fresh }: ServiceOptions,
  closers: Closers,
): Promise<Service> {
  const paths = accountPaths(config);
  let logs: Logs | undefined;
  const say = (line: string) => {
    logs?.servo.info(line);
    hooks.say(logs?.scrub(line) ?? line);
  };
  // A feed or a model that is refused leaves the disk as it was.
  const inputs = await openInputs(config, say, closers);
  const policy = tradingPolicyOf(config, await regimeModelsOf(config), await featureSpecsOf(config));
  if (fresh) setBookAside(paths);
  const lock = lockAccount(paths.folder, paths.account);
  closers.add(() => lock.release());
  const token = config.api.token ?? apiToken(config.api.tokenFile);
  logs = logsOf(config, token);
  const queueServer = await openQueueServer(config, paths, say, closers);
  const ports = openPorts(config, paths, inputs, closers);

  const servo = servoOf(config, policy, paths, ports);
  listen(servo, logs, hooks);
  const watchdog = new Watchdog(servo, systemClock, config.execution.monitoring.checkIntervalMs, say);
  const control = openControl(paths, { servo, watchdog, feed: ports.feed }, closers);
  await servo.start();
  const telegram = await startTelegram({
    config: config.telegram,
    control,
    outbox: ports.store.outbox,
    clock: systemClock,
    log: say,
  });
  // Closed after the servo has ended, so that its last words are still sent.
  closers.add(() => telegram.stop());
  closers.add(() => servo.end());

  const pipeline = pipelineOf(config, paths, { servo, watchdog, queueServer, logs });
  closers.add(() => pipeline.stop());
  const address = await openApi(config, paths, { control, pipeline, token, logs }, closers);
  hooks.onReady(factLines(config, paths, { servo, ports, queueServer, address, telegram: telegram.description, logs }));

  await pipeline.start();
  watchdog.start();
  closers.add(() => watchdog.stop());
  openBackups(config, paths, say, closers);
  const haltWatch = watchHaltFile(paths.haltFile, control);
  closers.add(() => clearInterval(haltWatch));
  return { servo, control, logs, stop: () => closers.close() };
}

function logsOf({ account, app, logging, dryRun, telegram, queue }: Config, token: string): Logs {
  const password = URL.parse(queue.redisUrl ?? '')?.password ?? '';
  return openLogs({
    logDir: app.logDir,
    level: logging.level,
    keepFiles: logging.keepFiles,
    startedAt: systemClock.wall(),
    mode: dryRun ? 'paper dry-run' : 'paper',
    secrets: [token, telegram.token ?? '', account.totpSecret ?? '', password, decodeURIComponent(password)],
  });
}

type Inputs = Pick<ServoPorts, 'feed' | 'predictor'>;

async function openInputs(config: Config, say: (line: string) => void, closers: Closers): Promise<Inputs> {
  const feed = feedOf(config, systemClock);
  closers.add(() => feed.close());
  const predictor = await predictorOf(config, say);
  closers.add(() => predictor.close());
  return { feed, predictor };
}

async function openQueueServer(
  { queue, app }: Config,
  paths: AccountPaths,
  say: (line: string) => void,
  closers: Closers,
): Promise<QueueServer> {
  const redisUrl = queue.redisUrl ?? undefined;
  const server = await startQueueServer({ redisUrl, dataDir: app.dataDir, workDir: paths.folder, log: say });
  closers.add(() => server.stop());
  return server;
}

function openPorts(config: Config, paths: AccountPaths, inputs: Inputs, closers: Closers): ServoPorts {
  const reserve = new DiskReserve(paths.folder);
  reserve.hold();
  const store = openStore({ path: paths.database, account: paths.account, mode: 'paper', reserve });
  closers.add(() => store.close());
  const broker = brokerOf(config, paths);
  closers.add(() => broker.close());
  return { ...inputs, store, broker, clock: systemClock, diskTrouble: () => reserve.trouble() };
}

function openBackups({ backup }: Config, paths: AccountPaths, say: (line: string) => void, closers: Closers): void {
  if (backup.everyMs === 0) return;
  const files = { database: paths.database, companions: [paths.venue] };
  const keeper = new BackupKeeper({ files, plan: { ...backup, into: paths.backups }, wall: systemClock.wall, say });
  keeper.start();
  closers.add(() => keeper.stop());
}

/** Before the first commit, so that nothing happens unseen. */
function listen(servo: Servo, logs: Logs, hooks: ServiceHooks): void {
  servo.onCommit((commit) => logCommit(logs, commit));
  servo.onCommit(hooks.onCommit);
  servo.onCommit(({ events }) => {
    if (events.some((event) => event.kind === 'command_accepted' && event.command === 'stop')) hooks.onStopAsked();
  });
}

interface ControlParts {
  readonly servo: Servo;
  readonly watchdog: Watchdog;
  readonly feed: BarFeed;
}

function openControl(paths: AccountPaths, { servo, watchdog, feed }: ControlParts, closers: Closers): ServoControl {
  const { simulated } = feed;
  const reads = openReads(paths.database, servo.policy, simulated);
  closers.add(() => reads.close());
  const facts = () => ({
    nowWallMs: systemClock.wall(),
    nowMonotonicMs: systemClock.monotonic(),
    simulated,
    watchdogActive: watchdog.active,
    heartbeatAgoMs: watchdog.heartbeatAgoMs,
  });
  return servoControl({ servo, reads, facts });
}

function servoOf(config: Config, policy: TradingPolicy, { account }: AccountPaths, ports: ServoPorts): Servo {
  const { monitoring, order } = config.execution;
  const identity = { account, mode: 'paper', version: VERSION, configHash: config.configHash } as const;
  return new Servo(policy, identity, { ...monitoring, retryDelayMs: order.retryDelayMs }, ports);
}

interface PipelineParts {
  readonly servo: Servo;
  readonly watchdog: Watchdog;
  readonly queueServer: QueueServer;
  readonly logs: Logs;
}

function pipelineOf(config: Config, { account }: AccountPaths, parts: PipelineParts): Pipeline {
  const { monitoring, order } = config.execution;
  return new Pipeline({
    servo: parts.servo,
    watchdog: parts.watchdog,
    connection: parts.queueServer.connection,
    prefix: queuePrefixOf(config, account),
    checkIntervalMs: monitoring.checkIntervalMs,
    timeoutMs: monitoring.timeoutMs,
    retryAttempts: order.retryAttempts,
    retryDelayMs: order.retryDelayMs,
    log: (level, line) => parts.logs.servo[level === 'debug' ? 'debug' : 'warn'](line),
  });
}

interface ApiParts {
  readonly control: ServoControl;
  readonly pipeline: Pipeline;
  readonly token: string;
  readonly logs: Logs;
}

/** Returns the address it listens on, which the command line finds in a file. */
async function openApi(config: Config, paths: AccountPaths, parts: ApiParts, closers: Closers): Promise<string> {
  const { api, board, execution } = config;
  const { control, pipeline, token, logs } = parts;
  const app = await buildApi({
    control,
    token,
    host: api.host,
    port: api.port,
    version: VERSION,
    boardAdapters: board.enabled ? boardAdapters(pipeline.queues) : undefined,
    alive: () => control.status().heartbeatAgoMs < ALIVE_WITHIN_INTERVALS * execution.monitoring.checkIntervalMs,
    checks: async () => healthChecks(control.status()),
    queueMetrics: () => pipeline.metrics(),
    logger: logs.servo,
  });
  closers.add(() => app.close());
  const address = await listenApi(app, api.host, api.port);
  writeFileSync(paths.addressFile, address);
  closers.add(() => rmSync(paths.addressFile, { force: true }));
  return address;
}

/** `touch data/HALT` stops trading without any other tool; the halt stays after the file is gone. */
function watchHaltFile(path: string, control: ServoControl): NodeJS.Timeout {
  return setInterval(() => {
    if (!existsSync(path) || control.status().status === 'halted') return;
    control.command({ name: 'halt', by: 'HALT file', surface: 'file', reason: `the file ${path} exists` });
  }, HALT_FILE_EVERY_MS);
}
