/** `servo run`: the service in the foreground, from its first line to a clean end. */
import type { Config } from '../config/config.ts';
import { type Service, startService } from '../main.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import { Terminal } from './terminal.ts';

export interface RunOptions {
  /** Ends by itself after this long. */
  readonly forMs?: number;
}

const FINISHED_LOOK_MS = 200;

export async function run(config: Config, options: RunOptions): Promise<ExitCode> {
  if (config.mode === 'live') {
    throw new CliError(EXIT.refused, 'Live mode does not work yet: this version trades on paper. Use --mode paper.');
  }
  if (config.mode === 'backtest') {
    throw new CliError(EXIT.refused, 'Backtest mode does not work yet: replay candles with --data FILE --speed max.');
  }
  const terminal = new Terminal();
  terminal.title(config);
  let end: (reason: string) => void = () => {};
  const asked = new Promise<string>((resolve) => {
    end = resolve;
  });
  const service = await startService(config, { say: (line) => terminal.note(line), onStopAsked: () => end('stop') });
  terminal.facts(service.lines);
  service.servo.onCommit((commit) => terminal.commit(commit));
  const undo = listen(service, options, end, terminal);
  const reason = await asked;
  terminal.note(`Stopping (${reason}); positions keep their broker stops. Ctrl-C again to end at once.`);
  undo();
  await service.stop();
  terminal.summary(service);
  return EXIT.ok;
}

/** What can end a run: time, the last bar of a replay, a signal. SIGUSR2 is the emergency stop. */
function listen(
  service: Service,
  { forMs }: RunOptions,
  end: (reason: string) => void,
  terminal: Terminal,
): () => void {
  const timers = [
    setInterval(() => {
      if (service.servo.finished) end('the replay has shown its last bar');
    }, FINISHED_LOOK_MS),
    ...(forMs === undefined ? [] : [setTimeout(() => end('the time is up'), forMs)]),
  ];
  let asked = 0;
  const stop = (signal: string) => {
    asked += 1;
    if (asked > 1) process.exit(EXIT.forced);
    service.control.command({ name: 'stop', by: signal, surface: 'signal', reason: '' });
    end(signal);
  };
  const halt = () => {
    const { message } = service.control.command({ name: 'halt', by: 'SIGUSR2', surface: 'signal', reason: 'SIGUSR2' });
    terminal.note(message);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  process.on('SIGUSR2', halt);
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}
