// One call: its report, or, while it runs, what the agent sees; supervisors may end one whose sender doesn't.

import { $, ORIGINS, agent, ask, asked, moment, standing, toast } from "/static/common.js";
import { Followed, Stream } from "/static/follow.js";
import { CallView } from "/static/view.js";

const id = $("columns").dataset.call;
const view = new CallView();

/** Say what each agent of a transferred call scored. */
function shares(report) {
  const own = report?.score?.by_agent ?? [];
  return own.length ? `各坐席得分：${own.map((each) => `${each.agent_id} ${each.total}${each.grade ? `（${each.grade}）` : ""}`).join("、")}` : null;
}

function stands(now) {
  $("state").textContent = `${standing(now)}${now.status === "running" ? "（只读）" : ""}`;
  $("state").className = `state ${now.status === "running" ? (now.interrupted ? "bad" : "on") : ""}`;
  $("end").hidden = now.status !== "running" || $("end").dataset.may !== "yes";
}

/** Show the call as it is stored; return it. */
async function show() {
  const call = await ask("GET", `/api/conversations/${encodeURIComponent(id)}`);
  const who = call.agent_id ? `坐席 ${agent(call.agent_id, call.agent_name)}` : "坐席未知";
  $("name").textContent = `${who} · ${moment(call.started_at)}`;
  $("facts").textContent = [ORIGINS[call.origin], call.meta.company, call.meta.customer, shares(call.report), `编号 ${id}`].filter(Boolean).join(" · ");
  call.transcript.slice(view.turns.length).forEach((turn) => view.addTurn(turn.role, turn.text));
  stands(call);
  if (call.report) { view.takeReport(call.report); $("complain").hidden = $("complain").dataset.may !== "yes"; }
  return call;
}

async function told(look) {
  try { return await look(); } catch (error) { $("state").textContent = error.message; return null; }
}

const followed = new Followed(id, view, (now) => {
  stands(now);
  if (now.status === "ended") { stream.close(); told(show); }
});
const stream = new Stream(() => {}, () => told(show));

$("complain").addEventListener("click", async () => {
  try { location.assign(`/cases/${(await ask("POST", "/api/cases", { call_id: id })).number}`); } catch (error) { toast(error.message); }
});
$("end").addEventListener("click", async () => {
  if (await asked("结束这通电话？结束后按现有内容评分，不能再接续。", { yes: "结束通话" }) === null) return;
  try {
    const { outcome } = await ask("POST", "/api/live/end", { call_id: id });
    if (outcome === "dropped") { toast("通话没有内容，已清除"); location.assign("/board"); }
  } catch (error) { toast(error.message); }
});
told(async () => { if ((await show()).status === "running") stream.open(followed); });
