/** Reads config.yaml into a frozen `Config`, or throws one `ConfigError` that holds every fault with its line and its remedy. */
import { readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { applyChanges, blameChanges, type ConfigChange } from './changes.ts';
import type { Config } from './config.ts';
import { explainIssue } from './explain.ts';
import { ConfigError, type Finding, formatPath } from './fault.ts';
import { resolveConfig } from './resolve.ts';
import { configSchema } from './schema.ts';
import { sealConfig } from './seal.ts';
import { literalSecrets, redactor } from './secrets.ts';
import { type Environment, readDotEnv, substituteVariables } from './variables.ts';
import { locate, parseYaml, takeOutTraps, type YamlSource } from './yaml-source.ts';

export interface LoadOptions {
  /** The process's own where not given. */
  readonly env?: Environment;
  /** In place of what the file says. */
  readonly changes?: readonly ConfigChange[];
}

export function loadConfig(path: string, options: LoadOptions = {}): Config {
  const absolute = resolve(path);
  const folder = dirname(absolute);
  const { source, findings: syntax } = parseYaml(path, readText(path));
  if (syntax.length > 0) throw failure(source, syntax, []);

  const traps = takeOutTraps(source);
  const secrets = literalSecrets(source);
  const dotEnv = readDotEnv(folder, options.env ?? process.env);
  const { changes = [] } = options;
  applyChanges(source, changes);
  const early = [...traps, ...secrets.findings, ...substituteVariables(source, dotEnv.environment)];
  const parsed = configSchema.safeParse(source.document.toJS({ maxAliasCount: 0 }) ?? {});
  const issues = parsed.success ? [] : parsed.error.issues.flatMap((issue) => explainIssue(source, issue));
  if (!parsed.success || early.length > 0)
    throw failure(source, oncePerKey([...early, ...issues]), secrets.values, changes);

  const { draft, findings } = resolveConfig(parsed.data, { path: absolute, folder });
  if (findings.length > 0) throw failure(source, findings, secrets.values, changes);
  return sealConfig({ ...draft, notes: [...draft.notes, ...dotEnv.notes] });
}

/** The first finding of a key explains the others: a variable that is not set is not also a wrong number. */
function oncePerKey(findings: readonly Finding[]): readonly Finding[] {
  const byPath = new Map<string, Finding>();
  for (const finding of findings) {
    const path = formatPath(finding.path);
    if (!byPath.has(path)) byPath.set(path, finding);
  }
  return [...byPath.values()];
}

/** What nobody reads to the end is not worth its time. */
const FAULTS_MAX = 100;

function failure(
  source: YamlSource,
  findings: readonly Finding[],
  secrets: readonly string[],
  changes: readonly ConfigChange[] = [],
): ConfigError {
  const faults = blameChanges(locate(source, findings.slice(0, FAULTS_MAX), redactor(secrets)), changes);
  const unsaid = findings.length - faults.length;
  if (unsaid === 0) return new ConfigError(faults);
  return new ConfigError([...faults, { where: source.file, path: '', message: `and ${unsaid} more` }]);
}

const BYTES_MAX = 64 * 1024;

function readText(file: string): string {
  try {
    const refusal = refusalOf(statSync(file, { throwIfNoEntry: false }));
    if (refusal !== undefined) throw new ConfigError([{ where: file, path: '', ...refusal }]);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof ConfigError || !(error instanceof Error)) throw error;
    const [message, hint] =
      error instanceof TypeError
        ? ['this is not UTF-8 text', 'save it as UTF-8']
        : [`it cannot be read: ${error.message}`, 'check its owner and mode'];
    throw new ConfigError([{ where: file, path: '', message, hint }]);
  }
}

function refusalOf(stat: Stats | undefined): { message: string; hint: string } | undefined {
  if (stat === undefined) {
    const hint = 'copy the config.yaml of the repository, or name yours with --config PATH';
    return { message: 'there is no such file', hint };
  }
  if (!stat.isFile()) return { message: 'this is not a file', hint: 'name a config.yaml with --config PATH' };
  if (stat.size <= BYTES_MAX) return undefined;
  const hint = `at most ${BYTES_MAX} bytes are read: is this the right file?`;
  return { message: `${stat.size} bytes are too many for a configuration`, hint };
}
