/** Writes an ONNX file from a plain description of its graph. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  type AttributeProtoSchema,
  ModelProtoSchema,
  TensorProto_DataType,
  type TensorProtoSchema,
  type TypeProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';

type TypeInit = MessageInitShape<typeof TypeProtoSchema>;
type AttributeInit = MessageInitShape<typeof AttributeProtoSchema>;

export interface OnnxValue {
  readonly name: string;
  /** A number fixes a dimension, a name leaves it free. Absent: the type follows from the nodes. */
  readonly shape?: readonly (number | string)[];
  readonly type?: 'float32' | 'float64';
}

export interface OnnxConstant {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integers. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
  /** Of the operator; the standard one when absent. */
  readonly domain?: string;
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: Readonly<Record<string, OnnxConstant>>;
  readonly nodes: readonly OnnxNode[];
}

const IR_VERSION = 8n;
/** Versions that every ONNX Runtime of the last years runs. */
const OPSETS = [
  { domain: '', version: 17n },
  { domain: 'ai.onnx.ml', version: 3n },
];
const ELEMENT_TYPES = { float32: TensorProto_DataType.FLOAT, float64: TensorProto_DataType.DOUBLE };

/** The same graph gives the same bytes. */
export function writeOnnx({ name, inputs, outputs, constants, nodes }: OnnxGraph): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    opsetImport: OPSETS,
    producerName: 'trading-servo',
    graph: {
      name,
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
      initializer: Object.entries(constants).map(([constant, tensor]) => tensorOf(constant, tensor)),
      node: nodes.map(({ op, inputs: input, outputs: output, attributes = {}, domain = '' }, place) => ({
        name: `${op}_${place}`,
        opType: op,
        domain,
        input: [...input],
        output: [...output],
        attribute: Object.entries(attributes).map(([attribute, value]) => attributeOf(attribute, value)),
      })),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

function valueInfo({ name, shape, type = 'float32' }: OnnxValue): MessageInitShape<typeof ValueInfoProtoSchema> {
  if (shape === undefined) return { name };
  const dim = shape.map((size) => ({
    value:
      typeof size === 'number'
        ? ({ case: 'dimValue', value: BigInt(size) } as const)
        : ({ case: 'dimParam', value: size } as const),
  }));
  const tensor: TypeInit = { value: { case: 'tensorType', value: { elemType: ELEMENT_TYPES[type], shape: { dim } } } };
  return { name, type: tensor };
}

const tensorOf = (name: string, { shape, values }: OnnxConstant): MessageInitShape<typeof TensorProtoSchema> => ({
  name,
  dataType: TensorProto_DataType.FLOAT,
  dims: shape.map(BigInt),
  // The format is little-endian, as is every machine that Node runs on.
  rawData: new Uint8Array(values.slice().buffer),
});

const attributeOf = (name: string, value: number | readonly number[]): AttributeInit =>
  typeof value === 'number'
    ? { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) }
    : { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) };
