/** Graphs whose weights lie in another file. */
import { field, message, valueInfo } from "./onnx.js";

/** Y = X + W, where W is a number in another file. */
export function adding(location: string, entries: Readonly<Record<string, string>> = {}): Uint8Array {
  const told = Object.entries({ location, offset: "0", length: "4", ...entries });
  const weight = message(
    field(1, 1),
    field(2, 1),
    field(8, "W"),
    ...told.map(([key, value]) => field(13, message(field(1, key), field(2, value)))),
    field(14, 1),
  );
  const graph = message(
    field(1, message(field(1, "X"), field(1, "W"), field(2, "Y"), field(4, "Add"))),
    field(2, "adding"),
    field(5, weight),
    field(11, valueInfo({ name: "X", type: 1, shape: ["batch", 2] })),
    field(12, valueInfo({ name: "Y", type: 1, shape: ["batch", 2] })),
  );
  return message(field(1, 8), field(7, graph), field(8, message(field(1, ""), field(2, 13))));
}
