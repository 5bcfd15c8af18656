// Calibration: rate blind, then see who agrees on what.

import { $, ROLES, ask, make, moment, set, toast } from "/static/common.js";
import { ITEM, badge, chosen, explained, number, offerReviewers, percent, trying } from "/static/qa_parts.js";

const WORDS = ["met", "partly", "missed", "not_applicable"];
const form = $("new");
let me = "";

function entry(each) {
  const done = Object.values(each.done).reduce((sum, count) => sum + count, 0);
  const actions = [];
  const button = (label, job, primary) => {
    const made = make("button", { type: "button", class: primary ? "primary" : null }, label);
    made.addEventListener("click", async () => { try { await job(); } catch (error) { toast(error.message); } });
    actions.push(made);
  };
  if (each.state === "open" && each.raters.includes(me)) button(`评分（${each.done[me] ?? 0}/${each.calls}）`, () => rate(each), true);
  if (each.state === "open" && form) button("结束校准", async () => { await ask("POST", `/api/qa/calibrations/${each.number}/close`); await load(); await results(each.number); });
  if (each.state === "closed") button("看结果", () => results(each.number), true);
  return make("li", {}, make("div", { class: "between" }, make("b", {}, each.name), badge(each.state === "open" ? "warn" : "soft", each.state === "open" ? "进行中" : "已结束")),
    make("p", { class: "soft small" }, `${each.calls} 通 · 评分人 ${each.raters.join("、")} · 已评 ${done}/${each.calls * each.raters.length} · ${each.made_by} ${moment(each.made_at)}`),
    make("div", { class: "actions" }, ...actions));
}

async function load() {
  const told = await ask("GET", "/api/qa/calibrations");
  me = told.me;
  $("list").replaceChildren(...told.items.map(entry));
  $("none").hidden = told.items.length > 0;
}

async function rate(calibration) {
  const { calls } = await ask("GET", `/api/qa/calibrations/${calibration.number}/calls`);
  const call = calls.find((each) => !each.rating) ?? calls[0];
  const fields = call.items.map((item) => make("tr", {}, make("td", {}, set(item.title)), ...WORDS.map((word) => make("td", {}, make("label", {},
    make("input", { type: "radio", name: item.item, value: word, required: true, checked: (call.rating?.[item.item] ?? "") === word }), ` ${ITEM[word]}`)))));
  const saved = make("form", { class: "rate" }, make("div", { class: "scroll" }, make("table", {}, make("tbody", {}, ...fields))),
    make("p", { class: "problem", role: "alert", hidden: true }), make("div", { class: "actions" }, make("button", { class: "primary", type: "submit" }, "保存，下一通")));
  saved.addEventListener("submit", (event) => {
    event.preventDefault();
    trying(saved, async () => {
      await ask("POST", `/api/qa/calibrations/${calibration.number}/ratings`, { call_id: call.call_id, items: Object.fromEntries(new FormData(saved)) });
      await load();
      if (calls.some((each) => !each.rating && each !== call)) await rate(calibration);
      else { $("detail").hidden = true; toast("这次校准您已全部评完"); }
    });
  });
  $("detail").hidden = false;
  $("detail").replaceChildren(make("h2", {}, `${calibration.name}：${call.call_id}（${calls.filter((each) => each.rating).length}/${calls.length}）`), make("p", { class: "soft small" }, "独立评分：看不到机器和其他人的结论。"),
    make("div", { class: "review" }, make("ol", { class: "turns" }, ...call.turns.map((turn) => make("li", { class: turn.role }, make("b", { class: "role" }, ROLES[turn.role]), make("div", {}, turn.text)))), saved));
  $("detail").scrollIntoView({ block: "start" });
}

async function results(calibration) {
  const told = await ask("GET", `/api/qa/calibrations/${calibration}/results`);
  const items = told.items.map((each) => make("tr", {}, make("td", {}, set(each.title), " ", each.to_discuss ? badge("bad", "需要讨论") : null),
    make("td", { class: "number" }, String(each.calls)), make("td", { class: "number" }, percent(each.agreed)), make("td", { class: "number" }, number(each.kappa, 2)), make("td", { class: "number" }, number(each.alpha, 2)), make("td", { class: "number" }, number(each.alpha_with_machine, 2))));
  const calls = told.calls.map((each) => make("tr", {}, make("td", {}, explained(each.call_id)), make("td", {}, Object.entries(each.totals).map(([who, total]) => `${who} ${number(total)}`).join("，")),
    make("td", { class: "number" }, each.lowest === null ? "—" : number(each.highest - each.lowest)), make("td", { class: "number" }, number(each.deviation))));
  $("detail").hidden = false;
  $("detail").replaceChildren(make("h2", {}, `${told.name}：结果`),
    make("p", { class: "soft small" }, "alpha 不低于 0.8 为可靠，0.667 以下应当讨论口径；各人结论全部相同时系数没有意义，记为“—”。"),
    make("div", { class: "scroll" }, make("table", {}, head("评分项", ["通数", "一致率", "kappa", "alpha", "连同机器的 alpha"]), make("tbody", {}, ...items))),
    make("h2", {}, "总分离散"), make("div", { class: "scroll" }, make("table", {}, head("通话", ["各人总分", "极差", "标准差"], 1), make("tbody", {}, ...calls))));
  $("detail").scrollIntoView({ block: "start" });
}

const head = (first, rest, text = 0) => make("thead", {}, make("tr", {}, make("th", { scope: "col" }, first), ...rest.map((name, place) => make("th", { scope: "col", class: place < text ? null : "number" }, name))));

if (form) {
  offerReviewers($("reviewers"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    trying(form, async () => {
      await ask("POST", "/api/qa/calibrations", { name: form.elements.name.value.trim(), raters: chosen(form, "reviewer"), calls: form.elements.calls.value.split("\n").map((line) => line.trim()).filter(Boolean) });
      form.elements.calls.value = "";
      toast("校准已发起");
      await load();
    });
  });
}
load();
