/** A trading policy that is asked what to do. */
import { HeadgateError } from "../../protocol/errors.js";
import { elementCount } from "../../protocol/tensor.js";
import type { Description } from "./description.js";
import { laidOut, type ObservationLayout } from "./observation-layout.js";
import type { CallOptions, InferOptions, InferResult, Inputs, Tensors } from "./options.js";
import { tensor } from "./tensor.js";

/** One observation: numbers in their order; or by name, of a policy that tells the layout of its observation. */
export type Observation = readonly number[] | Float32Array | Float64Array | Readonly<Record<string, number>>;

export interface PolicyActions {
  readonly describe: (model: string, call: CallOptions) => Promise<Description>;
  readonly infer: (model: string, inputs: Inputs, options: InferOptions) => Promise<InferResult>;
}

/** What a policy answers. */
export interface PolicyAction {
  /** The action: a number of a discrete policy or of one asset, or one for each asset. */
  readonly action: number | readonly number[];
  /** All outputs, such as `weights`, the shares of the equity that the action stands for. */
  readonly outputs: Tensors;
  /** Who answered. */
  readonly source: InferResult["source"];
}

/** A policy by its model's name. What its observation is made of is asked for once. */
export class Policy {
  private known: Promise<ObservationLayout | undefined> | undefined;
  private layoutNow: ObservationLayout | undefined;

  /** @internal */
  constructor(
    /** The model's name. */
    readonly name: string,
    private readonly actions: PolicyActions,
    private readonly settings: Pick<InferOptions, "version" | "priority">,
  ) {}

  /**
   * The action for one observation. One of another layout is refused before it is sent, where the policy tells it.
   * @param observation numbers in their order, or by name
   * @param options the time, priority and version of this request
   * @throws {@link HeadgateError} `invalid_argument` naming what is missing or unknown
   */
  async act(observation: Observation, options: InferOptions = {}): Promise<PolicyAction> {
    const values = await this.valuesOf(observation, options);
    const inputs = { observation: tensor(Float32Array.from(values), [1, values.length]) };
    const result = await this.actions.infer(this.name, inputs, { ...this.settings, ...options });
    const { outputs, source } = result;
    const given = outputs["action"];
    if (given === undefined)
      throw new HeadgateError("invalid_argument", `${this.name} answers ${Object.keys(outputs)}, no action`);
    const numbers = Array.from(given.data as Iterable<number | bigint>, Number);
    return { action: elementCount(given.shape) === 1 ? (numbers[0] as number) : numbers, outputs, source };
  }

  /**
   * What its observation is made of.
   * @param call the time of this call
   * @throws {@link HeadgateError} `invalid_argument` for a policy that does not tell it
   */
  async layout(call: CallOptions = {}): Promise<ObservationLayout> {
    const layout = await this.described(call);
    if (layout === undefined) throw withoutLayout(this.name);
    return layout;
  }

  /** Numbers in their order are sent at once while the layout is not known yet: the gateway checks them by it. */
  private async valuesOf(
    observation: Observation,
    options: CallOptions,
  ): Promise<readonly number[] | Float32Array | Float64Array> {
    if (!isOrdered(observation)) return laidOut(await this.layout(options), observation);
    if (this.layoutNow !== undefined) return laidOut(this.layoutNow, observation);
    this.described({}).catch(() => undefined); // the next request asks again
    return observation;
  }

  private described({ timeoutMs }: CallOptions): Promise<ObservationLayout | undefined> {
    this.known ??= this.actions
      .describe(this.name, { ...(timeoutMs !== undefined && { timeoutMs }) })
      .then(({ models }) => {
        this.layoutNow = models.findLast(({ version }) => version !== null)?.policy;
        return this.layoutNow;
      })
      .catch((error: unknown) => {
        this.known = undefined; // the next call asks again
        throw error;
      });
    return this.known;
  }
}

function isOrdered(observation: Observation): observation is readonly number[] | Float32Array | Float64Array {
  return Array.isArray(observation) || ArrayBuffer.isView(observation);
}

function withoutLayout(policy: string): HeadgateError {
  return new HeadgateError(
    "invalid_argument",
    `${policy}: does not tell the layout of its observation: give the numbers in their order`,
  );
}
