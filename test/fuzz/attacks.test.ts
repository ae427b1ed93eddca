import { describe, expect, it } from "vitest";
import { attackFrom, attackText } from "./attack.js";
import { httpAttack } from "./http-attack.js";
import { httpShapes } from "./http-shapes.js";
import { minimised } from "./minimise.js";
import { smallCatalog } from "./small-catalog.js";
import { webSocketAttack } from "./websocket-attack.js";

const paths = ["/v2/health/live", "/v2/models/:model/versions/:version"];
const attacks = (seed: number, sockets = 20) => [
  ...Array.from({ length: sockets }, (_, number) => webSocketAttack(seed, number, smallCatalog)),
  ...Array.from({ length: 300 }, (_, number) => httpAttack(seed, number, paths, smallCatalog)),
];

describe("attacks", () => {
  it("are the same for the same seed, and others for another", () => {
    const [first, again, other] = [attacks(1), attacks(1), attacks(2)].map((list) => list.map(attackText));
    expect(again).toEqual(first);
    const sockets = other?.filter((text) => text.includes('"websocket"'));
    expect(sockets?.filter((text) => first?.includes(text))).toEqual([]);
  });

  it("come back from their file as they were", () => {
    for (const text of attacks(3).map(attackText)) expect(attackText(attackFrom(text))).toBe(text);
  });

  it("have every shape of HTTP request, every style of message and every ending", () => {
    const all = attacks(4, 400);
    const names = new Set(all.map(({ name }) => name.replace(/, mutated$|^pipelined | and a .*$/g, "")));
    expect([...names].sort()).toEqual(
      [...Object.keys(httpShapes), "valid", "fields", "broken", "bytes", "crowded"].sort(),
    );
    expect(new Set(all.map(({ ending }) => ending))).toEqual(new Set(["answers", "end", "reset"]));
  });
});

describe("a smaller attack", () => {
  it("has the upgrade and what brings the finding, and nothing else", async () => {
    const attack = httpAttack(1, 1, paths, smallCatalog);
    const writes = Array.from({ length: 40 }, (_, i) => Buffer.from([i]));
    const bothThere = async (smaller: { readonly writes: readonly Buffer[] }) =>
      [13, 29].every((byte) => smaller.writes.some((each) => each[0] === byte));
    const smallest = await minimised({ ...attack, writes }, bothThere);
    expect(smallest.writes.map((each) => each[0])).toEqual([0, 13, 29]);
  });
});
