import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Suites that need something beyond Node: named, so that `npm test` needs nothing. */
const named = [
  "browser",
  "deploy",
  "gpu",
  "python",
  "kill",
  "mcp",
  "openapi",
  "pack",
  "proxy",
  "fuzz",
  "training",
  "training-torch",
  "training-rl",
] as const;

/** The gateway is killed and started 200 times, attacked with a million frames; a policy takes ten thousands of steps. */
const timeouts: Partial<Record<(typeof named)[number], number>> = {
  kill: 1_800_000,
  fuzz: 3_600_000,
  "training-rl": 600_000,
};

const setupFiles = [here("./test/support/end-with-runner.ts")];

const shared = {
  resolve: { alias: { "headgate-client": here("./client/typescript/index.ts") } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: "core",
          setupFiles,
          include: ["test/**/*.test.ts"],
          exclude: named.map((name) => `test/**/*.${name}.test.ts`),
          testTimeout: 20_000,
          // Hooks start gateways, and two of them take longer than the 10 s that are the default on a busy machine.
          hookTimeout: 30_000,
        },
      },
      ...named.map((name) => ({
        ...shared,
        test: {
          name,
          setupFiles,
          include: [`test/**/*.${name}.test.ts`],
          testTimeout: timeouts[name] ?? 120_000,
          // Starting a browser beside three other suites takes longer than the 10 s that are the default.
          hookTimeout: 60_000,
        },
      })),
    ],
  },
});
