import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Runs only the fixture that hangs; `cut-off.test.ts` starts this run and kills it. */
export default defineConfig({
  resolve: {
    alias: {
      "headgate-client": fileURLToPath(new URL("../../../client/typescript/index.ts", import.meta.url)),
    },
  },
  test: {
    setupFiles: [fileURLToPath(new URL("../../support/end-with-runner.ts", import.meta.url))],
    root: fileURLToPath(new URL(".", import.meta.url)),
    include: ["hanging.fixture.ts"],
  },
});
