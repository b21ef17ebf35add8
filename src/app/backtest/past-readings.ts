import type { DeviceId, EpochMs } from "../../model/basics.ts";
import type { Reading } from "../../model/reading.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";

const PAGE = 2_000;
/** Good readings are most, not all: a baseline gets half as many again to learn from. */
const LEARN_SHARE = 1.5;

type Telemetry = Pick<TelemetryStore, "readings">;

/** A device's readings in time order, a page at a time. */
export async function* readingsOf(
  telemetry: Telemetry,
  range: { readonly deviceId: DeviceId; readonly from: EpochMs; readonly to: EpochMs },
): AsyncGenerator<readonly Reading[]> {
  let next = range.from;
  for (;;) {
    const query = { ...range, from: next, metrics: null, limit: PAGE, order: "asc" as const };
    const page = await telemetry.readings(query);
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    // An instant is one reading, so the next page begins just after it.
    next = last.measuredAt + 1;
  }
}

/** Where a baseline has to begin to learn so that it is ready at `from`; `from` itself where nothing lies before. */
export async function learnedFrom(
  telemetry: Telemetry,
  asked: { readonly deviceId: DeviceId; readonly from: EpochMs; readonly rows: number },
): Promise<EpochMs> {
  const earlier = await telemetry.readings({
    deviceId: asked.deviceId,
    from: 0,
    to: asked.from,
    metrics: null,
    limit: Math.ceil(asked.rows * LEARN_SHARE),
    order: "desc",
  });
  return earlier.at(-1)?.measuredAt ?? asked.from;
}
