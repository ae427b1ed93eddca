/**
 * The process that `CheckProcess` sends its questions to: the engines without a gateway. It ends when its parent
 * process has ended.
 */
import {
  createGpujsKernels,
  createOrtKernels,
  createPlainKernels,
  type Kernels,
} from "../../engines/kernels/index.js";
import { adapterHere } from "./adapter.js";
import type { ProcessReply } from "./check-process.js";
import { DeviationCheck } from "./deviation-check.js";
import { checkFit, fitCases } from "./fit-cases.js";
import { timeJob } from "./job-times.js";
import { kernelCases } from "./kernel-cases.js";
import { timeModel } from "./model-times.js";
import type { Backend, CheckAnswers, CheckQuestion, CheckResult } from "./questions.js";

/** The tolerance for FP32 on a GPU. */
const tolerance = 1e-4;

const kept = new Map<Backend, Promise<Kernels>>();
/** Factorisations run in float64 on the CPU, whichever backend computes the products, as they do in a gateway. */
const factors = createOrtKernels();

process.once("disconnect", () => process.exit());
process.on("message", (question: CheckQuestion) => {
  void answered(question).then((reply) => process.send?.(reply));
});

async function answered(question: CheckQuestion): Promise<ProcessReply> {
  try {
    return { answer: await answer(question) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function answer(question: CheckQuestion): Promise<CheckAnswers[CheckQuestion["kind"]]> {
  switch (question.kind) {
    case "adapter":
      return adapterHere(question.software);
    case "kernel case":
      return checkKernels(question.at, question.software);
    case "fit case":
      return checkFitOnDevice(question.at, question.software);
    case "job": {
      const kernels = await kernelsOf(question.backend, question.software);
      return timeJob(question, kernels, question.backend === "plain" ? undefined : factors);
    }
    case "model":
      return timeModel(question);
  }
}

async function checkKernels(at: number, software: boolean): Promise<CheckResult> {
  const found = kernelCases[at];
  if (found === undefined) throw new Error(`there are ${kernelCases.length} cases of kernels`);
  const kernels = await kernelsOf("gpujs", software);
  const close = new DeviationCheck(tolerance);
  await found.check(kernels, close);
  return { name: found.name, worst: close.worst, mode: kernels.mode };
}

async function checkFitOnDevice(at: number, software: boolean): Promise<CheckResult> {
  const found = fitCases[at];
  if (found === undefined) throw new Error(`there are ${fitCases.length} cases of fits`);
  const kernels = await kernelsOf("gpujs", software);
  const close = new DeviationCheck(tolerance);
  await checkFit(found, kernels, close, factors);
  const name = `${found.fit} of ${found.data} ${JSON.stringify(found.parameters)}`;
  return { name, worst: close.worst, mode: kernels.mode };
}

/** @throws Error when the device was asked for and another one would be used */
async function kernelsOf(backend: Backend, software: boolean): Promise<Kernels> {
  const made = kept.get(backend) ?? make(backend, software);
  kept.set(backend, made);
  const kernels = await made;
  const [fellBack] = kernels.fallbacks;
  if (fellBack !== undefined)
    throw new Error(`${fellBack.wanted} was asked and ${fellBack.got} ran: ${fellBack.reason}`);
  return kernels;
}

async function make(backend: Backend, software: boolean): Promise<Kernels> {
  if (backend === "plain") return createPlainKernels();
  if (backend === "ort") return createOrtKernels({ precision: "FP32" });
  return createGpujsKernels({ allowSoftware: software });
}
