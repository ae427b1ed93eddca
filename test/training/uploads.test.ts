/** Uploads of models over a session: whole and in parts, in bounded memory. */
import { describe, expect, it } from "vitest";
import { HeadgateError } from "../../protocol/errors.js";
import type { UploadFrame } from "../../protocol/train-frames.js";
import type { TestHouse } from "../support/house.js";
import { anybody } from "../support/requests.js";
import { errorOf, heard, joinTraining, trainingHouse } from "../support/training-session.js";

const file = (from: number, count: number) => Uint8Array.from({ length: count }, (_, i) => from + i);

const whole = (id: number, more: Partial<UploadFrame> = {}): UploadFrame => ({
  type: "upload",
  id,
  publish: { model: "mine" },
  onnx: file(0, 4),
  ...more,
});

const part = (id: number, at: number, more: Partial<UploadFrame> = {}): UploadFrame => ({
  type: "upload",
  id,
  ...(at === 0 && { publish: { model: "mine", version: "7" } }),
  upload: "u1",
  part: at,
  onnx: file(10 * at, 10),
  ...more,
});

const uploaded = (house: TestHouse) => house.training.models.uploaded;
const held = (house: TestHouse) => house.training.parts.uploadPlaces.bytes;

describe("a model in one frame", () => {
  it("is answered once it serves", async () => {
    const house = trainingHouse();
    const { session, ask } = await joinTraining(house);
    let open = () => {};
    house.training.models.gate = new Promise((resolve) => {
      open = resolve;
    });
    expect(
      await ask(whole(1, { publish: { model: "mine", traffic: 0.5, aliases: ["challenger"] } })),
    ).toEqual([]);
    open();
    expect(await heard(house, session)).toEqual([{ type: "ack", id: 1, model: "mine", version: "1" }]);
    expect(uploaded(house)).toMatchObject([
      { publication: { model: "mine", traffic: 0.5, aliases: ["challenger"] }, onnx: file(0, 4) },
    ]);
  });

  it("is refused for its size", async () => {
    const house = trainingHouse({ uploads: { file_bytes: 1_024 } });
    const { only } = await joinTraining(house);
    expect(errorOf(await only(whole(1, { onnx: new Uint8Array(1_025) })))).toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(/^onnx: the file has more than 1024 bytes/),
    });
    expect(await only(whole(2, { onnx: new Uint8Array(1_024) }))).toMatchObject({ type: "ack" });
  });

  it("is refused for what forbids its publication", async () => {
    const house = trainingHouse();
    const { only } = await joinTraining(house);
    house.training.models.refusal = new HeadgateError("failed_precondition", "publish.version: 3 is there");
    expect(errorOf(await only(whole(1)))).toMatchObject({ code: "failed_precondition" });
    expect(uploaded(house)).toEqual([]);
  });
});

describe("a model in parts", () => {
  it("is published with its last part, and is whole", async () => {
    const house = trainingHouse();
    const { ask } = await joinTraining(house);
    expect(await ask(part(1, 0), part(2, 1))).toEqual([
      { type: "ack", id: 1, upload: "u1", part: 0, bytes: 10 },
      { type: "ack", id: 2, upload: "u1", part: 1, bytes: 20 },
    ]);
    expect(uploaded(house)).toEqual([]);
    expect(held(house)).toBe(20);
    expect(await ask(part(3, 2, { last: true }))).toEqual([
      { type: "ack", id: 3, model: "mine", version: "7" },
    ]);
    expect(uploaded(house)).toMatchObject([
      {
        publication: { model: "mine", version: "7" },
        onnx: file(0, 30),
        principal: { namespace: "default" },
      },
    ]);
    expect(held(house)).toBe(0);
  });

  it("may be one part", async () => {
    const house = trainingHouse();
    const { only } = await joinTraining(house);
    expect(await only(part(1, 0, { last: true }))).toMatchObject({ model: "mine", version: "7" });
    expect(uploaded(house)).toMatchObject([{ onnx: file(0, 10) }]);
  });

  it.each([
    ["a part that is missing", 2, "part 1 must come next, got 2"],
    ["a part that came before", 0, "part 1 must come next, got 0"],
  ])("ends with %s, and so do its later parts", async (_, at, message) => {
    const house = trainingHouse();
    const { only } = await joinTraining(house);
    await only(part(1, 0));
    const refused = errorOf(await only(part(2, at)));
    expect(refused).toMatchObject({ code: "failed_precondition", processed: "no" });
    expect(refused.message).toContain(message);
    expect(held(house)).toBe(0);
    expect(errorOf(await only(part(3, 1)))).toMatchObject({
      code: "failed_precondition",
      message: expect.stringMatching(/^upload: there is no upload u1 for part 1/),
    });
    expect(await only(part(4, 0, { last: true }))).toMatchObject({ model: "mine" });
  });

  it("ends when it grows too large, and gives its memory back", async () => {
    const house = trainingHouse({ uploads: { file_bytes: 1_024 } });
    const { only } = await joinTraining(house);
    await only(part(1, 0, { onnx: new Uint8Array(1_000) }));
    expect(errorOf(await only(part(2, 1, { onnx: new Uint8Array(25) })))).toMatchObject({
      code: "invalid_argument",
    });
    expect(held(house)).toBe(0);
  });

  it("ends when its next part does not come, or its connection goes", async () => {
    const house = trainingHouse({ uploads: { idle_ms: 1_000 } });
    const { session, only } = await joinTraining(house);
    await only(part(1, 0));
    await house.clock.advance(999);
    await only(part(2, 1));
    await house.clock.advance(999);
    expect(held(house)).toBe(20);
    await house.clock.advance(1);
    expect(held(house)).toBe(0);
    expect(errorOf(await only(part(3, 2)))).toMatchObject({ code: "failed_precondition" });
    await only(part(4, 0));
    expect(held(house)).toBe(10);
    session.session.gone();
    expect(held(house)).toBe(0);
    await house.clock.advance(2_000);
    expect(uploaded(house)).toEqual([]);
  });

  it("is one of so many on a connection, and each has its own parts", async () => {
    const house = trainingHouse({ uploads: { uploads: 2 } });
    const { only } = await joinTraining(house);
    for (const upload of ["a", "b"]) await only(part(1, 0, { upload }));
    expect(errorOf(await only(part(2, 0, { upload: "c" })))).toMatchObject({ code: "resource_exhausted" });
    await only(part(3, 1, { upload: "a", last: true }));
    expect(uploaded(house)).toMatchObject([{ onnx: file(0, 20) }]);
    expect(await only(part(4, 0, { upload: "c" }))).toMatchObject({ upload: "c", part: 0 });
  });

  it("takes no memory that there is not, and leaves other tenants some", async () => {
    const house = trainingHouse({ uploads: { memory_bytes: 2_048, file_bytes: 2_048 } });
    const { only } = await joinTraining(house);
    const other = await joinTraining(house, { ...anybody, tenant: "other", namespace: "other" });
    await only(part(1, 0, { upload: "a", onnx: new Uint8Array(1_000) }));
    expect(errorOf(await only(part(2, 0, { upload: "b", onnx: new Uint8Array(600) })))).toMatchObject({
      code: "resource_exhausted",
      message: expect.stringContaining("uploads.memory_bytes"),
    });
    expect(await other.only(part(1, 0, { onnx: new Uint8Array(400) }))).toMatchObject({ part: 0 });
    expect(held(house)).toBe(1_400);
    expect(await only(part(3, 1, { upload: "a", onnx: new Uint8Array(1) }))).toMatchObject({ bytes: 1_001 });
  });

  it("keeps none of its message's memory: a part is copied", async () => {
    const house = trainingHouse();
    const uploads = house.training.parts.newUploads();
    const message = file(0, 100);
    const places = house.training.parts.uploadPlaces.of("desk");
    const first = { publication: { model: "m" }, upload: "u", part: 0, last: false };
    uploads.part({ ...first, onnx: message.subarray(10, 20) }, places);
    message.fill(0);
    const found = uploads.part({ upload: "u", part: 1, last: true, onnx: Uint8Array.of(1) }, places);
    expect(found).toMatchObject({ onnx: Uint8Array.of(...file(10, 10), 1) });
  });

  it("is refused before its bytes are taken where its version cannot be", async () => {
    const house = trainingHouse();
    const { only } = await joinTraining(house);
    house.training.models.refusal = new HeadgateError("failed_precondition", "publish.version: 7 is there");
    expect(errorOf(await only(part(1, 0)))).toMatchObject({ message: "publish.version: 7 is there" });
    expect(held(house)).toBe(0);
  });
});
