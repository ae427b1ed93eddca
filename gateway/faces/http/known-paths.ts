/** What is answered where no route matches: 405 for a known path with another method, and 404 for other paths. */
import type { Context, Hono } from "hono";

/** @param address what the 404 adds to the list of the paths */
export function noRoute(routes: Hono): (context: Context) => Response {
  const methods = new Map<string, Set<string>>();
  for (const { method, path } of routes.routes)
    methods.set(path, (methods.get(path) ?? new Set()).add(method));
  const known = [...methods].map(([path, of]) => ({ form: formOf(path), allow: allowed(of) }));
  const paths = [...methods.keys()].filter((path) => path !== "/v1");
  return (context) => {
    const found = known.find(({ form }) => form.test(context.req.path));
    if (found !== undefined)
      return context.json({ error: `the method must be one of ${found.allow}` }, 405, { allow: found.allow });
    return context.json({ error: `not found; there are ${paths.join(", ")}, and a WebSocket at /v1` }, 404);
  };
}

function formOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:\w+/g, "[^/]+")}$`);
}

/** HEAD is answered wherever GET is. */
function allowed(methods: ReadonlySet<string>): string {
  return [...methods, ...(methods.has("GET") ? ["HEAD"] : [])].join(", ");
}
