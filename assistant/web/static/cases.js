// The queue of complaint cases: the urgent and the near first.

import { $, ask, latest, make, toast } from "/static/common.js";
import { due, forms, moment, severity } from "/static/desk_common.js";

const EACH_MS = 30_000;
const HITS = {
  answered: "已答复", timely: "及时答复", repeats: "重复投诉", firsts: "首次投诉", inquiries: "咨询", inquiry_satisfied: "咨询满意", cross_region: "跨区域客户",
  cross_region_satisfied: "跨区域客户满意", key: "大客户", key_satisfied: "大客户满意", rated: "已评分", satisfied: "满意", first_contact: "首次解决",
  cases: "全部", late: "未及时答复", unanswered: "未答复",
};
const address = new URLSearchParams(location.search);
const titles = await forms();
let following = 0;

function query() {
  const values = Object.fromEntries(new FormData($("filter")));
  const wanted = new URLSearchParams({ limit: "50" });
  for (const name of ["severity", "kind", "state", "owner", "region", "month"]) if (values[name]) wanted.set(name, values[name].trim());
  if (values.scope === "open") wanted.set("open", "true");
  if (values.scope === "closed") wanted.set("open", "false");
  if (values.scope === "overdue") wanted.set("overdue", "true");
  for (const name of ["hit", "team", "agent_id", "level", "department"]) if (address.get(name)) wanted.set(name, address.get(name));
  return wanted;
}

function row(one) {
  const what = one.what ? (one.what.length > 42 ? `${one.what.slice(0, 42)}…` : one.what) : "（待填写）";
  const marks = [one.urgency === 0 ? make("span", { class: "tag fatal" }, "安全") : null,
    one.repeat_of ? make("span", { class: "tag minor" }, `重复 ${one.repeat_of}`) : null,
    one.level ? make("span", { class: "tag major" }, `${one.level} 级升级`) : null, one.trial && one.state !== "voided" ? make("span", { class: "tag hint" }, "演练") : null];
  return make("tr", { class: one.urgency === 0 && one.is_open ? "urgent" : null },
    make("td", {}, make("a", { href: `/cases/${one.number}` }, String(one.number)), make("div", { class: "soft small" }, one.customer ?? "")),
    make("td", { class: "what" }, what, " ", ...marks.filter(Boolean)), make("td", {}, severity(one.severity)),
    make("td", {}, titles.states[one.state] ?? one.state), make("td", {}, one.owner), make("td", {}, moment(one.received_at)),
    make("td", {}, one.is_open ? (one.next_due_at ? due(one.next_due_at) : "—") : one.satisfaction ? `满意度 ${one.satisfaction}` : "—"));
}

function look(more) {
  const wanted = query();
  if (more) wanted.set("offset", String(following));
  return ask("GET", `/api/cases?${wanted}`);
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

async function count() {
  const counted = await ask("GET", "/api/cases/summary");
  for (const name of ["open", "overdue", "urgent", "escalated"]) $(name).textContent = counted[name];
  const { items } = counted.unread ? await ask("GET", "/api/cases/notices") : { items: [] };
  $("told").hidden = items.length === 0;
  $("read").dataset.upto = items[0]?.number ?? 0;
  $("notices").replaceChildren(...items.slice(0, 6).map((each) => make("li", { class: each.urgent ? "pressing" : null },
    make("span", { class: "soft small" }, `${moment(each.at)} `), each.case ? make("a", { href: `/cases/${each.case}` }, each.text) : each.text)),
  ...(items.length > 6 ? [make("li", { class: "soft" }, `还有 ${counted.unread - 6} 条未读`)] : []));
}

function options(select, words) {
  select.append(...Object.entries(words).map(([value, word]) => make("option", { value }, word)));
}

options($("filter").elements.kind, titles.fields.find((field) => field.name === "kind").choices);
options($("filter").elements.state, titles.states);
for (const name of ["month", "region", "severity", "kind", "owner"]) if (address.get(name)) $("filter").elements[name].value = address.get(name);
if (address.get("hit")) {
  $("filter").elements.scope.value = "all";
  $("drill").hidden = false;
  $("drill").textContent = `只看：${HITS[address.get("hit")] ?? address.get("hit")}`;
}
$("filter").addEventListener("submit", (event) => { event.preventDefault(); load(false); });
$("more").addEventListener("click", () => load(true));
$("sheet")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = new FormData($("sheet"));
  const kind = values.get("kind");
  values.delete("kind");
  const button = $("sheet").querySelector("button");
  button.disabled = true;
  try {
    const { done, known, wrong, unknown } = await ask("POST", `/api/sheets/${kind}`, values);
    $("taken").hidden = false;
    $("taken").textContent = `导入 ${done} 行${known ? `，${known} 行已有` : ""}${wrong.length ? `，${wrong.length} 行有问题` : ""}。${unknown.length ? `这些列没有导入：${unknown.join("、")}。` : ""}`;
    $("wrong").replaceChildren(...wrong.slice(0, 20).map((each) => make("li", {}, `第 ${each.line} 行：${each.message}`)));
    load(false);
    count();
  } catch (error) { toast(error.message); } finally { button.disabled = false; }
});
$("new").addEventListener("click", async () => {
  try { location.assign(`/cases/${(await ask("POST", "/api/cases", { record: {} })).number}`); } catch (error) { toast(error.message); }
});
$("read").addEventListener("click", async () => {
  await ask("POST", "/api/cases/notices/read", { number: Number($("read").dataset.upto) });
  count();
});
load(false);
count();
setInterval(count, EACH_MS);
