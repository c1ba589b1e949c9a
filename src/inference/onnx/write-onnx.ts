/** Writes an ONNX file from a plain description of its graph. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  type AttributeProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataType,
  type TensorProtoSchema,
  type TypeProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';
import type { OnnxAttribute, OnnxConstant, OnnxGraph, OnnxNode, OnnxValue } from './graph.ts';

type AttributeInit = MessageInitShape<typeof AttributeProtoSchema>;
type NodeInit = MessageInitShape<typeof NodeProtoSchema>;
type TensorInit = MessageInitShape<typeof TensorProtoSchema>;
type ValueInit = MessageInitShape<typeof ValueInfoProtoSchema>;

const IR_VERSION = 8n;
/** Versions that every ONNX Runtime of the last years runs. */
const OPSETS = [
  { domain: '', version: 17n },
  { domain: 'ai.onnx.ml', version: 3n },
];
const ELEMENT_TYPES = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  int64: TensorProto_DataType.INT64,
};

/** The same graph gives the same bytes. */
export function writeOnnx(graph: OnnxGraph): Uint8Array {
  const { name, inputs, outputs, constants, nodes, metadata = {} } = graph;
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    opsetImport: OPSETS,
    producerName: 'trading-servo',
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name,
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
      initializer: Object.entries(constants).map(([constant, tensor]) => tensorOf(constant, tensor)),
      node: nodes.map(nodeOf),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

function valueInfo({ name, shape, type = 'float32' }: OnnxValue): ValueInit {
  if (shape === undefined) return { name };
  const dim = shape.map((size) => ({
    value:
      typeof size === 'number'
        ? ({ case: 'dimValue', value: BigInt(size) } as const)
        : ({ case: 'dimParam', value: size } as const),
  }));
  const tensor: MessageInitShape<typeof TypeProtoSchema> = {
    value: { case: 'tensorType', value: { elemType: ELEMENT_TYPES[type], shape: { dim } } },
  };
  return { name, type: tensor };
}

const tensorOf = (name: string, { shape, values }: OnnxConstant): TensorInit => ({
  name,
  dataType: TensorProto_DataType.FLOAT,
  dims: shape.map(BigInt),
  // The format is little-endian, as is every machine that Node runs on.
  rawData: new Uint8Array(values.slice().buffer),
});

const nodeOf = ({ op, inputs, outputs, attributes = {}, domain }: OnnxNode, place: number): NodeInit => ({
  name: `${op}_${place}`,
  opType: op,
  domain: domain ?? '',
  input: [...inputs],
  output: [...outputs],
  attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attributeOf(value) })),
});

function attributeOf(value: OnnxAttribute): AttributeInit {
  if (typeof value === 'number') return { type: AttributeProto_AttributeType.INT, i: BigInt(value) };
  if (typeof value === 'string') return { type: AttributeProto_AttributeType.STRING, s: utf8(value) };
  if (value instanceof Float32Array) return { type: AttributeProto_AttributeType.FLOATS, floats: [...value] };
  if (isTexts(value)) return { type: AttributeProto_AttributeType.STRINGS, strings: value.map(utf8) };
  return { type: AttributeProto_AttributeType.INTS, ints: Array.from(value, BigInt) };
}

const isTexts = (value: readonly number[] | readonly string[] | Int32Array): value is readonly string[] =>
  typeof value[0] === 'string';

const encoder = new TextEncoder();
const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);
