/**
 * The requests of one connection: an id has at most one request in flight, each request is answered exactly once, and
 * the credits limit their number and size.
 */
import { HeadgateError, ProtocolError } from "../../../protocol/errors.js";
import type {
  ClientFrame,
  GatewayFrame,
  HelloFrame,
  InferFrame,
  ObserveFrame,
} from "../../../protocol/frames.js";
import type { RequestError } from "../../../protocol/parse-client-frame.js";
import type { SharedAnswer } from "../../../protocol/shared-answer.js";
import type { TrainFrame } from "../../../protocol/train-frames.js";
import { trainingRequest } from "../../requests/training-frames.js";
import type { PendingAnswer } from "../../waiting/pending-answer.js";
import type { AnswerWriter } from "./answer-writer.js";
import type { Caller } from "./caller.js";
import type { ConnectionFeeds } from "./connection-feeds.js";
import { Credits } from "./credits.js";
import { aboutOf, errorFrame } from "./error-frame.js";
import { perform, type RequestFrame } from "./handlers.js";
import { inferenceRequest, resultFrame } from "./infer-frames.js";
import type { Services } from "./services.js";
import { trainingFrame } from "./train-frames.js";

export class ConnectionRequests {
  private readonly credits: Credits;
  /**
   * Requests without an answer. The map is created with the first request, because ten thousand idle sockets need
   * none.
   */
  private unanswered: Map<number, PendingAnswer<unknown> | undefined> | undefined;

  constructor(
    private readonly services: Services,
    private readonly caller: Caller,
    private readonly writer: AnswerWriter,
    private readonly feeds: () => ConnectionFeeds,
  ) {
    const { requests_in_flight, bytes_in_flight } = services.config.limits;
    this.credits = new Credits(requests_in_flight, bytes_in_flight);
  }

  /** The number of requests whose answer is not written yet. */
  get inFlight(): number {
    return this.unanswered?.size ?? 0;
  }

  /** @throws ProtocolError when the id is in flight already */
  take(frame: Exclude<ClientFrame, HelloFrame>, bytes: number): void {
    if (frame.type === "cancel") return this.unanswered?.get(frame.id)?.cancel();
    if (frame.type === "observe" && frame.id === undefined) return this.feed(frame, bytes);
    this.answer(frame as InferFrame | TrainFrame | RequestFrame, bytes);
  }

  /** Answers a request that could not be parsed. It is charged as any other. */
  refuse(invalid: RequestError): void {
    this.writer.send(errorFrame(this.services.requests.lifecycle.refused(this.caller, invalid), invalid));
  }

  /**
   * Handles a frame of the last message after the socket has closed: observations, opens and closes are carried out,
   * and requests that only need an answer are dropped.
   */
  takeWithoutAnswer(frame: ClientFrame): void {
    if (frame.type !== "observe" && frame.type !== "open" && frame.type !== "close") return;
    const asked = { ...frame, id: frame.id ?? 0 };
    void (async () => perform(asked, this.caller, this.feeds, this.services))().catch(() => undefined);
  }

  /** Cancels all requests, because the socket has closed and cannot receive their answers. */
  leave(): void {
    this.caller.left = true;
    for (const running of this.unanswered?.values() ?? []) running?.cancel();
    this.caller.uploads?.end();
    this.caller.modelUploads?.end();
  }

  /** Starts a request and sends exactly one answer for its id, whether it succeeds or fails. */
  private answer(frame: InferFrame | TrainFrame | RequestFrame, bytes: number): void {
    const { id } = frame;
    this.unanswered ??= new Map();
    const { unanswered } = this;
    if (unanswered.has(id)) throw new ProtocolError(`id ${id} is in flight already`);
    try {
      this.services.requests.lifecycle.requireServing(this.caller);
      this.credits.take(bytes);
    } catch (error) {
      return this.refuseUnhandled(frame, error);
    }
    unanswered.set(id, undefined);
    const settled = (answer: GatewayFrame | SharedAnswer) =>
      this.writer.answer(id, answer, () => {
        unanswered.delete(id);
        this.credits.give(bytes);
      });
    const failed = (error: unknown) => settled(this.failure(frame, error));
    try {
      if (frame.type === "infer") return this.infer(frame, settled, failed);
      if (frame.type === "train") return this.train(frame, settled, failed);
      const answer = perform(frame, this.caller, this.feeds, this.services);
      if (!(answer instanceof Promise)) return settled(answer);
      answer.then(settled, failed);
    } catch (error) {
      failed(error);
    }
  }

  private infer(
    frame: InferFrame,
    settled: (answer: GatewayFrame) => void,
    failed: (error: unknown) => void,
  ): void {
    const { id } = frame;
    const running = this.services.requests.infer(this.caller, inferenceRequest(frame), id);
    this.unanswered?.set(id, running);
    running.answer.then((answered) => settled(resultFrame(id, answered, running.cached)), failed);
  }

  private train(
    frame: TrainFrame,
    settled: (answer: GatewayFrame) => void,
    failed: (error: unknown) => void,
  ): void {
    const { id } = frame;
    const running = this.services.requests.training.train(this.caller, trainingRequest(frame), id);
    this.unanswered?.set(id, running);
    running.answer.then((answered) => settled(trainingFrame(id, answered, running.cached)), failed);
  }

  /** Handles an observation without an id, which is answered only when it fails. */
  private feed(frame: ObserveFrame, bytes: number): void {
    const refuse = (error: unknown) => this.writer.send(this.failure(frame, error));
    try {
      this.services.requests.lifecycle.requireServing(this.caller);
      this.credits.takeBytes(bytes);
    } catch (error) {
      return this.refuseUnhandled(frame, error);
    }
    this.services.requests.streams.feed(this.caller, frame).then(
      () => this.credits.giveBytes(bytes),
      (error: unknown) => {
        refuse(error);
        this.credits.giveBytes(bytes);
      },
    );
  }

  /** Answers a request for which there are no credits, or that comes while draining. It is charged as any other. */
  private refuseUnhandled(
    frame: InferFrame | TrainFrame | RequestFrame | ObserveFrame,
    error: unknown,
  ): void {
    this.writer.send(this.failure(frame, this.services.requests.lifecycle.refused(this.caller, error)));
  }

  /**
   * The error frame for a failure. A HeadgateError is already fit for the client; any other error is a bug in this
   * folder and is logged.
   */
  private failure(
    frame: InferFrame | TrainFrame | RequestFrame | ObserveFrame,
    error: unknown,
  ): GatewayFrame {
    const publicError =
      error instanceof HeadgateError
        ? error
        : this.services.requests.lifecycle.reportedError(error, this.caller, frame.type, frame.id);
    return errorFrame(publicError, aboutOf(frame));
  }
}
