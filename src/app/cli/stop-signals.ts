const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Calls `stop` at the first signal to end; who asks a second time is not kept waiting. The listener stays: a library
 * that listens as well (signal-exit, which comes with the OPC-UA client) ends the process at once where it is alone.
 */
export function onStopSignal(stop: () => void): void {
  let asked = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (asked && signal === "SIGINT") process.exit(130);
      asked = true;
      stop();
    });
  }
}
