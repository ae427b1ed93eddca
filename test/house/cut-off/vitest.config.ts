import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The one test that is cut off: `cut-off.test.ts` runs it. */
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
