/** `headgate providers`: what ONNX Runtime can compute on beyond what is installed with it. */
import { Argument, Command } from "commander";
import { namingCommands } from "../../command-line/unknown-name.js";
import {
  type InstallOptions,
  installProvider,
  runtimeHere,
} from "../../engines/onnx/cuda/install-provider.js";
import { missingLibraries } from "../../engines/onnx/cuda/missing-libraries.js";
import { cudaWheel } from "../../engines/onnx/cuda/provider-wheel.js";

const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

const about = `
Takes ONNX Runtime's CUDA provider out of PyPI's ${cudaWheel.project} ${cudaWheel.version}, the same build as
onnxruntime-node ${cudaWheel.version}: ${mb(cudaWheel.bytes)} to download, held against a sha256 that is part of Headgate, and
272 MB of libraries beside onnxruntime-node's own (npm ci takes them away again). Without a network, fetch
  ${cudaWheel.file}
elsewhere and give it as --wheel. A proxy is not asked: behind one take --wheel too.

To run it needs an NVIDIA driver for CUDA 13 (580 or later) and CUDA 13's libraries, which are not fetched: those of
  pip install nvidia-cublas nvidia-cuda-runtime nvidia-curand nvidia-cuda-nvrtc nvidia-cudnn-cu13
(or of a torch for CUDA 13), with their folders in LD_LIBRARY_PATH. Models that do not say otherwise take CUDA from the
gateway's next start on; where it does not start, the log says why and they run elsewhere.`;

export function providersCommand(): Command {
  const install = new Command("install")
    .description("Fetch ONNX Runtime's CUDA provider and put it beside onnxruntime-node")
    .addArgument(new Argument("<provider>").choices(["cuda"]))
    .option("--wheel <file>", "take this wheel instead of fetching it")
    .option("--index <url>", "the package index, as pip's --index-url", "https://pypi.org/simple")
    .option("--to <folder>", "where the libraries go (default: beside onnxruntime-node's own)")
    .addHelpText("after", about)
    .action((_provider: string, options: InstallOptions) => installCuda(options));
  const providers = new Command("providers").description("Install what ONNX Runtime computes on: CUDA");
  return namingCommands(providers.addCommand(install));
}

async function installCuda(options: InstallOptions): Promise<void> {
  const say = (line: string) => console.error(line);
  try {
    const to = options.to ?? (await runtimeHere()).folder;
    const from = options.wheel ?? `${options.index} (${mb(cudaWheel.bytes)})`;
    say(`ONNX Runtime's CUDA provider ${cudaWheel.version}, from ${from}, to ${to}`);
    for (const path of await installProvider(cudaWheel, options, say)) console.log(path);
  } catch (error) {
    console.error(`nothing was installed: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
  const missing = await missingLibraries(process.env);
  if (missing.length === 0)
    return say("The libraries it needs are here. A gateway takes it at its next start.");
  say("It needs these, which the loader does not find here (see LD_LIBRARY_PATH):");
  for (const { library, from } of missing) say(`  ${library}, of ${from}`);
}
