/** Reads an ONNX file that may be anyone's: what goes in, what comes out, and what its author wrote into it. */
import { fromBinary } from '@bufbuild/protobuf';
import {
  type ModelProto,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  type TypeProto,
  type ValueInfoProto,
} from 'onnx-buf';
import { ModelError, reasonOf } from '../model-error.ts';

/** An input or an output. */
export interface OnnxPort {
  readonly name: string;
  readonly kind: 'tensor' | 'sequence' | 'map' | 'other';
  /** Of a tensor, such as `float`, `double` or `int64`. */
  readonly element?: string;
  /** A number is fixed, a name is free, `?` was not said. Absent when the file does not say how many dimensions there are. */
  readonly shape?: readonly (number | string)[];
}

export interface OnnxSummary {
  /** Without those that have a value of their own. */
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** Names of the operators, each once, sorted. */
  readonly operators: readonly string[];
  /** `metadata_props`: free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly producer: string;
}

/** Throws a `ModelError`. The weights must be in the file itself. */
export function readOnnx(file: string, bytes: Uint8Array): ModelProto {
  const model = parse(file, bytes);
  const { graph } = model;
  if (graph === undefined || graph.node.length === 0 || graph.output.length === 0) {
    throw new ModelError(file, 'not an ONNX model: it holds no computation', REMEDY);
  }
  const outside = graph.initializer.find(({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL);
  if (outside !== undefined) {
    throw new ModelError(
      file,
      `the weights "${outside.name}" are in another file`,
      'Export one file: with PyTorch, `torch.onnx.export(..., external_data=False)`',
    );
  }
  return model;
}

const REMEDY = 'Name a file in ONNX format, or XGBoost JSON by its ending .json';

function parse(file: string, bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (thrown) {
    throw new ModelError(file, `not an ONNX model: ${reasonOf(thrown)}`, REMEDY);
  }
}

export function summaryOf({ graph, metadataProps, producerName, producerVersion }: ModelProto): OnnxSummary {
  const constants = new Set(graph?.initializer.map(({ name }) => name));
  return {
    inputs: (graph?.input ?? []).filter(({ name }) => !constants.has(name)).map(portOf),
    outputs: (graph?.output ?? []).map(portOf),
    operators: [...new Set(graph?.node.map(({ opType }) => opType))].sort(),
    metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
    producer: [producerName, producerVersion].filter((part) => part !== '').join(' '),
  };
}

function portOf({ name, type }: ValueInfoProto): OnnxPort {
  if (type?.value.case === 'sequenceType') return { name, kind: 'sequence' };
  if (type?.value.case === 'mapType') return { name, kind: 'map' };
  if (type?.value.case !== 'tensorType') return { name, kind: 'other' };
  const { elemType, shape } = type.value.value;
  const element = (TensorProto_DataType[elemType] ?? `type ${elemType}`).toLowerCase();
  return { name, kind: 'tensor', element, ...(shape === undefined ? {} : { shape: shape.dim.map(sizeOf) }) };
}

type Dimension = NonNullable<Extract<TypeProto['value'], { case: 'tensorType' }>['value']['shape']>['dim'][number];

function sizeOf({ value }: Dimension): number | string {
  if (value.case === 'dimValue') return Number(value.value);
  return value.case === 'dimParam' ? value.value : '?';
}
