/** Writes a request as a program of a few lines. Pure. */
import type { Parameters } from "../../protocol/frames.js";
import type { Tensor } from "../../protocol/tensor.js";
import { elementOf } from "./answer-cells.js";

/** A request of the console. */
export interface ConsoleRequest {
  readonly model: string;
  readonly version: string | undefined;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly parameters: Parameters;
}

export const snippetLanguages = ["Python", "TypeScript", "curl"] as const;
export type SnippetLanguage = (typeof snippetLanguages)[number];

/** Elements of a request up to which it is written out. */
export const snippetElementsMax = 2_000;

/**
 * @param origin the page's own, such as `http://127.0.0.1:8470`
 * @returns undefined where the request is too large to be written out
 */
export function requestSnippet(
  language: SnippetLanguage,
  request: ConsoleRequest,
  origin: string,
): string | undefined {
  const elements = Object.values(request.inputs).reduce((sum, { data }) => sum + data.length, 0);
  if (elements > snippetElementsMax) return undefined;
  switch (language) {
    case "Python":
      return pythonText(request, socketUrl(origin));
    case "TypeScript":
      return typescriptText(request, socketUrl(origin));
    case "curl":
      return curlText(request, origin);
  }
}

function socketUrl(origin: string): string {
  return `${origin.replace(/^http/, "ws")}/v1`;
}

const dtypes: Readonly<Record<string, string>> = {
  FP16: "float16",
  FP32: "float32",
  FP64: "float64",
  BOOL: "bool",
};

function pythonText({ model, version, inputs, parameters }: ConsoleRequest, url: string): string {
  const tensors = Object.entries(inputs).map(([name, tensor]) => {
    const values = python(nestedValues(tensor));
    const { datatype } = tensor;
    const dtype = datatype === "BYTES" ? "object" : `np.${pythonDtype(datatype)}`;
    return `        ${JSON.stringify(name)}: np.array(${values}, dtype=${dtype}),`;
  });
  const options = [
    version !== undefined && `version=${JSON.stringify(version)}`,
    Object.keys(parameters).length > 0 && `parameters=${python(parameters)}`,
  ].filter((option) => option !== false);
  return `import asyncio

import headgate
import numpy as np


async def main() -> None:
    inputs = {
${tensors.join("\n")}
    }
    async with headgate.connect(${JSON.stringify(url)}) as gate:
        result = await gate.infer(${[JSON.stringify(model), "inputs", ...options].join(", ")})
        print(result.outputs)


asyncio.run(main())
`;
}

function pythonDtype(datatype: string): string {
  return dtypes[datatype] ?? datatype.toLowerCase();
}

function python(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" && !Number.isFinite(value))
    return Number.isNaN(value) ? "np.nan" : value > 0 ? "np.inf" : "-np.inf";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([name, each]) => `${JSON.stringify(name)}: ${python(each)}`)
      .join(", ")}}`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

function typescriptText({ model, version, inputs, parameters }: ConsoleRequest, url: string): string {
  const tensors = Object.entries(inputs).map(
    ([name, tensor]) => `  ${JSON.stringify(name)}: ${tensorCall(tensor)},`,
  );
  const options = [
    version !== undefined && `version: ${JSON.stringify(version)}`,
    Object.keys(parameters).length > 0 && `parameters: ${JSON.stringify(parameters)}`,
  ].filter((option) => option !== false);
  const given = [
    JSON.stringify(model),
    "inputs",
    ...(options.length > 0 ? [`{ ${options.join(", ")} }`] : []),
  ];
  return `import { connect, tensor } from "headgate-client";

const gate = await connect(${JSON.stringify(url)});
const inputs = {
${tensors.join("\n")}
};
const { outputs } = await gate.infer(${given.join(", ")});
console.log(outputs);
await gate.close();
`;
}

/** The client takes FP16 as its bits only. */
function tensorCall(tensor: Tensor): string {
  const { datatype, shape, data } = tensor;
  if (datatype === "FP16")
    return `tensor(Uint16Array.from([${Array.from({ length: data.length }, (_, at) => data[at]).join(", ")}]), [${shape.join(", ")}], "FP16")`;
  return `tensor(${script(nestedValues(tensor))}, ${JSON.stringify(datatype)})`;
}

function script(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(script).join(", ")}]`;
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The shell leaves the header out where no token is set. */
const tokenHeader = `\${HEADGATE_TOKEN:+-H "Authorization: Bearer $HEADGATE_TOKEN"}`;

function curlText({ model, version, inputs, parameters }: ConsoleRequest, origin: string): string {
  const body = {
    inputs: Object.entries(inputs).map(([name, tensor]) => ({
      name,
      datatype: tensor.datatype,
      shape: tensor.shape,
      data: Array.from({ length: tensor.data.length }, (_, at) => elementOf(tensor, at)),
    })),
    ...(Object.keys(parameters).length > 0 && { parameters }),
  };
  const path = `/v2/models/${encodeURIComponent(model)}${version === undefined ? "" : `/versions/${encodeURIComponent(version)}`}`;
  const json = bodyJson(body).replaceAll("'", "'\\''");
  return `curl --fail-with-body ${shellQuoted(`${origin}${path}/infer`)} \\
  ${tokenHeader} -H 'Content-Type: application/json' \\
  --data '${json}'
`;
}

/** JSON with all digits of 64-bit integers. JSON has no NaN: the gateway reads the bare word, as Triton does. */
function bodyJson(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return `[${value.map(bodyJson).join(",")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([name, each]) => `${JSON.stringify(name)}:${bodyJson(each)}`)
      .join(",")}}`;
  return JSON.stringify(value);
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The elements as nested arrays. */
function nestedValues(tensor: Tensor): unknown {
  const fill = (shape: readonly number[], at: number): unknown => {
    const [size, ...inner] = shape;
    if (size === undefined) return elementOf(tensor, at);
    const stride = inner.reduce((a, b) => a * b, 1);
    return Array.from({ length: size }, (_, i) => fill(inner, at + i * stride));
  };
  return fill(tensor.shape, 0);
}
