// Where messages are sent, and the jobs of the service, for administrators.

import { $, ask, asked, latest, make, moment, toast } from "/static/common.js";
import { MESSAGES } from "/static/people.js";

const USUAL = ["alert", "report.finished"];
const WHY = { failing: "连续三天送不到", gone: "对方已撤销" };
const STATUS = { waiting: "等待中", running: "进行中", done: "已完成", dead: "已放弃" };
const JOBS = {
  retention: "到期清理", webhook: "推送消息", "desk.clock": "工单计时", "desk.clusters": "集中投诉比对", "desk.mail": "邮件提醒",
  "rules.check": "检查规则草稿", "rules.diff": "规则试算", "qa.import": "导入待质检通话", "qa.appeals": "申诉时限",
};
let following = null;

async function tried(place, job) {
  place.hidden = true;
  try { await job(); } catch (error) { place.textContent = error.message; place.hidden = false; }
}

function button(text, what, action) {
  const made = make("button", { type: "button", "aria-label": `${text} ${what}` }, text);
  made.addEventListener("click", action);
  return made;
}

function state(hook) {
  if (!hook.active) return `已停止（${WHY[hook.disabled_why] ?? "停用"}）`;
  return hook.failing_since ? `送不到，自 ${moment(hook.failing_since)}` : "正常";
}

function hookRow(hook) {
  const change = (job) => tried($("hooks-problem"), async () => { await job(); await loadHooks(); });
  const test = () => change(async () => {
    const told = await ask("POST", `/api/webhooks/${hook.number}/test`);
    if (!told.arrived) throw new Error(`试发没有送到：${told.answer}`);
    toast(`试发成功（${told.answer}）`);
  });
  const remove = () => change(async () => {
    if (await asked(`删除推送地址“${hook.url}”？待发的消息会一并删除。`, { yes: "删除" }) === null) return;
    await ask("DELETE", `/api/webhooks/${hook.number}`);
  });
  const enable = () => change(() => ask("POST", `/api/webhooks/${hook.number}/enable`));
  return make("tr", { class: hook.active ? null : "off" },
    make("td", {}, hook.url), make("td", {}, hook.types.map((type) => MESSAGES[type] ?? type).join("、")), make("td", {}, state(hook)),
    make("td", { "data-label": "待发" }, String(hook.waiting)), make("td", { "data-label": "放弃" }, String(hook.failed)),
    make("td", {}, make("div", { class: "row" }, button("试发", hook.url, test),
      hook.active && !hook.failed ? null : button("恢复推送", hook.url, enable), button("删除", hook.url, remove))));
}

async function loadHooks() {
  const hooks = await ask("GET", "/api/webhooks");
  $("hooks").replaceChildren(...hooks.map(hookRow));
  $("no-hooks").hidden = hooks.length > 0;
}

function jobRow(job) {
  const again = () => tried($("jobs-problem"), async () => {
    await ask("POST", `/api/jobs/${job.number}/retry`);
    await loadJobs(false);
  });
  const done = job.total ? `${job.done} / ${job.total}` : "—";
  return make("tr", { class: job.status === "dead" ? "off" : null },
    make("td", {}, String(job.number)), make("td", {}, JOBS[job.kind] ?? job.kind), make("td", {}, STATUS[job.status]),
    make("td", { "data-label": "进度" }, done), make("td", { "data-label": "次数" }, String(job.attempts)),
    make("td", {}, moment(job.made_at)), make("td", { class: "detail" }, job.error ?? "—"),
    make("td", {}, job.status === "dead" ? button("重试", String(job.number), again) : ""));
}

const loadJobs = latest((more) => {
  const wanted = new URLSearchParams({ limit: "20" });
  if ($("jobs-status").value) wanted.set("status", $("jobs-status").value);
  if (more) wanted.set("before", following);
  return ask("GET", `/api/jobs?${wanted}`);
}, (page, more) => {
  if (more) $("jobs").append(...page.items.map(jobRow));
  else $("jobs").replaceChildren(...page.items.map(jobRow));
  following = page.next;
  $("jobs-more").hidden = following === null;
  $("no-jobs").hidden = $("jobs").children.length > 0;
});

$("types").append(...Object.entries(MESSAGES).map(([value, word]) =>
  make("label", {}, make("input", { type: "checkbox", name: "type", value, checked: USUAL.includes(value) }), word)));
$("add").addEventListener("submit", (event) => {
  event.preventDefault();
  $("once").hidden = true;
  tried($("hooks-problem"), async () => {
    const values = new FormData($("add"));
    const types = values.getAll("type");
    if (!types.length) throw new Error("请至少选择一种消息");
    const told = await ask("POST", "/api/webhooks", { url: values.get("url").trim(), types });
    $("add").reset();
    $("once-secret").textContent = told.secret;
    $("once").hidden = false;
    await loadHooks();
  });
});
$("once-copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText($("once-secret").textContent);
  toast("已复制");
});
$("jobs-status").addEventListener("change", () => loadJobs(false));
$("jobs-more").addEventListener("click", () => loadJobs(true));
await Promise.all([loadHooks(), loadJobs(false)]);
