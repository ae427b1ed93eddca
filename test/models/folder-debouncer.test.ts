import { describe, expect, it } from "vitest";
import type { ModelFolder } from "../../engines/onnx/model-folder.js";
import { FolderDebouncer } from "../../gateway/models/folder-debouncer.js";

const folder = (name: string, stamp: string): ModelFolder => ({
  name,
  path: name,
  stamp,
  config: { reason: "not looked at" },
  card: null,
  cardDigest: null,
  layout: "headgate",
  notes: [],
  versions: [],
});
const told = ({ changed, gone }: ReturnType<FolderDebouncer["compare"]>) => ({
  changed: changed.map(({ name, stamp }) => `${name}:${stamp}`),
  gone,
});
const nothing = { changed: [], gone: [] };

describe("a folder", () => {
  it("that is there from the start is told only when it changes", () => {
    const settling = new FolderDebouncer(500);
    settling.begin([folder("echo", "a")], 0);
    expect(told(settling.compare([folder("echo", "a")], 10_000))).toEqual(nothing);
    settling.compare([folder("echo", "b")], 11_000);
    expect(told(settling.compare([folder("echo", "b")], 11_500))).toEqual({ changed: ["echo:b"], gone: [] });
    expect(told(settling.compare([folder("echo", "b")], 20_000))).toEqual(nothing);
  });

  it("is not told while it is being written, however long that takes", () => {
    const settling = new FolderDebouncer(500);
    for (let at = 0; at < 10_000; at += 400) {
      const look = settling.compare([folder("echo", `part-${at}`)], at);
      expect(told(look)).toEqual(nothing);
      expect(look.pending).toBe(true);
    }
    settling.compare([folder("echo", "whole")], 10_000);
    expect(settling.compare([folder("echo", "whole")], 10_499).pending).toBe(true);
    const look = settling.compare([folder("echo", "whole")], 10_500);
    expect(told(look)).toEqual({ changed: ["echo:whole"], gone: [] });
    expect(look.pending).toBe(false);
  });

  it("that goes and comes back at once, as in a rename, was never gone", () => {
    const settling = new FolderDebouncer(500);
    settling.begin([folder("echo", "a")], 0);
    settling.compare([], 100);
    expect(told(settling.compare([folder("echo", "a")], 200))).toEqual(nothing);
    expect(told(settling.compare([folder("echo", "a")], 900))).toEqual(nothing);
  });

  it("that is gone is told once", () => {
    const settling = new FolderDebouncer(500);
    settling.begin([folder("echo", "a")], 0);
    expect(settling.compare([], 100).pending).toBe(true);
    expect(told(settling.compare([], 600))).toEqual({ changed: [], gone: ["echo"] });
    expect(told(settling.compare([], 2_000))).toEqual(nothing);
  });
});
