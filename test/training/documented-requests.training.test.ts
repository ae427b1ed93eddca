/** The requests of docs/http.md that train and upload, as they stand, against a gateway with the real trainers. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect } from "../../client/typescript/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { suiteEnvironment } from "./environment.js";
import { days, moveOf, XOf } from "./market-days.js";

const page = readFileSync(new URL("../../docs/http.md", import.meta.url), "utf8");
const [, section = ""] = page.split("\n## Training\n");
const snippets = [...(section.split("\n## ")[0] ?? "").matchAll(/^```sh\n(.*?)^```$/gms)].map(
  ({ 1: text = "" }) => text,
);
const [training = "", upload = ""] = snippets;

let gateway: TestGateway;
/** Where the programs run. */
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-documented-"));
  gateway = await startGateway({ training: { environment: suiteEnvironment().folder } });
  const gate = await connect(gateway.url);
  const history = days(300);
  await gate.dataset({ X: XOf(history), y: moveOf(history) }, { name: "features" });
  await gate.close();
});
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(text: string): Promise<string> {
  const here = text.replaceAll("http://127.0.0.1:8470", gateway.http);
  const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", here], {
    cwd: folder,
    timeout: 60_000,
  });
  return stdout;
}

it("trains, tells of the job, lists and cancels", async () => {
  expect(snippets).toHaveLength(2);
  // Each request of the snippet begins a line; the job's name is in the answer to the first.
  const [train = "", describe = "", list = "", cancel = ""] = training.split(/^(?=curl )/m);
  const { job } = JSON.parse(await run(train)) as { job: string };
  expect(JSON.parse(await run(describe.replaceAll("JOB", job)))).toMatchObject({
    job,
    state: { trainer: "random_forest_classifier" },
  });
  expect(JSON.parse(await run(list))).toHaveProperty("jobs");
  // It may have ended by now, and then there is nothing to cancel.
  const cancelled = await run(cancel.replaceAll("JOB", job)).catch((error: Error) => error.message);
  expect(cancelled).toMatch(/"state"|409/);
});

it("uploads a model", async () => {
  const ridge = new URL("../golden/exported/ridge.json", import.meta.url);
  const { onnx } = JSON.parse(readFileSync(ridge, "utf8")) as { onnx: string };
  writeFileSync(join(folder, "model.onnx"), Buffer.from(onnx, "base64"));
  expect(JSON.parse(await run(upload.replace("/direction/", "/uploaded/")))).toEqual({
    model: "uploaded",
    version: "1",
  });
});
