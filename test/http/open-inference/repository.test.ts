/** Triton's statistics, its index and the control of the repository: what their bodies may hold. */
import { expect, it } from "vitest";
import { face } from "../../support/open-inference.js";
import { fitting, model } from "../../support/servables.js";

function asked() {
  const test = face([model(), model({}, "other"), fitting()]);
  const { routes } = test;
  const post = async (path: string, text: string) => {
    const headers = { "content-length": String(Buffer.byteLength(text)) };
    const answer = await routes.request(path, { method: "POST", body: text, headers });
    return { status: answer.status, body: await answer.json() };
  };
  const get = async (path: string) => (await routes.request(path)).json();
  return { ...test, post, get };
}

const zero = { count: 0, ns: 0 };

it("statistics of a version that was never asked are zeros, in the list of all and by its name", async () => {
  const { get, infer } = asked();
  const never = {
    version: "1",
    inference_count: 0,
    execution_count: 0,
    inference_stats: { success: zero, fail: zero, queue: zero, compute_infer: zero },
  };
  expect(await get("/v2/models/other/stats")).toMatchObject({ model_stats: [{ ...never, name: "other" }] });
  expect(await get("/v2/models/other/versions/1/stats")).toMatchObject({ model_stats: [never] });
  await infer({ inputs: [{ name: "X", datatype: "FP32", shape: [1, 1], data: [1] }] });
  const { model_stats: all } = (await get("/v2/models/stats")) as {
    model_stats: { name: string; inference_stats: { success: { count: number } } }[];
  };
  const counts = Object.fromEntries(
    all.map(({ name, inference_stats: { success } }) => [name, success.count]),
  );
  expect(all).toHaveLength(3);
  expect(counts).toMatchObject({ echo: 1, other: 0 });
});

it.each([
  ["", 200],
  ["{}", 200],
  ['{"ready":true}', 200],
  ['{"ready":false,"more":[1]}', 200],
  ['{"ready":{}}', 400, /^ready: /],
  ['{"ready":"true"}', 400, /^ready: /],
  ['{"ready":null}', 400, /^ready: /],
  ['{"text":"\\"ready\\": true"}', 200],
  ["[]", 400, /^the body: must be a JSON object/],
  ["{", 400, /^the body: is not JSON/],
  ['{"__proto__":{"ready":true}}', 400, /^__proto__: /],
])("an index with the body %j is answered %i", async (text, status, error = /./) => {
  const { post } = asked();
  const answer = await post("/v2/repository/index", text);
  expect(answer.status).toBe(status);
  if (status === 400) expect(answer.body).toMatchObject({ error: expect.stringMatching(error) });
  else expect(answer.body).toHaveLength(3);
});

const file = "x".repeat(200_000);

it.each([
  ["load", '{"parameters":{"config":"{}"}}', 501, /config or files/],
  ["load", '{"parameters":{"file:1/model.onnx":"AAAA"}}', 501, /config or files/],
  ["load", `{"parameters":{"config":"${file}"}}`, 501, /config or files/],
  ["load", `{"parameters":{"file:1/model.onnx":"${file}"}}`, 501, /config or files/],
  ["unload", `{"parameters":{"config":"${file}"}}`, 413, /at most/],
  ["load", '{"parameters":5}', 400, /^parameters: /],
  ["unload", '{"parameters":[]}', 400, /^parameters: /],
  ["load", "7", 400, /^the body: /],
  ["load", '{"parameters":{"__proto__":1}}', 400, /^parameters\.__proto__: /],
])("%s with the body %j is answered %i", async (action, text, status, error) => {
  const { post } = asked();
  const answer = await post(`/v2/repository/models/echo/${action}`, text);
  expect([answer.status, answer.body]).toMatchObject([status, { error: expect.stringMatching(error) }]);
});

it("what is written in a value of `load` is no parameter", async () => {
  const { post } = asked();
  const answer = await post("/v2/repository/models/echo/load", '{"note":"\\"config\\" and \\"file:\\""}');
  expect(answer.status).toBe(200);
});
