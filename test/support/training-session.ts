/** A session of a gateway whose trainer does what the test says. */
import type { Principal } from "../../gateway/auth/principal.js";
import type { ErrorFrame, GatewayFrame, ResultFrame } from "../../protocol/frames.js";
import { toWire, type WireTensor } from "../../protocol/tensor.js";
import type { TrainFrame } from "../../protocol/train-frames.js";
import { hello, type TestHouse, type TestSession, testHouse, testSession } from "./house.js";
import { anybody } from "./requests.js";
import { trainerSignatures } from "./trainers.js";

export const matrix = (rows: number, columns: number, first = 0): WireTensor =>
  toWire({
    datatype: "FP64",
    shape: [rows, columns],
    data: Float64Array.from({ length: rows * columns }, (_, i) => first + i),
  });

export const list = (...values: number[]): WireTensor =>
  toWire({ datatype: "FP64", shape: [values.length], data: Float64Array.from(values) });

export const train = (id: number, more: Partial<TrainFrame> = {}): TrainFrame => ({
  type: "train",
  id,
  trainer: "ridge",
  inputs: { X: matrix(3, 2), y: list(1, 2, 3) },
  ...more,
});

type Frames = Parameters<TestSession["send"]>;

export interface TrainingSession {
  readonly session: TestSession;
  /** Sends the frames and answers what came, in the order of the ids. */
  ask(...frames: Frames): Promise<GatewayFrame[]>;
  /** The only answer to the only frame. */
  only(frame: Frames[number]): Promise<GatewayFrame>;
}

export function trainingHouse(overrides: Record<string, unknown> = {}): TestHouse {
  return testHouse(overrides, undefined, trainerSignatures);
}

export async function joinTraining(
  house: TestHouse,
  principal: Principal = anybody,
): Promise<TrainingSession> {
  const session = testSession(house, principal);
  await session.send(hello);
  session.heard();
  const ask = async (...frames: Frames) => {
    await session.send(...frames);
    return heard(house, session);
  };
  const only = async (frame: Frames[number]) => {
    const [answer, ...others] = await ask(frame);
    if (answer === undefined || others.length > 0) throw new Error(`${others.length} other answers`);
    return answer;
  };
  return { session, ask, only };
}

/** What came since, once everything that can settle has settled. */
export async function heard(house: TestHouse, session: TestSession): Promise<GatewayFrame[]> {
  for (let i = 0; i < 10; i++) await house.clock.settle();
  const idOf = (frame: GatewayFrame) => ("id" in frame ? Number(frame.id) : 0);
  return session.heard().sort((a, b) => idOf(a) - idOf(b));
}

export function resultOf(frame: GatewayFrame | undefined): ResultFrame {
  if (frame?.type !== "result") throw new Error(`no result: ${JSON.stringify(frame)}`);
  return frame;
}

export function errorOf(frame: GatewayFrame | undefined): Pick<ErrorFrame, "code" | "message" | "processed"> {
  if (frame?.type !== "error") throw new Error(`no error: ${JSON.stringify(frame)}`);
  const { code, message, processed } = frame;
  return { code, message, processed };
}

/** The job that an `ack` names. */
export function jobOf(frame: GatewayFrame | undefined): string {
  if (frame?.type !== "ack" || typeof frame["job"] !== "string")
    throw new Error(`no job: ${JSON.stringify(frame)}`);
  return frame["job"];
}
