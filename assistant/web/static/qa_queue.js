// The queue of reviews.

import { $, ask, latest, make, moment } from "/static/common.js";
import { explained, number, row } from "/static/qa_parts.js";

const STATE = { open: "待复核", done: "已完成", unscorable: "无法评分" };

const load = latest(() => ask("GET", `/api/qa/queue?${new URLSearchParams({ mine: $("mine").checked, state: $("state").value })}`), ({ items, open }) => {
  $("rows").replaceChildren(...items.map((each) => row([
    make("a", { href: `/qa/review/${each.number}` }, each.call_id), moment(each.started_at), each.agent_id, each.assignee,
    STATE[each.state], String(each.turns), number(each.machine), each.total === null ? null : explained(each.call_id, number(each.total)), each.grade,
  ], { 5: "句数", 6: "机评", 7: "现分" })));
  const waiting = Object.entries(open);
  $("none").hidden = items.length > 0;
  $("none").textContent = $("mine").checked && $("state").value === "open" && waiting.length ? "没有分给您的待复核，取消“只看分给我的”可以看到全部。" : "没有符合条件的复核。";
  $("load").textContent = waiting.length ? `待复核：${waiting.map(([name, count]) => `${name} ${count} 通`).join("，")}` : "全部复核完了";
  const next = $("state").value === "open" ? items[0] : null;
  $("next").hidden = !next;
  if (next) $("next").href = `/qa/review/${next.number}`;
});

for (const id of ["mine", "state"]) $(id).addEventListener("change", load);
load();
