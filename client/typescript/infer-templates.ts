/** Encodes the infer frames of a client, from a template where it has one that fits. */
import { encodeSized } from "../../protocol/msgpack.js";
import { InferTemplate } from "./infer-template.js";
import type { InferOptions, Inputs } from "./options.js";
import { TemplateList } from "./template-list.js";

export class InferTemplates {
  private readonly templates = new TemplateList<InferTemplate>();

  /** Undefined for a frame that the general writer has to encode. */
  encode(
    id: number,
    model: string,
    inputs: Inputs,
    options: InferOptions,
    remainingMs: number,
  ): Uint8Array | undefined {
    if (options.key !== undefined || options.traceparent !== undefined) return undefined; // always other texts
    const template = this.known(model, inputs, options) ?? this.made(model, inputs, options);
    return template && encodeSized(template.filled(id, remainingMs, inputs));
  }

  private known(model: string, inputs: Inputs, options: InferOptions): InferTemplate | undefined {
    const { items } = this.templates;
    for (let i = 0; i < items.length; i++) {
      const template = items[i] as InferTemplate;
      if (!template.fits(model, inputs, options)) continue;
      this.templates.fitted(i);
      return template;
    }
    return undefined;
  }

  private made(model: string, inputs: Inputs, options: InferOptions): InferTemplate | undefined {
    if (!this.templates.isWanted) return undefined;
    const template = InferTemplate.of(model, inputs, options);
    if (template !== undefined) this.templates.add(template);
    return template;
  }
}
