/**
 * A trainer's process without Python: it speaks the pipes as `headgate_trainer` does, and misbehaves where it is told
 * to. The environment variable FAKE_TRAINER has its behaviour as JSON; a job's parameter `fake` adds to it.
 */
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { Packr, Unpackr } from "msgpackr";

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });
const always = JSON.parse(process.env.FAKE_TRAINER ?? "{}");
const cancelled = new Set();
const kept = [];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** All of the bytes: a pipe takes a part of them while the gateway reads. */
function write(bytes) {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(3, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function frame(body) {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(body.length);
  return Buffer.concat([head, body]);
}

const send = (message) => write(frame(packr.pack(message)));

function fp64(...values) {
  return { datatype: "FP64", shape: [values.length], data: new Uint8Array(new Float64Array(values).buffer) };
}

/** Each value, and so much more. */
function shifted({ shape, data }, by) {
  const values = new Float64Array(Uint8Array.from(data).buffer).map((value) => value + by);
  return { datatype: "FP64", shape, data: new Uint8Array(values.buffer) };
}

/** Things that only a broken process does. */
function misbehave({ exit, signal, garbage, fork, allocate, lines, deaf }) {
  if (fork) spawn("sleep", ["600"], { stdio: "inherit" });
  if (allocate) for (let i = 0; i < allocate / 1e6; i++) kept.push(Buffer.alloc(1e6, 1));
  for (let i = 0; i < (lines ?? 0); i++) process.stdout.write(`line ${i}\n`);
  if (garbage === "length") write(Buffer.from([0xff, 0xff, 0xff, 0x7f]));
  if (garbage === "bytes") write(frame(Buffer.from([0x81, 0xc1, 0xc1])));
  if (garbage === "message") send({ type: "fitted", job: 7, outputs: [] });
  if (garbage === "other job") send({ type: "fitted", job: "another", fit_ms: 1, outputs: {} });
  if (garbage === "half") write(Buffer.from([200, 0, 0, 0, 1, 2, 3]));
  if (signal) process.kill(process.pid, signal);
  if (exit !== undefined) process.exit(exit);
  if (deaf) for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
}

async function train({ job, inputs, parameters, checkpoint, export: isExported, trainer }) {
  const behaviour = { ...always, ...parameters.fake };
  const {
    steps = 2,
    step_ms: stepMs = 1,
    at = 1,
    ignore_cancel: ignoresCancel,
    convert_ms: convertMs,
  } = behaviour;
  const first = checkpoint === undefined ? 0 : Number(Buffer.from(checkpoint).toString());
  for (let step = first + 1; step <= steps; step++) {
    if (step === at) misbehave(behaviour);
    await pause(stepMs);
    if (cancelled.has(job) && !ignoresCancel)
      return send({ type: "failed", job, code: "cancelled", message: "cancelled" });
    const told = behaviour.figures === undefined ? {} : { figures: behaviour.figures };
    send({ type: "progress", job, iteration: step, share_done: step / steps, loss: 1 / step, ...told });
    send({ type: "checkpoint", job, state: Buffer.from(String(step)) });
  }
  if (behaviour.fail) return send({ type: "failed", job, ...behaviour.fail });
  console.log(`fitted ${trainer}`);
  const bytes = Object.values(inputs).reduce((sum, { data }) => sum + data.length, 0);
  const echo = behaviour.echo ? { X: inputs.X } : {};
  if (trainer === "walk_forward") echo.predictions = shifted(inputs.y, behaviour.off ?? 0);
  const outputs = { n_bytes: fp64(bytes), pid: fp64(process.pid), ...echo, ...behaviour.outputs };
  send({ type: "fitted", job, fit_ms: 1.5, outputs });
  if (!isExported) return;
  misbehave(behaviour.converting ?? {});
  await pause(convertMs ?? 1);
  if (cancelled.has(job) && !ignoresCancel)
    return send({ type: "failed", job, code: "cancelled", message: "cancelled" });
  send({ type: "exported", job, ...exported(inputs.X) });
}

/** A graph that answers with its input: `predictions` is X. */
function exported(X) {
  const [rows, columns] = X.shape;
  const spec = (name) => ({
    name,
    datatypes: ["FP64"],
    shape: ["batch", columns],
    description: `The ${name}.`,
  });
  const few = {
    datatype: "FP64",
    shape: [Math.min(rows, 8), columns],
    data: X.data.slice(0, Math.min(rows, 8) * columns * 8),
  };
  return {
    convert_ms: 2.5,
    onnx: Buffer.from(always.onnx ?? "", "base64"),
    inputs: [spec("X")],
    outputs: [spec("predictions")],
    golden: { inputs: { X: few }, outputs: { predictions: few } },
    tolerance: { predictions: { absolute: 0, relative: 1e-9 } },
  };
}

function take(message) {
  if (message.type !== "cancel") void train(message);
  else if (always.exit_on_cancel) process.exit(0);
  else cancelled.add(message.job);
}

let received = Buffer.alloc(0);
process.stdin.on("data", (piece) => {
  received = Buffer.concat([received, piece]);
  while (received.length >= 4 && received.length >= 4 + received.readUInt32LE(0)) {
    const length = received.readUInt32LE(0);
    take(unpackr.unpack(received.subarray(4, 4 + length)));
    received = received.subarray(4 + length);
  }
});
process.stdin.on("end", () => {
  if (always.ignores_end) setInterval(() => {}, 1_000);
  else process.exit(0);
});

misbehave(always.start ?? {});
await pause(always.start_ms ?? 0);
if (!always.silent)
  send({
    type: "ready",
    libraries: { python: "3.0", "scikit-learn": "1.0" },
    trainers: always.trainers ?? ["ridge"],
    cuda: false,
  });
