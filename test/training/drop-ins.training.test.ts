/** The Python client's drop-ins against a gateway with the real trainers, and the libraries that they stand for. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { suiteEnvironment } from "./environment.js";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ training: { environment: suiteEnvironment().folder, processes: 2 } });
});
afterAll(() => gateway.stop());

it("fit, predict, are searched over and pickled as the libraries' own", async () => {
  // The environment of the trainers has the very libraries with which the gateway fits.
  const { python } = suiteEnvironment();
  const arguments_ = ["-B", "-m", "pytest", "-p", "no:cacheprovider", "-c", "/dev/null", "-q", "-rfs"];
  const env = {
    ...process.env,
    PYTHONPATH: here("../../client/python/src"),
    HEADGATE_URL: gateway.url,
    OMP_NUM_THREADS: "1",
  };
  const folder = here("drop-ins");
  const { stdout } = await promisify(execFile)(python, [...arguments_, folder], {
    cwd: folder,
    env,
    maxBuffer: 64 << 20,
  }).catch(({ stdout: out, stderr }: { stdout: string; stderr: string }) => {
    throw new Error(`${stderr}\n${out.slice(-20_000)}`);
  });
  expect(stdout).toMatch(/\d{2,} passed/);
  expect(stdout).not.toMatch(/skipped|failed/);
}, 900_000);
