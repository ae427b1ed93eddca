/** Every tool and every resource with every single scope, of another tenant, and with other topics. */
import { describe, expect, it } from "vitest";
import type { Signature } from "../../engines/servable.js";
import type { Scope } from "../../gateway/auth/scopes.js";
import { scopes } from "../../gateway/auth/scopes.js";
import { tools } from "../../gateway/faces/mcp/tools/index.js";
import { keysForEachScope, type McpFace, mcpFace } from "../support/mcp.js";
import { trainerSignatures } from "../support/trainers.js";

interface ToolRow {
  readonly needs: Scope | "any";
  readonly args: Readonly<Record<string, unknown>>;
  /** What a tenant of another namespace with all scopes is told; undefined where it gets an answer of its own. */
  readonly elsewhere?: string;
}

const rows: Readonly<Record<string, ToolRow>> = {
  list_models: { needs: "any", args: {} },
  describe_model: { needs: "any", args: { model: "echo" } },
  infer: { needs: "models:infer", args: { model: "echo", inputs: { X: [[1]] } } },
  fit: { needs: "fits:run", args: { name: "fit", data: [[1]] } },
  train: {
    needs: "training:run",
    args: { trainer: "ridge", inputs: { X: [[1, 2]], y: [1] } },
  },
  get_job: { needs: "training:run", args: {} },
  list_streams: { needs: "streams:read", args: {} },
  get_regime: { needs: "streams:read", args: { stream: "SPX" }, elsewhere: "not_found" },
  get_events: { needs: "streams:read", args: { stream: "SPX" }, elsewhere: "not_found" },
  wait_for_regime_change: {
    needs: "streams:read",
    args: { stream: "SPX", cursor: "another-log:0", timeout_s: 1 },
    elsewhere: "not_found",
  },
};

const token = (name: string) => ({ headers: { authorization: `Bearer ${name}` } });

async function stand(trainers: readonly Signature[] = []): Promise<McpFace> {
  const face = mcpFace(keysForEachScope(), undefined, undefined, trainers);
  await face.openStream("SPX");
  await face.log("SPX");
  return face;
}

describe("the authorisation of MCP's tools", () => {
  it("has a row for every tool", () => {
    expect([...tools.keys()].sort()).toEqual(Object.keys(rows).sort());
  });

  describe.each(Object.entries(rows))("%s", (name, { needs, args, elsewhere }) => {
    it.each([...scopes, "nothing"])(`needs ${needs}, and is called with %s`, async (scope) => {
      const face = await stand(trainerSignatures);
      const { status, result } = await face.call(name, args, token(scope));
      expect(status).toBe(200);
      if (needs === "any" || needs === scope)
        return expect(result.isError, result.content[0].text).toBeUndefined();
      expect(result.isError).toBe(true);
      expect(result.content[0].text).toBe(`permission_denied: the token does not grant the scope ${needs}.`);
      expect(face.engine.runs).toHaveLength(0);
    });

    it("is refused without credentials, and with wrong ones", async () => {
      const face = await stand(trainerSignatures);
      for (const options of [{}, token("wrong")]) {
        const { status, headers } = await face.call(name, args, options);
        expect(status).toBe(401);
        expect(headers.get("www-authenticate")).toBe('Bearer realm="headgate"');
      }
    });

    it("shows nothing of it to another tenant", async () => {
      const face = await stand(trainerSignatures);
      const { result } = await face.call(name, args, token("elsewhere"));
      const text: string = result.content[0].text;
      if (elsewhere === undefined) expect(result.isError, text).toBeUndefined();
      else expect(text).toContain(elsewhere);
      expect(text).not.toContain("regime_change");
      if (name === "list_streams") expect(result.structuredContent).toEqual({ streams: [], total: 0 });
    });

    it("respects the topics of a token", async () => {
      const face = await stand(trainerSignatures);
      const { result } = await face.call(name, args, token("other-topics"));
      if (name === "list_streams") expect(result.structuredContent.streams).toEqual([]);
      else if (needs === "streams:read")
        expect(result.content[0].text).toContain(
          "permission_denied: the token does not grant the topic regime.SPX",
        );
      else expect(result.isError).toBeUndefined();
    });
  });
});

describe("the authorisation of MCP's resources", () => {
  const uris = async (face: McpFace, name: string) => {
    const { result } = await face.request("resources/list", {}, token(name));
    return result.resources.map(({ uri }: { uri: string }) => uri);
  };
  const models = ["headgate://models/echo", "headgate://models/fit", "headgate://models/openly"];

  it("lists streams to those that may read them", async () => {
    const face = await stand();
    expect(await uris(face, "nothing")).toEqual(models);
    expect(await uris(face, "elsewhere")).toEqual(models);
    expect(await uris(face, "other-topics")).toEqual(models);
    expect(await uris(face, "streams:read")).toEqual([...models, "headgate://streams/SPX"]);
  });

  it.each([
    ["nothing", "permission_denied"],
    ["other-topics", "permission_denied"],
    ["elsewhere", "SPX is not open"],
  ])("does not show a stream to %s", async (name, problem) => {
    const face = await stand();
    const { error } = await face.request("resources/read", { uri: "headgate://streams/SPX" }, token(name));
    expect(error?.code).toBe(-32_602);
    expect(error?.message).toContain(problem);
  });
});
