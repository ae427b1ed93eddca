/**
 * The rooms of the house, from the ground up. A room may import the rooms on floors below its own: neither those
 * above nor its neighbours on the same floor. `npm run floors` generates the lint rules, biome.floors.json, from this
 * list.
 */

export interface Room {
  readonly folder: string;
  /**
   * The files of this room, in a folder that holds several rooms. Absent: all files of the folder that belong to no
   * other room.
   */
  readonly files?: readonly string[];
  /** The names of the only rooms that this room may import, when it needs fewer than the floors below. */
  readonly only?: readonly string[];
  /** The room that this room is a part of: the two may import each other. */
  readonly partOf?: string;
}

const numerics = "engines/numerics";
/** The files that serve fits. */
const fitFiles = ["index", "applications", "fit-host", "lane"];
const clock = "gateway/{clock,awake-clock}";
const pure = ["protocol", "engines", "engines/kernels"];

export const floors: readonly (readonly Room[])[] = [
  [{ folder: "protocol" }, { folder: "command-line", only: [] }, { folder: "small-files", only: [] }],
  [{ folder: "engines", files: ["*"] }],
  [{ folder: "engines/kernels" }],
  [
    { folder: numerics, files: ["fit", "specs", "parameters", "attributes", "float-tensors", "cost-maxima"] },
    { folder: `${numerics}/special`, only: [] },
  ],
  [{ folder: `${numerics}/linear-algebra` }, { folder: `${numerics}/random` }],
  [{ folder: `${numerics}/covariance` }],
  [{ folder: `${numerics}/cluster` }, { folder: `${numerics}/decomposition` }],
  [
    { folder: `${numerics}/preprocessing` },
    { folder: `${numerics}/mixture` },
    { folder: `${numerics}/hmm` },
    { folder: `${numerics}/outliers` },
    { folder: `${numerics}/risk` },
  ],
  [{ folder: "engines/pool", only: ["protocol", "engines"] }],
  [
    { folder: numerics, files: fitFiles },
    { folder: "engines/onnx", only: [...pure, "engines/pool", "small-files"] },
    { folder: "engines/detectors" },
    { folder: "engines/training", only: ["protocol", "engines", "small-files"] },
  ],
  [{ folder: "gateway", files: ["clock", "awake-clock"], only: [] }],
  [
    { folder: "gateway", files: ["turn-budget"] },
    { folder: "gateway/waiting", only: ["protocol", clock] },
  ],
  [{ folder: "gateway/config" }],
  [
    { folder: "gateway/observe" },
    { folder: "gateway/process" },
    { folder: "gateway/auth" },
    { folder: "gateway/quotas", only: ["protocol", "gateway/config"] },
    { folder: "gateway/storage" },
  ],
  [
    { folder: "gateway/tls", only: [clock, "gateway/config", "gateway/observe", "protocol", "small-files"] },
    { folder: "gateway/catalog" },
    {
      folder: "gateway/scheduling",
      only: ["protocol", "engines", "engines/pool", clock, "gateway/config"],
    },
  ],
  [
    {
      folder: "gateway/idempotency",
      only: ["protocol", clock, "gateway/waiting", "gateway/auth", "gateway/quotas", "gateway/storage"],
    },
    { folder: "gateway/events" },
    {
      folder: "gateway/datasets",
      only: [
        "protocol",
        "engines",
        clock,
        "gateway/{turn-budget}",
        "gateway/waiting",
        "gateway/auth",
        "gateway/quotas",
        "gateway/storage",
      ],
    },
    {
      folder: "gateway/fits",
      only: [
        "protocol",
        "engines",
        `${numerics}/{${fitFiles.join(",")}}`,
        clock,
        "gateway/quotas",
        "gateway/catalog",
      ],
    },
    {
      folder: "gateway/models",
      only: [
        "protocol",
        "engines",
        "engines/pool",
        "engines/onnx",
        "engines/training",
        clock,
        "gateway/waiting",
        "gateway/config",
        "gateway/observe",
        "gateway/auth",
        "gateway/quotas",
        "gateway/storage",
        "gateway/events",
        "gateway/catalog",
        "gateway/scheduling",
      ],
    },
  ],
  [{ folder: "gateway/regimes" }, { folder: "gateway/jobs" }],
  [{ folder: "gateway/schedules" }],
  [{ folder: "gateway/requests" }],
  [{ folder: "gateway/watch" }],
  [
    { folder: "gateway/faces/websocket" },
    { folder: "gateway/faces/http" },
    { folder: "gateway/faces/webhooks" },
    { folder: "gateway/faces/page-files", only: [] },
  ],
  // MCP is a protocol within HTTP: it reads bodies and credentials as all HTTP routes do.
  [{ folder: "gateway/faces/mcp" }],
  [{ folder: "gateway/wiring" }],
  [{ folder: "gateway", files: ["gateway"] }],
  [
    { folder: "chart", only: [] },
    { folder: "client/typescript", only: ["protocol"] },
  ],
  // The page runs in a browser: it shares the client, the protocol and the pictures, and nothing of the gateway.
  [{ folder: "page", only: ["protocol", "chart", "client/typescript"] }],
  [{ folder: "gateway/cli" }],
  [{ folder: "gateway", files: ["main"] }],
  [
    { folder: "load-tests", only: ["protocol", "chart", "client/typescript", "command-line"] },
    // The GPU check calls the engines directly, because a gateway reports little about a kernel.
    { folder: "load-tests/gpu", partOf: "load-tests" },
  ],
  // The demo starts processes and measures with the load tests' instruments, and has the benches' portfolio rule.
  [{ folder: "examples" }],
];

/** Packages that only a few rooms or files may import: rooms by name, or single files. */
export const packages: Readonly<Record<string, readonly string[]>> = {
  ws: ["gateway/faces/websocket", "client/typescript/node-socket.ts", "load-tests"],
  lmdb: ["gateway/storage"],
  jose: ["gateway/auth"],
  hono: ["gateway/faces/http", "gateway/faces/mcp", "gateway/faces/page-files"],
  uplot: ["page"],
  marked: ["page"],
  dompurify: ["page"],
  "@modelcontextprotocol/server": ["gateway/faces/mcp"],
  "@modelcontextprotocol/client": ["examples"],
  "onnxruntime-node": ["engines/kernels", "engines/onnx", "load-tests"],
  "gpu.js": ["engines/kernels"],
  webgpu: ["engines/kernels"],
  "prom-client": ["gateway/observe"],
  commander: ["gateway/cli", "command-line", "load-tests", "load-tests/gpu", "examples"],
};

/** The room's name: its folder, and its files when the folder holds several rooms. */
export function nameOf({ folder, files }: Room): string {
  return files === undefined || files[0] === "*" ? folder : `${folder}/{${files.join(",")}}`;
}
