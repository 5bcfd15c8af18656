// The audit log: filter, page by page.

import { $, ask, dayBegins, instant, latest, make } from "/static/common.js";
import { ACTIONS, ACTORS, DETAILS, FIELDS, KINDS, OUTCOMES } from "/static/audit_words.js";
import { forms } from "/static/desk_common.js";
import { MESSAGES, SCOPES, USER_ROLES as ROLES } from "/static/people.js";
import { WORD } from "/static/qa_parts.js";

const titles = await forms();
const fields = Object.fromEntries(titles.fields.map(({ name, title }) => [name, title]));
const VERDICTS = { ...WORD, finding: "发现", item: "评分项", added: "补充的发现", hit: "应当命中", miss: "不应命中" };
let following = null;

function one(value) {
  if (typeof value === "boolean") return value ? "是" : "否";
  if (value === null) return "无";
  if (typeof value === "object") return Object.values(value).map(one).join(" ");
  return String(value);
}

function said(name, value) {
  const words = { role: ROLES, scopes: SCOPES, fields: { ...FIELDS, ...fields }, changed: FIELDS, types: MESSAGES, rank: titles.ranks,
    duty: titles.duties, remedy: titles.remedies, outcome: OUTCOMES, why: OUTCOMES, kind: { ...VERDICTS, ...OUTCOMES },
    part: VERDICTS, word: VERDICTS }[name] ?? {};
  const told = (each) => words[each]?.title ?? words[each] ?? one(each);
  if (Array.isArray(value)) return value.length ? value.map(told).join("、") : "无";
  if (name === "sha256") return String(value).slice(0, 12);
  if (name === "rank" && value === null) return "按角色";
  return told(value);
}

const detail = (values) => Object.entries(values).filter(([name, value]) => value !== null || name === "rank" || name === "agent_id")
  .map(([name, value]) => `${DETAILS[name] ?? name}：${said(name, value)}`).join("；");

/** Say what was done: a house may have steps of its own for cases. */
const done = (action) => ACTIONS[action] ?? (action.startsWith("case.") ? titles.actions[action.slice(5)] : null) ?? action;

const by = (actor) => ACTORS[actor] ?? actor.replace(/^token:/, "令牌 ");

const row = (entry) => make("tr", {},
  make("td", {}, instant(entry.at)), make("td", { "data-label": "操作人" }, by(entry.actor)),
  make("td", {}, done(entry.action)), make("td", {}, entry.target || "—"),
  make("td", { class: "detail" }, detail(entry.detail)));

function look(more) {
  const values = Object.fromEntries(new FormData($("filter")));
  const wanted = new URLSearchParams({ limit: "50" });
  for (const name of ["actor", "action", "target"]) if (values[name].trim()) wanted.set(name, values[name].trim());
  if (values.since) wanted.set("since", dayBegins(values.since));
  if (values.until) wanted.set("until", dayBegins(values.until, 1));
  if (more) wanted.set("before", following);
  return ask("GET", `/api/audit?${wanted}`);
}

function show(page, more) {
  if (more) $("rows").append(...page.items.map(row));
  else $("rows").replaceChildren(...page.items.map(row));
  following = page.next;
  $("more").hidden = following === null;
  $("none").hidden = $("rows").children.length > 0;
}

const load = latest(look, show);

const ofCases = Object.fromEntries(Object.entries(titles.actions).map(([name, title]) => [`case.${name}`, title]));
$("filter").elements.action.append(...Object.entries(KINDS).flatMap(([kind, word]) => [
  make("option", { value: kind }, `${word}（全部）`),
  ...Object.entries({ ...ACTIONS, ...ofCases }).filter(([action]) => action.startsWith(`${kind}.`))
    .map(([value, name]) => make("option", { value }, `　${name}`)),
]));
$("filter").addEventListener("submit", (event) => { event.preventDefault(); load(false); });
$("more").addEventListener("click", () => load(true));
load(false);
