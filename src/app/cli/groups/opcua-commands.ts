import { type Command, Option } from "commander";
import { securePolicies } from "../../../backends/source-adapter/opcua/config.ts";
import type { OpcuaBrowseOptions } from "../commands/opcua-browse.ts";
import type { OpcuaTrustOptions } from "../commands/opcua-trust.ts";
import { configOption, dataDirOption, run } from "./command.ts";

/** `iai opcua`: whom IAI trusts, and what a server has to tell. */
export function addOpcuaCommands(program: Command): void {
  const opcua = program.command("opcua").description("OPC-UA servers: trust and browse");
  opcua
    .command("browse")
    .argument("<url>", "address of the server, e.g. opc.tcp://192.0.2.17:4840")
    .addOption(
      new Option("--policy <name>", "how messages are secured")
        .choices([...securePolicies, "None"])
        .default("Basic256Sha256"),
    )
    .option("--user <name>", "user of the server; without it: nobody")
    .option("--password-file <file>", "file with the password")
    .option("--under <node>", "only what lies below this node, e.g. ns=2;s=Hall3")
    .option("--allow-insecure", "with the policy None to another machine")
    .option("--json", "as JSON")
    .addOption(configOption())
    .addOption(dataDirOption())
    .description("propose which variable is which metric of which device")
    .action(
      run<OpcuaBrowseOptions>(async (options, url) =>
        (await import("../commands/opcua-browse.ts")).runOpcuaBrowse({ ...options, url }),
      ),
    );
  addTrustCommands(opcua.command("trust").description("certificates of servers"));
}

function addTrustCommands(trust: Command): void {
  const load = () => import("../commands/opcua-trust.ts");
  const finish = (command: Command): Command =>
    command.option("--json", "as JSON").addOption(configOption()).addOption(dataDirOption());
  finish(trust.command("list"))
    .description("our own certificate, the trusted ones, and those that were refused")
    .action(run<OpcuaTrustOptions>(async (options) => (await load()).runOpcuaTrustList(options)));
  finish(trust.command("add").argument("<thumbprint>", "of a refused one, or a PEM or DER file"))
    .description("trust the certificate of a server")
    .action(
      run<OpcuaTrustOptions>(async (options, certificate) =>
        (await load()).runOpcuaTrustAdd({ ...options, certificate }),
      ),
    );
  finish(trust.command("remove").argument("<thumbprint>", "of a trusted one"))
    .description("take the trust away")
    .action(
      run<OpcuaTrustOptions>(async (options, certificate) =>
        (await load()).runOpcuaTrustRemove({ ...options, certificate }),
      ),
    );
}
