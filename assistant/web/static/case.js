// One case: its clocks, what can be done now, the record with what the call proposed, its history.

import { $, STEP, ask, asked, inTurn, make, set, toast } from "/static/common.js";
import { control, day, due, forms, moment, put, reached, said, severity } from "/static/desk_common.js";

const EVENTS = {
  received: "受理", registered: "登记", classified: "分类", assigned: "派单", investigating: "开始调查", solution_proposed: "提出方案", agreed: "客户同意",
  solution_refused: "客户不同意方案", carried_out: "执行方案", answered: "答复客户", callback_announced: "预告回访", callback_due: "等待回访", closed: "结案",
  reopened: "重新处理", escalated: "升级", sorted: "汇总给主管", passed_to_supervisor: "交主管", reported_upward: "上报上级", staff_sent: "派人到场",
  measures_issued: "发出整改措施", progress_checked: "跟踪进度", contacted: "联系客户", improvement_planned: "制定改进方案", reviewed: "总结评价",
  noted: "备注", voided: "作废", paused: "暂停计时", resumed: "恢复计时", archived: "归档", judged: "判定是否成立", analysed: "分析原因", approved: "批示方案",
  called_back: "完成回访", callback_given_up: "回访未联系上", overrun_approved: "批准延期", handed_over: "转交", handover_received: "签收", handover_withdrawn: "撤回转交",
  deadline_near: "即将到期", deadline_missed: "超时", repeat_found: "发现重复投诉", compensated: "提出补救", changed: "修改记录", attached: "添加附件", file_removed: "删除附件", erased: "删除客户信息",
  shop_registered: "注册店铺", merchant_called: "通知商家改价", merchant_served: "受理商家来电",
  contact_kept: "登记联系方式", cared_regularly: "大客户定期回访", date_agreed: "约定客户期限", cared_3_days: "3 天关怀回访", cared_7_days: "7 天关怀回访",
};
const OUTCOMES = { recovered: "已挽回", lost: "已流失" };
const base = `/api/cases/${$("name").dataset.case}`;
let titles = null; // until they have come
const dirty = new Set();
let one = null;
const oneByOne = inTurn();

/** Send one change after the other: each is asked of the case that the one before has made. */
const change = (method, path, body, begin = base) => oneByOne(() => ask(method, begin + path, body));

function show(told) {
  one = told;
  $("state").textContent = titles.states[one.state] ?? one.state;
  $("state").className = one.is_open ? "state on" : "state";
  $("facts").replaceChildren(severity(one.severity), ` 负责人 ${one.owner} · 受理 ${day(one.received_at)} `,
    one.call_id ? make("a", { href: `/calls/${encodeURIComponent(one.call_id)}` }, "查看通话") : "",
    one.repeat_of ? make("span", {}, " · 首次投诉 ", make("a", { href: `/cases/${one.repeat_of}` }, String(one.repeat_of))) : "",
    one.repeats.length ? ` · 之后又投诉 ${one.repeats.length} 次` : "", one.trial ? (one.state === "voided" ? " · 不计入指标" : " · 演练，不计入指标") : "");
  $("alert").hidden = !(one.record.danger && one.is_open);
  $("alert").textContent = "涉及人身或财产安全：先派人到场，再走流程。";
  showActions();
  showRecord();
  showClocks();
  showSide();
}

function showActions() {
  const main = new Set(["register", "assign", "investigate", "propose", "approve", "agree", "carry_out", "answer", "announce_callback", "close", "close_plain", "take_over"]);
  if (one.urgency < 2) main.add("send_staff");
  const sorted = [...one.actions].sort((a, b) => main.has(b.id) - main.has(a.id));
  $("actions").replaceChildren(...sorted.map((action) => {
    const button = make("button", { type: "button", class: main.has(action.id) ? "primary" : null }, action.title);
    button.addEventListener("click", () => begin(action));
    return button;
  }));
}

function begin(action) {
  const open = action.needs.filter((name) => !filled(name) || (action.asks.includes(name) && !dirty.has(name)));
  if (!open.length && !action.reason) { act(action, {}, ""); return; }
  $("deed").hidden = false;
  $("deed").dataset.action = action.id;
  $("deed-title").textContent = action.title;
  $("deed-fields").replaceChildren(...titles.fields.filter((field) => open.includes(field.name)).map((field) => labelled(field, current(field.name))));
  $("deed-reason").hidden = !action.reason;
  $("deed").elements.reason.value = "";
  $("deed").querySelector(".problem").hidden = true;
  $("deed").querySelector("textarea, input, select")?.focus();
}

/** Whether the form on the screen is this action's: another may have been opened since. */
const asking = (action) => !$("deed").hidden && $("deed").dataset.action === action.id;

const current = (name) => {
  const element = $("record").elements[name];
  return element ? said(element) : one.record[name];
};
const filled = (name) => ![null, undefined, ""].includes(current(name));

async function act(action, fields, reason) {
  const all = { ...changes(), ...fields };
  try {
    const told = await change("POST", "/actions", { action: action.id, fields: all, reason });
    for (const name of Object.keys(fields)) dirty.delete(name); // the form's value stands, whatever was typed before
    settle(all);
    if (asking(action)) $("deed").hidden = true;
    show(told);
    toast(`已完成：${action.title}`);
  } catch (error) {
    if (!asking(action)) toast(error.message);
    else { const problem = $("deed").querySelector(".problem"); problem.hidden = false; problem.textContent = error.message; }
  }
}

/** What was sent is no change any more, unless it was changed again meanwhile. */
function settle(sent) {
  for (const [name, value] of Object.entries(sent)) {
    const element = $("record").elements[name];
    if (!element || !dirty.has(name) || said(element) === value) dirty.delete(name);
  }
}

const changes = () => Object.fromEntries([...dirty].map((name) => [name, said($("record").elements[name])]));

function labelled(field, value) {
  const label = make("label", { class: field.form === "long" ? "whole" : null }, make("span", {}, field.title), control(field, value));
  return label;
}

/** Show the record in the same elements each time: somebody may be typing into one of them. */
function showRecord() {
  const fields = titles.fields.filter((field) => field.name !== "received_at");
  if (!$("record").children.length) $("record").replaceChildren(...fields.map((field) => labelled(field, one.record[field.name])));
  for (const field of fields) {
    const value = one.record[field.name];
    const element = $("record").elements[field.name];
    if (!dirty.has(field.name) && said(element) !== (value ?? null)) put(element, value);
    element.parentElement.querySelector(".hint-of")?.remove();
    const proposed = one.proposed[field.name];
    if (proposed && String(proposed.value) === String(value ?? "")) element.parentElement.append(hint(proposed));
  }
}

function hint(proposed) {
  const sure = `预填 · 把握 ${Math.round(proposed.confidence * 100)}%`;
  const words = proposed.evidence.slice(0, 3).map((each) => make("a", { href: `/calls/${encodeURIComponent(one.call_id ?? "")}#t${each.turn}` }, `“${set(each.text.length > 24 ? `${each.text.slice(0, 24)}…` : each.text)}”`));
  return make("span", { class: "soft small hint-of" }, sure, proposed.note ? `，${set(proposed.note)}` : "", ...words.flatMap((each) => [" ", each]));
}

function showClocks() {
  const rows = [...one.duties].sort((a, b) => (a.met_at !== null) - (b.met_at !== null) || new Date(a.due_at ?? 8e15) - new Date(b.due_at ?? 8e15));
  $("clocks").replaceChildren(...rows.map((each) => {
    const duty = titles.duties[each.duty] ?? { title: each.duty };
    const late = each.met_at && each.due_at && new Date(each.met_at) > new Date(each.due_at);
    const told = each.met_at
      ? make("span", { class: `tag ${late ? "fatal" : "good"}` }, late ? "超时完成" : "按时完成")
      : !one.is_open ? make("span", { class: "tag fatal" }, "未完成")
      : each.due_at ? due(each.due_at) : make("span", { class: "tag hint" }, "计时已暂停");
    const more = each.met_at || !one.is_open ? null : make("button", { type: "button", class: "quiet small" }, "延期");
    more?.addEventListener("click", () => extend(each.duty, duty));
    return make("li", {}, make("span", {}, duty.title, each.round ? `（第 ${each.round + 1} 轮）` : "", each.extension ? `（延期 ${each.extension} 次）` : "", more ?? ""), told);
  }));
  const promises = one.proposed.promises ?? [];
  $("promised").hidden = promises.length === 0;
  $("promises").replaceChildren(...promises.map((each) => make("li", {}, make("span", {}, `“${set(each.text)}”`),
    one.is_open ? due(each.due_at) : make("span", { class: "soft small" }, day(each.due_at)))));
}

function extend(name, duty) {
  $("deed").hidden = false;
  $("deed").dataset.action = `overrun:${name}`;
  $("deed-title").textContent = `延期：${duty.title}（须由${titles.ranks[duty.approver] ?? "上一级"}批准）`;
  $("deed-fields").replaceChildren(make("label", {}, make("span", {}, "延到"), make("input", { name: "until", type: "datetime-local", required: true })));
  $("deed-reason").hidden = false;
  $("deed").elements.until.focus();
}

const TYPES = { "image/": "图片", "audio/": "录音", "video/": "录像", "application/pdf": "PDF", "text/": "文本" };

function size(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function showFiles() {
  $("files").replaceChildren(...one.attachments.map((each) => {
    const kept = each.media !== null;
    const kind = Object.entries(TYPES).find(([begin]) => kept && each.media.startsWith(begin))?.[1] ?? (kept ? "文档" : "外部文件");
    const about = make("span", { class: "soft small" }, `${kind} · ${size(each.size)} · ${each.by} ${moment(each.at)}`);
    if (!kept) return make("li", {}, make("span", {}, each.name), about);
    const gone = make("button", { type: "button", class: "quiet small", "aria-label": `删除附件 ${each.name}` }, "删除");
    gone.addEventListener("click", async () => {
      const why = await asked(`删除附件“${each.name}”？删除后无法恢复。`, { field: "原因", yes: "删除" });
      if (!why) return;
      try {
        await change("POST", "/removal", { why }, `/api/attachments/${one.number}/${each.number}`);
        show(await ask("GET", base));
        toast("已删除");
      } catch (error) { toast(error.message); }
    });
    return make("li", {}, make("span", {}, make("a", { href: `/api/attachments/${one.number}/${each.number}`, download: each.name }, each.name), gone), about);
  }));
}

function showSide() {
  showFiles();
  $("own-date").hidden = !(one.is_open && one.severity === "minor" && one.duties.some((each) => each.duty === "solve_minor" && !each.met_at));
  $("level").textContent = one.level ? `已升级到 ${titles.levels[one.level]}` : "";
  const waiting = one.handovers.find((each) => !each.received_at);
  const sign = waiting?.may_sign ? make("button", { type: "button", class: "primary" }, "签收") : null;
  sign?.addEventListener("click", () => send("POST", "receipt"));
  const back = waiting?.may_withdraw ? make("button", { type: "button", class: "quiet" }, "撤回转交") : null;
  back?.addEventListener("click", () => send("POST", "withdrawal"));
  $("handover").replaceChildren(...one.handovers.map((each) => make("p", { class: "small" },
    `${moment(each.at)} ${each.giver} → ${each.receiver}${each.note ? `：${each.note}` : ""} ${each.received_at ? "（已签收）" : "（等待签收）"}`)), sign ?? "", back ?? "");
  $("hand").hidden = !one.is_open || Boolean(waiting);
  $("authority").textContent = `您的权限：${one.authority.rank}，${one.authority.pay} 元以内`;
  const remedies = $("remedy").elements.remedy;
  if (!remedies.options.length) remedies.append(...Object.entries(titles.remedies).map(([value, word]) => make("option", { value }, word)));
  $("recoveries").replaceChildren(...one.recoveries.map((each) => {
    const line = make("li", {}, make("span", {}, `${titles.remedies[each.remedy] ?? each.remedy} ${each.cost} 元${each.purchase ? `（原消费 ${each.purchase} 元）` : ""}`), make("span", { class: "soft small" }, OUTCOMES[each.outcome] ?? "等待结果"));
    if (!each.outcome) for (const [outcome, word] of Object.entries(OUTCOMES)) {
      const button = make("button", { type: "button", class: "quiet small" }, word);
      button.addEventListener("click", () => send("POST", "outcome", { recovery: each.number, outcome }));
      line.append(button);
    }
    return line;
  }));
  $("procedures").replaceChildren(...one.procedures.map((each) => make("div", { class: "procedure" },
    make("div", { class: "between small" }, make("span", {}, each.name), make("span", { class: "soft" }, `符合度 ${Math.round(each.conformance * 100)}%`)),
    make("ol", { class: "steps" }, ...each.steps.map((step) => make("li", { class: step.step === each.current ? "current" : step.status, title: STEP[step.status] },
      make("i"), step.name))))));
  $("events").replaceChildren(...[...one.events].reverse().map((each) => make("li", { class: each.kind === "deadline_missed" ? "bad" : null },
    make("span", { class: "soft small" }, `${moment(each.at)} ${each.by} `), make("b", {}, EVENTS[each.kind] ?? each.kind), ` ${detail(each)}`)));
}

function detail(event) {
  const { duty, reason, receiver, level, satisfaction, first, fields, cost, until } = event.detail;
  const names = (fields ?? []).map((name) => titles.fields.find((field) => field.name === name)?.title ?? name);
  return [duty && (titles.duties[duty]?.title ?? duty), reason, receiver && `给 ${receiver}`, level && `${level} 级`, satisfaction && `满意度 ${satisfaction}`,
    first && `首次 ${first}`, cost !== undefined && `${cost} 元`, until && `至 ${day(until)}`, event.kind === "changed" && names.join("、")].filter(Boolean).join("，");
}

async function send(method, path, body) {
  try { show(await change(method, `/${path}`, body)); toast("已保存"); return true; } catch (error) { toast(error.message); return false; }
}

$("record").addEventListener("input", (event) => dirty.add(event.target.name));
$("save").addEventListener("click", async () => {
  if (!dirty.size) { toast("没有修改"); return; }
  const fields = changes();
  try {
    const told = await change("PATCH", "", fields);
    settle(fields);
    show(told);
    toast("已保存");
  } catch (error) { toast(error.message); }
});
$("deed").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = $("deed").dataset.action;
  const values = $("deed").elements;
  if (name.startsWith("overrun:")) {
    $("deed").hidden = true;
    send("POST", "overrun", { duty: name.slice(8), until: `${values.until.value}:00+08:00`, reason: values.reason.value });
    return;
  }
  const fields = Object.fromEntries([...$("deed-fields").querySelectorAll("[name]")].map((element) => [element.name, said(element)]));
  act(one.actions.find((action) => action.id === name), fields, values.reason.value);
});
$("deed-cancel").addEventListener("click", () => { $("deed").hidden = true; });
$("hand").addEventListener("submit", (event) => {
  event.preventDefault();
  const values = Object.fromEntries(new FormData($("hand")));
  send("POST", "handover", values).then((done) => { if (done) $("hand").reset(); });
});
$("contact").addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, phone } = Object.fromEntries(new FormData($("contact")));
  $("contacts").replaceChildren();
  send("POST", "contacts", { name: name || null, phone });
  $("contact").reset();
});
$("reach").addEventListener("click", () => reached(base, "处理投诉"));
$("remedy").addEventListener("submit", (event) => {
  event.preventDefault();
  const values = Object.fromEntries(new FormData($("remedy")));
  send("POST", "remedies", { remedy: values.remedy, cost: Number(values.cost), purchase: values.purchase ? Number(values.purchase) : null });
});
$("attach").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = $("attach").querySelector("button");
  button.disabled = true;
  try {
    await change("POST", "", new FormData($("attach")), `/api/attachments/${one.number}`);
    $("attach").reset();
    show(await ask("GET", base));
    toast("已上传");
  } catch (error) { toast(error.message); } finally { button.disabled = false; }
});
$("own-date").addEventListener("submit", (event) => {
  event.preventDefault();
  send("POST", "date", { until: `${$("own-date").elements.until.value}:00+08:00` });
});
setInterval(() => { if (one) showClocks(); }, 60_000);
try {
  titles = await forms();
  show(await ask("GET", base));
} catch (error) { $("state").textContent = error.message; $("state").className = "state bad"; document.querySelector(".columns").hidden = true; }
