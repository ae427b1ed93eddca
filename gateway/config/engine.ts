/** Settings for computation: the workers for models and fits, and the model repository. */
import { availableParallelism } from "node:os";
import { z } from "zod";
import { providerNames } from "../../engines/onnx/provider-names.js";
import { memoryBytes } from "./memory-bytes.js";
import { modelSizes } from "./model-sizes.js";
import { count, milliseconds, minute } from "./values.js";

export const engine = z
  .strictObject({
    model_workers: count(Math.max(1, availableParallelism() - 2), 256).meta({
      description: "Threads that run models. One core is left for the sockets and one for fits.",
      fallback: "the cores less 2, at least 1",
    }),
    model_threads_max: z.int().min(1).max(512).optional().meta({
      description:
        "Threads that hold models at most. A version that arrives while others serve is opened in a thread of its own; beyond this number it joins the thread with the least to do.",
      fallback: "`model_workers` and 4",
    }),
    model_memory_bytes: z
      .int()
      .min(1_048_576)
      .default(Math.floor(memoryBytes() / 2))
      .meta({
        description: "Bytes that open models may take together, each as it was measured when it was proven.",
        fallback: "half of the machine's memory, or of the container's",
      }),
    execution_providers: z.array(z.enum(providerNames)).min(1).optional().meta({
      description: "What models compute on, in the order in which it is tried.",
      fallback: "CUDA if it is installed, WebGPU if a GPU answers, else the CPU",
    }),
    numeric_workers: count(Math.max(1, Math.floor(availableParallelism() / 4)), 256).meta({
      description:
        "Threads that run fits. Where several tenants may share the gateway (keys or certificates name several, or there is a keys file, or an issuer whose tokens may name any) there is one more, so that no tenant holds all of them.",
      fallback: "a quarter of the cores, at least 1",
    }),
    intra_op_threads: count(1, 256).describe("Threads that ONNX Runtime may use inside one run."),
    busy_poll_microseconds: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .describe(
        "Microseconds for which the gateway and its model workers look for more work before they sleep: a sleeping core takes 50 to 100 to wake. With 0 they sleep at once. It is meant for a box that has a core for each of them and nothing else to do.",
      ),
    inline_microseconds: z
      .int()
      .min(0)
      .max(1_000)
      .default(100)
      .describe(
        "Microseconds that a batch of a small model may take to be computed on the thread of the sockets, which saves the wakes of a worker and back. Each batch size is measured in a worker first and at every run. A turn of the event loop spends four times as long at most. With 0 workers compute every batch.",
      ),
    inline_published: z
      .boolean()
      .default(false)
      .describe(
        "Whether versions that clients have published or uploaded may be computed there too. Without it only the repository's own are, and signed ones where `repository.require_signed` is true.",
      ),
  })
  .prefault({})
  .refine(
    ({ model_threads_max: most, model_workers: workers }) => most === undefined || most >= workers,
    "model_threads_max must not be below model_workers",
  );

export const repository = z
  .strictObject({
    poll_ms: z
      .int()
      .min(50)
      .max(86_400_000)
      .default(2_000)
      .describe(
        "Milliseconds between two looks at the model repository. A change that the operating system reports is seen at once.",
      ),
    settle_ms: z
      .int()
      .min(0)
      .max(3_600_000)
      .default(500)
      .describe("Milliseconds for which a folder's files must stay unchanged before it is opened."),
    load: z
      .enum(["startup", "first_use"])
      .default("startup")
      .describe("When a model is opened whose `config.json` does not say."),
    loads_at_once: count(2, 64).describe("Versions that are opened at once while others serve."),
    proof_ms: milliseconds(minute).describe(
      "Milliseconds for a new version's proof. It runs in a process of its own, which is ended then.",
    ),
    proof_memory_bytes: z.int().min(16_777_216).optional().meta({
      description: "Bytes that a version may take in its proof.",
      fallback: "`engine.model_memory_bytes`",
    }),
    proofs_at_once: count(1, 64).describe(
      "Versions that are proven at once. Proofs that have run for more than a second do not count, of which there may be 4 more.",
    ),
    ready_ms: milliseconds(30_000).describe(
      "Milliseconds after the start at which the gateway is ready although versions are still being proven or opened.",
    ),
    require_signed: z
      .boolean()
      .default(false)
      .describe(
        "Whether only versions with a valid signature by one of `trusted_keys` are served, from a copy of what was verified in the data folder.",
      ),
    trusted_keys: z
      .array(z.string().min(1))
      .max(64)
      .default([])
      .describe(
        "The public ed25519 keys whose signatures of models are trusted, in PEM: the text itself, or the path of a file with it, which is read at the start.",
      ),
    limits: modelSizes,
    linked_folders: z
      .array(z.string().min(1))
      .max(64)
      .default([])
      .describe(
        "Folders outside the repository that symbolic links in it may lead into. A link that leads anywhere else is refused.",
      ),
  })
  .prefault({})
  .refine(({ require_signed: isRequired, trusted_keys: keys }) => !isRequired || keys.length > 0, {
    message: "must name at least one public key where require_signed is true",
    path: ["trusted_keys"],
  });
