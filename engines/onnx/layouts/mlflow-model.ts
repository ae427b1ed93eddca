/**
 * Reads MLflow's MLmodel file to find the folder's ONNX model. Only the YAML that MLflow writes is supported, which
 * is indented blocks of `name: value`; any other form is refused. Pure. Source: MLflow's documentation of its model
 * format, and PyYAML's `safe_dump` in block style.
 */

interface Line {
  readonly indent: number;
  readonly name: string;
  /** The value after the colon; empty where a block follows. */
  readonly value: string;
}

/**
 * @returns the file's path inside the folder
 * @throws when the model has no flavour that can be served, with the remedy
 */
export function mlflowFile(text: string): string {
  const lines = linesOf(text);
  const flavors = blockOf(lines, "flavors");
  if (flavors === undefined)
    throw new Error('it has no block "flavors:", so it is not as MLflow writes it: write a config.json');
  const names = childrenOf(flavors).map(({ name }) => name);
  const onnx = blockOf(flavors, "onnx");
  if (onnx === undefined)
    throw new Error(
      `it has the flavours ${names.join(", ")} and not onnx: convert the model to ONNX (skl2onnx, torch.onnx.export), log it with mlflow.onnx, or bring the file with "headgate models add"`,
    );
  const data = childrenOf(onnx).find(({ name }) => name === "data")?.value ?? "model.onnx";
  if (!/^[\w.][\w. /-]*$/.test(data) || data.split("/").includes(".."))
    throw new Error(`flavors.onnx.data is ${JSON.stringify(data)}: a file inside the folder is served`);
  return data;
}

/** The lines that open a block or give a name a value; list entries, comments and continued lines are skipped. */
function linesOf(text: string): Line[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const found = /^( *)([A-Za-z_][\w.-]*):(?: +(.*))?$/.exec(line.trimEnd());
    if (found === null) return [];
    const [, indent = "", name = "", value = ""] = found;
    return [{ indent: indent.length, name, value: plain(value) }];
  });
}

function plain(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value);
  return quoted === null ? value.replace(/ +#.*$/, "") : (quoted[2] ?? "");
}

/** The lines inside the outermost block of this name. */
function blockOf(lines: readonly Line[], name: string): Line[] | undefined {
  const outermost = Math.min(...lines.map(({ indent }) => indent));
  const at = lines.findIndex((line) => line.indent === outermost && line.name === name && line.value === "");
  if (at < 0) return undefined;
  const rest = lines.slice(at + 1);
  const end = rest.findIndex(({ indent }) => indent <= outermost);
  return end < 0 ? rest : rest.slice(0, end);
}

function childrenOf(block: readonly Line[]): Line[] {
  const outermost = Math.min(...block.map(({ indent }) => indent));
  return block.filter(({ indent }) => indent === outermost);
}
