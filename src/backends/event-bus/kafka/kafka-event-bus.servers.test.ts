import { after, before, describe } from "node:test";
import { eventBusContract } from "../../../../test/contract/event-bus.ts";
import { aKafkaPlant } from "../../../../test/servers/kafka/kafka-plant.ts";
import { type ServerHandle, startServer } from "../../../../test/servers/server-handle.ts";
import { SimulatedClock } from "../../../kernel/clock.ts";

describe("event bus on Kafka", () => {
  let kafka: ServerHandle;
  before(async () => {
    kafka = await startServer("kafka");
  });
  after(() => kafka.stop());

  eventBusContract(
    "kafka",
    async () => {
      const plant = await aKafkaPlant(kafka, {
        outboxClock: new SimulatedClock(1_000_000),
        outbox: { maxBytes: 400_000, retainBytes: 400_000, retentionMs: 3_600_000 },
      });
      return {
        bus: plant.bus,
        reopen: () => plant.reopen(),
        refuse: (code) => plant.refuse(code),
        dispose: () => plant.dispose(),
      };
    },
    {
      gaps: {
        "numbers its records without gaps in one order over all keys":
          "Kafka numbers each partition by itself; the order is kept per key",
      },
    },
  );
});
