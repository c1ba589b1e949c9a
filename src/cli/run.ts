/** `servo run`: the service in the foreground, from its first line to a clean end. */
import type { Config } from '../config/config.ts';
import { type Service, startService } from '../main.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Terminal } from './terminal.ts';

export interface RunOptions {
  /** Ends by itself after this long. */
  readonly forMs?: number | undefined;
  readonly fresh: boolean;
}

const FINISHED_LOOK_MS = 200;

export async function run(config: Config, { forMs, fresh }: RunOptions): Promise<ExitCode> {
  const terminal = new Terminal();
  const ending = new Ending(terminal);
  terminal.title(config);
  const hooks = {
    say: (line: string) => terminal.note(line),
    onReady: (lines: readonly string[]) => terminal.facts(lines),
    onCommit: terminal.commit,
    onStopAsked: () => ending.ask('an operator asked'),
  };
  const service = await startService(config, hooks, { fresh });
  const timers = [
    setInterval(() => {
      if (service.servo.finished) ending.ask('the replay has shown its last bar');
    }, FINISHED_LOOK_MS),
    ...(forMs === undefined ? [] : [setTimeout(() => ending.ask('the time is up'), forMs)]),
  ];
  ending.serve(service);
  await ending.asked;
  for (const timer of timers) clearTimeout(timer);
  await service.stop();
  terminal.summary(service);
  return EXIT.ok;
}

/** The first request ends the run in good order; a signal after it ends at once. SIGUSR2 is the emergency stop. */
class Ending {
  readonly asked: Promise<void>;
  readonly #terminal: Terminal;
  readonly #resolve: () => void;
  #wasAsked = false;
  #service: Service | undefined;
  #haltMissed = false;

  constructor(terminal: Terminal) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.asked = promise;
    this.#resolve = resolve;
    this.#terminal = terminal;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#signalled(signal));
    process.on('SIGUSR2', () => terminal.note(this.#halt()));
  }

  ask(reason: string): void {
    if (!this.#wasAsked) this.#terminal.stopping(reason);
    this.#wasAsked = true;
    this.#resolve();
  }

  /** What was signalled while the service was being built is done now. */
  serve(service: Service): void {
    this.#service = service;
    if (this.#haltMissed) this.#halt();
  }

  #signalled(signal: NodeJS.Signals): void {
    if (this.#wasAsked) process.exit(EXIT.forced);
    this.ask(signal);
    this.#service?.control.command({ name: 'stop', by: signal, surface: 'signal', reason: '' });
  }

  #halt(): string {
    const halt = { name: 'halt', by: 'SIGUSR2', surface: 'signal', reason: 'SIGUSR2' } as const;
    this.#haltMissed = this.#service === undefined;
    return this.#service?.control.command(halt).message ?? 'The servo is starting; it halts as soon as it can.';
  }
}
