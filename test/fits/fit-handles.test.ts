import { describe, expect, it } from "vitest";
import type { Application, ParameterSpec, Servable, TensorSpec } from "../../engines/servable.js";
import { Catalog } from "../../gateway/catalog/catalog.js";
import type { TensorRequest } from "../../gateway/catalog/inference-request.js";
import { FitHandles, renewedHandle } from "../../gateway/fits/fit-handles.js";
import { KeptFits } from "../../gateway/fits/kept-fits.js";
import { engineParameters, withKeeping } from "../../gateway/fits/kept-signatures.js";
import type { Parameters, WireTensors } from "../../protocol/frames.js";
import { FakeClock } from "../support/clock.js";
import { fitting as aFit, rowsOf } from "../support/servables.js";

function floats(name: string): TensorSpec {
  return { name, datatypes: ["FP32"], shape: ["n", "p"], optional: true, description: name };
}

function flag(name: string): ParameterSpec {
  return { name, description: name, default: false, anyOf: [{ type: "boolean" }] };
}

/** A servable of these inputs, outputs and parameters. */
function made(name: string, inputs: string[], outputs: string[], parameters: string[] = []): Servable {
  const { signature, ...rest } = aFit({}, name);
  const specs = { inputs: [...signature.inputs, ...inputs.map(floats)], outputs: outputs.map(floats) };
  return { ...rest, signature: { ...signature, ...specs, parameters: parameters.map(flag) } };
}

/** With a parameter that is true by default where the fit is to be kept. */
function storing({ signature, ...rest }: Servable): Servable {
  return { ...rest, signature: { ...signature, parameters: [{ ...flag("store"), keptDefault: true }] } };
}

/** A fit whose applications take these outputs of it. */
function applied({ signature, ...rest }: Servable, ...attributes: string[]): Servable {
  return { ...rest, signature: { ...signature, attributes } };
}

/** It says what it is of itself: its name says nothing. */
function applying({ signature, ...rest }: Servable, of: string, kind: Application["kind"]): Servable {
  return { ...rest, signature: { ...signature, application: { of, kind } } };
}

const scalerInputs = ["mean", "var", "old"];
const servables = [
  applied(made("scaler", [], ["mean", "var", "labels"], ["with_std", "slow"]), ...scalerInputs),
  applying(made("scaler.apply", ["mean"], ["transform"], ["with_std", "inverse"]), "scaler", "apply"),
  applying(made("scaler.update", scalerInputs, ["mean", "var"], ["with_std"]), "scaler", "update"),
  made("lonely", [], ["Y"]),
  applied(made("other", [], ["mean"]), "mean"),
  applied(storing(made("storing", [], ["mean"])), "mean"),
  applying(made("other.apply", ["mean"], ["transform"]), "other", "apply"),
  made("named.update", ["mean"], ["mean"]),
];

function harness() {
  const catalog = new Catalog();
  for (const servable of servables) catalog.set(servable, { kind: "ready" });
  const clock = new FakeClock();
  const kept = new KeptFits(clock, { countMax: 10, bytesMax: 1_000 });
  const keeping = new FitHandles(
    kept,
    servables.map(({ signature }) => signature),
  );
  const unfold = (
    model: string,
    parameters: Parameters = {},
    rest: Partial<TensorRequest> = {},
    namespace = "desk",
  ) => {
    const request: TensorRequest = { model, inputs: { X: rowsOf(1) }, parameters, ...rest };
    // An answer that is not transformed stays as it is.
    return {
      transformOutputs: (outputs: WireTensors) => outputs,
      ...keeping.resolve(catalog.resolve(model), request, namespace),
    };
  };
  /** Fits and keeps; the handle. */
  const keep = (outputs: WireTensors, parameters: Parameters = {}, model = "scaler") => {
    const { handle } = unfold(model, { ...parameters, keep_seconds: 60 }).transformOutputs(outputs);
    return String(handle?.data[0]);
  };
  return { clock, kept, unfold, keep };
}

const answer = { mean: rowsOf(2), var: rowsOf(3), labels: rowsOf(4) };

describe("signatures", () => {
  const signatures = withKeeping(servables.map(({ signature }) => signature));
  const named = (name: string) => signatures.find((signature) => signature.name === name);
  const names = (specs: readonly { readonly name: string }[] | undefined) => specs?.map(({ name }) => name);

  it("of a fit that can be applied take keep_seconds and answer a handle", () => {
    expect(names(named("scaler")?.parameters)).toEqual(["with_std", "slow", "keep_seconds"]);
    expect(names(named("scaler")?.outputs)).toEqual(["mean", "var", "labels", "handle"]);
  });

  it("of its applications take a handle", () => {
    expect(names(named("scaler.apply")?.parameters)).toEqual(["with_std", "inverse", "handle"]);
    expect(names(named("scaler.update")?.parameters)).toEqual(["with_std", "handle"]);
    expect(names(named("scaler.update")?.outputs)).toEqual(["mean", "var"]);
  });

  it("of a fit that cannot stay as they are", () => {
    expect(named("lonely")).toEqual(servables[3]?.signature);
  });

  it("tell the engine nothing of keeping, not even the defaults", () => {
    for (const [name, parameters] of [
      ["scaler", { with_std: false, slow: true }],
      ["scaler.apply", { with_std: false, inverse: false }],
    ] as const) {
      const signature = named(name);
      if (signature === undefined) throw new Error(`no ${name}`);
      const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value));
      expect(engineParameters(signature, given)).toEqual(parameters);
    }
  });

  it("know an application by what it says, not by its name", () => {
    expect(named("named.update")).toEqual(servables.at(-1)?.signature);
    const request = { model: "any", inputs: {}, parameters: { handle: "h" } };
    const renewed = signatures.filter((signature) => renewedHandle(signature, request) === "h");
    expect(names(renewed)).toEqual(["scaler.update"]);
  });
});

describe("a fit with keep_seconds", () => {
  it("is asked for everything, without what only the gateway knows, and answers a handle too", () => {
    const { unfold } = harness();
    const asked = unfold("scaler", { with_std: true, keep_seconds: 60 });
    expect(asked.parameters).toEqual({ with_std: true });
    expect(asked.outputs).toBeUndefined();
    expect(asked.transformOutputs(answer)).toEqual({
      ...answer,
      handle: { datatype: "BYTES", shape: [], data: [expect.stringMatching(/^[\w-]{21}$/)] },
    });
  });

  it("answers only the outputs that were wanted, and the handle", () => {
    const { unfold } = harness();
    const { transformOutputs } = unfold("scaler", { keep_seconds: 60 }, { outputs: ["var"] });
    expect(Object.keys(transformOutputs(answer))).toEqual(["var", "handle"]);
  });

  it("keeps what its applications take, and no more", () => {
    const { kept, keep } = harness();
    const handle = keep(answer, { with_std: true, slow: true });
    expect(kept.find("desk", handle)).toEqual({
      model: "scaler",
      attributes: { mean: answer.mean, var: answer.var },
      parameters: { with_std: true },
    });
  });

  it("has the defaults of a fit that is kept, unless it is told otherwise", () => {
    const { unfold } = harness();
    const asked = (parameters: Parameters) => unfold("storing", parameters).parameters;
    expect(asked({ keep_seconds: 60 })).toEqual({ store: true });
    expect(asked({ keep_seconds: 60, store: false })).toEqual({ store: false });
    expect(asked({ keep_seconds: null })).toEqual({});
    expect(asked({})).toEqual({});
  });

  it("keeps nothing when it is null, nor before there is an answer", () => {
    const { kept, unfold } = harness();
    const asked = unfold("scaler", { keep_seconds: null }, { outputs: ["var"] });
    expect([asked.outputs, asked.transformOutputs(answer)]).toEqual([["var"], answer]);
    unfold("scaler", { keep_seconds: 60 });
    expect(kept.count).toBe(0);
  });
});

describe("a handle", () => {
  it("puts the attributes that are taken among the inputs, and carries parameters over", () => {
    const { unfold, keep } = harness();
    const handle = keep(answer, { with_std: true });
    const asked = unfold("scaler.apply", { handle, inverse: true }, { outputs: ["transform"] });
    expect(asked.inputs).toEqual({ X: rowsOf(1), mean: answer.mean });
    expect(asked.parameters).toEqual({ with_std: true, inverse: true });
    expect(asked.outputs).toEqual(["transform"]);
    expect(asked.transformOutputs({ transform: rowsOf(5) })).toEqual({ transform: rowsOf(5) });
  });

  it("yields to what the request says itself", () => {
    const { unfold, keep } = harness();
    const handle = keep(answer, { with_std: true });
    const inputs = { X: rowsOf(1), mean: rowsOf(9) };
    const asked = unfold("scaler.apply", { handle, with_std: false }, { inputs });
    expect(asked.inputs).toEqual(inputs);
    expect(asked.parameters).toEqual({ with_std: false });
  });

  it("of another fit is refused", () => {
    const { unfold, keep } = harness();
    const handle = keep({ mean: rowsOf(1) }, {}, "other");
    expect(() => unfold("scaler.apply", { handle })).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        message: "parameters.handle: it is a kept other, scaler.apply takes a scaler",
      }),
    );
  });

  it("of another namespace, or one that expired, is not found", async () => {
    const { clock, unfold, keep } = harness();
    const handle = keep(answer);
    const missing = expect.objectContaining({ code: "not_found" });
    expect(() => unfold("scaler.apply", { handle }, {}, "other")).toThrow(missing);
    await clock.advance(60_000);
    expect(() => unfold("scaler.apply", { handle })).toThrow(missing);
  });
});

describe("an update", () => {
  it("leaves its answer under the handle, with what it does not answer", () => {
    const { kept, unfold, keep } = harness();
    const handle = keep({ ...answer, old: rowsOf(7) });
    const asked = unfold("scaler.update", { handle }, { outputs: ["mean"] });
    expect(asked.outputs).toBeUndefined();
    expect(asked.transformOutputs({ mean: rowsOf(8), var: rowsOf(9) })).toEqual({ mean: rowsOf(8) });
    const { attributes } = kept.find("desk", handle);
    expect(attributes).toEqual({ mean: rowsOf(8), var: rowsOf(9), old: rowsOf(7) });
  });

  it("leaves nothing of the past beside it: what it could renew and did not is gone", () => {
    const { kept, unfold, keep } = harness();
    const handle = keep(answer);
    unfold("scaler.update", { handle }).transformOutputs({ mean: rowsOf(8) });
    expect(kept.find("desk", handle).attributes).toEqual({ mean: rowsOf(8) });
  });

  it("that has not answered changes nothing", () => {
    const { kept, unfold, keep } = harness();
    const handle = keep(answer);
    unfold("scaler.update", { handle });
    expect(kept.find("desk", handle).attributes).toEqual({ mean: answer.mean, var: answer.var });
  });
});
