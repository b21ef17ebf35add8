import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MultipleErrors, NetworkError, ProtocolError } from "@platformatic/kafka";
import {
  isOutOfRange,
  isRefusal,
  isRefusedForGood,
  isThereAlready,
  reasonOf,
  unreachable,
} from "./errors.ts";

/** As the client wraps them. */
const wrapped = (failure: Error): Error =>
  new MultipleErrors("Producing messages failed.", [
    new MultipleErrors("produce failed 3 times.", [new Error("an earlier one"), failure]),
  ]);

describe("failures of Kafka", () => {
  it("tells what will never work from what may work later", () => {
    for (const id of ["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD"])
      assert.equal(isRefusedForGood(wrapped(new ProtocolError(id))), true, id);
    for (const id of ["TOPIC_AUTHORIZATION_FAILED", "NOT_LEADER_OR_FOLLOWER", "REQUEST_TIMED_OUT"])
      assert.equal(isRefusedForGood(wrapped(new ProtocolError(id))), false, id);
    assert.equal(isRefusedForGood(new NetworkError("Connection closed")), false);
    assert.equal(isRefusedForGood(null), false);
  });

  it("knows an offset that is not there and a topic that is there already", () => {
    assert.equal(isOutOfRange(wrapped(new ProtocolError("OFFSET_OUT_OF_RANGE"))), true);
    assert.equal(isOutOfRange(wrapped(new ProtocolError("UNKNOWN_TOPIC_OR_PARTITION"))), false);
    assert.equal(isThereAlready(wrapped(new ProtocolError("TOPIC_ALREADY_EXISTS"))), true);
  });

  it("tells what Kafka forbids from what it cannot do just now", () => {
    assert.equal(isRefusal(wrapped(new ProtocolError("TOPIC_AUTHORIZATION_FAILED"))), true);
    assert.equal(isRefusal(wrapped(new ProtocolError("POLICY_VIOLATION"))), true);
    assert.equal(isRefusal(wrapped(new ProtocolError("NOT_CONTROLLER"))), false);
    assert.equal(isRefusal(new NetworkError("Connection closed")), false);
  });

  it("gives the innermost reason of the last attempt", () => {
    const refused = new Error("connect ECONNREFUSED 127.0.0.1:9092");
    const failure = wrapped(new NetworkError("Connection failed.", { cause: refused }));
    assert.equal(reasonOf(failure), refused.message);
    assert.equal(reasonOf("a text"), "a text");
  });

  it("becomes BUS_UNREACHABLE with its cause", () => {
    const cause = new NetworkError("Connection closed");
    const error = unreachable("ask", cause, "nothing was done");
    assert.equal(error.code, "BUS_UNREACHABLE");
    assert.equal(error.cause, cause);
  });
});
