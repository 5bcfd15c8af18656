// The organisation on a day: teams, agents; for administrators importing a workbook, after a look at what is wrong.

import { $, agent, ask, latest, make, toast } from "/static/common.js";

const MOST = 500;
const WHAT = { lines: "业务线", teams: "班组", agents: "坐席", memberships: "归属" };
const DONE = { new: "新增", changed: "变更", ended: "截止", deleted: "删除" };
let known = { lines: [], teams: [], agents: [], mine: [] };

const today = () => {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
};
const named = (agentId) => agent(agentId, known.agents.find((each) => each.agent_id === agentId)?.name);
const teamName = (id) => known.teams.find((team) => team.team_id === id)?.name ?? id;

function showTeams() {
  const lines = new Map(known.lines.map((line) => [line.line_id, line.name]));
  const counts = new Map();
  for (const { memberships } of known.agents) for (const held of memberships) counts.set(held.team, (counts.get(held.team) ?? 0) + 1);
  $("teams-count").textContent = `${known.teams.length} 个`;
  $("teams").replaceChildren(...known.teams.map((team) => make("tr", {},
    make("td", {}, team.team_id), make("td", {}, team.name, known.mine.includes(team.team_id) ? make("span", { class: "tag hint" }, "我的") : null),
    make("td", { "data-label": "业务线" }, team.line ? lines.get(team.line) ?? team.line : "—"),
    make("td", { "data-label": "班长" }, team.supervisor ? named(team.supervisor) : "—"),
    make("td", { class: "number", "data-label": "人数" }, String(counts.get(team.team_id) ?? 0)))));
  $("no-teams").hidden = known.teams.length > 0;
  const options = () => known.teams.map((team) => make("option", { value: team.team_id }, `${team.name}（${team.team_id}）`));
  const chosen = $("team").value;
  $("team").replaceChildren(make("option", { value: "" }, "全部"), ...options());
  $("team").value = known.teams.some((team) => team.team_id === chosen) ? chosen : "";
  $("place")?.elements.team.replaceChildren(...options());
}

function showAgents() {
  const wanted = $("find").value.trim().toLowerCase();
  const team = $("team").value;
  const found = known.agents.filter((each) => `${each.agent_id} ${each.name}`.toLowerCase().includes(wanted)
    && (!team || each.memberships.some((held) => held.team === team)));
  $("agents-count").textContent = found.length > MOST ? `${found.length} 人，显示前 ${MOST} 人` : `${found.length} 人`;
  $("agents").replaceChildren(...found.slice(0, MOST).map((each) => {
    const held = each.memberships.at(-1);
    return make("tr", {}, make("td", {}, each.agent_id), make("td", {}, each.name || "—"),
      make("td", { "data-label": "用户名" }, each.user ?? "—"), make("td", {}, held ? teamName(held.team) : "—"),
      make("td", {}, held ? `${held.since} 至 ${held.until ?? "今"}` : "—"), make("td", { "data-label": "入职" }, each.hired ?? "—"));
  }));
  $("no-agents").hidden = found.length > 0;
}

const load = latest(() => ask("GET", `/api/organisation?${new URLSearchParams($("day").value ? { day: $("day").value } : {})}`), (told) => {
  known = told;
  showTeams();
  showAgents();
});

const summed = (changes) => Object.entries(WHAT).flatMap(([what, name]) => Object.entries(DONE)
  .filter(([how]) => changes[`${what}.${how}`]).map(([how, done]) => `${name}${done} ${changes[`${what}.${how}`]}`)).join("，") || "没有变化";

function showProblems(errors) {
  $("problems").hidden = !errors.length;
  $("problem-rows").replaceChildren(...errors.slice(0, MOST).map((each) => make("tr", {},
    make("td", {}, each.sheet), make("td", { class: "number", "data-label": "第几行" }, each.row ? String(each.row) : "—"),
    make("td", {}, each.column || "—"), make("td", {}, each.message))));
}

async function send(check) {
  showProblems([]);
  $("take").disabled = true;
  try {
    const told = await ask("POST", `/api/organisation?check=${check}`, new FormData($("import")));
    if (told.errors.length) {
      showProblems(told.errors);
      throw new Error(`${told.errors.length} 处有误，未导入任何内容`);
    }
    $("told").textContent = check ? `检查通过：${summed(told.changes)}。确认无误后点“导入”。` : `已导入：${summed(told.changes)}。`;
    $("told").className = "better";
    $("take").disabled = !check;
    if (!check) await load();
  } catch (error) {
    $("told").textContent = error.message;
    $("told").className = "problem";
    if (error.errors) showProblems(error.errors);
  }
}

$("import")?.addEventListener("submit", (event) => { event.preventDefault(); send(true); });
$("import")?.addEventListener("change", () => { $("take").disabled = true; $("told").textContent = ""; showProblems([]); });
$("take")?.addEventListener("click", () => send(false));

$("place")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = Object.fromEntries([...new FormData($("place"))].map(([name, value]) => [name, value.trim()]));
  $("place-problem").hidden = true;
  try {
    await ask("POST", "/api/organisation", { agents: [{ ...values, until: values.until || null }] });
    $("place").reset();
    toast("已保存");
    await load();
  } catch (error) {
    $("place-problem").textContent = (error.errors ?? []).map((each) => `${each.column}：${each.message}`).join("；") || error.message;
    $("place-problem").hidden = false;
  }
});

$("day").value = today();
$("day").addEventListener("change", load);
$("team").addEventListener("change", showAgents);
$("find").addEventListener("input", showAgents);
await load();
