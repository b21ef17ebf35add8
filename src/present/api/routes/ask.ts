import type { ServerResponse } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Principal } from "../../../model/access.ts";
import type { DeviceId } from "../../../model/basics.ts";
import type { AgentStep } from "../../../model/diagnosis.ts";
import type { Answer } from "../../../model/question.ts";
import type { Question } from "../../../pipeline/diagnose/ask/ask-iai.ts";
import { answerOut, answerToWire, questionIn } from "../../../wire/question.ts";
import { agentStepToWire } from "../../../wire/report.ts";
import { asApiError, problemOf } from "../problems.ts";
import { oneQuery } from "../queries.ts";
import { type ApiRoute, defineRoute } from "../route.ts";
import { findDevice, visibleDevices } from "../scope.ts";
import { securityHeaders } from "../security.ts";
import type { ApiServices } from "../services.ts";
import { findAlert } from "./alerts.ts";

/** Devices of a line that may be read beside the one that is asked about. */
const NEIGHBOURS_MAX = 20;

/** Questions about a machine or an alarm. */
export function askRoutes(services: ApiServices): readonly ApiRoute[] {
  return [
    defineRoute({
      method: "POST",
      path: "/ask",
      action: "agents.ask",
      tag: "Ask IAI",
      summary:
        "Ask about one device or one alarm; nothing is changed. With `Accept: text/event-stream` each step comes as an event (`step`), then `answer` or `problem`",
      query: oneQuery({}),
      body: questionIn,
      answer: answerOut,
      auditedByStation: true,
      failures: [404, 429, 503],
      handle: async ({ body, principal, request, reply }) => {
        const subject = await subjectOf(services, principal, body);
        const gone = new AbortController();
        reply.raw.once("close", () => gone.abort());
        const ask = async (onStep: (step: AgentStep) => void): Promise<Answer> => {
          const question = {
            ...subject,
            text: body.question,
            language: body.language ?? null,
            personId: principal.id,
            onStep,
          };
          const asked = { request, principal, subject, length: body.question.length };
          try {
            const answer = await services.ask.ask(question, gone.signal);
            await audit(services, asked, answer);
            return answer;
          } catch (failure) {
            // Whoever goes away, or asks too often, has asked all the same.
            await audit(services, asked, null);
            throw failure;
          }
        };
        const isStream = request.headers.accept?.includes("text/event-stream") === true;
        try {
          if (isStream) return await streamAnswer(services, { request, reply, ask });
          return answerToWire(await ask(() => undefined));
        } catch (failure) {
          // Whoever went away hears nothing more, and that is no failure of ours.
          if (gone.signal.aborted) return reply.hijack();
          throw failure;
        }
      },
    }),
  ];
}

/** What the asker may see of what is asked about; what is outside does not exist. */
async function subjectOf(
  services: ApiServices,
  principal: Principal,
  { device_id, trace_id }: z.output<typeof questionIn>,
): Promise<Pick<Question, "deviceId" | "alert" | "devices">> {
  const alert = trace_id === undefined ? null : await findAlert(services, principal, trace_id);
  const deviceId =
    alert?.deviceId ?? findDevice(services.devices, principal, device_id ?? "").deviceId;
  return { deviceId, alert, devices: devicesOfLine(services, principal, deviceId) };
}

function devicesOfLine(
  { devices }: ApiServices,
  principal: Principal,
  deviceId: DeviceId,
): readonly DeviceId[] {
  const device = devices.find(deviceId);
  if (device === null || device.lineId === "" || device.factoryId === "") return [deviceId];
  const neighbours = visibleDevices(devices, principal)
    .filter(
      (other) =>
        other.factoryId === device.factoryId &&
        other.lineId === device.lineId &&
        other.deviceId !== deviceId,
    )
    .slice(0, NEIGHBOURS_MAX);
  return [deviceId, ...neighbours.map((other) => other.deviceId)];
}

interface Streaming {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly ask: (onStep: (step: AgentStep) => void) => Promise<Answer>;
}

/** A refusal before the first step is an ordinary answer; after it, an event. */
async function streamAnswer(
  { log }: ApiServices,
  { request, reply, ask }: Streaming,
): Promise<unknown> {
  const { raw } = reply;
  let isOpen = false;
  const tell = (type: string, data: unknown): void => {
    if (!isOpen) openStream(reply);
    isOpen = true;
    if (!raw.destroyed) raw.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  try {
    const answer = await ask((step) => tell("step", agentStepToWire(step)));
    tell("answer", answerToWire(answer));
  } catch (failure) {
    if (!isOpen || raw.destroyed) throw failure;
    const error = asApiError(failure);
    if (error.code === "INTERNAL") {
      log.error("ask.failed", { traceId: request.id, error: String(failure) });
    }
    tell("problem", problemOf(error, request.id).body);
  }
  raw.end();
  return reply;
}

function openStream(reply: FastifyReply): ServerResponse {
  reply.hijack();
  return reply.raw.writeHead(200, {
    ...securityHeaders,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
}

interface Asked {
  readonly request: FastifyRequest;
  readonly principal: Principal;
  readonly subject: Pick<Question, "deviceId" | "alert">;
  readonly length: number;
}

/** Who asked about what and what it cost; neither the question's words nor the answer's. null: no answer left. */
async function audit(
  { audit: book, log }: ApiServices,
  { request, principal, subject, length }: Asked,
  answer: Answer | null,
): Promise<void> {
  const { deviceId, alert } = subject;
  try {
    await book.append({
      actor: principal.name,
      origin: request.ip,
      action: "agents.ask",
      subject: alert === null ? `device ${deviceId}` : `alarm ${alert.traceId}`,
      result: answer === null || answer.outcome === "refused" ? "refused" : "ok",
      detail: {
        traceId: request.id,
        role: principal.role,
        questionLength: length,
        outcome: answer?.outcome ?? null,
        toolCalls: answer?.toolCalls ?? null,
        tokensUsed: answer?.tokensUsed ?? null,
        model: answer?.model ?? null,
      },
    });
  } catch (failure) {
    log.error("audit.append.failed", { traceId: request.id, error: String(failure) });
  }
}
