/** Makes the OpenAPI 3.1 document from the operations of the routes and what the catalog offers. Pure. */
import { z } from "zod";
import type { ServableDescription } from "../../../requests/describe.js";
import { type Operation, refusalBody } from "./operation.js";
import { type JsonObject, servableForms } from "./servable-forms.js";

export interface DocumentInfo {
  /** The gateway's name and version, such as `headgate/1.2.3`. */
  readonly server: string;
  readonly operations: readonly Operation[];
  readonly servables: readonly ServableDescription[];
}

const bearer = { type: "http", scheme: "bearer", description: "A key or a JSON Web Token." };

/** Every route may refuse for these reasons: too many requests, a defect, and a gateway that drains. */
const everyRefusal = [429, 500, 503];

const reasons: Readonly<Record<number, string>> = {
  400: "The request is invalid; `error` names the field.",
  401: "The credential is missing or not accepted.",
  403: "The credential does not grant the scope, or the Host or Origin is not allowed.",
  404: "There is nothing of this name.",
  409: "The request does not fit the current state.",
  413: "The request is larger than it may ever be.",
  426: "An upgrade to a WebSocket is needed.",
  429: "A quota or a queue is used up; Retry-After says when to come back.",
  500: "A defect in the gateway.",
  501: "This is not offered.",
  503: "The gateway or the model cannot answer now; Retry-After says when to come back.",
  504: "The deadline has passed.",
};

export function openApiDocument({ server, operations, servables }: DocumentInfo): JsonObject {
  const [title = "headgate", version = "0"] = server.split("/");
  const names = [...new Set(servables.map(({ name }) => name))];
  return {
    openapi: "3.1.0",
    info: {
      title,
      version,
      description:
        "Models, fits, streams and events over HTTP. The same requests travel over the WebSocket at /v1.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths: pathsOf(operations, names),
    components: {
      securitySchemes: { bearer },
      schemas: { Refusal: schemaOf(refusalBody, "output"), ...servableForms(servables) },
    },
  };
}

function pathsOf(operations: readonly Operation[], models: readonly string[]): JsonObject {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, "{$1}");
    const item = paths[path] ?? {};
    item[operation.method.toLowerCase()] = operationObject(operation, models);
    paths[path] = item;
  }
  return paths;
}

function operationObject(operation: Operation, models: readonly string[]): JsonObject {
  const { method, path, summary, needs, query, headers, body } = operation;
  const parameters = [
    ...pathParameters(path, models),
    ...(query === undefined ? [] : objectParameters(query, "query")),
    ...(headers === undefined ? [] : objectParameters(headers, "header")),
  ];
  const scopes = typeof needs === "string" ? "" : ` Needs the scope ${needs.join(" or ")}.`;
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[/:.]+/g, "_")}`,
    summary,
    ...(scopes !== "" && { description: `${summary}${scopes}` }),
    security: needs === "none" ? [] : [{ bearer: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: body.required, content: bodyContent(operation) } }),
    responses: responses(operation),
  };
}

function bodyContent({ body }: Operation): JsonObject {
  if (body === undefined) return {};
  if (body.contentType !== undefined) return { [body.contentType]: {} };
  const json = { "application/json": { schema: schemaOf(body.schema, "input") } };
  // OpenAPI 3.1 describes binary content by its media type alone.
  return body.binary ? { ...json, "application/octet-stream": {} } : json;
}

function responses({ needs, answers, refusals = [], body }: Operation): JsonObject {
  const binary = body?.binary === true;
  const found: Record<string, unknown> = {};
  const credential = needs === "none" ? [] : [401];
  for (const status of [...refusals, ...everyRefusal, ...credential, 403, 405].sort())
    found[status] = refusal(status);
  for (const [status, { description, schema, contentType = "application/json" }] of Object.entries(answers)) {
    if (status === "101") continue;
    const content = {
      [contentType]: schema === undefined ? textSchema : { schema: schemaOf(schema, "output") },
    };
    found[status] = {
      description,
      content: binary ? { ...content, "application/octet-stream": {} } : content,
    };
  }
  return found;
}

const textSchema = { schema: { type: "string" } };

function refusal(status: number): JsonObject {
  return {
    description: reasons[status] ?? "The method is not one of the path; Allow names those that are.",
    content: { "application/json": { schema: { $ref: "#/components/schemas/Refusal" } } },
  };
}

/** The forms of names in paths; a version is what the repository's folder is called. */
function pathParameters(path: string, models: readonly string[]): readonly JsonObject[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: {
      type: "string",
      pattern: "^[A-Za-z0-9._-]{1,128}$",
      ...(name === "model" && models.length > 0 && { examples: models.slice(0, 20) }),
    },
  }));
}

function objectParameters(schema: z.ZodObject, place: "query" | "header"): readonly JsonObject[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries(properties).map(([name, found]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(typeof found === "object" && found.description !== undefined && { description: found.description }),
    schema: found,
  }));
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): JsonObject {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io });
  return json;
}
