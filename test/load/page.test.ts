/** The page of a load on which nothing was answered: it says so, and shows no figure for it. */
import { expect, it } from "vitest";
import { page } from "../../load-tests/load/page.js";
import { Recorder } from "../../load-tests/load/recorder.js";

it("shows a dash where nothing was answered, and the figures beside it where something was", () => {
  const groups = [
    { name: "refused", kind: "open", measured: true, recorder: new Recorder() },
    { name: "answered", kind: "open", measured: true, recorder: new Recorder() },
  ] as const;
  groups[0].recorder.asked = 3;
  groups[0].recorder.failed(100, 2, "unavailable");
  groups[1].recorder.asked = 1;
  groups[1].recorder.answered(100, 4);
  const html = page(
    {
      ...{ scenario: "none", about: "nothing is answered", seconds: 1, readings: [] },
      groups: groups.map(({ recorder, ...group }) => ({
        ...group,
        summary: recorder.summary(1),
        timeline: recorder.timeline(),
      })),
    },
    "here",
  );
  const [, refused = "", answered = ""] = html.match(/<tr>.*?<\/tr>/g) ?? [];
  const cells = (row: string) => [...row.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) => cell);
  expect(cells(refused)).toEqual(["refused", "3", "0", "0", "–", "–", "–", "–", "–", "unavailable: 1"]);
  expect(cells(answered)).toEqual([
    ...["answered", "1", "1", "1"],
    ...["4.00", "4.00", "4.00", "4.00", "4.00", "none"],
  ]);
  expect(html).not.toMatch(/NaN|Infinity/);
});
