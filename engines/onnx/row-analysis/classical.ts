/**
 * Rules for ai.onnx.ml, the operators that the converters of scikit-learn, XGBoost and LightGBM write: a row is a
 * sample. Pure.
 */
import { broadcast } from "./broadcast.js";
import { type OperatorCall, type OperatorRules, rulesFor } from "./rule.js";
import { isOne, one, productOf, type Size } from "./sizes.js";
import {
  type RowsValue,
  requireFixed,
  rowsInteract,
  rowsOf,
  rowsValue,
  shapeOf,
  undecidable,
  type Value,
} from "./values.js";

export const classical: OperatorRules = {
  ...rulesFor("TreeEnsembleRegressor TreeEnsemble LinearRegressor SVMRegressor", (call) => scores(call)),
  ...rulesFor("TreeEnsembleClassifier LinearClassifier SVMClassifier", (call) => {
    const { size } = samples(call);
    return [rowsValue([size], 0), scores(call)];
  }),
  ...rulesFor("Scaler Normalizer", (call) => {
    const { shape } = samples(call);
    return rowsValue(shape, 0);
  }),
  ...rulesFor("Imputer Binarizer LabelEncoder CategoryMapper CastMap", (call) => {
    const imputed =
      call.attributes.floats("imputed_value_floats") ?? call.attributes.integers("imputed_value_int64s");
    if (call.operator === "CastMap") return undecidable("reads maps");
    if ((imputed?.length ?? 1) > 1) samples(call);
    return broadcast([call.inputs[0]]);
  }),
  OneHotEncoder: ({ inputs: [x], attributes, unknown }) => {
    const classes = attributes.stringCount("cats_strings") ?? attributes.integers("cats_int64s")?.length;
    const shape = [...shapeOf(x), classes === undefined ? unknown.next() : { ...one, factor: classes }];
    return rowsValue(shape, rowsOf(x)?.axis ?? undecidable("reads a constant"));
  },
  FeatureVectorizer: ({ inputs, unknown }) => {
    const holding = inputs.map(rowsOf).filter((rows) => rows !== undefined);
    const [first] = holding;
    if (first === undefined || holding.length < inputs.length)
      return rowsInteract("gives each row something else by its place");
    if (holding.some((rows) => rows.axis !== 0)) rowsInteract("puts each row beside others");
    return rowsValue([first.size, unknown.next()], 0);
  },
  ArrayFeatureExtractor: picked,
  TfIdfVectorizer: (call) => {
    const { size } = samples(call);
    return rowsValue([size, call.unknown.next()], 0);
  },
};

/** A tensor of one axis would be one sample whose features are the rows. */
function samples({ inputs: [x, ...more] }: OperatorCall): RowsValue {
  for (const each of more) requireFixed(each, "weights");
  const rows = rowsOf(x);
  if (rows === undefined) return undecidable("reads a constant");
  if (rows.axis !== 0 || rows.shape.length < 2) rowsInteract("takes the rows for the features of one sample");
  return rows;
}

function scores(call: OperatorCall): Value {
  const { attributes, operator, unknown } = call;
  const { size } = samples(call);
  const single = operator === "LinearRegressor" || operator === "SVMRegressor" ? 1 : undefined;
  const targets = attributes.integer("n_targets") ?? attributes.integer("targets") ?? single;
  const classes =
    attributes.stringCount("classlabels_strings") ??
    attributes.integers("classlabels_int64s")?.length ??
    attributes.integers("classlabels_ints")?.length;
  const width: Size =
    targets !== undefined
      ? { ...one, factor: targets }
      : classes !== undefined && classes > 2
        ? { ...one, factor: classes }
        : unknown.next();
  return rowsValue([size, width], 0);
}

/** Selects columns of the rows; or, from a list of classes, one class for each entry of the rows. */
function picked({ inputs: [x, y] }: OperatorCall): Value {
  const shape = shapeOf(x);
  const places = shapeOf(y);
  const [rows, picks] = [rowsOf(x), rowsOf(y)];
  if (rows !== undefined && picks !== undefined) rowsInteract("picks from rows by what rows hold");
  const count = productOf(places);
  const made = shape.length === 1 ? [one, count] : [...shape.slice(0, -1), count];
  if (rows !== undefined) {
    if (rows.axis === shape.length - 1) rowsInteract("picks rows by their place");
    return rowsValue(made, rows.axis);
  }
  if (picks === undefined) return undecidable("picks by the number of rows");
  if (!isOne(productOf(places.slice(0, picks.axis)))) return undecidable("picks where it cannot be told");
  return rowsValue(made, made.length - 1);
}
