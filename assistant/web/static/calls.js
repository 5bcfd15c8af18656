// The list of calls: filter, page by page.

import { $, EMOTIONS, ORIGINS, agent, ask, dayBegins, latest, make, moment, standing } from "/static/common.js";

const MINE = " ";
let following = null;

function query() {
  const values = Object.fromEntries(new FormData($("filter")));
  const wanted = new URLSearchParams({ limit: "50" });
  for (const name of ["origin", "agent_id", "rule", "text", "emotion", "least", "most"]) if (values[name]) wanted.set(name, values[name].trim());
  if (values.status === "running" || values.status === "ended") wanted.set("status", values.status);
  if (values.status === "running" || values.status === "interrupted") wanted.set("interrupted", String(values.status === "interrupted"));
  if (values.team === "") wanted.set("teams", "all");
  else if (values.team !== undefined && values.team !== MINE) wanted.set("team", values.team);
  if (values.since) wanted.set("since", dayBegins(values.since));
  if (values.until) wanted.set("until", dayBegins(values.until, 1));
  return wanted;
}

function row(call) {
  const cells = [
    make("a", { href: `/calls/${encodeURIComponent(call.call_id)}` }, call.call_id),
    moment(call.started_at), agent(call.agent_id, call.agent_name) ?? "—", ORIGINS[call.origin] ?? call.origin,
    standing(call), String(call.turns), call.total === null ? "—" : String(call.total), call.grade ?? "",
  ];
  const labels = { 5: "句数", 6: "得分" };
  return make("tr", {}, ...cells.map((cell, place) =>
    make("td", { class: labels[place] ? "number" : null, "data-label": labels[place] }, cell)));
}

function look(more) {
  const wanted = query();
  if (more) wanted.set("before", following);
  return ask("GET", `/api/conversations?${wanted}`);
}

function show(page, more) {
  const rows = page.items.map(row);
  if (more) $("rows").append(...rows);
  else $("rows").replaceChildren(...rows);
  following = page.next;
  $("more").hidden = following === null;
  $("none").hidden = $("rows").children.length > 0;
}

const load = latest(look, show);

for (const [name, words] of [["origin", ORIGINS], ["emotion", EMOTIONS]]) {
  $("filter").elements[name].append(...Object.entries(words).map(([value, word]) => make("option", { value }, word)));
}
$("filter").addEventListener("submit", (event) => { event.preventDefault(); load(false); });
$("more").addEventListener("click", () => load(true));
const teams = $("filter").elements.team;
if (teams) {
  const known = await ask("GET", "/api/organisation/teams");
  if (known.mine.length) teams.prepend(make("option", { value: MINE, selected: true }, "我的班组"));
  teams.append(...known.teams.map((team) => make("option", { value: team.team_id }, team.name)));
}
load(false);
