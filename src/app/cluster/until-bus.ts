import { systemClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import type { Ms } from "../../model/basics.ts";
import type { EventBus } from "../../ports/event-bus.ts";

const ASK_EVERY_MS: Ms = 100;

/** Resolves when Kafka has answered and the topics are there; BUS_UNREACHABLE after `limitMs`. */
export async function untilTopics(bus: EventBus, limitMs: Ms): Promise<void> {
  const isThere = async (): Promise<boolean> => (await bus.health()).end["control-0"] !== undefined;
  await until(isThere, { action: "find the topics of Kafka", limitMs });
}

/** Resolves when nothing that this process accepted waits in its outbox any more. */
export async function untilCarried(bus: EventBus, limitMs: Ms): Promise<void> {
  const isCarried = async (): Promise<boolean> => (await bus.health()).carrying?.waiting === 0;
  await until(isCarried, { action: "carry what is in force to Kafka", limitMs });
}

async function until(
  done: () => Promise<boolean>,
  { action, limitMs }: { readonly action: string; readonly limitMs: Ms },
): Promise<void> {
  const deadline = systemClock.monotonic() + limitMs;
  while (!(await done())) {
    if (systemClock.monotonic() > deadline)
      throw new IaiError("BUS_UNREACHABLE", `Cannot ${action}: not within ${limitMs} ms`);
    await systemClock.sleep(ASK_EVERY_MS);
  }
}
