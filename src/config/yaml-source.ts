/** The text of config.yaml as a tree that remembers its lines, with every YAML trap refused before a value is read. */
import { type Document, isAlias, isMap, isScalar, isSeq, type Pair, parseDocument, Scalar, type YAMLMap } from 'yaml';
import { type ConfigFault, type ConfigPath, type Finding, formatPath } from './fault.ts';

export interface YamlSource {
  /** As the reader knows it: the path that was asked for. */
  readonly file: string;
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
  readonly document: Document;
}

/** Deeper than any configuration, shallow enough for a parser that recurses. */
const NESTING_MAX = 16;

/** Findings of syntax leave the tree unreliable: nothing else should be read from it. */
export function parseYaml(file: string, text: string): { source: YamlSource; findings: readonly Finding[] } {
  const tooDeep = nestingFinding(text);
  const document = parseDocument(tooDeep === undefined ? text : '', {
    prettyErrors: false,
    schema: 'core',
    merge: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  const lineStarts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  const source = { file, text, lineStarts, document };
  return { source, findings: tooDeep === undefined ? syntaxFindings(source) : [tooDeep] };
}

function nestingFinding(text: string): Finding | undefined {
  let depth = 0;
  for (let offset = 0; offset < text.length; offset++) {
    const character = text[offset];
    if (character === '[' || character === '{') depth++;
    if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
    if (depth > NESTING_MAX) return nestedTooDeep('brackets', offset);
  }
  const ladder = text.search(new RegExp(`^[ \\t]*(?:[-?:][ \\t]+){${NESTING_MAX}}`, 'm'));
  return ladder < 0 ? undefined : nestedTooDeep('lists', ladder);
}

const nestedTooDeep = (what: string, at: number): Finding => ({
  path: [],
  message: `${what} are nested more than ${NESTING_MAX} deep`,
  at,
});

function syntaxFindings({ document, text }: YamlSource): Finding[] {
  const complaints = [...document.errors, ...document.warnings];
  if (complaints.length === 0) return [];
  const tabs = [...text.matchAll(/^ *\t/gm)].filter(({ index }) => !/^\s*(?:#|$)/.test(lineFrom(text, index)));
  if (tabs.length > 0) {
    const hint = 'YAML takes spaces only: replace the tab (shown as →) with spaces';
    return tabs.map((tab) => ({
      path: [],
      message: 'a tab is used for indentation',
      hint,
      at: tab.index + tab[0].length - 1,
    }));
  }
  const first = complaints.reduce((least, each) => (each.pos[0] < least.pos[0] ? each : least));
  return [{ path: [], message: sentence(first.message), hint: syntaxHint(text, first.pos[0]), at: first.pos[0] }];
}

/** 1-based, as an editor counts. */
function placeOf({ lineStarts }: YamlSource, offset: number): { line: number; column: number } {
  const next = lineStarts.findIndex((start) => start > offset);
  const line = next < 0 ? lineStarts.length : next;
  return { line, column: offset - (lineStarts[line - 1] ?? 0) + 1 };
}

const lineFrom = (text: string, offset: number): string => /^.*/.exec(text.slice(offset))?.[0] ?? '';

/** The parser speaks to programmers; the rest of what it says stands. */
const sentence = (message: string): string =>
  message.startsWith('Source contains multiple documents')
    ? 'a second document begins here: a configuration is one document'
    : `this is not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;

function syntaxHint(text: string, offset: number): string | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const line = lineFrom(text, lineStart);
  if (/[[{].*(?<!")\$\{/.test(line)) return `inside { } and [ ] a variable needs quotes: "\${NAME}"`;
  return /:\s+[@`%]/.test(line) ? 'put the value in quotes' : undefined;
}

/** Aliases, `__proto__` and duplicate keys; each is taken out of the tree, so that the rest can still be checked. */
export function takeOutTraps(source: YamlSource): readonly Finding[] {
  const findings: Finding[] = [];
  const visit = (node: unknown, path: ConfigPath): unknown => {
    if (isAlias(node)) {
      findings.push({ path, message: `*${node.source} is an alias: write the value out`, at: node.range?.[0] ?? 0 });
      return new Scalar(null);
    }
    if (isMap(node)) node.items = visitPairs(node, path);
    if (isSeq(node)) node.items = node.items.map((item, index) => visit(item, [...path, index]));
    return node;
  };
  const visitPairs = (map: YAMLMap, path: ConfigPath): Pair[] => {
    const firstOffsets = new Map<string, number>();
    return map.items.filter((pair) => {
      const [key, at] = [keyOf(pair), keyOffset(pair)];
      const own = [...path, key];
      const first = firstOffsets.get(key);
      if (key === '__proto__') findings.push({ path: own, message: 'this key is never allowed', at });
      else if (first !== undefined) {
        const { line } = placeOf(source, first);
        findings.push({ path: own, message: `the same key stands on line ${line}: keep one of them`, at });
      } else {
        firstOffsets.set(key, at);
        pair.value = visit(pair.value, own);
        return true;
      }
      return false;
    });
  };
  source.document.contents = visit(source.document.contents, []) as Document['contents'];
  return findings;
}

/** Every scalar value with its path; keys are not values. */
export function* scalarsOf(node: unknown, path: ConfigPath = []): Generator<{ path: ConfigPath; scalar: Scalar }> {
  if (isScalar(node)) yield { path, scalar: node };
  if (isMap(node)) for (const pair of node.items) yield* scalarsOf(pair.value, [...path, keyOf(pair)]);
  if (isSeq(node)) for (const [index, item] of node.items.entries()) yield* scalarsOf(item, [...path, index]);
}

const keyOf = ({ key }: Pair): string => String(isScalar(key) ? key.value : key);
const keyOffset = ({ key }: Pair): number => (isScalar(key) ? (key.range?.[0] ?? 0) : 0);

/** Where a path stands, or, when it is missing, the nearest key above it. */
function offsetOf(document: Document, path: ConfigPath, at: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find((each) => keyOf(each) === step);
      if (pair === undefined) return offset;
      offset = keyOffset(pair);
      node = pair.value;
      if (at === 'key' && depth === path.length - 1) return offset;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  const inline = (isScalar(node) && node.source !== '') || ((isMap(node) || isSeq(node)) && node.flow === true);
  return (inline ? startOf(node) : undefined) ?? offset;
}

const startOf = (node: unknown): number | undefined =>
  isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;

/** Gives findings their lines. `redact` keeps what it is given as long as it was, so that carets stay true. */
export function locate(
  source: YamlSource,
  findings: readonly Finding[],
  redact: (text: string) => string,
): ConfigFault[] {
  return findings
    .map((finding) => {
      const at = finding.at ?? 'value';
      const offset = typeof at === 'number' ? at : offsetOf(source.document, finding.path, at);
      return { finding, offset, ...placeOf(source, offset) };
    })
    .sort((a, b) => a.offset - b.offset)
    .map(({ finding, offset, line, column }) => {
      const text = lineFrom(source.text, offset - (column - 1));
      return {
        where: `${source.file}:${line}:${column}`,
        path: formatPath(finding.path),
        message: redact(finding.message),
        hint: finding.hint === undefined ? undefined : redact(finding.hint),
        excerpt: { line, column, text: redact(text) },
      };
    });
}
