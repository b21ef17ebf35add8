import { IaiError } from "../../../kernel/errors.ts";
import { MCP_PATH } from "../../../present/mcp/mcp-endpoint.ts";
import { bridgeStdio } from "../../../present/mcp/stdio-bridge.ts";
import { dataDirAt, readRunInfo } from "../../data-dir.ts";
import { configOf, type SettingOptions } from "../settings.ts";

export interface McpCommandOptions extends SettingOptions {
  readonly url?: string;
  readonly key?: string;
}

/** `iai mcp`: the tools of a running IAI over stdio; stdout carries nothing but the protocol. */
export async function runMcp(options: McpCommandOptions): Promise<number> {
  const key = options.key ?? process.env["IAI_KEY"];
  if (key === undefined || key === "") {
    const message =
      "Cannot serve MCP: no key; give IAI_KEY or --key (`./iai key create --name agent --role viewer` makes one)";
    throw new IaiError("USAGE", message);
  }
  await bridgeStdio({
    input: process.stdin,
    output: process.stdout,
    url: await endpointOf(options),
    key,
    complain: (line) => process.stderr.write(`iai: ${line}\n`),
  });
  return 0;
}

/** Where it was said, else the IAI that runs on the data folder, else the configured port of this machine. */
async function endpointOf(options: McpCommandOptions): Promise<URL> {
  const given = options.url ?? process.env["IAI_URL"];
  if (given !== undefined && given !== "") {
    if (!/^https?:/.test(given) || !URL.canParse(given))
      throw new IaiError("USAGE", `Cannot serve MCP: "${given}" is no address of an IAI`);
    return new URL(MCP_PATH, given);
  }
  const config = await configOf(options);
  const running = readRunInfo(dataDirAt(config.dataDir));
  return new URL(MCP_PATH, running?.apiUrl ?? `http://127.0.0.1:${config.api.port}`);
}
