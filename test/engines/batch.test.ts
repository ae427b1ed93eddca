import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gather, scatter } from "../../engines/batch.js";
import type { WireTensors } from "../../protocol/frames.js";
import { fromWire, type Tensor, toWire } from "../../protocol/tensor.js";
import { check } from "../support/seeded.js";

/** A request of some rows: floats, 64-bit integers and strings, [rows, width]. */
const request = (width: number) =>
  fc.integer({ min: 1, max: 5 }).chain((rows) => {
    const count = { minLength: rows * width, maxLength: rows * width };
    return fc.record({
      rows: fc.constant(rows),
      floats: fc.array(fc.float({ noNaN: true }), count),
      integers: fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), count),
      strings: fc.array(fc.string(), count),
    });
  });
const requests = fc
  .integer({ min: 1, max: 3 })
  .chain((width) =>
    fc.record({ width: fc.constant(width), each: fc.array(request(width), { minLength: 1, maxLength: 6 }) }),
  );

describe("gather, then scatter", () => {
  it("gives each request its own rows: an answer does not depend on who shared the batch", () => {
    check(
      fc.property(requests, fc.nat(7), ({ width, each }, offset) => {
        const wire = each.map(({ rows, floats, integers, strings }): WireTensors => {
          const shape = [rows, width];
          return {
            F: moved(
              toWire({ datatype: "FP32", shape, data: Float32Array.from(floats) }).data as Uint8Array,
              offset,
              "FP32",
              shape,
            ),
            I: moved(
              toWire({ datatype: "INT64", shape, data: BigInt64Array.from(integers) }).data as Uint8Array,
              offset,
              "INT64",
              shape,
            ),
            S: { datatype: "BYTES", shape, data: strings },
          };
        });
        const gathered = gather(wire);
        const total = each.reduce((sum, { rows }) => sum + rows, 0);
        expect(gathered["F"]?.shape).toEqual([total, width]);
        const shares = scatter(
          gathered,
          each.map(({ rows }) => rows),
        );
        shares.forEach((share, i) => {
          for (const name of ["F", "I", "S"]) {
            const [got, want] = [share[name], wire[i]?.[name]];
            if (got === undefined || want === undefined) throw new Error(`no ${name}`);
            expect(fromWire(got)).toEqual(fromWire(want));
          }
        });
      }),
      100,
    );
  });

  /** The same bytes at another place in memory, as they lie in a message. */
  function moved(bytes: Uint8Array, offset: number, datatype: "FP32" | "INT64", shape: number[]) {
    const memory = new Uint8Array(offset + bytes.length);
    memory.set(bytes, offset);
    return { datatype, shape, data: memory.subarray(offset) };
  }

  const memoryOf = (tensor: { readonly data: unknown } | undefined) =>
    (tensor?.data as Uint8Array | undefined)?.buffer;

  it("copies what lies in shared memory, and what is joined: the gathered memory can be given away", () => {
    const own = toWire({ datatype: "FP32", shape: [1, 1], data: Float32Array.of(1) });
    const shared = moved(own.data as Uint8Array, 8, "FP32", [1, 1]);
    expect(memoryOf(gather([{ X: shared }])["X"])).not.toBe(memoryOf(shared));
    const both = memoryOf(gather([{ X: own }, { X: own }])["X"]);
    expect(both).not.toBe(memoryOf(own));
  });

  it("takes a lone tensor that has memory of its own as it lies", () => {
    const own = toWire({ datatype: "FP32", shape: [1, 1], data: Float32Array.of(1) });
    expect(memoryOf(gather([{ X: own }])["X"])).toBe(memoryOf(own));
  });

  it("leaves a single request its shapes: a fit's first dimension is no batch", () => {
    const scalar = toWire({ datatype: "FP64", shape: [], data: Float64Array.of(1) });
    const vector = toWire({ datatype: "FP64", shape: [3], data: Float64Array.of(1, 2, 3) });
    const gathered = gather([{ scalar, vector }]);
    expect(gathered["scalar"]?.shape).toEqual([]);
    const outputs: Record<string, Tensor> = { n: { datatype: "FP64", shape: [], data: Float64Array.of(7) } };
    expect(scatter(outputs, [1])[0]?.["n"]).toMatchObject({ shape: [] });
    expect(gathered["vector"]?.shape).toEqual([3]);
  });

  it("gives outputs without further dimensions a row each", () => {
    const labels = { label: { datatype: "INT64", shape: [3], data: BigInt64Array.of(5n, 6n, 7n) } } as const;
    expect(scatter(labels, [1, 2]).map((share) => share["label"] && fromWire(share["label"]))).toEqual([
      { datatype: "INT64", shape: [1], data: BigInt64Array.of(5n) },
      { datatype: "INT64", shape: [2], data: BigInt64Array.of(6n, 7n) },
    ]);
  });
});

it("nobody is given a share of an output that has not a row for each row", () => {
  const Y: Tensor = { datatype: "FP32", shape: [1, 4], data: Float32Array.of(1, 2, 3, 4) };
  expect(() => scatter({ Y }, [1, 1])).toThrow(
    "output Y has shape [1,4] for 2 rows: it cannot be shared out",
  );
  expect(scatter({ Y }, [2])).toHaveLength(1); // one request alone: what it was answered is its own
});
