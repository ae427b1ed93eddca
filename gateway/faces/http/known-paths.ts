/** What is answered where no route matches: 405 for a known path with another method, and 404 for other paths. */
import type { Context, Hono } from "hono";
import { HeadgateError } from "../../../protocol/errors.js";
import { errorResponse } from "./error-response.js";

export function noRoute(routes: Hono): (context: Context) => Response {
  const methods = new Map<string, Set<string>>();
  for (const { method, path } of routes.routes)
    methods.set(path, (methods.get(path) ?? new Set()).add(method));
  const known = [...methods].map(([path, of]) => ({ form: formOf(path), allow: allowed(of) }));
  const list = [...methods.keys()]
    .filter((path) => !path.startsWith("/page/")) // names of built files, which change with each build
    .map((path) => (path === "/v1" ? "a WebSocket at /v1" : path))
    .join(", ");
  return (context) => {
    const found = known.find(({ form }) => form.test(context.req.path));
    if (found === undefined)
      return errorResponse(new HeadgateError("not_found", `the path: not found; there are ${list}`));
    const { allow } = found;
    const error = new HeadgateError("unimplemented", `the method: must be one of ${allow}`);
    return errorResponse(error, { status: 405, headers: { allow } });
  };
}

function formOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:\w+/g, "[^/]+")}$`);
}

/** HEAD is answered wherever GET is. */
function allowed(methods: ReadonlySet<string>): string {
  return [...methods, ...(methods.has("GET") ? ["HEAD"] : [])].join(", ");
}
