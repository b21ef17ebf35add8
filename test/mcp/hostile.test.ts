import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { asNobody, beyondTheRole, fromElsewhere } from "./hostile-callers.ts";
import { type Refusal, writing } from "./hostile-case.ts";
import { brokenBodies, brokenProtocol } from "./hostile-messages.ts";
import { type McpPlant, startMcpPlant } from "./mcp-plant.ts";
import { type RawAnswer, rawRequest } from "./raw-request.ts";

function assertRefused(answer: RawAnswer, { status, rpc, challenge, tool }: Refusal): void {
  const told = JSON.stringify(answer).slice(0, 2_000);
  assert.ok([status].flat().includes(answer.status), told);
  const body = answer.body as {
    readonly error?: { readonly code: number };
    readonly result?: { readonly isError?: boolean };
  };
  if (rpc !== undefined) assert.equal(body.error?.code, rpc, told);
  if (tool === true) assert.equal(body.result?.isError, true, told);
  for (const words of challenge ?? [])
    assert.ok(String(answer.headers["www-authenticate"]).includes(words), told);
}

describe("a hostile request to /mcp is refused and leaves the records as they were:", () => {
  let plant: McpPlant;
  before(async () => {
    plant = await startMcpPlant();
  });
  after(() => plant.stop());

  for (const { name, send, refused } of [
    ...fromElsewhere,
    ...asNobody,
    ...beyondTheRole,
    ...brokenBodies,
    ...brokenProtocol,
  ])
    it(name, async () => {
      const request = await send(plant);
      const was = await plant.records();
      assertRefused(await rawRequest(plant.endpoint, request), refused);
      assert.deepEqual(await plant.records(), was);
    });

  it("while the very request they imitate is served", async () => {
    const { status, body } = await rawRequest(plant.endpoint, writing(plant));
    assert.equal(status, 200);
    const { result } = body as { result: { structuredContent: { status: string } } };
    assert.equal(result.structuredContent.status, "PROPOSED");
  });
});
