/** A gateway's part that trains, to be killed: it prints the process group of a training that goes on for ever. */
import { fakeTrainers, recordingListener } from "./program.js";

const { engine } = fakeTrainers({ ignores_end: true });
const listener = recordingListener();
engine.start(
  {
    job: "job",
    namespace: "desk",
    trainer: "ridge",
    inputs: {},
    parameters: { fake: { fork: true, deaf: true, at: 3, steps: 10 } },
    export: false,
  },
  { ...listener, progress: ({ iteration }) => iteration === 2 && console.log(engine.figures[0]?.pid) },
);
process.stdin.on("data", () => {}); // The test's end is this program's end: it holds the other end of this pipe.
process.stdin.on("end", () => process.exit(1));
