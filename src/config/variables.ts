/** `${NAME}` and `${NAME:-default}` in the texts of config.yaml, from the environment and the `.env` beside the file. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { Scalar } from 'yaml';
import type { Finding } from './fault.ts';
import { scalarsOf, type YamlSource } from './yaml-source.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\{([A-Za-z_]\w*)(?::-([^{}]*))?\}/g;

/** What stands in the file itself once every variable is taken out, defaults left in. */
export const literalPart = (text: string): string => text.replace(REFERENCE, (_, _name, fallback = '') => fallback);

/** Writes the variables' values into the tree. The source text keeps their names, so that no message can show a value. */
export function substituteVariables(source: YamlSource, environment: Environment): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { path, scalar } of scalarsOf(source.document.contents)) {
    if (typeof scalar.value !== 'string' || !scalar.value.includes('${')) continue;
    if (scalar.value.replace(REFERENCE, '').includes('${')) {
      const hint = `write \${NAME} or \${NAME:-default}; a name has letters, digits and _`;
      findings.push({ path, message: 'this variable cannot be read', hint });
      continue;
    }
    const text = scalar.value.replace(REFERENCE, (_, name: string, fallback: string | undefined) => {
      const value = environment[name];
      if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
      if (value !== undefined) return value;
      const hint = `set ${name} in the environment or in .env beside this file, or write \${${name}:-default}`;
      findings.push({ path, message: `the variable ${name} is not set`, hint });
      return '';
    });
    scalar.value = scalar.type === Scalar.PLAIN ? plainValue(text) : text;
  }
  return findings;
}

/** Without quotes, a variable may hold a number or a truth value, as the same words in the file would. */
function plainValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

/** The environment wins over the file, as with Node's `--env-file`. */
export function readDotEnv(
  folder: string,
  environment: Environment,
): { environment: Environment; notes: readonly string[] } {
  const path = join(folder, '.env');
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return { environment, notes: [] };
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
  const exposed = process.platform !== 'win32' && (stat.mode & 0o077) !== 0;
  return {
    environment: { ...parseEnv(readFileSync(path, 'utf8')), ...set },
    notes: exposed ? [`.env can be read by other users of this machine: chmod 600 ${path}`] : [],
  };
}
