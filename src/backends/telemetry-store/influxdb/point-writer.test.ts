import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { IaiError } from "../../../kernel/errors.ts";
import type { Refusal } from "./errors.ts";
import { writeLines } from "./point-writer.ts";

const limits = { maxRequestPoints: 1_000, maxRequestBytes: 1_000_000 };

/** A server that never takes lines that say `bad`, and is gone after `answers` requests. */
class PickyServer {
  readonly stored = new Set<string>();
  requests: string[][] = [];
  readonly #answers: number;
  constructor(answers = Number.POSITIVE_INFINITY) {
    this.#answers = answers;
  }
  async write(_policy: string, lines: readonly string[]): Promise<Refusal | null> {
    this.requests.push([...lines]);
    if (this.requests.length > this.#answers)
      throw new IaiError("TELEMETRY_UNREACHABLE", "Cannot write");
    const good = lines.filter((line) => !line.startsWith("bad"));
    for (const line of good) this.stored.add(line);
    const dropped = lines.length - good.length;
    return dropped === 0 ? null : { reason: "partial write", dropped };
  }
}

const linesOf = (bad: readonly boolean[]): string[] =>
  bad.map((isBad, i) => `${isBad ? "bad" : "good"} ${i}`);

describe("writing points", () => {
  it("refuses exactly the culprits and stores all others", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), async (bad) => {
        const server = new PickyServer();
        const { outcomes, failure } = await writeLines(server, "rp", linesOf(bad), limits);
        assert.equal(failure, null);
        const wanted = bad.map((isBad) => (isBad ? { refused: "partial write" } : "stored"));
        assert.deepEqual(outcomes, wanted);
        assert.equal(server.stored.size, bad.filter((isBad) => !isBad).length);
      }),
    );
  });

  it("finds one culprit among 1,000 in a few requests", async () => {
    const server = new PickyServer();
    await writeLines(
      server,
      "rp",
      linesOf(Array.from({ length: 1_000 }, (_, i) => i === 613)),
      limits,
    );
    assert.ok(server.requests.length <= 21, String(server.requests.length));
  });

  it("does not halve what was refused as a whole", async () => {
    const server = new PickyServer();
    await writeLines(server, "rp", linesOf(Array.from({ length: 500 }, () => true)), limits);
    assert.equal(server.requests.length, 1);
  });

  it("keeps whatever it cannot say stored or refused of, wherever the server goes away", async () => {
    const bad = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(bad, fc.integer({ min: 0, max: 10 }), async (parts, answers) => {
        const server = new PickyServer(answers);
        const lines = linesOf(parts);
        const { outcomes, failure } = await writeLines(server, "rp", lines, limits);
        outcomes.forEach((outcome, i) => {
          if (outcome === "stored") assert.ok(server.stored.has(lines[i] ?? ""));
          else if (outcome !== "kept") assert.ok(parts[i]);
        });
        assert.equal(failure !== null, outcomes.includes("kept"));
      }),
    );
  });

  it("bounds its requests in points and in bytes, and sends each line once", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const server = new PickyServer();
        const lines = lengths.map((length) => "x".repeat(length));
        await writeLines(server, "rp", lines, { maxRequestPoints: 7, maxRequestBytes: 100 });
        assert.deepEqual(server.requests.flat(), lines);
        for (const request of server.requests) {
          assert.ok(request.length <= 7);
          assert.ok(request.length === 1 || request.join("\n").length <= 100);
        }
      }),
    );
  });
});
