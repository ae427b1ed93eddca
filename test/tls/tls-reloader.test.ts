/** Files that change, vanish, are half written or do not fit together while a certificate is served. */
import { cp, mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { Metrics } from "../../gateway/observe/metrics.js";
import { readTlsFiles } from "../../gateway/tls/tls-files.js";
import { type TlsMaterial, tlsMaterial } from "../../gateway/tls/tls-material.js";
import { TlsReloader } from "../../gateway/tls/tls-reloader.js";
import { certificateFile, pem } from "../support/certificates.js";
import { FakeClock } from "../support/clock.js";
import { keptLog } from "../support/kept-log.js";

let folder: string;
let clock: FakeClock;
let metrics: Metrics;
let applied: string[];
let lines: Record<string, unknown>[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-test-tls-"));
  const made = folder;
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  clock = new FakeClock();
  metrics = new Metrics();
  applied = [];
  lines = [];
});

const settings = () => ({ cert: join(folder, "tls.crt"), key: join(folder, "tls.key"), reload_ms: 5_000 });

async function put(name: string, parts: readonly ("crt" | "key")[] = ["crt", "key"]): Promise<void> {
  const extension = { crt: "pem", key: "key" };
  for (const part of parts) await writeFile(join(folder, `tls.${part}`), pem(`${name}.${extension[part]}`));
}

/** A reloader of a gateway that was started with the files as they are. */
async function serving(): Promise<TlsReloader> {
  const material = tlsMaterial(await readTlsFiles(settings()), settings());
  const apply = ({ files }: TlsMaterial) => void applied.push(files.cert);
  return new TlsReloader(settings(), material, apply, {
    clock,
    log: keptLog(lines),
    metrics: metrics.tls,
  });
}

/** As many looks as it takes until the next one is due after the usual time. */
async function looks(reloader: TlsReloader): Promise<void> {
  while ((await reloader.look()) !== settings().reload_ms);
}

const figure = async (name: string) =>
  Number(
    (await metrics.scrape())
      .split("\n")
      .find((line) => line.startsWith(`${name} `))
      ?.split(" ")[1],
  );

it("a new pair is taken up, once, and its expiry is a metric", async () => {
  await put("server");
  const reloader = await serving();
  await looks(reloader);
  expect(applied).toEqual([]);
  await put("renewed");
  await looks(reloader);
  await looks(reloader);
  expect(applied).toEqual([pem("renewed.pem")]);
  expect(await figure('headgate_tls_reloads_total{outcome="applied"}')).toBe(1);
  expect(await figure("headgate_tls_certificate_expiry_seconds")).toBe(
    Date.parse("2126-01-01T00:00:00Z") / 1_000,
  );
});

it("looks at intervals until it is stopped", async () => {
  await put("server");
  const reloader = await serving();
  reloader.start();
  expect(clock.armed).toBe(1);
  reloader.stop();
  expect(clock.armed).toBe(0);
});

it("a certificate that comes a moment before its key waits for it, in silence", async () => {
  await put("server");
  const reloader = await serving();
  await put("renewed", ["crt"]);
  expect(await reloader.look()).toBeLessThan(settings().reload_ms);
  await put("renewed", ["key"]);
  expect(await reloader.look()).toBeLessThan(settings().reload_ms);
  expect(await reloader.look()).toBe(settings().reload_ms);
  expect(applied).toEqual([pem("renewed.pem")]);
  expect(lines.filter(({ level }) => Number(level) >= 40)).toEqual([]);
});

it.each<[string, string, () => Promise<void>]>([
  ["a key that does not come", "mismatch", () => put("renewed", ["crt"])],
  ["a half-written key", "malformed", () => truncate(join(folder, "tls.key"), 100)],
  ["an empty certificate", "malformed", () => truncate(join(folder, "tls.crt"), 0)],
  ["a key that vanished", "unreadable", () => rm(join(folder, "tls.key"))],
  ["a folder that vanished", "unreadable", () => rm(folder, { recursive: true })],
  [
    "an encrypted key",
    "encrypted",
    () => cp(certificateFile("server-encrypted.key"), join(folder, "tls.key")),
  ],
  ["an expired certificate", "expired", () => put("expired")],
  [
    "a folder in the certificate's place",
    "unreadable",
    async () => {
      await rm(join(folder, "tls.crt"));
      await mkdir(join(folder, "tls.crt"));
    },
  ],
])(
  "%s changes nothing, is told once, and counted; the next good pair is taken up",
  async (_, kind, spoil) => {
    await put("server");
    const reloader = await serving();
    await spoil();
    await looks(reloader);
    await looks(reloader);
    await looks(reloader);
    expect(applied).toEqual([]);
    expect(lines.filter((line) => line["kind"] === kind)).toHaveLength(1);
    expect(await figure(`headgate_tls_reloads_total{outcome="${kind}"}`)).toBe(3);
    expect(await figure("headgate_tls_files_usable")).toBe(0);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await put("renewed");
    await looks(reloader);
    expect(applied).toEqual([pem("renewed.pem")]);
    expect(await figure("headgate_tls_files_usable")).toBe(1);
  },
);

it("files that hold again what is served are usable again", async () => {
  await put("server");
  const reloader = await serving();
  await rm(join(folder, "tls.key"));
  await looks(reloader);
  await put("server");
  await looks(reloader);
  expect(applied).toEqual([]);
  expect(await figure("headgate_tls_files_usable")).toBe(1);
  expect(lines.some(({ msg }) => /again$/.test(String(msg)))).toBe(true);
});

it("a rename over the files is seen", async () => {
  await put("server");
  const reloader = await serving();
  for (const [from, to] of [
    ["renewed.pem", "tls.crt"],
    ["renewed.key", "tls.key"],
  ] as const) {
    await cp(certificateFile(from), join(folder, "new"));
    await rename(join(folder, "new"), join(folder, to));
  }
  await looks(reloader);
  expect(applied).toEqual([pem("renewed.pem")]);
});

it("so is Kubernetes' exchange of the symbolic link ..data", async () => {
  for (const name of ["server", "renewed"]) {
    await mkdir(join(folder, `..${name}`));
    await cp(certificateFile(`${name}.pem`), join(folder, `..${name}`, "tls.crt"));
    await cp(certificateFile(`${name}.key`), join(folder, `..${name}`, "tls.key"));
  }
  await symlink("..server", join(folder, "..data"));
  for (const file of ["tls.crt", "tls.key"]) await symlink(join("..data", file), join(folder, file));
  const reloader = await serving();
  await symlink("..renewed", join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  await rm(join(folder, "..server"), { recursive: true });
  await looks(reloader);
  expect(applied).toEqual([pem("renewed.pem")]);
});

it("an expired certificate replaces one that has expired too, and is told", async () => {
  await put("expired");
  const reloader = await serving();
  await looks(reloader);
  await put("server");
  await looks(reloader);
  expect(applied).toEqual([pem("server.pem")]);
  expect(lines.filter(({ msg }) => /expired at 2021/.test(String(msg)))).toHaveLength(1);
});
