import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isLoopback, isPrivateUrl } from "./loopback.ts";

describe("loopback", () => {
  it("knows this machine by all its names", () => {
    for (const host of ["localhost", "::1", "[::1]", "127.0.0.1", "127.255.0.9"])
      assert.equal(isLoopback(host), true, host);
  });

  it("takes nothing else for this machine, however alike it looks", () => {
    const others = ["10.0.0.1", "127.0.0.1.example.com", "127.999.0.1", "128.0.0.1", "0.0.0.0"];
    for (const host of [...others, "localhost.example.com", "::2", "", "127.1"])
      assert.equal(isLoopback(host), false, host);
  });

  it("calls an address private that is encrypted or does not leave the machine", () => {
    assert.equal(isPrivateUrl("http://127.0.0.1:8086", ["https:"]), true);
    assert.equal(isPrivateUrl("http://[::1]:8086", ["https:"]), true);
    assert.equal(isPrivateUrl("https://influx.example", ["https:"]), true);
    assert.equal(isPrivateUrl("mqtts://broker.example", ["mqtts:"]), true);
    assert.equal(isPrivateUrl("http://influx.example", ["https:"]), false);
    assert.equal(isPrivateUrl("mqtt://10.1.2.3", ["mqtts:"]), false);
  });
});
