import type { Command } from "commander";

/** `iai completion`: a script that completes commands and options. */
export function runCompletion(
  program: Command,
  options: { readonly shell: "bash" | "zsh" },
): number {
  const cases = program.commands.map((command) => {
    const words = [
      ...command.commands.map((sub) => sub.name()),
      ...command.options.map((option) => option.long ?? ""),
    ];
    return `    ${command.name()}) words="${words.join(" ")}" ;;`;
  });
  const names = program.commands.map((command) => command.name()).join(" ");
  const prelude = options.shell === "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
  process.stdout.write(`${prelude}_iai() {
  local words="${names}"
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="${names}"
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _iai iai ./iai
`);
  return 0;
}
