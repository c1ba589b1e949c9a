/** Takes ZipMap out of a model: scikit-learn's exporters end in it, and ONNX Runtime for Node cannot return what it makes. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  TensorProto_DataType,
  type TypeProto,
  TypeProtoSchema,
  type ValueInfoProto,
} from 'onnx-buf';
import { ModelError } from '../model-error.ts';
import { readOnnx } from './read-onnx.ts';

export interface WithoutZipMap {
  /** The very bytes given when there was none. */
  readonly onnx: Uint8Array;
  /** The outputs that are tensors now, with the classes of their columns in order: numbers or texts. */
  readonly outputs: readonly { readonly name: string; readonly classes: readonly (number | string)[] }[];
}

/** An output keeps its name and becomes a float tensor [rows, classes]. Nothing else changes. Throws a `ModelError`. */
export function withoutZipMap(file: string, bytes: Uint8Array): WithoutZipMap {
  const model = readOnnx(file, bytes);
  const { graph } = model;
  const maps = graph?.node.filter(({ opType }) => opType === 'ZipMap') ?? [];
  if (graph === undefined || maps.length === 0) return { onnx: bytes, outputs: [] };
  const outputs = maps.map((map) => {
    const { name, declared } = outputOf(file, model, map);
    const classes = classesOf(map);
    declared.type = probabilitiesType(graph.input[0], classes.length);
    return { name, classes };
  });
  graph.node = graph.node.map((node) => (node.opType === 'ZipMap' ? identityInPlaceOf(node) : node));
  return { onnx: toBinary(ModelProtoSchema, model), outputs };
}

function outputOf(
  file: string,
  { graph }: ModelProto,
  { output }: NodeProto,
): { name: string; declared: ValueInfoProto } {
  const [name = ''] = output;
  const declared = graph?.output.find((candidate) => candidate.name === name);
  if (declared !== undefined) return { name, declared };
  throw new ModelError(
    file,
    `its ZipMap "${name}" leads into the model and not out of it`,
    'Export without ZipMap: with skl2onnx, `options={"zipmap": False}`',
  );
}

function classesOf({ attribute }: NodeProto): (number | string)[] {
  const texts = attribute.find(({ name }) => name === 'classlabels_strings')?.strings ?? [];
  if (texts.length > 0) return texts.map((text) => new TextDecoder().decode(text));
  return (attribute.find(({ name }) => name === 'classlabels_int64s')?.ints ?? []).map(Number);
}

/** The runtime leaves it out again when it opens the model. */
const identityInPlaceOf = ({ name, input, output }: NodeProto): NodeProto =>
  create(NodeProtoSchema, { name, opType: 'Identity', input, output });

/** As many rows as the input has, free or fixed. */
function probabilitiesType(input: ValueInfoProto | undefined, classes: number): TypeProto {
  const rows = input?.type?.value.case === 'tensorType' ? input.type.value.value.shape?.dim[0]?.value : undefined;
  return create(TypeProtoSchema, {
    value: {
      case: 'tensorType',
      value: {
        elemType: TensorProto_DataType.FLOAT,
        shape: {
          dim: [
            { value: rows ?? { case: 'dimParam', value: 'rows' } },
            { value: { case: 'dimValue', value: BigInt(classes) } },
          ],
        },
      },
    },
  });
}
