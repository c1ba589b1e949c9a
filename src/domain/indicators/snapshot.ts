/** The memory of an object tree as JSON and back: it takes every field there is, so a new field cannot be forgotten. */

/** Numbers, and arrays of numbers, under their field names. */
export interface Snapshot {
  readonly [field: string]: number | readonly number[] | Snapshot;
}

type Fields = Record<string, unknown>;

/** Of an object whose fields are numbers, Float64Arrays or such objects again; anything else is a bug. */
export function snapshotOf(part: object): Snapshot {
  const fields: Record<string, Snapshot[string]> = {};
  for (const [name, value] of Object.entries(part)) {
    if (typeof value === 'number') fields[name] = finite(value, name);
    else if (value instanceof Float64Array) fields[name] = Array.from(value, (each) => finite(each, name));
    else if (isTree(value)) fields[name] = snapshotOf(value);
    else throw new Error(`field ${name} cannot be kept in a snapshot`);
  }
  return fields;
}

/** Gives a freshly made object the memory of the one the snapshot is of. Throws where their fields differ. */
export function restoreInto(part: object, snapshot: Snapshot): void {
  const fields = part as Fields;
  const names = Object.keys(fields);
  const strange = Object.keys(snapshot).find((name) => !names.includes(name));
  if (strange !== undefined) throw new Error(`the snapshot has a field ${strange} that is not known here`);
  for (const name of names) {
    const kept = snapshot[name];
    const present = fields[name];
    if (typeof present === 'number' && typeof kept === 'number') fields[name] = finite(kept, name);
    else if (present instanceof Float64Array && Array.isArray(kept)) fill(present, kept, name);
    else if (isTree(present) && isTree(kept)) restoreInto(present, kept as Snapshot);
    else throw new Error(`the snapshot's field ${name} is missing or of another kind`);
  }
}

function fill(target: Float64Array, values: readonly unknown[], name: string): void {
  if (values.length !== target.length) {
    throw new Error(`the snapshot's field ${name} holds ${values.length} values, not ${target.length}`);
  }
  target.set(values.map((value) => finite(value, name)));
}

function finite(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new Error(`field ${name} holds ${value}, not a finite number`);
  return value;
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Float64Array);
}
