import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { extraOfLibrary } from "../../../../engines/training/installation/extra-of-library.js";
import { trainerLock } from "../../../../engines/training/installation/trainer-package.js";
import { trainerSchemas } from "../../../../engines/training/schemas/index.js";

describe("the set of each trainer's library", () => {
  it.each(trainerSchemas.map(({ signature: { name }, library }) => [name, library]))(
    "%s is trained by a library that its lock file pins: %s",
    (_, library = "") => {
      const extra = extraOfLibrary(library);
      const { files } = trainerLock(extra === undefined ? [] : [extra]);
      // The last file is that of the set itself.
      expect(readFileSync(files.at(-1) ?? "", "utf8")).toMatch(new RegExp(`^${library}==`, "m"));
    },
  );
});
