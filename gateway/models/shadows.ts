/**
 * Shadow versions: they are given requests that another version has answered, and their answers are only compared. No
 * client waits for them: they run after the answer, in a thread of low priority, and not at all while they are busy.
 */
import { mismatch } from "../../engines/onnx/golden.js";
import type { Servable } from "../../engines/servable.js";
import { validateInputs } from "../../engines/validate.js";
import type { WireTensors } from "../../protocol/frames.js";
import { elementCount, fromWire } from "../../protocol/tensor.js";
import { isExpired } from "../catalog/expiry.js";
import type { TensorRequest } from "../catalog/inference-request.js";
import type { Clock } from "../clock.js";
import type { Scheduler } from "../scheduling/scheduler.js";

export interface Shadow {
  readonly servable: Servable;
  readonly rtol: number;
  readonly atol: number;
  readonly inFlightMax: number;
}

export type ShadowOutcome = "match" | "mismatch" | "failed" | "dropped" | "expired";

export interface ShadowEvents {
  /** @param ms the shadow's time; 0 when it was not asked */
  readonly compared: (shadow: Servable, outcome: ShadowOutcome, ms: number, reason?: string) => void;
}

/** The inputs of a request, and its answer. */
export interface MirroredAnswer {
  readonly request: Pick<TensorRequest, "inputs" | "outputs">;
  readonly version: string;
  readonly outputs: WireTensors;
}

/** Milliseconds that a shadow has for its answer. */
const timeoutMs = 5_000;
/** Elements of an answer that are compared, on the socket thread, in well under a millisecond. */
const elementsMax = 65_536;
/** The tenant that the shadows' requests count for. */
const tenant = "headgate";

interface ActiveShadow extends Shadow {
  inFlight: number;
}

export class Shadows {
  private readonly shadows = new Map<string, ActiveShadow>();

  constructor(
    private readonly scheduler: Pick<Scheduler, "submit">,
    private readonly clock: Clock,
    private readonly events: ShadowEvents,
  ) {}

  set(model: string, shadow: Shadow | undefined): void {
    const known = this.shadows.get(model);
    if (shadow === undefined) this.shadows.delete(model);
    else this.shadows.set(model, { ...shadow, inFlight: known?.inFlight ?? 0 });
  }

  has(model: string): boolean {
    return this.shadows.size > 0 && this.shadows.has(model);
  }

  /** Returns at once, and never throws. */
  mirror(model: string, answered: MirroredAnswer): void {
    const shadow = this.shadows.get(model);
    if (shadow === undefined || shadow.servable.signature.version === answered.version) return;
    if (isExpired(shadow.servable, this.clock.wall()))
      return this.events.compared(shadow.servable, "expired", 0);
    const elements = Object.values(answered.outputs).reduce((sum, { shape }) => sum + elementCount(shape), 0);
    if (shadow.inFlight >= shadow.inFlightMax || elements > elementsMax)
      return this.events.compared(shadow.servable, "dropped", 0);
    shadow.inFlight++;
    this.ask(shadow, answered).finally(() => {
      shadow.inFlight--;
    });
  }

  private async ask(shadow: ActiveShadow, { request, version, outputs }: MirroredAnswer): Promise<void> {
    const { servable, rtol, atol } = shadow;
    const started = this.clock.now();
    const tell = (outcome: ShadowOutcome, reason?: string) =>
      this.events.compared(servable, outcome, this.clock.now() - started, reason);
    try {
      const { answer } = this.scheduler.submit({
        servable,
        inputs: request.inputs,
        parameters: {},
        outputs: Object.keys(outputs),
        ...validateInputs(servable, request.inputs),
        tenant,
        weight: 1,
        priority: servable.scheduling.priorityLevels,
        timeoutMs,
      });
      const wanted = { madeBy: `version ${version}`, inputs: {}, outputs: inHand(outputs), rtol, atol };
      const wrong = mismatch(wanted, inHand((await answer).outputs));
      if (wrong === undefined) tell("match");
      else tell("mismatch", wrong);
    } catch (error) {
      tell("failed", error instanceof Error ? error.message : String(error));
    }
  }
}

function inHand(outputs: WireTensors) {
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromWire(tensor)]));
}
