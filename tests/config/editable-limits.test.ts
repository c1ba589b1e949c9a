/** A limit may be edited to what config.yaml could hold, and to nothing else. */
import { expect, test } from 'vitest';
import { configJsonSchema, type SchemaNode } from '../../src/config/json-schema.ts';
import { EDITABLE, LIMIT_NAMES } from '../../src/domain/limits/editable.ts';

const nodeAt = (key: string): SchemaNode =>
  key.split('.').reduce<SchemaNode>((node, name) => node.properties?.[name] ?? {}, configJsonSchema());

test.each(LIMIT_NAMES)('%s', (name) => {
  const { key, bounds, unit, optional } = EDITABLE[name];
  const node = nodeAt(key);
  const choices = node.anyOf ?? [node];
  const number = choices.find(({ type }) => type !== 'null') ?? {};
  expect(number.type).toBe(unit === 'count' ? 'integer' : 'number');
  expect([number.minimum ?? number.exclusiveMinimum, number.maximum ?? number.exclusiveMaximum]).toEqual([
    bounds.min,
    bounds.max,
  ]);
  expect(number.exclusiveMinimum !== undefined && number.exclusiveMaximum !== undefined).toBe(bounds.open === true);
  expect(choices.some(({ type }) => type === 'null')).toBe(optional);
});
