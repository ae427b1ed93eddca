/** The panel "Console": asks one servable, and shows what it answers. */
import "./console.css";
import type { Gate } from "../../client/typescript/gate.js";
import { HeadgateError } from "../../protocol/errors.js";
import { element, setText } from "../element.js";
import type { Panel, PanelContext, PanelView } from "../panel.js";
import { answerView, type ConsoleAnswer } from "./answer-view.js";
import { HistoryList } from "./history-list.js";
import { RequestForm } from "./request-form.js";
import { type FormValues, type PastRequest, withRequest } from "./request-history.js";
import type { ConsoleRequest } from "./request-snippets.js";
import { askServable, tryDetector } from "./requests.js";
import { type ServableChoice, servableChoices, servableGroups } from "./servable-choices.js";
import { SnippetButtons } from "./snippet-buttons.js";

export const consolePanel: Panel = {
  id: "console",
  title: "Console",
  mount: (place, context) => new ConsoleView(place, context),
};

class ConsoleView implements PanelView {
  private choices: readonly ServableChoice[] = [];
  /** The connection over which the servables were asked for. */
  private described: string | undefined;
  private connected: string | undefined;
  private form: RequestForm | undefined;
  private past: readonly PastRequest[] = [];
  private running: AbortController | undefined;
  private readonly servable = element("select", { id: "console-servable" });
  private readonly description = element("p", { class: "servable-description" });
  private readonly fields = element("div");
  private readonly send = element("button", { type: "submit", class: "primary" }, "Send");
  private readonly cancel = element("button", { type: "button" }, "Cancel");
  private readonly example = element("button", { type: "button" }, "Fill with an example");
  private readonly problem = element("p", { class: "problem", role: "alert" });
  private readonly answer = element("div", { class: "answer-place", role: "status" });
  private readonly history = new HistoryList((values) => this.again(values));
  private readonly snippets: SnippetButtons;

  constructor(
    place: HTMLElement,
    private readonly context: PanelContext,
  ) {
    this.cancel.hidden = true;
    this.snippets = new SnippetButtons(
      () => this.form?.read(),
      (text) => context.announce(text),
    );
    const form = element(
      "form",
      { class: "console-form", novalidate: true },
      element("h2", {}, "Console"),
      element(
        "div",
        { class: "field" },
        element("label", { for: "console-servable" }, "Servable"),
        this.servable,
      ),
      this.description,
      this.fields,
      element("div", { class: "actions" }, this.send, this.cancel, this.example),
      this.snippets.root,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.ask();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    this.cancel.addEventListener("click", () => this.running?.abort());
    this.example.addEventListener("click", () => this.form?.fillExample());
    this.servable.addEventListener("change", () => this.choose(this.servable.value));
    const answers = element(
      "div",
      { class: "console-answers" },
      element("h2", {}, "Answer"),
      this.problem,
      this.answer,
      this.history.root,
    );
    place.append(element("div", { class: "console" }, form, answers));
    this.showHint("Choose a servable, fill in its fields, and send. Control and Enter send as well.");
    context.onConnection((state) => {
      if (state.kind !== "connected") return;
      this.connected = state.connection;
      void this.describe();
    });
  }

  show(): void {
    void this.describe();
  }

  hide(): void {}

  draw(): void {}

  /** Asks what can be asked for, once a connection: after a restart the gateway may serve something else. */
  private async describe(): Promise<void> {
    const gate = this.context.gate();
    const { connected } = this;
    if (gate === undefined || connected === undefined || connected === this.described) return;
    this.described = connected;
    try {
      const choices = servableChoices(await gate.describe());
      if (this.described !== connected) return; // it was asked for once more over another connection
      this.choices = choices;
      setText(this.problem, "");
      this.listChoices();
    } catch (error) {
      if (this.described === connected) this.described = undefined;
      setText(this.problem, `What can be asked for is not known: ${textOf(error)}`);
    }
  }

  private listChoices(): void {
    const chosen = this.servable.value;
    this.servable.replaceChildren(
      ...servableGroups.flatMap((group) => {
        const choices = this.choices.filter((choice) => choice.group === group);
        const options = choices.map(({ key, label }) => element("option", { value: key }, label));
        return options.length === 0 ? [] : [element("optgroup", { label: group }, ...options)];
      }),
    );
    const known = this.choices.find(({ key }) => key === chosen) ?? this.choices[0];
    if (known === undefined) return;
    this.servable.value = known.key;
    // What somebody has typed stays, unless what they asked is gone or takes something else.
    if (JSON.stringify(this.form?.choice) !== JSON.stringify(known)) this.choose(known.key);
  }

  private choose(key: string): void {
    const choice = this.choices.find((each) => each.key === key);
    if (choice === undefined) return;
    this.servable.value = key;
    this.form = new RequestForm(choice);
    const [fit = ""] = choice.name.split(".");
    const needs =
      choice.group === "Applications of fits"
        ? ` It needs the handle of a fit: send ${fit} with keep_seconds, and a button below its answer fills it in here.`
        : "";
    setText(this.description, `${choice.description}${needs}`);
    this.fields.replaceChildren(this.form.root);
    this.snippets.root.hidden = choice.group === "Detectors";
  }

  private async ask(): Promise<void> {
    const { form } = this;
    const gate = this.context.gate();
    if (form === undefined || this.running !== undefined) return;
    const request = form.read();
    if (request === undefined) return;
    if (gate === undefined) return setText(this.problem, "The gateway is away; the request was not sent.");
    const { values } = form;
    this.begin();
    try {
      const answer = await this.answerTo(gate, form, request);
      this.answer.replaceChildren(...answerView(answer), ...this.applications(form, answer));
      this.note(form, values, "answered", `${answer.roundTripMs.toFixed(1)} ms`);
    } catch (error) {
      this.answer.replaceChildren();
      const code = error instanceof HeadgateError ? error.code : "internal";
      setText(this.problem, `${code}: ${textOf(error)}`);
      if (this.form === form) form.refused(textOf(error));
      this.note(form, values, "failed", code);
    } finally {
      this.end();
    }
  }

  private answerTo(gate: Gate, { choice }: RequestForm, request: ConsoleRequest): Promise<ConsoleAnswer> {
    if (choice.group === "Detectors") return tryDetector(gate, request);
    return askServable(gate, request, this.running?.signal ?? new AbortController().signal);
  }

  private begin(): void {
    this.running = new AbortController();
    this.send.disabled = true;
    this.cancel.hidden = false;
    setText(this.problem, "");
    this.showHint("Waiting for the answer.");
  }

  private end(): void {
    this.running = undefined;
    this.send.disabled = false;
    this.cancel.hidden = true;
  }

  private showHint(text: string): void {
    this.answer.replaceChildren(element("p", { class: "hint" }, text));
  }

  private note(
    { choice }: RequestForm,
    values: FormValues,
    outcome: PastRequest["outcome"],
    summary: string,
  ): void {
    this.past = withRequest(this.past, {
      label: choice.label,
      at: this.context.now(),
      outcome,
      summary,
      values,
    });
    this.history.show(this.past);
  }

  private again(values: FormValues): void {
    this.choose(values.servable);
    if (this.form?.choice.key === values.servable) this.form.values = values;
    else this.context.announce("That servable is not served any more.");
  }

  /** A fit that was kept can be applied to other rows: its handle is put into the form of each application. */
  private applications({ choice }: RequestForm, { outputs }: ConsoleAnswer): readonly HTMLElement[] {
    const handle = outputs["handle"]?.data[0];
    if (typeof handle !== "string") return [];
    const using = this.choices.filter(({ name }) => name.startsWith(`${choice.name}.`));
    return using.map(({ key, name }) => {
      const button = element("button", { type: "button" }, `Use this fit in ${name}`);
      button.addEventListener("click", () => {
        this.choose(key);
        this.form?.fill("handle", handle);
      });
      return button;
    });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
