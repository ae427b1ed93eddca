import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Suites that need something beyond Node: named, so that `npm test` needs nothing. */
const named = ["browser", "gpu", "python"] as const;

const shared = {
  resolve: { alias: { "headgate-client": here("./client/index.ts") } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: "core",
          include: ["test/**/*.test.ts"],
          exclude: named.map((name) => `test/**/*.${name}.test.ts`),
          testTimeout: 20_000,
        },
      },
      ...named.map((name) => ({
        ...shared,
        test: { name, include: [`test/**/*.${name}.test.ts`], testTimeout: 120_000 },
      })),
    ],
  },
});
