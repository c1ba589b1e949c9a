/** The JSON schema of config.yaml: for editors, and for finding out what a key should have held. */
import { z } from 'zod';
import type { ConfigPath } from './fault.ts';
import { configSchema } from './schema.ts';

/** What the messages need of a JSON schema node. */
export interface SchemaNode {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | false;
  readonly propertyNames?: SchemaNode;
  readonly items?: SchemaNode;
  readonly description?: string;
  /** Ours: the unit of a number, and the expected value in words. */
  readonly unit?: string;
  readonly expects?: string;
}

export const configJsonSchema = (): SchemaNode => z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode;

let root: SchemaNode | undefined;

/** Made when first asked for: only what is wrong with a file needs it. */
export function rootNode(): SchemaNode {
  root ??= configJsonSchema();
  return root;
}

/** The node of a path, `undefined` where there is no such key. */
export function schemaAt(path: ConfigPath): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>((node, step) => {
    if (typeof step === 'number') return node?.items;
    return ownProperty(node?.properties, step) ?? (node?.additionalProperties || undefined);
  }, rootNode());
}

function ownProperty(properties: SchemaNode['properties'], key: string): SchemaNode | undefined {
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}

export interface OptionalNode {
  readonly node: SchemaNode;
  readonly nullable: boolean;
}

/** Takes "or null" off. */
export function withoutNull(node: SchemaNode): OptionalNode {
  const inner = node.anyOf?.find((each) => each.type !== 'null');
  const nullable = node.anyOf?.some((each) => each.type === 'null') ?? false;
  return inner !== undefined && nullable ? { node: { ...node, ...inner }, nullable } : { node, nullable: false };
}

/** Paths of all keys that bear this name. */
export function pathsOfKey(name: string, node: SchemaNode = rootNode(), path: ConfigPath = []): ConfigPath[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
    ...(key === name ? [[...path, key]] : []),
    ...pathsOfKey(name, child, [...path, key]),
  ]);
}
