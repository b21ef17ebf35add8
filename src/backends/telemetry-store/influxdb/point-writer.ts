import { IaiError } from "../../../kernel/errors.ts";
import type { InfluxTelemetryConfig } from "./config.ts";
import type { InfluxClient } from "./influx-client.ts";

/** What became of one line: stored for good, refused for good, or not known to be stored. */
export type LineOutcome = "stored" | "kept" | { readonly refused: string };

type Limits = Pick<InfluxTelemetryConfig, "maxRequestPoints" | "maxRequestBytes">;

/**
 * Writes lines in requests of a bounded size. A request that is refused is halved until the culprits are alone;
 * what was stored meanwhile is stored again, which changes nothing. As soon as the server gives no answer the rest
 * is kept: `failure` says why.
 */
export async function writeLines(
  client: Pick<InfluxClient, "write">,
  policy: string,
  lines: readonly string[],
  limits: Limits,
): Promise<{ readonly outcomes: readonly LineOutcome[]; readonly failure: IaiError | null }> {
  const outcomes: LineOutcome[] = lines.map(() => "kept");
  const write = async (begin: number, end: number): Promise<void> => {
    const refusal = await client.write(policy, lines.slice(begin, end));
    const count = end - begin;
    if (refusal === null) outcomes.fill("stored", begin, end);
    else if (count === 1 || refusal.dropped === count)
      outcomes.fill({ refused: refusal.reason }, begin, end);
    else {
      const middle = begin + (count >> 1);
      await write(begin, middle);
      await write(middle, end);
    }
  };
  try {
    for (const [begin, end] of requestsOf(lines, limits)) await write(begin, end);
    return { outcomes, failure: null };
  } catch (failure) {
    if (!(failure instanceof IaiError)) throw failure;
    return { outcomes, failure };
  }
}

/** Ranges of lines that fit into one request; a line that is too long by itself gets one of its own. */
function* requestsOf(lines: readonly string[], limits: Limits): Generator<[number, number]> {
  let begin = 0;
  let bytes = 0;
  for (const [index, line] of lines.entries()) {
    // Ids and numbers are ASCII; a text of other letters is short beside them.
    const size = line.length + 1;
    const isFull =
      index - begin >= limits.maxRequestPoints || bytes + size > limits.maxRequestBytes;
    if (isFull && index > begin) {
      yield [begin, index];
      begin = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (lines.length > begin) yield [begin, lines.length];
}
