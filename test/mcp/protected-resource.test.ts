/** RFC 9728: where tokens of issuers are accepted, a client is told where to get one, and nowhere else. */
import { describe, expect, it } from "vitest";
import { scopes } from "../../gateway/auth/scopes.js";
import { keysForEachScope, mcpFace } from "../support/mcp.js";

const issuer = {
  issuer: "https://id.example",
  audience: "https://gate.example/mcp",
  jwks_uri: "https://id.example/keys",
};
const path = "/.well-known/oauth-protected-resource";

describe("a gateway that accepts tokens of issuers", () => {
  const face = () => mcpFace({ public_url: "https://gate.example/", auth: { issuers: [issuer] } });

  it("names in its 401 the document that names the issuers", async () => {
    const { routes, request } = face();
    const { status, headers, error } = await request("tools/list");
    expect(status).toBe(401);
    expect(error?.message).toContain("unauthenticated");
    const challenge = headers.get("www-authenticate") ?? "";
    const [, url = ""] = challenge.match(/^Bearer realm="headgate", resource_metadata="([^"]+)"$/) ?? [];
    expect(url).toBe(`https://gate.example${path}/mcp`);
    const response = await routes.request(new URL(url).pathname);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      resource: "https://gate.example/mcp",
      authorization_servers: ["https://id.example"],
      scopes_supported: [...scopes],
      bearer_methods_supported: ["header"],
      resource_name: "Headgate",
    });
  });

  it("describes itself as a whole, too", async () => {
    const response = await face().routes.request(path);
    expect(await response.json()).toMatchObject({ resource: "https://gate.example" });
  });
});

describe("a gateway without issuers, or without a public address", () => {
  it.each([
    ["keys alone", { ...keysForEachScope(), public_url: "https://gate.example" }],
    ["no public address", { auth: { issuers: [issuer] } }],
  ])("has no such document: %s", async (_, config) => {
    const { routes, request } = mcpFace(config);
    expect((await routes.request(path)).status).toBe(404);
    expect((await routes.request(`${path}/mcp`)).status).toBe(404);
    const { status, headers } = await request("tools/list");
    expect([status, headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="headgate"']);
  });
});
