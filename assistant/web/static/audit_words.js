// What the audit log says, in words: kinds, actions, details, who did it.

export const KINDS = {
  "sign-in": "登录", user: "用户", token: "令牌", organisation: "组织", conversation: "通话", contact: "联系方式",
  rules: "规则", scorecard: "评分表", qa: "质检", case: "投诉工单", callback: "回访", day: "值班", desk: "投诉台", counters: "话务量",
  course: "课程", scenario: "陪练场景", webhook: "消息推送", job: "后台任务", practice: "陪练",
};
export const ACTIONS = {
  "sign-in": "登录", "sign-in.failed": "登录失败", "user.add": "添加用户", "user.change": "修改用户", "user.password": "设置密码",
  "user.rank": "调整投诉台职级", "user.disable": "停用用户", "user.enable": "启用用户", "user.locked": "账号临时锁定",
  "token.add": "新建令牌", "token.drop": "撤销令牌", "organisation.import": "更新组织",
  "conversation.import": "导入通话", "conversation.export": "导出通话", "conversation.erase": "删除通话", "conversation.expire": "到期删除通话", "conversation.end": "代为结束通话", "conversation.drop": "清除空通话",
  "contact.add": "保存联系方式", "contact.read": "查看联系方式", "contact.find": "按电话查找", "contact.erase": "删除联系方式", "contact.rotate": "更换密钥",
  "rules.publish": "发布规则", "rules.draft": "新建规则草稿", "rules.draft.change": "修改规则草稿", "rules.draft.rebase": "规则草稿并入新版本", "rules.draft.drop": "删除规则草稿",
  "scorecard.draft": "新建评分表草稿", "scorecard.edit": "修改评分表草稿", "scorecard.publish": "发布评分表", "scorecard.retire": "停用评分表", "scorecard.assign": "指定评分表适用范围",
  "qa.import": "导入待质检通话", "qa.draw": "抽样", "qa.review.open": "开始复核", "qa.review.assign": "分派复核", "qa.review.done": "完成复核", "qa.review.reopen": "重新复核",
  "qa.review.unscorable": "标为无法评分", "qa.verdict": "改判", "qa.verdict.withdraw": "撤回改判", "qa.acknowledge": "坐席确认成绩",
  "qa.appeal": "提出申诉", "qa.appeal.assign": "分派申诉", "qa.appeal.granted": "申诉成立", "qa.appeal.partly": "申诉部分成立", "qa.appeal.rejected": "申诉不成立",
  "qa.appeal.escalate": "申诉升级", "qa.appeal.accept": "接受申诉结果", "qa.appeal.lapsed": "申诉到期结案", "qa.appeal.overdue": "申诉逾期上转",
  "qa.calibration": "发起校准", "qa.rate": "提交校准评分", "qa.calibration.close": "结束校准", "qa.coaching": "安排辅导", "qa.coaching.acknowledge": "坐席确认辅导", "qa.coaching.measure": "统计辅导效果",
  "qa.example": "收为规则例句", "qa.example.draft": "例句写入规则草稿", "qa.month.close": "月度结账",
  "case.open": "建立工单", "case.change": "修改工单", "case.export": "导出工单", "case.erase": "抹去客户信息", "case.overrun": "批准超期", "case.hand-over": "移交工单", "case.receive": "签收工单", "case.withdraw": "撤回转交",
  "case.grant": "给予补偿", "case.recovery": "登记挽回结果", "case.file.add": "添加附件", "case.file.read": "下载附件", "case.file.remove": "删除附件",
  "callback.attempt": "登记回访", "day.mark": "登记当日事项", "desk.import": "导入工单", "counters.import": "导入话务量",
  "course.add": "新建课程", "course.change": "修改课程", "scenario.draft": "由通话生成场景", "scenario.release": "发布场景", "scenario.withdraw": "撤下场景", "scenario.drop": "删除场景",
  "practice.erase": "删除陪练和测验记录", "practice.expire": "到期删除陪练和测验记录", "webhook.add": "添加推送地址", "webhook.remove": "删除推送地址", "webhook.enable": "恢复推送", "webhook.disable": "停止推送", "job.retry": "重试后台任务",
};
export const DETAILS = {
  role: "角色", agent_id: "工号", scopes: "权限", failures: "连续失败次数", rank: "职级", kept_by: "该工号归", why: "原因", fields: "字段", number: "编号",
  numbers: "编号", found: "找到", contacts: "联系方式", conversations: "通话", cases: "工单", files: "附件", before: "早于", by_phone: "按电话",
  "lines.new": "新增业务线", "lines.changed": "变更业务线", "teams.new": "新增班组", "teams.changed": "变更班组",
  "agents.new": "新增坐席", "agents.changed": "变更坐席", "memberships.new": "新增归属", "memberships.changed": "变更归属",
  "memberships.ended": "截止归属", "memberships.deleted": "删除归属",
  sha256: "校验和", packs: "规则包", restores: "恢复自版本", title: "名称", base: "基于版本", revision: "第几次修改", put: "写入文件", drop: "删除文件", draft: "草稿",
  assignments: "条数", calls: "通话", raters: "评分人", about: "针对", assignee: "负责人", kind: "方式", frame: "可抽", drawn: "抽中", part: "评分项", word: "结论", rule: "规则", rules: "规则",
  full: "全部复核", hits: "命中", stored: "已入库", duplicate: "重复", failed: "失败", rescored: "重新评分",
  duty: "时限", receiver: "接收人", remedy: "补偿方式", cost: "金额（元）", outcome: "结果", file: "附件", mark: "事项", rows: "行数", wrong: "有误",
  changed: "修改项", call_id: "通话编号", url: "地址", types: "消息类型",
};
export const FIELDS = { name: "姓名", phone: "电话", email: "邮箱", address: "地址" };
export const OUTCOMES = {
  reached: "已接通", no_answer: "无人接听", busy: "占线", refused: "拒绝回访", failing: "连续三天送不到", gone: "对方已撤销", random: "随机", score: "按得分", fatal: "按致命项",
  confidence: "按把握", emotion: "按客户情绪", new_agents: "新坐席",
};
export const ACTORS = {
  "command line": "命令行", "first start": "首次启动", retention: "到期清理", idle: "连接中断超时", webhooks: "消息推送", system: "系统", upgrade: "软件升级",
};
