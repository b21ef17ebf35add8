import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { systemClock } from "../../kernel/clock.ts";
import { type AlertCount, type AlertMeter, createAlertMeter } from "./alert-meter.ts";
import { createReadingSource, type LoadPlan } from "./load-plan.ts";
import { quantile } from "./statistics.ts";

/** What one run of the generator saw; times in ms. */
export interface LoadResult {
  readonly sent: number;
  readonly acknowledged: number;
  /** Refused by an answer, or without an answer. */
  readonly refused: number;
  /** Single readings that an answer rejected: none may be, they are all good. */
  readonly rejected: number;
  readonly achievedPerSecond: number;
  /** From the intended send time. */
  readonly ackP50: number;
  readonly ackP99: number;
  /** From the write of a request to its answer. */
  readonly answerP50: number;
  readonly answerP99: number;
  readonly alertP50: number;
  readonly alertP99: number;
  readonly alertMax: number;
  readonly alerts: Omit<AlertCount, "latenciesMs">;
  /** Most that the generator itself was behind while it was free to send. */
  readonly generatorLagMs: number;
  readonly generatorCpuPercent: number;
}

interface Batch {
  readonly texts: string[];
  readonly intendedAt: number[];
  readonly breachKeys: string[];
}

/** Counters and times of a run under way. */
interface Run {
  readonly plan: LoadPlan;
  readonly meter: AlertMeter;
  readonly agent: Agent;
  readonly ackMs: number[];
  readonly answerMs: number[];
  sent: number;
  acknowledged: number;
  refused: number;
  rejected: number;
  inFlight: number;
  lagMs: number;
}

const now = (): number => performance.now();

/**
 * Sends a plan in open loop: every reading has its time, and what the system or the generator delays counts from
 * that time on. Runs in a process of its own, so that its work is not the system's.
 */
async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const meter = createAlertMeter();
  const receiver = await openReceiver(plan.alertPort, meter);
  const agent = new Agent({ keepAlive: true, maxSockets: plan.connections });
  const run: Run = {
    ...{ plan, meter, agent, ackMs: [], answerMs: [] },
    ...{ sent: 0, acknowledged: 0, refused: 0, rejected: 0, inFlight: 0, lagMs: 0 },
  };
  const cpu = process.cpuUsage();
  const began = now();
  await sendAll(run, began);
  const sendMs = now() - began;
  const deadline = now() + plan.drainMs;
  while (now() < deadline && (run.inFlight > 0 || !meter.isComplete())) await systemClock.sleep(10);
  const used = process.cpuUsage(cpu);
  const wallMs = now() - began;
  receiver.closeAllConnections();
  receiver.close();
  agent.destroy();
  return resultOf(run, { sendMs, cpuPercent: (used.user + used.system) / 10 / wallMs });
}

async function sendAll(run: Run, began: number): Promise<void> {
  const { plan, meter } = run;
  const wallAtStart = systemClock.now() - (now() - began);
  const periodMs = 1000 / plan.readingsPerSecond;
  const total = Math.round(plan.readingsPerSecond * plan.seconds);
  const next = createReadingSource(plan);
  let batch: Batch = { texts: [], intendedAt: [], breachKeys: [] };
  // While a full window holds it back, the generator is late because of the system, not by itself.
  let heldBack = false;
  while (run.sent < total) {
    const due = Math.min(total, Math.floor((now() - began) / periodMs));
    if (run.inFlight >= plan.window) heldBack = true;
    while (run.sent < due && run.inFlight < plan.window) {
      const intended = (run.sent + 1) * periodMs;
      const { text: reading, breachKey } = next(wallAtStart + intended);
      if (!heldBack) run.lagMs = Math.max(run.lagMs, now() - began - intended);
      batch.texts.push(reading);
      batch.intendedAt.push(began + intended);
      if (breachKey !== null) {
        batch.breachKeys.push(breachKey);
        meter.expect(breachKey, began + intended);
      }
      run.sent += 1;
      run.inFlight += 1;
      if (batch.texts.length < plan.batch && run.sent < total) continue;
      post(run, batch);
      batch = { texts: [], intendedAt: [], breachKeys: [] };
    }
    if (run.sent >= due) heldBack = false;
    await systemClock.sleep(Math.max(1, Math.min(5, Math.floor(periodMs))));
  }
}

function post(run: Run, batch: Batch): void {
  const { plan } = run;
  const body = Buffer.from(`[${batch.texts.join(",")}]`);
  const headers: Record<string, string | number> = {
    "content-type": "application/json",
    "content-length": body.length,
    ...(plan.authorization === null ? {} : { authorization: plan.authorization }),
  };
  const writtenAt = now();
  const refuse = (): void => {
    run.refused += batch.texts.length;
    run.inFlight -= batch.texts.length;
  };
  const sending = request(plan.url, { agent: run.agent, method: "POST", headers }, (answer) => {
    const arrived = text(answer);
    arrived
      .then((said) => {
        if ((answer.statusCode ?? 500) >= 300) return refuse();
        settle(run, batch, { writtenAt, rejected: rejectedIn(said) });
      })
      .catch(refuse);
  });
  sending.on("error", refuse);
  sending.end(body);
}

function settle(
  run: Run,
  batch: Batch,
  answer: { readonly writtenAt: number; readonly rejected: number },
): void {
  const at = now();
  run.answerMs.push(at - answer.writtenAt);
  for (const intendedAt of batch.intendedAt) run.ackMs.push(at - intendedAt);
  for (const key of batch.breachKeys) run.meter.acknowledge(key);
  run.acknowledged += batch.texts.length - answer.rejected;
  run.rejected += answer.rejected;
  run.inFlight -= batch.texts.length;
}

/** Systems that only say yes reject nothing. */
function rejectedIn(answer: string): number {
  if (!answer.startsWith("{")) return 0;
  const { rejected } = JSON.parse(answer) as { rejected?: readonly unknown[] };
  return rejected?.length ?? 0;
}

async function openReceiver(port: number, meter: AlertMeter) {
  const server = createServer((message, answer) => {
    text(message)
      .then((body) => {
        const at = now();
        answer.writeHead(200, { "content-type": "application/json" }).end("{}");
        meter.arrive(JSON.parse(body), at);
      })
      .catch(() => answer.writeHead(400).end());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<AddressInfo>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server.address() as AddressInfo));
  });
  return server;
}

function resultOf(
  run: Run,
  took: { readonly sendMs: number; readonly cpuPercent: number },
): LoadResult {
  const ackMs = run.ackMs.sort((a, b) => a - b);
  const answerMs = run.answerMs.sort((a, b) => a - b);
  const { latenciesMs, ...alerts } = run.meter.count();
  return {
    sent: run.sent,
    acknowledged: run.acknowledged,
    refused: run.refused,
    rejected: run.rejected,
    achievedPerSecond: Math.round(run.acknowledged / (took.sendMs / 1000)),
    ackP50: quantile(ackMs, 0.5),
    ackP99: quantile(ackMs, 0.99),
    answerP50: quantile(answerMs, 0.5),
    answerP99: quantile(answerMs, 0.99),
    alertP50: quantile(latenciesMs, 0.5),
    alertP99: quantile(latenciesMs, 0.99),
    alertMax: quantile(latenciesMs, 1),
    alerts,
    generatorLagMs: run.lagMs,
    generatorCpuPercent: Math.round(took.cpuPercent),
  };
}

const plan = JSON.parse(await text(process.stdin)) as LoadPlan;
process.stdout.write(`${JSON.stringify(await runLoad(plan))}\n`);
process.exit(0);
