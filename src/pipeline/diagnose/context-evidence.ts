import type { OperatingMode } from "../../model/device.ts";
import type { BilingualText, KnowledgeEntry } from "../../model/diagnosis.ts";
import type { WorkOrderRow } from "../../model/records.ts";
import { isOpenOrder } from "../../model/work-order.ts";
import { draftEvidence, type EvidenceDraft } from "./evidence-draft.ts";
import { type EvidenceSources, HISTORY_DAYS } from "./evidence-sources.ts";
import { faultName } from "./fault-names.ts";

/** Facts around the machine: its mode, the quality of its data, what happened before, what is known. */

const modeNames: Readonly<Record<OperatingMode, string>> = {
  STOPPED: "停机",
  STARTING: "启动中",
  RUNNING: "运行",
  STOPPING: "停机中",
  STANDBY: "备用",
  MAINTENANCE: "检修",
  RETIRED: "退役",
};

export function modeEvidence(sources: EvidenceSources): readonly EvidenceDraft[] {
  const device = sources.status.ok ? sources.status.value.device : null;
  if (device === null) return [];
  const content = {
    value: {
      mode: device.mode,
      modeSource: device.modeSource,
      sinceAt: device.modeSince,
      deviceType: device.deviceType,
      criticality: device.criticality,
    },
    query: `GET /api/v1/devices/${device.deviceId}/status`,
    text: {
      zh: `运行方式为${modeNames[device.mode]}`,
      en: `The machine's mode is ${device.mode}`,
    },
  };
  return [draftEvidence("mode", content)];
}

const baselineTexts: Readonly<Record<string, BilingualText>> = {
  learning: {
    zh: "健康基线仍在学习，只能与限值和此前的数据比较",
    en: "The healthy baseline is still being learned; only limits and earlier data can be compared",
  },
  provisional: {
    zh: "健康基线为暂定，尚未经工程师确认",
    en: "The healthy baseline is provisional: no engineer has accepted it yet",
  },
  active: { zh: "健康基线有效", en: "The healthy baseline is in force" },
  stale: {
    zh: "健康基线已过期，需要重新学习",
    en: "The healthy baseline is stale and must be learned anew",
  },
};

export function qualityEvidence(sources: EvidenceSources): readonly EvidenceDraft[] {
  const { snapshot } = sources.alert;
  const view = sources.status.ok ? sources.status.value.view : null;
  const bad = Object.entries(view?.qualities ?? {})
    .filter(([, quality]) => quality === "bad")
    .map(([metric]) => metric)
    .sort();
  const content = {
    value: {
      baseline: snapshot.baseline,
      unconfirmed: snapshot.unconfirmed,
      badMetrics: bad.join(" "),
      readingsCount: sources.telemetry.ok ? sources.telemetry.value.readings.length : null,
    },
    query: `GET /api/v1/devices/${sources.alert.deviceId}/baseline`,
    text: baselineTexts[snapshot.baseline] ?? { zh: "", en: "" },
  };
  return [draftEvidence("quality", content)];
}

export function historyEvidence(sources: EvidenceSources): readonly EvidenceDraft[] {
  if (!sources.history.ok) return [];
  const { alarmsCount, sameConditionCount, verdicts } = sources.history.value;
  // The alarm that is being diagnosed is one of them.
  const others = Math.max(0, alarmsCount - 1);
  const same = Math.max(0, sameConditionCount - 1);
  const lastCause = verdicts.find((row) => row.verdict.alarm === "right")?.verdict.cause ?? null;
  const cause = lastCause === null ? null : faultName(lastCause);
  const content = {
    value: {
      alarmsCount: others,
      sameConditionCount: same,
      withinDays: HISTORY_DAYS,
      lastCause,
    },
    query: `GET /api/v1/alerts?device_id=${sources.alert.deviceId}`,
    text: {
      zh: `此前 ${HISTORY_DAYS} 天内本机另有 ${others} 次报警，同类 ${same} 次${cause === null ? "" : `；上次确认的原因：${cause.zh}`}`,
      en: `In the ${HISTORY_DAYS} days before, this machine had ${others} other alarms, ${same} of the same kind${cause === null ? "" : `; last confirmed cause: ${cause.en}`}`,
    },
  };
  return [draftEvidence("history", content)];
}

export function orderEvidence(sources: EvidenceSources): readonly EvidenceDraft[] {
  if (!sources.orders.ok) return [];
  const open = sources.orders.value.filter((order) => isOpenOrder(order.status));
  const newest: WorkOrderRow | null = open[0] ?? sources.orders.value[0] ?? null;
  const content = {
    value: {
      openCount: open.length,
      newestOrderNo: newest?.orderNo ?? null,
      newestStatus: newest?.status ?? null,
      newestCategory: newest?.faultCategory ?? null,
    },
    query: `GET /api/v1/work-orders?device_id=${sources.alert.deviceId}`,
    text:
      newest === null
        ? { zh: "本机尚无工单", en: "There is no work order for this machine yet" }
        : {
            zh: `本机未结工单 ${open.length} 张，最近一张 ${newest.orderNo}（${newest.status}）`,
            en: `Open orders of this machine: ${open.length}; the newest is ${newest.orderNo} (${newest.status})`,
          },
  };
  return [draftEvidence("order", content)];
}

/** What the knowledge base says of one fault; its texts may be quoted literally. */
export function knowledgeEvidence(entry: KnowledgeEntry): EvidenceDraft {
  const content = {
    value: {
      kbId: entry.kbId,
      version: `v${entry.version}`,
      category: entry.category,
      failureMode: entry.failureMode,
      failureMechanism: entry.failureMechanism,
      estimatedHours: entry.estimatedHours,
      reference: entry.reference,
    },
    query: `GET /api/v1/kb?query=${entry.kbId}`,
    text: {
      zh: `知识库：${entry.faultPattern.zh}`,
      en: `Knowledge base: ${entry.faultPattern.en}`,
    },
  };
  return draftEvidence("knowledge", content);
}

const sourceNames = {
  status: { zh: "设备登记与检测状态", en: "device registry and detector state" },
  telemetry: { zh: "历史读数", en: "telemetry" },
  history: { zh: "报警历史", en: "alarm history" },
  orders: { zh: "工单", en: "work orders" },
  knowledge: { zh: "维修知识库", en: "maintenance knowledge base" },
} as const;

const sourceKeys = ["status", "telemetry", "history", "orders", "knowledge"] as const;

/** One fact per source that did not answer: a report says what it could not look at. */
export function missingEvidence(sources: EvidenceSources): readonly EvidenceDraft[] {
  return sourceKeys.flatMap((key) => {
    const fetched = sources[key];
    if (fetched.ok) return [];
    const name = sourceNames[key];
    const content = {
      value: { source: key, reason: fetched.reason },
      query: key,
      text: {
        zh: `未能取得${name.zh}，本报告未参考该来源`,
        en: `The ${name.en} could not be read; this report does without it`,
      },
    };
    return [draftEvidence("missing", content)];
  });
}
