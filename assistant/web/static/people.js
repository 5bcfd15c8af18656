// Words for users' roles and programs' rights.

export const USER_ROLES = { agent: "坐席", qa: "质检", trainer: "培训", supervisor: "班长", admin: "管理员" };
export const SCOPES = {
  check: "检查与评分", import: "导入通话", read: "查看通话", live: "实时通话", rules: "查看规则", "rules.publish": "发布规则", board: "班长台",
  review: "质检复核", lead: "质检组长", appeal: "成绩确认与申诉", desk: "投诉台", kpi: "指标", organisation: "查看组织", contacts: "联系方式",
  train: "培训管理", admin: "系统管理",
};
/** Types of messages to other systems. */
export const MESSAGES = {
  alert: "通话预警", "report.finished": "通话报告", "case.opened": "新建工单", "case.changed": "工单变化", "deadline.near": "时限将到",
  "deadline.missed": "时限已过", "complaint.cluster": "集中投诉",
};
