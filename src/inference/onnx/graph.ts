/** A computation as plain data, in ONNX's terms: what `writeOnnx` turns into a file. */

export interface OnnxValue {
  readonly name: string;
  /** A number fixes a dimension, a name leaves it free. Absent: the type follows from the nodes. */
  readonly shape?: readonly (number | string)[];
  /** Float32 when absent. */
  readonly type?: 'float32' | 'float64' | 'int64';
}

/** A shape of no dimensions is a single number. */
export interface OnnxConstant {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Numbers are integers, unless they stand in a `Float32Array`. */
export type OnnxAttribute = number | string | readonly number[] | readonly string[] | Int32Array | Float32Array;

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Of the operator; the standard one when absent. */
  readonly domain?: string;
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: Readonly<Record<string, OnnxConstant>>;
  /** Each after those whose outputs it takes. */
  readonly nodes: readonly OnnxNode[];
  /** Written into the file as `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export const scalar = (value: number): OnnxConstant => ({ shape: [], values: Float32Array.of(value) });
