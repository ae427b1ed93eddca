/**
 * Loaded in each process that runs test files. It ends the process when the runner that forked it has gone: a killed
 * runner sends no message, and a hanging test would keep its gateways running for ever. The processes that the tests
 * started hold a pipe of this process and end with it.
 */
if (process.connected) process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
