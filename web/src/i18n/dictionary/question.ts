/** Ask IAI: the chat beside a device or an alarm. [Chinese, English] */
export const questionTexts = {
  "question.open": ["问 IAI", "Ask IAI"],
  "question.title": ["问 IAI：{{subject}}", "Ask IAI: {{subject}}"],
  "question.empty": [
    "就这台设备及其产线、报警、工单和维修知识提问",
    "Ask about this machine, its line, alarms, orders and maintenance",
  ],
  "question.empty_more": [
    "回答只来自本厂数据，每句都附证据；不能由数据证实的句子会被删去。不会更改任何内容。",
    "Answers come from this plant's data only, with evidence for each sentence; what the data cannot prove is struck. Nothing is changed.",
  ],
  "question.examples": ["例如", "For example"],
  "question.device_1": ["现在哪个参数离限值最近？", "Which metric is closest to its limit now?"],
  "question.device_2": [
    "过去一小时各参数如何变化？",
    "How did the metrics change in the last hour?",
  ],
  "question.device_3": [
    "最近有哪些报警和工单？",
    "Which alarms and work orders were there lately?",
  ],
  "question.alarm_1": ["为什么报警？", "Why did this alarm fire?"],
  "question.alarm_2": [
    "最可能的原因是什么，依据是什么？",
    "What is the likeliest cause, and what speaks for it?",
  ],
  "question.alarm_3": ["应该先检查什么？", "What should be checked first?"],
  "question.yours": ["问题", "Question"],
  "question.placeholder": ["输入问题，回车发送", "Type a question, Enter sends it"],
  "question.send": ["发送", "Send"],
  "question.stop": ["停止", "Stop"],
  "question.working": ["正在查找…", "Looking it up…"],
  "question.stopped": ["已停止", "Stopped"],
  "question.struck": ["已删去：{{reason}}", "Struck: {{reason}}"],
  "question.refused": ["不在本厂数据范围内", "Outside the plant's data"],
  "question.unproven": ["没有可证实的句子", "Nothing could be proven"],
  "question.facts": ["规则与数据（{{reason}}）", "Rules and data ({{reason}})"],
  "question.evidence": ["证据 {{count}} 条", "Evidence: {{count}}"],
  "question.steps": ["过程 {{count}} 步", "How it came about: {{count}} steps"],
  "question.cost": [
    "核对 {{numbers}} 个数字 · 删去 {{struck}} 句 · 查询 {{calls}} 次 · {{model}} · {{tokens}} 个令牌 · {{seconds}} 秒",
    "Numbers checked: {{numbers}} · sentences struck: {{struck}} · look-ups: {{calls}} · {{model}} · tokens: {{tokens}} · {{seconds}} s",
  ],
  "question.no_model": ["无语言模型", "no language model"],
  "question.forbidden": ["没有提问的权限", "You may not ask questions"],
  "question.forbidden_who": [
    "查看者、操作员、工程师和管理员可以提问。",
    "Viewers, operators, engineers and administrators can.",
  ],
} as const;
