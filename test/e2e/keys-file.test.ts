/** API keys of a file over real sockets: a client whose tokens come from a function outlives expiry, rotation and revocation. */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type ConnectOptions, connect, type GateEvent, tensor } from "../../client/typescript/index.js";
import { rotated, withRevoked } from "../../gateway/auth/key-changes.js";
import { keyUseFile, readKeyUses } from "../../gateway/auth/key-uses.js";
import { changeKeysFile } from "../../gateway/auth/keys-file.js";
import { startGateway } from "../support/gateway.js";
import { keptLog } from "../support/kept-log.js";
import { keysFileOf, newFolder, newKey } from "../support/keys.js";
import { repositoryOf } from "../support/repository.js";
import { until } from "../support/until.js";

const X = { X: tensor([[1, 2]]) };

async function started(records: Parameters<typeof keysFileOf>[0], auth: Record<string, unknown> = {}) {
  const path = keysFileOf(records);
  const lines: Record<string, unknown>[] = [];
  const data = newFolder();
  const models = await repositoryOf({ echo: {} });
  const gateway = await startGateway(
    { models, data, auth: { keys_file: path, ...auth } },
    { log: keptLog(lines) },
  );
  onTestFinished(() => gateway.stop());
  const opened = async (token: NonNullable<ConnectOptions["token"]>, events: GateEvent[] = []) => {
    const onEvent = (event: GateEvent) => events.push(event);
    const backoff = { firstMs: 10, mostMs: 100 };
    const gate = await connect(gateway.url, { token, onEvent, backoff });
    onTestFinished(() => gate.close());
    return { gate, events };
  };
  return { ...gateway, path, lines, data, opened };
}

const codesOf = (events: readonly GateEvent[]) =>
  events.flatMap((event) => (event.kind === "disconnected" ? [event.code] : []));

it("a key is rotated without an interruption, and its revocation ends who still uses it", async () => {
  const old = newKey();
  const { opened, path, data } = await started([old.record]);
  let token = old.token;
  const renewing = await opened(() => token);
  const fixed = await opened(old.token);
  const { successor } = await changeKeysFile(path, (records) => {
    const rotation = rotated(
      records,
      old.record.id,
      { overlapMs: 3_600_000, expiry: "as before" },
      Date.now(),
    );
    return { records: rotation.records, told: rotation };
  });
  token = successor.token;
  await until(() => renewing.gate.refresh(successor.token)); // until the gateway has read the file
  await changeKeysFile(path, (records) => ({
    records: withRevoked(records, [old.record.id], Date.now()),
    told: undefined,
  }));
  await until(async () =>
    expect(fixed.events.at(-1)).toMatchObject({ kind: "failed", error: { code: "unauthenticated" } }),
  );
  expect(codesOf(fixed.events)[0]).toBe(4440);
  expect((await renewing.gate.infer("echo", X)).source).toBe("gateway");
  expect(codesOf(renewing.events)).toEqual([]);
  await expect(opened(old.token)).rejects.toMatchObject({ code: "unauthenticated" });
  await until(async () => {
    expect((await readKeyUses(join(data, keyUseFile))).get(successor.record.id)?.uses).toBe(1);
  }, 25_000);
}, 60_000);

it("a client with a function renews its token by itself, and requests go on", async () => {
  const keys = Array.from({ length: 4 }, (_, i) =>
    newKey({ expires_at: new Date(Date.now() + 2_000 + i * 2_000).toISOString() }),
  );
  const { opened } = await started(
    keys.map(({ record }) => record),
    { expiry_grace_ms: 0 },
  );
  let asked = 0;
  const { gate, events } = await opened(() => keys[Math.min(asked++, keys.length - 1)]?.token ?? "");
  for (const end = Date.now() + 5_000; Date.now() < end; )
    expect((await gate.infer("echo", X)).source).toBe("gateway");
  expect(asked).toBeGreaterThanOrEqual(3);
  expect(codesOf(events)).toEqual([]);
}, 30_000);

it("a client whose function gives nothing new in time is closed after the grace, and comes back with what is new", async () => {
  const brief = newKey({ expires_at: new Date(Date.now() + 1_500).toISOString() });
  const lasting = newKey();
  const { opened } = await started([brief.record, lasting.record], { expiry_grace_ms: 300 });
  const events: GateEvent[] = [];
  const { gate } = await opened(() => (codesOf(events).includes(4440) ? lasting.token : brief.token), events);
  await until(async () => expect(codesOf(events)).toEqual([4440]));
  expect((await gate.infer("echo", X)).source).toBe("gateway");
  expect(events.some(({ kind }) => kind === "failed")).toBe(false);
}, 30_000);

it("thousands of unknown tokens are refused alike, and take a line of the log in ten seconds", async () => {
  const { http, lines } = await started([newKey().record]);
  const before = lines.length;
  for (let batch = 0; batch < 20; batch++) {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        fetch(`${http}/metrics`, { headers: { authorization: `Bearer ${newKey().token}` } }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    await Promise.all(answers.map((answer) => answer.text()));
  }
  const refusals = lines.slice(before).filter(({ msg }) => msg === "credentials refused");
  expect(refusals.length).toBeGreaterThan(0);
  expect(refusals.length).toBeLessThan(20);
}, 60_000);

it("a broken keys file does not stop a gateway that runs, and shows in the metrics", async () => {
  const { record, token } = newKey();
  const { http, path, opened } = await started([record]);
  writeFileSync(`${path}.new`, '{"format":1,"keys":[{');
  renameSync(`${path}.new`, path);
  const scraped = async () =>
    (await fetch(`${http}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
  await until(async () =>
    expect(await scraped()).toContain('headgate_keys_file_reloads_total{outcome="rejected"} 1'),
  );
  expect((await opened(token)).gate.connected).toBe(true);
});
