import { dataDirAt, readRunInfo } from "../../data-dir.ts";
import { configOf, type SettingOptions } from "../settings.ts";

interface Readiness {
  readonly ready: boolean;
  readonly dependencies: Readonly<
    Record<
      string,
      { readonly ok: boolean; readonly since: string; readonly last_error: string | null }
    >
  >;
}

/** `iai health`: what `/readyz` says of the running IAI; exit 1 when it is not ready or does not run. */
export async function runHealth(
  options: SettingOptions & { readonly json?: boolean },
): Promise<number> {
  const config = await configOf(options);
  const info = readRunInfo(dataDirAt(config.dataDir));
  const base = info?.apiUrl ?? `http://127.0.0.1:${config.api.port}`;
  let answer: Readiness;
  try {
    answer = (await (
      await fetch(new URL("/readyz", base), { signal: AbortSignal.timeout(5_000) })
    ).json()) as Readiness;
  } catch {
    if (options.json === true)
      console.log(JSON.stringify({ ready: false, url: base, error: "no answer" }));
    else console.error(`iai: no answer from ${base}. Start it with \`./iai start\``);
    return 1;
  }
  if (options.json === true) {
    console.log(JSON.stringify({ url: base, ...answer }));
    return answer.ready ? 0 : 1;
  }
  console.log(`iai: ${answer.ready ? "ready" : "NOT ready"} at ${base}`);
  for (const [name, dependency] of Object.entries(answer.dependencies ?? {})) {
    const why = dependency.last_error === null ? "" : `: ${dependency.last_error}`;
    console.log(`  ${dependency.ok ? "ok  " : "FAIL"} ${name} since ${dependency.since}${why}`);
  }
  return answer.ready ? 0 : 1;
}
