/** The requests of this session, newest first. Pure. */

/** Requests that are kept. */
export const historyMax = 20;

/** Characters of a request's fields that are kept: a larger request is listed, and cannot be filled in again. */
export const historyTextMax = 200_000;

/** What the form held. */
export interface FormValues {
  readonly servable: string;
  /** Texts by the field's path, such as `inputs.X`. */
  readonly fields: Readonly<Record<string, string>>;
  /** The datatypes that were chosen, by input. */
  readonly datatypes: Readonly<Record<string, string>>;
}

export interface PastRequest {
  readonly number: number;
  readonly label: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly outcome: "answered" | "failed";
  /** In a few words: the time that it took, or the error's code. */
  readonly summary: string;
  /** Undefined where the fields were too large to keep. */
  readonly values: FormValues | undefined;
}

export function withRequest(
  past: readonly PastRequest[],
  request: Omit<PastRequest, "number">,
): readonly PastRequest[] {
  const { values } = request;
  const size =
    values === undefined ? 0 : Object.values(values.fields).reduce((sum, text) => sum + text.length, 0);
  const kept = {
    ...request,
    number: (past[0]?.number ?? 0) + 1,
    values: size > historyTextMax ? undefined : values,
  };
  return [kept, ...past].slice(0, historyMax);
}
