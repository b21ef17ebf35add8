import {
  createConnection,
  type Connection as MysqlClient,
  type RowDataPacket,
} from "mysql2/promise";
import type { ServerHandle } from "../server-handle.ts";

/** Another client of a test's MySQL: makes databases for its suites, and looks into them by SQL. */
export interface Databases {
  /** A database that has no tables yet. */
  empty(): Promise<string>;
  /** The first row of a query in that database. */
  row(database: string, sql: string): Promise<Readonly<Record<string, unknown>>>;
  /** With a connection of the user that the product has. */
  asUser<R>(database: string, use: (client: MysqlClient) => Promise<R>): Promise<R>;
  /** With a connection of the user that may do everything. */
  asRoot<R>(use: (client: MysqlClient) => Promise<R>): Promise<R>;
}

export function databasesOf(server: ServerHandle): Databases {
  const { host, port, user, password, socketPath, rootPassword } = server.connection;
  const tcp = { host: String(host), port: Number(port), user: String(user) };
  let made = 0;
  const asUser: Databases["asUser"] = (database, use) =>
    withClient(
      { ...tcp, password: String(password), ...(database === "" ? {} : { database }) },
      use,
    );
  return {
    asUser,
    asRoot: (use) =>
      withClient(
        { socketPath: String(socketPath), user: "root", password: String(rootPassword) },
        use,
      ),
    empty: async () => {
      made += 1;
      const name = `iai_${made}`;
      await asUser("", (client) => client.query(`CREATE DATABASE ${name}`));
      return name;
    },
    row: (database, sql) =>
      asUser(database, async (client) => {
        const [rows] = await client.query<RowDataPacket[]>({ sql, dateStrings: true });
        const [row] = rows;
        if (row === undefined) throw new Error(`there is no row: ${sql}`);
        return row;
      }),
  };
}

async function withClient<R>(
  options: Parameters<typeof createConnection>[0] & object,
  use: (client: MysqlClient) => Promise<R>,
): Promise<R> {
  const client = await createConnection(options);
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}
