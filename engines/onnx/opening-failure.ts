/** Explains why ONNX Runtime cannot open a file, and how to mend it. */
import { env } from "onnxruntime-node";
import { whyNoModelFile } from "./no-model-file.js";

/** Names, by ONNX's numbers, of the element types that a graph may use and a request cannot carry. */
const elementTypes: Readonly<Record<string, string>> = {
  "14": "complex64",
  "15": "complex128",
  "16": "bfloat16",
  "17": "float8e4m3fn",
  "18": "float8e4m3fnuz",
  "19": "float8e5m2",
  "20": "float8e5m2fnuz",
  "21": "uint4",
  "22": "int4",
  "23": "float4e2m1",
};

/**
 * @param shown the path to name in the message
 * @param cause the error that ONNX Runtime threw
 */
export async function openingFailure(path: string, cause: unknown, shown = path): Promise<string> {
  const told = await whyNoModelFile(path, shown);
  if (told !== undefined) return told;
  const reason = (cause instanceof Error ? cause.message : String(cause)).replaceAll(path, shown).trim();
  const known = inOwnWords(reason);
  if (known !== undefined) return `${shown}: ${known}`;
  return `${shown}: ONNX Runtime cannot open it: ${reason}. Export it again, with operators and an opset that ONNX Runtime has`;
}

function inOwnWords(reason: string): string | undefined {
  const runtime = `ONNX Runtime ${env.versions.node ?? env.versions.common}`;
  const ir = /Unsupported model IR version: (\d+), max supported IR version: (\d+)/.exec(reason);
  if (ir !== null)
    return `its file format, IR version ${ir[1]}, is too new: ${runtime} reads up to ${ir[2]}. Set model.ir_version = ${ir[2]} and save it again with onnx.save, or export it with an older onnx`;
  const opset = /Opset (\d+) is under development.*domain (\S+) is till opset (\d+)/s.exec(reason);
  if (opset !== null)
    return `its operators, opset ${opset[1]} of ${opset[2]}, are too new: ${runtime} reads up to ${opset[3]}. Export it with opset_version=${opset[3]}, or convert it: onnx.version_converter.convert_version(model, ${opset[3]})`;
  const operator = /(\S+?):(\w+)\([-\d]*\) is not a registered function\/op/.exec(reason);
  if (operator !== null)
    return `it has the operator ${operator[2]} of ${operator[1]}, which ${runtime} does not have: Export it again, with operators of ONNX alone`;
  const type = /Unsupported data type: (\d+)|tensor\((\w+)\) is not currently registered/.exec(reason);
  if (type !== null)
    return `it takes or gives ${type[2] ?? elementTypes[type[1] ?? ""] ?? `the element type ${type[1]}`}, which no request can carry: cast it in the graph, and export it with FP32 or FP16 inputs and outputs`;
  if (/Protobuf parsing failed|INVALID_PROTOBUF/i.test(reason))
    return "it is no ONNX model, or a damaged one: copy it again, all of it, or export it again";
  return undefined;
}
