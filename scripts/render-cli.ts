import type { Argument, Command, Option } from "commander";
import { buildProgram } from "../src/app/cli/program.ts";

/** Calls worth copying, by command. */
const examples: Readonly<Record<string, readonly string[]>> = {
  start: ["./iai start", "./iai start --config plant.yaml --data-dir /var/lib/iai"],
  stop: ["./iai stop --data-dir /var/lib/iai"],
  demo: ["./iai demo", "./iai demo --replay pump.csv --map examples/maps/skab.yaml --speed 10"],
  replay: [
    "./iai replay pump.csv --map examples/maps/skab.yaml --device PUMP_07 --speed 10 --shift-to-now --key iai_i_…",
  ],
  simulate: [
    "./iai simulate --devices 50 --rate 1 --fault bearing_wear@60s --seed 7 --key iai_i_…",
  ],
  detect: [
    "./iai detect pump.csv --map examples/maps/skab.yaml",
    "./iai detect pump.csv.gz --map map.yaml --learn-rows 400 --rows > rows.ndjson",
  ],
  export: [
    "./iai export readings --device PUMP_07 --from 2026-02-01T00:00:00Z --format csv > pump.csv",
  ],
  "key create": ["./iai key create --name gateway --role ingest --device PUMP_07 --json"],
  "key list": ["./iai key list"],
  "key revoke": ["./iai key revoke 01M86CBHZRAVZ1839E9H5SJAQK"],
  "user add": ["./iai user add --name li --role engineer --password-file password.txt"],
  health: ["./iai health --json"],
  doctor: ["./iai doctor"],
  backup: ["./iai backup backups/today.db"],
  restore: ["./iai stop && ./iai restore backups/today.db"],
  rebuild: ["./iai stop && ./iai rebuild"],
  "verify-audit": ["./iai verify-audit"],
  "config check": ["./iai config check --config plant.yaml"],
  "config print": ["IAI_API_PORT=8100 ./iai config print"],
  "llm check": [
    "./iai llm check --config plant.yaml",
    "IAI_LANGUAGE_MODEL_KIND=openai-compatible IAI_LANGUAGE_MODEL_BASE_URL=http://127.0.0.1:8080/v1 ./iai llm check --json",
  ],
  completion: ["./iai completion --shell bash > ~/.local/share/bash-completion/completions/iai"],
  bench: ["./iai bench --quick"],
};

/** `docs/cli.md` from the program itself. */
export function renderCli(notice: string): string {
  const parts = commandsOf(buildProgram(), "").map(({ path, command }) => section(path, command));
  return `${notice}

# Command line

\`./iai\` finds or installs the right Node.js and the dependencies, then runs one of these commands.

- Exit codes: 0 good, 1 failed, 2 wrong usage. A failure is one line on standard error, with its code in brackets;
  [errors.md](errors.md) explains the codes.
- Progress is drawn on a terminal only; elsewhere it is a plain line now and then. \`--json\` is for programs.
- Configuration: \`--config\`, else \`iai.yaml\` of the current folder, else defaults; \`IAI_…\` variables win, such as
  \`IAI_API_PORT\`, \`IAI_CONSOLE_PORT\` and \`IAI_DATA_DIR\`. [config.md](config.md) lists every option.
- \`IAI_KEY\` holds the key of \`replay\` and \`simulate\` where \`--key\` is not given.

${parts.join("\n")}`;
}

interface NamedCommand {
  readonly path: string;
  readonly command: Command;
}

function commandsOf(parent: Command, prefix: string): readonly NamedCommand[] {
  return parent.commands.flatMap((command) => {
    const path = `${prefix}${command.name()}`;
    const inner = commandsOf(command, `${path} `);
    return inner.length > 0 ? inner : [{ path, command }];
  });
}

function section(path: string, command: Command): string {
  const usage = [path, ...command.registeredArguments.map(argumentText)].join(" ");
  const about = command.description() || command.parent?.description() || "";
  const head = `## iai ${usage}\n\n${about}\n`;
  const options = command.options.filter((option) => !option.hidden).map(optionRow);
  const table =
    options.length === 0
      ? ""
      : `\n| option | means | default |\n|---|---|---|\n${options.join("\n")}\n`;
  const calls = examples[path] ?? [];
  const shown = calls.length === 0 ? "" : `\n\`\`\`sh\n${calls.join("\n")}\n\`\`\`\n`;
  return `${head}${table}${shown}`;
}

function argumentText(argument: Argument): string {
  return argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
}

function optionRow(option: Option): string {
  const needed = option.mandatory ? "needed" : (option.defaultValue ?? "");
  const choices = option.argChoices === undefined ? "" : `: ${option.argChoices.join(", ")}`;
  return `| ${cell(`\`${option.flags}\``)} | ${cell(`${option.description}${choices}`)} | ${cell(shown(needed))} |`;
}

function shown(value: unknown): string {
  return value === true || value === false ? "" : String(value);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
