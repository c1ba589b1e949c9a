/** What zod found, said to a person: what was expected, what was there instead, and how to mend it. */
import { isMap, isScalar, isSeq, Scalar } from 'yaml';
import type { z } from 'zod';
import { type ConfigPath, type Finding, formatPath } from './fault.ts';
import { pathsOfKey, type SchemaNode, schemaAt, withoutNull } from './json-schema.ts';
import { isSecretPath } from './secrets.ts';
import { closest } from './suggest.ts';
import type { YamlSource } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;

export function explainIssue(source: YamlSource, issue: Issue): readonly Finding[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key));
    case 'invalid_key': {
      const names = schemaAt(path.slice(0, -1))?.propertyNames ?? {};
      return [{ path, message: `the key is not ${expectation(names)}`, at: 'key' }];
    }
    case 'custom': {
      if (issue.params === undefined) return [wrongValue(source, path)];
      const hint = issue.params['hint'];
      return [{ path, message: issue.message, hint: typeof hint === 'string' ? hint : undefined }];
    }
    default:
      return [wrongValue(source, path)];
  }
}

/** Keys of earlier versions, and where what they said is said now. */
const MOVED: ReadonlyMap<string, string> = new Map([
  [
    'trading.filters.allowed_regimes',
    'it is trading.regimes now: leave out what is allowed, and say volatile: { allowed: false }',
  ],
]);

function unknownKey(path: ConfigPath, key: string): Finding {
  const known = Object.keys(schemaAt(path)?.properties ?? {});
  const near = closest(key, known);
  const finding = (message: string, hint?: string): Finding => ({ path: [...path, key], message, hint, at: 'key' });
  const moved = MOVED.get(formatPath([...path, key]));
  if (moved !== undefined) return finding('unknown key', moved);
  if (near !== undefined) return finding(`unknown key, did you mean "${near}"?`);
  if (/^\d+$/.test(key)) return finding('unknown key', 'use a point, not a comma, in a number');
  const elsewhere = pathsOfKey(key)[0];
  if (elsewhere !== undefined) return finding('unknown key', `this key belongs at ${formatPath(elsewhere)}`);
  return finding('unknown key', `known here: ${known.join(', ')}`);
}

function wrongValue(source: YamlSource, path: ConfigPath): Finding {
  const { node, nullable } = withoutNull(schemaAt(path) ?? {});
  const expected = `${expectation(node)}${nullable ? ' or null' : ''}`;
  if (!source.document.hasIn(path)) return { path, message: `missing: expected ${expected}`, hint: node.description };
  const found = source.document.getIn(path, true);
  const value = isScalar(found) ? found.value : undefined;
  const was = isSecretPath(path) ? 'another text, not shown here' : describe(found);
  return { path, message: `expected ${expected}, was ${was}`, hint: hintFor(node, value, quoted(found)) };
}

export function expectation(node: SchemaNode): string {
  if (node.expects !== undefined) return node.expects;
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`;
  switch (node.type) {
    case 'number':
    case 'integer':
      return `${quantityName(node)} ${range(node)}`.trim();
    case 'boolean':
      return 'true or false';
    case 'object':
      return 'a block of keys';
    case 'array':
      return 'a list';
    default:
      return 'a text';
  }
}

function quantityName({ type, unit }: SchemaNode): string {
  if (unit?.startsWith('fraction')) return `a ${unit}`;
  if (unit === 'probability') return 'a probability';
  const number = type === 'integer' ? 'a whole number' : 'a number';
  return unit === undefined ? number : `${number} of ${unit}`;
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): string {
  if (minimum !== undefined && maximum !== undefined) {
    if (minimum === -Number.MAX_SAFE_INTEGER && maximum === Number.MAX_SAFE_INTEGER) return '';
    return maximum === Number.MAX_SAFE_INTEGER ? `of ${minimum} or more` : `from ${minimum} to ${maximum}`;
  }
  const bounds = [
    exclusiveMinimum === undefined ? '' : `above ${exclusiveMinimum}`,
    exclusiveMaximum === undefined ? '' : `below ${exclusiveMaximum}`,
    maximum === undefined ? '' : `up to ${maximum}`,
  ];
  return bounds.filter((bound) => bound !== '').join(' and ');
}

const SHOWN_MAX = 60;

/** As it stands in the file: a variable is shown by its name, never by its value. */
function describe(found: unknown): string {
  if (isMap(found)) return 'a block of keys';
  if (isSeq(found)) return 'a list';
  if (!isScalar(found)) return 'empty';
  const text = found.source ?? String(found.value);
  if (text === '' && !quoted(found)) return 'empty';
  if (text.includes('${')) return `the value of ${text}`;
  const shown = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
  return typeof found.value === 'string' ? JSON.stringify(shown) : shown;
}

const quoted = (found: unknown): boolean =>
  isScalar(found) && (found.type === Scalar.QUOTE_DOUBLE || found.type === Scalar.QUOTE_SINGLE);

/** Of YAML 1.1, which many still write. */
const OLD_TRUTH_VALUES = new Map([
  ['yes', true],
  ['on', true],
  ['no', false],
  ['off', false],
]);

const SECONDS_IN = { ms: 0.001, s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86_400 } as const;

function hintFor(node: SchemaNode, value: unknown, isQuoted: boolean): string | undefined {
  if (node.type === 'number' || node.type === 'integer') {
    return typeof value === 'number' ? numberHint(node, value) : numberTextHint(node, String(value), isQuoted);
  }
  if (node.type === 'boolean') {
    const meant = OLD_TRUTH_VALUES.get(String(value).toLowerCase());
    return meant === undefined ? undefined : `write ${meant}`;
  }
  const near = node.enum === undefined || typeof value !== 'string' ? undefined : closest(value, node.enum);
  return near === undefined ? undefined : `did you mean ${near}?`;
}

function numberHint({ unit, maximum = Number.POSITIVE_INFINITY }: SchemaNode, value: number): string | undefined {
  if (unit?.startsWith('fraction')) return percentHint(unit, value);
  if (unit === 'probability' && value > 1 && value <= 100) {
    return `probabilities go from 0 to 1: write ${value / 100} for ${value} %`;
  }
  if (unit === 'seconds' && value > maximum && value / 1000 <= maximum) {
    return `the unit is seconds: write ${value / 1000} for ${value} ms`;
  }
  return undefined;
}

function percentHint(unit: string, value: number): string | undefined {
  if (value < 1 || value >= 100) return undefined;
  const subject = unit === 'fraction of equity' ? 'sizes and losses are fractions of equity' : `this is a ${unit}`;
  return `${subject}: write ${Number((value / 100).toPrecision(12))} for ${value} %`;
}

function numberTextHint(node: SchemaNode, text: string, isQuoted: boolean): string | undefined {
  const plain = text.trim();
  if (isQuoted && plain !== '' && Number.isFinite(Number(plain))) return `numbers are written without quotes: ${plain}`;
  if (/^-?\d+,\d+$/.test(plain)) return `use a point, not a comma: ${plain.replace(',', '.')}`;
  if (/^\d+(?:_\d+)+$/.test(plain)) return `write it without _: ${plain.replaceAll('_', '')}`;
  const percent = /^(\d+(?:[.,]\d+)?)\s*%$/.exec(plain);
  if (percent?.[1] !== undefined) return percentHint(node.unit ?? 'fraction', Number(percent[1].replace(',', '.')));
  const duration = /^(\d+(?:\.\d+)?)\s*(ms|sec|s|min|m|h|d)$/.exec(plain);
  if (duration === null || node.unit !== 'seconds') return undefined;
  const seconds = Number(duration[1]) * SECONDS_IN[duration[2] as keyof typeof SECONDS_IN];
  return `the unit is seconds: write ${Number(seconds.toPrecision(12))} for ${plain}`;
}
