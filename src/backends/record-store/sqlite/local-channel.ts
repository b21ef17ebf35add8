import { describeFailure } from "./errors.ts";
import { type SqlChannel, SqlError } from "./sql-channel.ts";
import { SqlConnection, type SqlWorkerOptions } from "./sql-connection.ts";

/**
 * Runs statements on this thread: for reads, which are short and never wait for the disk's sync. A message to
 * another thread and back costs several times what the look-up itself does.
 */
export function openLocalChannel(options: SqlWorkerOptions): SqlChannel {
  const connections = Array.from({ length: options.lanes }, () => new SqlConnection(options));
  return {
    run: async (lane, statement) => {
      const connection = connections[lane];
      if (connection === undefined) throw new RangeError(`there is no lane ${lane}`);
      try {
        return connection.run({ id: 0, lane, ...statement });
      } catch (failure) {
        throw new SqlError(describeFailure(failure));
      }
    },
    close: async () => {
      for (const connection of connections) connection.close();
    },
  };
}
