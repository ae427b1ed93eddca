import { Hono } from "hono";
import { expect, it } from "vitest";
import { failedRoute } from "../../gateway/faces/http/failed-route.js";

it("a route that throws is reported with its error, and the client is told no more than that it is a defect", async () => {
  const reported: unknown[] = [];
  const routes = new Hono();
  routes.onError(failedRoute((error) => reported.push(error)));
  const defect = new TypeError("/secret/path is undefined");
  routes.get("/", () => {
    throw defect;
  });
  const answer = await routes.request("/");
  expect(answer.status).toBe(500);
  expect(await answer.json()).toEqual({
    error: "a defect in the gateway; its log has the detail",
    code: "internal",
    retryable: false,
    processed: "maybe",
  });
  expect(reported).toEqual([defect]);
});
