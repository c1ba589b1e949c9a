/** Values that stand in for those of the file, e.g. `trading.stops.stop_atr=1.5`: checked as if the file said them. */
import { parse, Scalar } from 'yaml';
import { type ConfigFault, type ConfigPath, formatPath } from './fault.ts';
import type { YamlSource } from './yaml-source.ts';

export interface ConfigChange {
  /** As messages write it: `trading.symbols[0].model`. */
  readonly key: string;
  readonly value: string;
}

/** Puts the values in their places in the tree. */
export function applyChanges({ document }: YamlSource, changes: readonly ConfigChange[]): void {
  for (const { key, value } of changes) document.setIn(pathOf(key), scalarOf(value));
}

/** Faults at a changed key name the change: the line of the file is not to blame. */
export function blameChanges(faults: readonly ConfigFault[], changes: readonly ConfigChange[]): readonly ConfigFault[] {
  return faults.map((fault) => {
    const change = changes.find(({ key }) => concerns(fault.path, formatPath(pathOf(key))));
    if (change === undefined) return fault;
    return { ...fault, where: `--set ${change.key}=${change.value}`, excerpt: undefined };
  });
}

const concerns = (path: string, key: string): boolean =>
  path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`);

const pathOf = (key: string): ConfigPath =>
  [...key.matchAll(/[^.[\]]+|\[(\d+)\]/g)].map(([step, index]) => (index === undefined ? step : Number(index)));

/** Of YAML's words, numbers and texts; anything else is a text. */
function scalarOf(value: string): Scalar {
  const read = safely(value);
  const plain = read === null || ['string', 'number', 'boolean'].includes(typeof read);
  const scalar = new Scalar(plain ? read : value);
  // What messages show of it.
  scalar.source = value;
  return scalar;
}

function safely(value: string): unknown {
  try {
    return parse(value, { schema: 'core' });
  } catch {
    return value;
  }
}
