/** Models and streams as resources: `headgate://models/{name}` and `headgate://streams/{name}`, percent-encoded. */
import { HeadgateError } from "../../../protocol/errors.js";
import { limits } from "../../../protocol/limits.js";
import type { RequestService } from "../../requests/request-service.js";
import type { Requester } from "../../requests/requester.js";

export interface ListedResource {
  readonly uri: string;
  readonly name: string;
  readonly description: string;
  readonly mimeType: string;
  readonly [field: string]: unknown;
}

export interface ResourcePage {
  readonly resources: ListedResource[];
  readonly nextCursor?: string;
  readonly [field: string]: unknown;
}

export interface ResourceCall {
  readonly requester: Requester;
  readonly requests: RequestService;
  readonly id: string | number;
}

const mimeType = "application/json";
const pageSize = 100;

export const resourceTemplates = [
  {
    uriTemplate: "headgate://models/{name}",
    name: "model",
    title: "A model",
    description: "One model, fit or detector: its inputs, outputs, parameters, state and card.",
    mimeType,
  },
  {
    uriTemplate: "headgate://streams/{name}",
    name: "stream",
    title: "A market stream",
    description: "The present regime of one stream. The name is percent-encoded: desk%2FSPX.",
    mimeType,
  },
];

/**
 * The models first, and then the streams that the client may read.
 * @param cursor the kind and the name after which the page begins
 * @throws HeadgateError invalid_argument
 */
export function listResources(cursor: string | undefined, call: ResourceCall): ResourcePage {
  const [kind = "models", after = ""] = cursor === undefined ? [] : readCursor(cursor);
  const models = kind === "models" ? modelResources(after, call) : [];
  if (models.length > pageSize) return pageOf("models", models.slice(0, pageSize));
  const { requester, requests, id } = call;
  const room = pageSize - models.length;
  if (!requester.principal.scopes.has("streams:read")) return { resources: models };
  if (room === 0) return { resources: models, nextCursor: "streams:" };
  const { streams, next } = requests.streams.list(
    requester,
    { after: kind === "streams" ? after : "", limit: room },
    id,
  );
  const found = streams.map(({ stream, regime, detector }) =>
    resource("streams", stream, `A market stream of ${detector}: ${regime}.`),
  );
  const resources = [...models, ...found];
  return next === undefined ? { resources } : { resources, nextCursor: `streams:${next}` };
}

/** @throws HeadgateError not_found, permission_denied */
export async function readResource(uri: string, { requester, requests, id }: ResourceCall) {
  const found = /^headgate:\/\/(models|streams)\/([^/?#]+)$/.exec(uri);
  const name = found?.[2] === undefined ? undefined : decoded(found[2]);
  if (found === null || name === undefined || name.length > limits.name_length_max)
    throw new HeadgateError(
      "not_found",
      "uri: must be headgate://models/{name} or headgate://streams/{name}",
    );
  const content =
    found[1] === "models"
      ? modelOf(requests.describe(requester, name, id))
      : (await requests.streams.state(requester, { stream: name }, id)).state;
  return { contents: [{ uri, mimeType, text: JSON.stringify(content) }] };
}

function modelOf({ models, detectors }: ReturnType<RequestService["describe"]>) {
  return { models, detectors };
}

function modelResources(after: string, { requester, requests, id }: ResourceCall): ListedResource[] {
  const { models, detectors } = requests.describe(requester, undefined, id);
  const kinds = new Map(models.map(({ name, kind }) => [name, kind]));
  for (const { name } of detectors) if (!kinds.has(String(name))) kinds.set(String(name), "detector");
  return [...kinds]
    .filter(([name]) => name > after)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, pageSize + 1)
    .map(([name, kind]) => resource("models", name, `A ${kind}: its inputs, outputs and parameters.`));
}

function resource(kind: string, name: string, description: string): ListedResource {
  return { uri: `headgate://${kind}/${encodeURIComponent(name)}`, name, description, mimeType };
}

function pageOf(kind: string, resources: ListedResource[]): ResourcePage {
  return { resources, nextCursor: `${kind}:${resources.at(-1)?.name}` };
}

function readCursor(cursor: string): [string, string] {
  const found = /^(models|streams):(.{0,128})$/s.exec(cursor);
  if (found === null)
    throw new HeadgateError("invalid_argument", "cursor: must be the nextCursor of an earlier answer");
  return [found[1] as string, found[2] as string];
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
