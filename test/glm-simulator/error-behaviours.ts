import type { Exchange } from "./exchange.ts";

interface GlmError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** GLM's errors with the status they come with; that quota and arrears are 429 is how it is. */
export const glmErrors = {
  "auth-1000": { status: 401, code: "1000", message: "身份验证失败。" },
  "token-1003": { status: 401, code: "1003", message: "Authentication Token已过期。" },
  "arrears-1113": { status: 429, code: "1113", message: "您的账户已欠费，请充值后重试。" },
  "parameter-1210": { status: 400, code: "1210", message: "API 调用参数有误，请检查文档。" },
  "no-model-1211": { status: 400, code: "1211", message: "模型不存在，请检查模型代码。" },
  "network-1234": { status: 500, code: "1234", message: "网络错误，请联系客服。" },
  "too-long-1261": { status: 400, code: "1261", message: "Prompt 超长。" },
  "content-1301": { status: 400, code: "1301", message: "系统检测到可能包含敏感内容。" },
  "rate-1302": { status: 429, code: "1302", message: "您当前使用该 API 的并发数过高。" },
  "rate-1303": { status: 429, code: "1303", message: "您当前使用该 API 的频率过高。" },
  "daily-cap-1304": { status: 429, code: "1304", message: "已达当日调用次数限额。" },
  "overload-1305": { status: 429, code: "1305", message: "当前 API 请求过多，请稍后重试。" },
  "quota-1308": {
    status: 429,
    code: "1308",
    message: "已达 5 小时使用上限，2026-11-24 18:00 重置。",
  },
  "quota-1310": { status: 429, code: "1310", message: "已达每周使用上限。" },
  "plan-1311": { status: 403, code: "1311", message: "当前订阅套餐暂未开放该模型权限。" },
  "busy-1312": { status: 429, code: "1312", message: "该模型当前访问量过大，请稍后再试。" },
} as const satisfies Record<string, GlmError>;

export function playGlmError({ status, code, message }: GlmError, { reply }: Exchange): void {
  reply(status, { error: { code, message } });
}
