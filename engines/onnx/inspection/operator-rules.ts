/** Which operators may be in a model: those that ONNX Runtime has, without those that read files or run Python. Pure. */

/** The domains of operators that ONNX Runtime brings. ONNX's own domain has two names. */
const knownDomains: ReadonlySet<string> = new Set([
  "",
  "ai.onnx.ml",
  "ai.onnx.preview",
  "ai.onnx.preview.training",
  "ai.onnx.training",
  "com.microsoft",
  "com.microsoft.nchwc",
  "com.ms.internal.nhwc",
]);

/** Operators by domain and name that act beyond the graph, and what they do. */
const actsBeyond: Readonly<Record<string, string>> = {
  "com.microsoft:EPContext": "loads a compiled program from a file that it names",
  "com.microsoft:PythonOp": "runs a Python function",
  "com.microsoft:PythonOpGrad": "runs a Python function",
  "org.pytorch.aten:ATen": "runs a function of PyTorch",
};

/** Operators that run graphs of their own, and so may run without an end or run parts only for some inputs. */
export const controlFlow: ReadonlySet<string> = new Set(["If", "Loop", "Scan", "SequenceMap"]);

export function domainOf(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

/** Why a model with this operator is refused; undefined when it is not. */
export function whyRefused(domain: string, operator: string): string | undefined {
  const acts = actsBeyond[`${domain}:${operator}`];
  if (acts !== undefined)
    return `it has the operator ${operator} of ${domain}, which ${acts}: export it without`;
  if (knownDomains.has(domain)) return undefined;
  return `it has the operator ${operator} of ${domain}, which ONNX Runtime without additions does not have: export it again, with operators of ONNX alone`;
}
