/** The field numbers of onnx.proto that an inspection looks at. */
export const modelFields = {
  irVersion: 1,
  documentation: 6,
  graph: 7,
  opsetImport: 8,
  metadata: 14,
  training: 20,
  functions: 25,
} as const;
export const opsetFields = { domain: 1, version: 2 } as const;
export const trainingFields = { initialization: 1, algorithm: 2 } as const;
export const functionFields = {
  name: 1,
  defaults: 11,
  node: 7,
  documentation: 8,
  domain: 10,
  overload: 13,
  metadata: 14,
} as const;
export const graphFields = {
  node: 1,
  initializer: 5,
  documentation: 10,
  input: 11,
  output: 12,
  sparseInitializer: 15,
  metadata: 16,
} as const;
export const nodeFields = {
  input: 1,
  output: 2,
  operator: 4,
  attribute: 5,
  documentation: 6,
  domain: 7,
  overload: 8,
  metadata: 9,
} as const;
export const attributeFields = {
  name: 1,
  tensor: 5,
  graph: 6,
  integers: 8,
  tensors: 10,
  graphs: 11,
  sparseTensor: 22,
  sparseTensors: 23,
} as const;
export const tensorFields = {
  dims: 1,
  elementType: 2,
  int64s: 7,
  name: 8,
  raw: 9,
  externalData: 13,
  dataLocation: 14,
} as const;
export const sparseFields = { values: 1, indices: 2, dims: 3 } as const;
export const entryFields = { key: 1, value: 2 } as const;
