import type { FlinkHttp, Json } from "./flink-http.ts";

/**
 * The next offset of each partition that a job's sources have not handed on yet, by `<topic>-<partition>`. From
 * Flink's metrics, so up to a second old: never further than the truth.
 */
export async function nextOffsetsOf(
  jobId: string,
  ask: FlinkHttp["ask"],
): Promise<ReadonlyMap<string, number>> {
  const action = "ask how far a job has read";
  const { vertices } = await ask(action, `jobs/${jobId}`);
  const next = new Map<string, number>();
  for (const { id, name } of vertices as readonly Json[]) {
    const topic = /^Source: (.+?)(?: -> .*)?$/.exec(String(name))?.[1];
    if (topic === undefined) continue;
    const path = `jobs/${jobId}/vertices/${String(id)}/subtasks/metrics`;
    const names = (await listOf(ask(action, path))).map((metric) => String(metric["id"]));
    const wanted = names.filter((metric) => offsetMetric.test(metric));
    if (wanted.length === 0) continue;
    const query = `${path}?agg=max&get=${wanted.map(encodeURIComponent).join(",")}`;
    for (const { id: metric, max } of await listOf(ask(action, query))) {
      const [, partition = "", kind] = offsetMetric.exec(String(metric)) ?? [];
      const place = `${topic}-${partition}`;
      // The newest record that was handed on is none after a restart; what was committed names the next one.
      const following = kind === "current" ? Number(max) + 1 : Number(max);
      next.set(place, Math.max(next.get(place) ?? 0, following));
    }
  }
  return next;
}

const offsetMetric = /\.partition\.(\d+)\.(current|committed)Offset$/;

/** Lists of metrics come without an object around them. */
async function listOf(answer: Promise<Json>): Promise<readonly Json[]> {
  return (await answer) as unknown as readonly Json[];
}
