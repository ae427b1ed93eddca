/** How long trained models are kept and for how many there is room. Time stands still; nothing is computed. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { expect, it } from "vitest";
import { KeptModelFiles } from "../../gateway/models/kept/kept-model-files.js";
import { KeptModels } from "../../gateway/models/kept/kept-models.js";
import type { LoadRequest, LoadResult } from "../../gateway/models/loader.js";
import { OnDemandLoader } from "../../gateway/models/on-demand-loader.js";
import { HeadgateError } from "../../protocol/errors.js";
import { FakeClock } from "../support/clock.js";
import { negating } from "../support/exported.js";
import { testLedger } from "../support/quotas.js";
import { anybody } from "../support/requests.js";
import { temporaryFolder } from "../support/trained.js";
import { until } from "../support/until.js";

const alone = {
  backend: "none",
  batching: { together: false, reason: "" },
  notes: [],
  fellBack: [],
  inline: { possible: false, reason: "" },
} as const;

interface Setting {
  readonly clock?: FakeClock;
  readonly folder?: string;
  readonly limits?: object;
  readonly quotas?: object;
  readonly files?: KeptModelFiles;
}

async function keeping({ clock = new FakeClock(), folder, limits, quotas = {}, files }: Setting = {}) {
  const place = folder ?? join(await temporaryFolder(), "kept-models");
  const { ledger } = testLedger(clock, quotas);
  const opens: string[] = [];
  const retired: string[] = [];
  const onDemand = new OnDemandLoader(clock);
  const state = { error: undefined as Error | undefined };
  const loader = {
    open: async ({ source, stamp }: LoadRequest): Promise<LoadResult> => {
      opens.push(source.folder);
      if (state.error !== undefined) throw state.error;
      const proof = { ...alone, memory: { opening: 1, resident: 1 }, runs: [] };
      const admitted = { source, stamp, release() {} };
      return { report: alone, proof, admitted, inline: () => ({ rows: 0 }) };
    },
  };
  const retirement = {
    busy: () => false,
    evict: () => {},
    retire: async ({ generation }: { generation?: number }) => void retired.push(String(generation)),
  };
  const log = pino({ level: "silent" });
  const models = new KeptModels({
    versions: { log, clock, onDemand, loader, retirement },
    files: files ?? new KeptModelFiles(place),
    limits: { countMax: 3, bytesMax: 1e6, totalBytesMax: 1e7, ...limits },
    timeoutMs: 1_000,
    log,
    accountOf: (tenant) => ledger.of(tenant),
  });
  const keep = async (keepSeconds = 60, { namespace = "default", model = negating() } = {}) => {
    const principal = { ...anybody, namespace };
    const account = ledger.of("desk");
    const reservation = models.reserve({ principal, account, trainer: "ridge", keepSeconds });
    await reservation.open(model);
    return reservation.handle;
  };
  const isThere = (handle: string, namespace = "default") => {
    try {
      models.find(namespace, handle, "ridge");
      return true;
    } catch {
      return false;
    }
  };
  const folders = () => readdir(place);
  return { clock, models, keep, isThere, folders, opens, retired, onDemand, ledger, state, place };
}

it("a model expires with its files, its room and its quota, once its time is over", async () => {
  const { clock, keep, isThere, folders, retired, ledger } = await keeping();
  const handle = await keep(60);
  expect(ledger.of("desk").used("kept_bytes", 0)).toBeGreaterThan(0);
  await clock.advance(59_000);
  expect(isThere(handle)).toBe(true);
  await clock.advance(1_001);
  expect(isThere(handle)).toBe(false);
  expect(retired).toEqual(["1"]);
  expect(ledger.of("desk").used("kept_bytes", 0)).toBe(0);
  await until(async () => expect(await folders()).toEqual([]));
});

it("a time longer than a timer holds is kept", async () => {
  const { clock, keep, isThere } = await keeping();
  const days = 40 * 86_400;
  const handle = await keep(days);
  await clock.advance((days - 1) * 1_000);
  expect(isThere(handle)).toBe(true);
  await clock.advance(1_001);
  expect(isThere(handle)).toBe(false);
});

it("the model that expires first makes room; what is being trained never does", async () => {
  const { models, keep, isThere } = await keeping();
  const [long, short, middle] = [await keep(90), await keep(10), await keep(50)];
  const next = models.reserve({ principal: anybody, account: undefined, trainer: "ridge", keepSeconds: 1 });
  expect([long, short, middle].map((handle) => isThere(handle))).toEqual([true, false, true]);
  const other = { ...anybody, namespace: "other" };
  const reserve = () =>
    models.reserve({ principal: other, account: undefined, trainer: "ridge", keepSeconds: 9 });
  for (let count = 0; count < 3; count++) reserve();
  expect(reserve).toThrow(/3 trained models of this namespace are being made/);
  expect(isThere(next.handle)).toBe(true);
});

it("bytes are bounded in a namespace and in all, and a model beyond them fails alone", async () => {
  const bytes = 420; // one model's files
  const { keep, isThere, folders } = await keeping({
    limits: { bytesMax: 2 * bytes, totalBytesMax: 3 * bytes },
  });
  const [first, second, third] = [await keep(60), await keep(61), await keep(62)];
  expect([first, second, third].filter((handle) => isThere(handle))).toHaveLength(2);
  const elsewhere = await keep(60, { namespace: "other" });
  await expect(keep(60, { namespace: "third" })).rejects.toMatchObject({ code: "resource_exhausted" });
  expect(isThere(elsewhere, "other")).toBe(true);
  await until(async () => expect(await folders()).toHaveLength(3));
  const huge = negating({ onnx: new Uint8Array(3 * bytes) });
  await expect(keep(60, { model: huge })).rejects.toThrow(/trained_models\.kept_bytes/);
});

it("a tenant's quota removes its own models alone, and refuses what it cannot hold", async () => {
  const { models, keep, isThere, ledger } = await keeping({ quotas: { kept_bytes: 1_000 } });
  const [first, second] = [await keep(50), await keep(60)];
  const third = await keep(70);
  expect([first, second, third].map((handle) => isThere(handle))).toEqual([false, true, true]);
  const account = ledger.of("desk");
  const theirs = models.reserve({
    principal: { ...anybody, namespace: "b" },
    account,
    trainer: "ridge",
    keepSeconds: 9,
  });
  await expect(theirs.open(negating())).rejects.toMatchObject({ code: "resource_exhausted" });
  expect(isThere(second)).toBe(true);
});

it("after a restart what has not expired is there and not opened; leavings of a write are removed", async () => {
  const before = await keeping();
  const [long, short] = [await before.keep(90), await before.keep(10)];
  await mkdir(join(before.place, ".new-0123"));
  await writeFile(join(before.place, ".new-0123", "model.onnx"), "half");
  await mkdir(join(before.place, "damaged"));
  await writeFile(join(before.place, "damaged", "kept.json"), "{");
  const clock = new FakeClock();
  clock.jump(11_000);
  const after = await keeping({ clock, folder: before.place });
  expect([after.isThere(long), after.isThere(short)]).toEqual([true, false]);
  expect(after.opens).toEqual([]);
  await until(async () => expect(await after.folders()).toHaveLength(2)); // `damaged` is left for its owner
  const servable = await after.models.find("default", long, "ridge");
  await after.onDemand.opened(servable);
  expect(after.opens).toHaveLength(1);
  await clock.advance(79_001);
  expect(after.isThere(long)).toBe(false);
});

it("a model that lacks memory at a request is opened by a later one; one that is refused is gone", async () => {
  const { models, keep, isThere, onDemand, opens, state, retired } = await keeping();
  const handle = await keep(60);
  models.lost("ridge.apply@1#1");
  state.error = new HeadgateError("unavailable", "no memory", { retryable: true });
  await expect(onDemand.opened(await models.find("default", handle, "ridge"))).rejects.toThrow("no memory");
  state.error = undefined;
  await onDemand.opened(await models.find("default", handle, "ridge"));
  expect(opens).toHaveLength(3);
  models.lost("ridge.apply@1#2");
  state.error = new Error("golden answer not reproduced");
  await expect(onDemand.opened(await models.find("default", handle, "ridge"))).rejects.toThrow("golden");
  expect(isThere(handle)).toBe(false);
  expect(retired).toEqual(["2"]);
});

it("a full disk is told, and leaves nothing", async () => {
  const folder = await temporaryFolder();
  class FullDisk extends KeptModelFiles {
    override async write(): Promise<void> {
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    }
  }
  const { keep, models, ledger } = await keeping({ folder, files: new FullDisk(folder) });
  await expect(keep()).rejects.toMatchObject({
    code: "resource_exhausted",
    message: "the trained model could not be written to the disk: no space is left on its disk",
  });
  expect(ledger.of("desk").used("kept_bytes", 0)).toBe(0);
  expect(models.count).toBe(1); // requests for the handle are told why
  expect(await readdir(folder)).toEqual([]);
});

it("a job that is cancelled while its model is opened leaves nothing that serves", async () => {
  const { models, retired, folders } = await keeping();
  const principal = anybody;
  const reservation = models.reserve({ principal, account: undefined, trainer: "ridge", keepSeconds: 9 });
  const opening = reservation.open(negating());
  reservation.fail(new HeadgateError("cancelled", "the job was cancelled"));
  await expect(opening).rejects.toThrow();
  await expect(models.find("default", reservation.handle, "ridge")).rejects.toMatchObject({
    code: "cancelled",
  });
  expect(retired).toEqual(["1"]);
  await until(async () => expect(await folders()).toEqual([]));
});

it("a restarted job has its handle again, and the bytes of a kept model can be fetched in parts", async () => {
  const { models, keep } = await keeping();
  const handle = await keep();
  const { onnx } = negating();
  const first = await models.part("default", handle, 0, 10);
  const rest = await models.part("default", handle, 10, 10_000);
  expect(Buffer.concat([first?.bytes ?? Buffer.of(), rest?.bytes ?? Buffer.of()])).toEqual(Buffer.from(onnx));
  expect(first).toMatchObject({ from: 0, total: onnx.byteLength, sha256: rest?.sha256 });
  await expect(models.part("default", handle, onnx.byteLength, 1)).rejects.toThrow(
    "onnx_from: must be below",
  );
  await expect(models.part("other", handle, 0, 1)).rejects.toMatchObject({ code: "not_found" });
  const again = models.reserve({
    principal: anybody,
    account: undefined,
    trainer: "ridge",
    keepSeconds: 9,
    handle,
  });
  expect(again.handle).toBe(handle);
  expect(await models.part("default", handle, 0, 1)).toBeUndefined();
  await again.open(negating());
  expect((await models.part("default", handle, 0, 1))?.bytes).toHaveLength(1);
});
