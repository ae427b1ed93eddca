/** Questions about every node of a graph, including the graphs inside nodes. Pure. */
import { type FunctionProto, functionKey, type GraphProto, type NodeProto } from "./graph-file.js";
import { isRandom } from "./operators.js";

/** Whether any attribute refers to one of the function's own attributes, so that its value depends on the call. */
export function refersOut(nodes: readonly NodeProto[]): boolean {
  return nodes.some(
    (node) => node.attributes.referred || insideOf(node).some((each) => refersOut(each.nodes)),
  );
}

/** Whether any node is random; a Dropout is when it may be in training mode. */
export function drawsIn(
  nodes: readonly NodeProto[],
  functions: ReadonlyMap<string, FunctionProto>,
  depth = 0,
): boolean {
  return nodes.some((node) => {
    if (isRandom(node.operator) || (node.operator === "Dropout" && node.inputs[2])) return true;
    const called = functions.get(functionKey(node.domain, node.operator));
    if (called !== undefined && (depth > callsMax || drawsIn(called.nodes, functions, depth + 1)))
      return true;
    return insideOf(node).some((each) => drawsIn(each.nodes, functions, depth));
  });
}

const callsMax = 32;

function insideOf({ graphs }: NodeProto): readonly GraphProto[] {
  return [...graphs.values()];
}
