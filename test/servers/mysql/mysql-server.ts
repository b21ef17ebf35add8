import { execFileSync } from "node:child_process";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { placeCertificate, placePassword } from "../place-secrets.ts";
import { portOf, startProgram, waitUntilReady, writeConfig } from "../processes.ts";
import type { ServerKind, ServerPlace } from "../server.ts";
import { currentMysql, fetchMysql, type MysqlFiles, mysqldCommand } from "./debian-mysql.ts";

const USER = "iai";
const DATABASE = "iai";

/** The newest MySQL of Debian's development branch, run beside the system's own files, with TLS and on loopback. */
export const mysqlServer: ServerKind = {
  name: "mysql",
  portCount: 1,
  fetch: async (cache) => fetchMysql(cache),
  start: async (place) => {
    const files = currentMysql(place.cache);
    const data = dataFolder(place, files);
    const socketPath = join(place.folder, "mysql.sock");
    const { command, args } = mysqldCommand(files.root);
    const started = startProgram(place, {
      name: "mysqld",
      command,
      args: [...args, ...optionsOf(place, data, socketPath)],
    });
    const connection = {
      host: "127.0.0.1",
      port: portOf(place, 0),
      user: USER,
      password: placePassword(place, USER),
      database: DATABASE,
      caFile: placeCertificate(place).caFile,
      socketPath,
      rootPassword: placePassword(place, "root"),
    };
    let version = "";
    await waitUntilReady(place, started, {
      ready: async () => {
        version = await versionOf(connection);
        return true;
      },
      withinMs: 120_000,
    });
    return { version, processes: [started], connection };
  },
};

/** Copied from the cache, where it was initialised once: that takes a second instead of twenty. */
function dataFolder(place: ServerPlace, files: MysqlFiles): string {
  const data = join(place.folder, "data");
  if (!existsSync(data)) {
    execFileSync("cp", ["-a", "--reflink=auto", files.data, `${data}.new`]);
    renameSync(`${data}.new`, data);
  }
  return data;
}

function optionsOf(place: ServerPlace, data: string, socketPath: string): readonly string[] {
  const tls = placeCertificate(place);
  const accounts = writeConfig(place, "accounts.sql", accountsOf(place));
  return [
    `--datadir=${data}`,
    `--socket=${socketPath}`,
    `--pid-file=${join(place.folder, "mysqld.pid")}`,
    `--init-file=${accounts}`,
    "--bind-address=127.0.0.1",
    `--port=${portOf(place, 0)}`,
    `--ssl-ca=${tls.caFile}`,
    `--ssl-cert=${tls.certFile}`,
    `--ssl-key=${tls.keyFile}`,
    "--skip-name-resolve",
    // A plant's server seldom keeps UTC: whoever forgets to say so is eight hours off.
    "--default-time-zone=+08:00",
    "--disable-log-bin",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=64M",
    "--max-connections=120",
  ];
}

/** Executed at each start, before anybody can connect. */
function accountsOf(place: ServerPlace): string {
  const password = (user: string): string => `'${placePassword(place, user)}'`;
  return [
    `ALTER USER 'root'@'localhost' IDENTIFIED WITH caching_sha2_password BY ${password("root")};`,
    `CREATE USER IF NOT EXISTS '${USER}'@'%' IDENTIFIED WITH caching_sha2_password BY ${password(USER)};`,
    `CREATE DATABASE IF NOT EXISTS ${DATABASE};`,
    // Databases of its own, for suites that need an empty one each.
    `GRANT ALL ON \`${DATABASE}\`.* TO '${USER}'@'%';`,
    `GRANT ALL ON \`${DATABASE}\\_%\`.* TO '${USER}'@'%';`,
    "",
  ].join("\n");
}

async function versionOf(options: {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}): Promise<string> {
  const { host, port, user, password } = options;
  const connection = await createConnection({ host, port, user, password, connectTimeout: 2_000 });
  try {
    const [rows] = await connection.query<RowDataPacket[]>("SELECT version() AS version");
    return String(rows[0]?.["version"]);
  } finally {
    connection.destroy();
  }
}
