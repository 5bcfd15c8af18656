// One callback: the script for this case, a live call with prompts, what came of it.

import { $, ask, make, toast } from "/static/common.js";
import { day, forms, moment, reached } from "/static/desk_common.js";

const OUTCOMES = { reached: "已接通", no_answer: "无人接听", busy: "忙线", refused: "拒绝回访" };
const STATES = { waiting: "待回访", done: "已完成", given_up: "未联系上", refused: "客户拒绝", dropped: "已取消" };
const SHOWN = ["customer", "product", "what", "demand", "severity", "solution", "answer", "promised"];
const number = $("name").dataset.callback;
let titles = null; // until they have come
const call = new URLSearchParams(location.search).get("call");

function shown(field, value) {
  return field.choices?.[value] ?? (value === true ? "是" : value === false ? "否" : value);
}

async function load() {
  const one = await ask("GET", `/api/callbacks/${number}`);
  $("name").textContent = `${one.title} ${number}`;
  $("state").textContent = STATES[one.status];
  $("facts").textContent = [one.customer || null, `由${titles.ranks[one.lead] ?? one.lead}回访`, `最迟 ${day(one.due_at)}`,
    one.announced_at ? `已预告（${moment(one.announced_at)}）` : one.campaign === "satisfaction" ? "还没有向客户预告" : null, `最多拨打 ${one.most} 次`].filter(Boolean).join(" · ");
  $("live").href = `/desk?callback=${number}`;
  $("script").replaceChildren(...one.script.map((each) => make("li", {}, make("span", { class: "tag hint" }, each.id), make("p", { class: "phrase" }, each.text))));
  const fields = titles.fields.filter((field) => SHOWN.includes(field.name) && ![null, undefined, ""].includes(one.record[field.name]));
  const pairs = one.case ? fields.map((field) => [field.title, shown(field, one.record[field.name])]) : Object.entries(one.detail);
  $("record").replaceChildren(...pairs.flatMap(([title, value]) => [make("dt", {}, title), make("dd", {}, String(value))]),
    ...(one.case ? [make("dt", {}, "工单"), make("dd", {}, make("a", { href: `/cases/${one.case}` }, String(one.case)))] : []));
  $("tried").replaceChildren(...one.tried.map((each) => make("li", {}, make("span", { class: "soft small" }, `${moment(each.at)} ${each.by} `), `${OUTCOMES[each.outcome]} ${each.note}`)));
  if (!one.tried.length) $("tried").append(make("li", { class: "soft" }, "还没有拨打。"));
  for (const element of $("result").elements) element.disabled = one.status !== "waiting";
}

$("reach").addEventListener("click", () => reached(`/api/callbacks/${number}`, "回访"));
/** Ask what the customer said only of somebody who was reached. */
const follow = () => { $("said").hidden = $("result").elements.outcome.value !== "reached"; };
$("result").addEventListener("change", follow);
follow(); // what was chosen before this was loaded, or is restored by the browser
$("result").addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = $("result").elements;
  const reached = values.outcome.value === "reached";
  const body = {
    outcome: values.outcome.value, note: values.note.value, call_id: call,
    consent: reached && values.consent.value ? values.consent.value === "yes" : null,
    satisfaction: reached && values.satisfaction.value ? Number(values.satisfaction.value) : null,
    suggestions: reached ? values.suggestions.value : "",
  };
  const problem = $("result").querySelector(".problem");
  try {
    const told = await ask("POST", `/api/callbacks/${number}/attempts`, body);
    problem.hidden = true;
    toast(`已保存：${STATES[told.status]}`);
    await load();
  } catch (error) { problem.textContent = error.message; problem.hidden = false; }
});
try {
  titles = await forms();
  await load();
} catch (error) { $("state").textContent = error.message; $("state").className = "state bad"; document.querySelector(".columns").hidden = true; }
