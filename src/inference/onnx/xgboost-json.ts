/** Reads what XGBoost's `save_model('….json')` writes, and refuses by name what cannot be converted faithfully. */
import { z } from 'zod';
import { ModelError, reasonOf } from '../model-error.ts';

/** XGBoost writes its numbers as texts, and from 3.1 on the base scores as a list in a text. */
const count = z.coerce.number().pipe(z.int().min(0));
const baseScores = z
  .string()
  .transform((text) =>
    text
      .replace(/^\[|\]$/g, '')
      .split(',')
      .map(Number),
  )
  .refine((scores) => scores.every(Number.isFinite), { error: 'expected a number or a list of numbers' });
const integers = z.array(z.int());
const flags = z.array(z.union([z.boolean(), z.int()]));

/** Only what is needed; other keys come and go with versions. */
const treeSchema = z.object({
  left_children: integers,
  right_children: integers,
  split_indices: integers,
  /** Of a leaf: its answer. NaN where a split by categories has no threshold. */
  split_conditions: z.array(
    z
      .number()
      .nullable()
      .transform((threshold) => threshold ?? Number.NaN),
  ),
  default_left: flags,
  split_type: integers.default([]),
  tree_param: z.object({ size_leaf_vector: count.default(0) }),
});

const treesSchema = z.object({
  gbtree_model_param: z.object({ num_parallel_tree: count.default(1) }),
  tree_info: integers,
  trees: z.array(treeSchema),
});

const learnerSchema = z.object({
  attributes: z.record(z.string(), z.string()).default({}),
  feature_names: z.array(z.string()).default([]),
  gradient_booster: z.object({ name: z.string(), model: z.unknown().optional() }),
  learner_model_param: z.object({ base_score: baseScores, num_class: count, num_feature: count }),
  objective: z.object({ name: z.string() }),
});

export type XgboostTree = z.infer<typeof treeSchema>;

export interface XgboostModel {
  readonly objective: 'binary:logistic' | 'multi:softprob';
  readonly features: number;
  /** Empty when it was fitted without names. */
  readonly featureNames: readonly string[];
  readonly classes: number;
  /** One for all classes, or one each. A probability for `binary:logistic`, else scores. */
  readonly baseScores: readonly number[];
  readonly trees: readonly XgboostTree[];
  /** By tree: the class whose score it adds to; 0 for `binary:logistic`. */
  readonly targets: readonly number[];
  readonly treesPerRound: number;
  /** How many rounds early stopping found best; undefined without it. */
  readonly bestRounds: number | undefined;
}

export const SAVE_AGAIN = 'Save it again with XGBoost 1.7 or later: `booster.save_model("model.json")`';

/** Throws a `ModelError`. */
export function readXgboostJson(file: string, bytes: Uint8Array): XgboostModel {
  const document = z.object({ learner: z.unknown() }).safeParse(parse(file, bytes));
  if (!document.success || document.data.learner === undefined) {
    throw new ModelError(file, 'not a model of XGBoost: it has no "learner"', SAVE_AGAIN);
  }
  const learner = checked(file, 'learner', learnerSchema, document.data.learner);
  const { gradient_booster: booster, learner_model_param: param, objective } = learner;
  const { name } = objective;
  if (name !== 'binary:logistic' && name !== 'multi:softprob') {
    const remedy = 'Fit it with objective="multi:softprob" (or "binary:logistic"), which give probabilities';
    throw new ModelError(`${file}: learner.objective`, `"${name}" is not supported`, remedy);
  }
  if (booster.name !== 'gbtree') {
    const remedy = 'Fit it with booster="gbtree"';
    throw new ModelError(`${file}: learner.gradient_booster`, `the booster "${booster.name}" is not supported`, remedy);
  }
  const { trees, tree_info, gbtree_model_param } = checked(
    file,
    'learner.gradient_booster.model',
    treesSchema,
    booster.model,
  );
  const model: XgboostModel = {
    objective: name,
    features: param.num_feature,
    featureNames: learner.feature_names,
    classes: name === 'binary:logistic' ? 2 : param.num_class,
    baseScores: param.base_score,
    trees,
    targets: tree_info,
    bestRounds: bestRounds(learner.attributes['best_iteration']),
    treesPerRound: Math.max(1, gbtree_model_param.num_parallel_tree) * Math.max(1, param.num_class),
  };
  checkParts(file, model);
  return model;
}

const bestRounds = (iteration: string | undefined): number | undefined =>
  iteration !== undefined && /^\d+$/.test(iteration) ? Number(iteration) + 1 : undefined;

/** The first bytes of what people name by mistake. */
const OTHER_FORMATS: readonly { readonly begins: readonly number[]; readonly is: string }[] = [
  { begins: [0x80], is: 'a pickle of Python' },
  { begins: [...'tree\n'].map((letter) => letter.charCodeAt(0)), is: 'a model of LightGBM' },
  { begins: [...'binf'].map((letter) => letter.charCodeAt(0)), is: 'a model in an old binary format of XGBoost' },
  { begins: [...'{L'].map((letter) => letter.charCodeAt(0)), is: 'a model of XGBoost in binary JSON (UBJ)' },
  { begins: [0x08], is: 'a model in ONNX format' },
];

function parse(file: string, bytes: Uint8Array): unknown {
  const other = OTHER_FORMATS.find(({ begins }) => begins.every((byte, place) => bytes[place] === byte));
  if (other !== undefined) throw new ModelError(file, `${other.is} and not XGBoost JSON`, SAVE_AGAIN);
  try {
    return JSON.parse(withoutBareNumbers(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (thrown) {
    throw new ModelError(file, `not JSON: ${reasonOf(thrown).slice(0, 120)}`, SAVE_AGAIN);
  }
}

/** XGBoost writes NaN and Infinity as they are, which JSON does not know; they become null. Texts are left alone. */
const withoutBareNumbers = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (token) => (token.startsWith('"') ? token : 'null'));

function checked<Schema extends z.ZodType>(
  file: string,
  where: string,
  schema: Schema,
  value: unknown,
): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const key = [where, ...(first?.path ?? [])].join('.');
  throw new ModelError(`${file}: ${key}`, first?.message ?? 'malformed', SAVE_AGAIN);
}

/** What a schema of single values cannot see. */
function checkParts(file: string, model: XgboostModel): void {
  const { classes, trees, targets, baseScores, features, treesPerRound } = model;
  const groups = model.objective === 'binary:logistic' ? 1 : classes;
  const refuse = (where: string, fault: string): never => {
    throw new ModelError(`${file}: ${where}`, fault, SAVE_AGAIN);
  };
  if (classes < 2) refuse('learner_model_param.num_class', `${classes} classes, at least 2 are needed`);
  if (features < 1) refuse('learner_model_param.num_feature', 'the model has no features');
  if (baseScores.length !== 1 && baseScores.length !== groups) {
    refuse('learner_model_param.base_score', `${baseScores.length} base scores for ${groups} classes`);
  }
  if (trees.length === 0) refuse('gradient_booster.model.trees', 'the model has no trees');
  if (trees.length % treesPerRound !== 0) {
    refuse('gradient_booster.model.trees', `${trees.length} trees are no whole rounds of ${treesPerRound}`);
  }
  if (targets.length !== trees.length) refuse('tree_info', `${targets.length} entries for ${trees.length} trees`);
  const odd = targets.findIndex((target) => target < 0 || target >= groups);
  if (odd >= 0) refuse(`tree_info[${odd}]`, `there is no class ${targets[odd]}`);
}
