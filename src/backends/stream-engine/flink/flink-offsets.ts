import type { FlinkHttp, Json } from "./flink-http.ts";

/**
 * The offset of the newest record that each source of a job handed on, by `<topic>-<partition>`; −1: none since
 * the start. From Flink's metrics, so up to a second old: never further than the truth.
 */
export async function offsetsOf(
  jobId: string,
  ask: FlinkHttp["ask"],
): Promise<ReadonlyMap<string, number>> {
  const action = "ask how far a job has read";
  const { vertices } = await ask(action, `jobs/${jobId}`);
  const offsets = new Map<string, number>();
  for (const { id, name } of vertices as readonly Json[]) {
    const topic = /^Source: (.+?)(?: -> .*)?$/.exec(String(name))?.[1];
    if (topic === undefined) continue;
    const path = `jobs/${jobId}/vertices/${String(id)}/subtasks/metrics`;
    const names = await listOf(ask(action, path));
    const wanted = names
      .map((metric) => String(metric["id"]))
      .filter((metric) => isCurrentOffset.test(metric));
    if (wanted.length === 0) continue;
    const query = `${path}?agg=max&get=${wanted.map(encodeURIComponent).join(",")}`;
    for (const { id: metric, max } of await listOf(ask(action, query))) {
      const partition = isCurrentOffset.exec(String(metric))?.[1];
      offsets.set(`${topic}-${partition}`, Number(max));
    }
  }
  return offsets;
}

const isCurrentOffset = /\.partition\.(\d+)\.currentOffset$/;

/** Lists of metrics come without an object around them. */
async function listOf(answer: Promise<Json>): Promise<readonly Json[]> {
  return (await answer) as unknown as readonly Json[];
}
