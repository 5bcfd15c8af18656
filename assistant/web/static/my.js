// An agent's own calls and coaching tasks.

import { $, ask, make, moment, toast } from "/static/common.js";
import { LEVEL, badge, explained, number, row, taskCard } from "/static/qa_parts.js";

const REVIEW = { open: "复核中", done: "已复核", unscorable: "无法评分" };

function state(each) {
  if (each.appeal) return badge(each.appeal.state === "closed" ? "soft" : "warn", { open: `申诉中（${LEVEL[each.appeal.level]}）`, answered: "申诉已答复，请确认", closed: "申诉已结案" }[each.appeal.state]);
  if (each.acknowledged_at) return badge("good", "已确认");
  return each.appealable ? badge("warn", "待确认") : badge("soft", "已过期限");
}

async function load() {
  const { items } = await ask("GET", "/api/qa/own");
  $("rows").replaceChildren(...items.map((each) => row([
    explained(each.call_id), moment(each.started_at), number(each.machine), each.scored ? number(each.total) : "—", each.grade || "—", REVIEW[each.review] ?? "机器评分", state(each),
  ], { 2: "机评", 3: "现分" })));
  $("none").hidden = items.length > 0;
  const { items: tasks } = await ask("GET", "/api/qa/coaching");
  $("coaching-card").hidden = !tasks.length;
  $("coaching").replaceChildren(...tasks.map((task) => {
    const button = make("button", { type: "button", class: "primary" }, "我知道了");
    button.addEventListener("click", async () => {
      try { await ask("POST", `/api/qa/coaching/${task.number}/acknowledge`); toast("已确认辅导单"); await load(); } catch (error) { toast(error.message); }
    });
    return taskCard(task, task.acknowledged_at ? [] : [button]);
  }));
}

load();
