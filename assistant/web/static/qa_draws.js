// Draws: plans, their progress, and a form for leads.

import { $, ask, make, moment, toast } from "/static/common.js";
import { badge, chosen, offerReviewers, row, trying } from "/static/qa_parts.js";

const KIND = { random: "随机", score: "得分段", fatal: "致命项", confidence: "机器把握低", emotion: "情绪激烈", new_agents: "新坐席" };
const form = $("draw");

async function load() {
  const { items } = await ask("GET", "/api/qa/draws");
  $("rows").replaceChildren(...items.map((each) => row([
    each.name, make("span", {}, KIND[each.plan.kind], each.plan.each_agent ? "（每人）" : ""), `${each.plan.since} 至 ${each.plan.until}`,
    String(each.frame), String(each.drawn),
    make("span", {}, make("progress", { max: String(each.drawn), value: String(each.done), "aria-label": "进度" }), `${each.done}/${each.drawn} `,
      each.random && each.full + each.unscorable === each.drawn ? badge("good", "计入统计") : each.random ? badge("soft", "完成后计入统计") : badge("soft", "只看数量")),
    String(each.plan.seed), `${each.made_by} ${moment(each.made_at)}`,
  ], { 3: "可抽", 4: "抽中" })));
  $("none").hidden = items.length > 0;
}

function prepare() {
  const kind = form.elements.kind.value;
  form.querySelector(".for-random").hidden = kind !== "random";
  for (const each of form.querySelectorAll(".for-score")) each.hidden = kind !== "score";
}

if (form) {
  const day = (date) => `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
  const today = new Date();
  form.elements.since.value = day(new Date(today.getFullYear(), today.getMonth() - 1, 1));
  form.elements.until.value = day(today);
  form.elements.seed.value = String(crypto.getRandomValues(new Uint32Array(1))[0] >>> 1);
  form.elements.kind.addEventListener("change", prepare);
  prepare();
  offerReviewers($("reviewers"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    trying(form, async () => {
      const fields = form.elements;
      const amount = Number(fields.amount.value);
      const wanted = {
        name: fields.name.value.trim(), kind: fields.kind.value, since: fields.since.value, until: fields.until.value,
        seed: Number(fields.seed.value), assign: fields.assign.value, reviewers: chosen(form, "reviewer"),
        each_agent: fields.kind.value === "random" && fields.each_agent.checked,
        ...(fields.unit.value === "count" ? { count: Math.round(amount) } : { share: amount / 100 }),
        ...(fields.kind.value === "score" ? { low: Number(fields.low.value), high: Number(fields.high.value) } : {}),
        team: fields.team.value.trim() || null, channel: fields.channel.value.trim() || null,
      };
      const made = await ask("POST", "/api/qa/draws", wanted);
      toast(`从 ${made.frame} 通里抽了 ${made.drawn} 通`);
      fields.seed.value = String(crypto.getRandomValues(new Uint32Array(1))[0] >>> 1);
      await load();
    });
  });
}
load();
