import { describe, expect, it } from "vitest";
import { detectors } from "../../engines/detectors/index.js";
import { voteDetector } from "../../engines/detectors/vote.js";
import { market } from "../conformance/detectors.js";
import { completed, follow, workerFit } from "../support/detecting.js";
import { openly } from "../support/detectors.js";

const named = (name: string) => ({ ...openly, signature: { ...openly.signature, name } });
const vote = detectors.find(({ signature }) => signature.name === "vote") ?? openly;

describe("vote", () => {
  it("is the median of what its members say", async () => {
    const small = { warmup: 80, refit_every: 60, window: 300 };
    const rows = market(300, 1);
    const names = ["gaussian_hmm", "gaussian_mixture", "bocpd"];
    const each = await Promise.all(
      names.map((name, i) => {
        const detector = detectors.find(({ signature }) => signature.name === name) ?? openly;
        return follow(detector, name === "bocpd" ? { warmup: 80 + i } : { ...small, warmup: 80 + i }, rows);
      }),
    );
    const said = await follow(vote, { ...small, detectors: names.join(", ") }, rows);
    const first = said.findIndex((probabilities) => probabilities !== undefined);
    expect(first).toBe(82); // the last member's warmup, for bocpd one row more than that
    said.slice(first).forEach((probabilities, i) => {
      const members = each.map((of) => of[first + i]?.[1] as number).sort((a, b) => a - b);
      expect(probabilities?.[1]).toBe(members[1]);
    });
  });

  it("asks for one fit at a time, each member for its own", async () => {
    const asked: string[] = [];
    await follow(vote, { warmup: 80, refit_every: 60, window: 300 }, market(150, 1), {
      fit: (request) => {
        asked.push(request.model);
        return workerFit(request);
      },
    });
    expect(asked).toEqual(["gaussian_hmm", "jump_model", "gaussian_hmm", "jump_model"]);
  });

  it.each([
    ["gaussian_hmm,nobody", /parameters\.detectors: no detector "nobody" votes; there are a/],
    ["a,vote", /no detector "vote" votes/],
    ["a,b,a", /parameters\.detectors: each detector votes once/],
    ["a", /parameters\.detectors: name 2 to 7 detectors, got 1/],
  ])("refuses %s by name", (names, problem) => {
    const candidates = ["a", "b", "gaussian_hmm"].map(named);
    const detector = voteDetector(candidates);
    expect(() => detector.start(completed(detector, { detectors: names }))).toThrow(problem);
  });

  it("refuses to fit more often than there are members", () => {
    const parameters = completed(vote, { refit_every: 2 });
    expect(() => vote.start(parameters)).toThrow(
      /parameters\.refit_every: 3 detectors fit an observation apart/,
    );
  });
});
