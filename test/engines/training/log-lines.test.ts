import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { LogLines } from "../../../engines/training/log-lines.js";
import { ReadRate } from "../../../engines/training/read-rate.js";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The lines of these pieces, and the stream that they came on. */
async function linesOf(...pieces: readonly (string | Buffer)[]) {
  const stream = new PassThrough();
  const lines: string[] = [];
  const log = new LogLines(stream, (line) => lines.push(line));
  for (const piece of pieces) {
    stream.write(piece);
    await turn();
  }
  return { lines, stream, log };
}

describe("the lines that a process writes", () => {
  it("are put together from pieces, also within a character", async () => {
    const euro = Buffer.from("5 €\n");
    const { lines } = await linesOf(
      "fit",
      "ted\r\n\nloss 1\rloss 2\r",
      euro.subarray(0, 3),
      euro.subarray(3),
    );
    expect(lines).toEqual(["fitted", "loss 1", "loss 2", "5 €"]);
  });

  it("have an end where the output has", async () => {
    const { lines, log } = await linesOf("Segmentation fault");
    log.end();
    expect(lines).toEqual(["Segmentation fault"]);
  });

  it("are cut, and no memory is taken for a line without an end", async () => {
    const { lines } = await linesOf(...Array.from({ length: 20 }, () => "x".repeat(10_000)), "\nnext\n");
    expect(lines).toEqual([`${"x".repeat(2_000)}…`, "next"]);
  });

  it("are not read any more for a while where they come without end", async () => {
    const { stream } = await linesOf("a\n".repeat(50_000));
    expect(stream.isPaused()).toBe(false);
    stream.write("a\n".repeat(100_000));
    await turn();
    expect(stream.isPaused()).toBe(true);
  });
});

describe("the rate of reading", () => {
  it("rests for what is left of the second, and counts each second anew", () => {
    const time = { now: 100 };
    const rate = new ReadRate(10, () => time.now);
    expect(rate.add(9)).toBe(0);
    time.now = 400;
    expect(rate.add(1)).toBe(700);
    time.now = 1_100;
    expect(rate.add(9)).toBe(0);
    time.now = 2_050;
    expect(rate.add(5)).toBe(50);
    time.now = 3_000_000;
    for (let i = 0; i < 9; i++) expect(rate.add(1)).toBe(0);
  });
});
