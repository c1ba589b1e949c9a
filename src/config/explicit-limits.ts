/** Which limits a file leaves to their defaults. On paper that is allowed; with real money every one of them must be meant. */
import { readFileSync } from 'node:fs';
import { type ConfigPath, formatPath } from './fault.ts';
import { type SchemaNode, schemaAt, withoutNull } from './json-schema.ts';
import { parseYaml } from './yaml-source.ts';

/** What bounds a loss, a size, a price or a pace. */
const LIMITS: readonly ConfigPath[] = [
  ['execution', 'order', 'max_slippage'],
  ['execution', 'risk'],
  ['execution', 'monitoring'],
  ['trading', 'risk_management'],
  ['trading', 'filters'],
  ['trading', 'sizing'],
  ['trading', 'exposure'],
  ['trading', 'cooldown'],
  ['trading', 'order_rate'],
  ['risk', 'on_limit'],
  ['risk', 'extreme'],
  ['risk', 'level'],
  ['mandate'],
];

/** Their paths, in the order of the file. */
export function implicitLimits(file: string): string[] {
  const { document } = parseYaml(file, readFileSync(file, 'utf8')).source;
  return LIMITS.flatMap((path) => leavesOf(path, schemaAt(path)))
    .filter((path) => !document.hasIn(path))
    .map(formatPath);
}

function leavesOf(path: ConfigPath, schema: SchemaNode | undefined): ConfigPath[] {
  const { properties } = withoutNull(schema ?? {}).node;
  if (properties === undefined) return [path];
  return Object.entries(properties).flatMap(([key, child]) => leavesOf([...path, key], child));
}
