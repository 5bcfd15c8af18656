// Coaching tasks, for QA staff: acknowledged or not, before and after.

import { $, ask, make, toast } from "/static/common.js";
import { taskCard } from "/static/qa_parts.js";

async function load() {
  const { items } = await ask("GET", "/api/qa/coaching");
  $("tasks").replaceChildren(...items.map((task) => {
    const button = make("button", { type: "button" }, task.after ? "再测一次" : "复测");
    button.addEventListener("click", async () => {
      try { await ask("POST", `/api/qa/coaching/${task.number}/measure`); toast("已按开单之后的通话复测"); await load(); } catch (error) { toast(error.message); }
    });
    return taskCard(task, [button]);
  }));
  $("none").hidden = items.length > 0;
}

load();
