/** When a part of the gateway cannot be created, the data folder is left as it was. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, it, onTestFinished } from "vitest";
import { parseConfig } from "../../gateway/config/parse.js";
import { Gateway } from "../../gateway/gateway.js";
import { builtPrograms } from "../support/gateway.js";

it("that fails once the folder is open closes its files and gives it back", async () => {
  const data = await mkdtemp(join(tmpdir(), "headgate-test-wiring-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const open = () =>
    Gateway.open({
      config: parseConfig({ port: 0, data, log_level: "silent" }),
      log: pino({ level: "silent" }),
      enginePrograms: new URL("http://127.0.0.1/no-program/"), // a worker thread cannot be started from this address
      journalPrograms: builtPrograms,
    });
  await expect(open()).rejects.toThrow(/protocol|scheme/i);
  // The error is not FolderInUseError, so the lock was released.
  await expect(open()).rejects.toThrow(/protocol|scheme/i);
});
