/**
 * Set up in each process that runs test files: it ends when the runner that forked it has gone, for a killed runner tells
 * nobody, and a test that hangs would hold its gateways for ever. What it started holds a pipe of it, and ends too.
 */
if (process.connected) process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
