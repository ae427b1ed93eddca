/** The Open Inference routes over requests that the test controls: no socket, no threads. */
import { expect } from "vitest";
import type { Servable } from "../../engines/servable.js";
import { BodyPlaces } from "../../gateway/faces/http/body-places.js";
import { openInferenceRoutes } from "../../gateway/faces/http/open-inference/routes.js";
import { anybody, testRequests } from "./requests.js";
import { fitting, model } from "./servables.js";

export function face(servables: readonly Servable[] = [model(), fitting()], bodyBytesMax = 1_000_000) {
  const test = testRequests({}, servables);
  const places = new BodyPlaces(10_000_000);
  const routes = openInferenceRoutes({
    server: "headgate/1.2.3",
    requests: test.requests,
    authenticators: { authenticate: () => ({ kind: "accepted", principal: anybody }) },
    clock: test.clock,
    places,
    bodyBytesMax,
  });
  const infer = async (body: Uint8Array | object, headers: Record<string, string> = {}, name = "echo") => {
    const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
    const response = routes.request(`/v2/models/${name}/infer`, {
      method: "POST",
      body: bytes as Uint8Array<ArrayBuffer>,
      headers: { "content-length": String(bytes.length), ...headers },
    });
    let isAnswered = false;
    const answered = () => {
      isAnswered = true;
    };
    void Promise.resolve(response).then(answered, answered);
    while (!isAnswered) {
      await test.clock.settle();
      test.engine.finishAll();
      await new Promise((resolve) => setImmediate(resolve)); // compression runs in threads of its own
    }
    const answer = await response;
    expect(places.bytes).toBe(0);
    return answer;
  };
  return { routes, places, infer, ...test };
}

export const X = { name: "X", datatype: "FP32", shape: [2, 2], data: [0.5, 1, -2, 3] };

/** JSON followed by the bytes of tensors, and the header that says where they begin. */
export function withBinary(json: object, ...tails: Uint8Array[]): [Uint8Array, Record<string, string>] {
  const head = Buffer.from(JSON.stringify(json));
  return [
    Buffer.concat([head, ...tails]),
    { "inference-header-content-length": String(head.length), "content-type": "application/json" },
  ];
}

export const bytesOf = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
