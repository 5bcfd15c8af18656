// A session of practice: its debrief, what was said and felt, what trainers say of it.

import { $, EMOTIONS, STEP, ask, make, moment, set, tag, toast } from "/static/common.js";
import { clock, drawCurve, points } from "/static/practice_common.js";

const { session: number } = $("title").dataset;
const path = `/api/practice/sessions/${number}`;
let told = null;
let at = null;

const mark = (done, text) => make("li", { class: done ? "met" : "missed" },
  make("span", { class: "tick", "aria-hidden": "true" }, done ? "✓" : "✗"),
  make("span", {}, text, make("span", { class: "hidden" }, done ? "：做到了" : "：没做到")));
const or = (list, empty) => (list.length ? list : [make("li", { class: "empty" }, empty)]);
const pair = (name, value) => [make("dt", {}, name), make("dd", {}, value)];

function drawPoints() {
  const { points: parts, outcome, comparison, hints } = told.debrief;
  $("points").textContent = String(parts.total);
  $("outcome").textContent = `${outcome.meaning}。`;
  $("parts").replaceChildren(...pair("评分表", `${parts.scorecard}（占 35%）`), ...pair("演练", `${parts.exercise}（占 65%）`),
    ...(hints ? pair("提示", `${hints} 次，扣 ${-parts.hints} 分`) : []),
    ...(told.best_of_all === null ? [] : pair("全员最好", String(told.best_of_all))));
  const words = [];
  if (comparison) {
    const sign = (change) => (change > 0 ? `高 ${change} 分` : change < 0 ? `低 ${-change} 分` : "持平");
    words.push(`第 ${comparison.tries} 次练习，比上一次${sign(comparison.last.change)}，比自己最好的一次${sign(comparison.best.change)}。`);
    if (comparison.learned.length) words.push(`这次新做到：${comparison.learned.join("、")}。`);
    if (comparison.lost.length) words.push(`上次做到、这次漏了：${comparison.lost.join("、")}。`);
  }
  $("comparison").textContent = words.join("");
  $("tries").replaceChildren(...(told.tries.length < 2 ? [] : told.tries).map((each, place) => make("tr", {},
    make("td", {}, each.number === told.number ? make("b", {}, `第 ${place + 1} 次`) : make("a", { href: `/practice/sessions/${each.number}` }, `第 ${place + 1} 次`)),
    make("td", {}, each.outcome_name), make("td", { class: "number" }, points(each.points)))));
}

function drawWeak() {
  $("weak").replaceChildren(...or(told.debrief.weak.map((weak) => make("li", {},
    make("p", {}, make("a", { href: `#t${weak.turn}` }, `第 ${weak.turn + 1} 句`), " ", make("q", {}, weak.text)),
    make("p", { class: "soft" }, set(weak.why), weak.source.length ? `（${weak.source.join("、")}）` : ""),
    ...weak.better.map((text) => make("p", { class: "better" }, set(text))))), "没有明显的弱句，保持下去。"));
}

function drawTurning() {
  const { curve, turning } = told.debrief;
  // A point of the curve is the customer's turn after the trainee's.
  drawCurve($("curve"), curve, new Map(turning.map((each) => [each.turn + 1, each.change])));
  $("turning").replaceChildren(...or(turning.map((each) => make("li", { class: each.change < 0 ? "fall" : "rise" },
    make("p", {}, make("b", {}, each.change < 0 ? "▼ 平复 " : "▲ 激化 "), `${Math.round(Math.abs(each.change) * 100)}　`,
      make("a", { href: `#t${each.turn}` }, `第 ${each.turn + 1} 句`), ` “${each.text}”`),
    make("p", { class: "soft small" }, `客户：${each.reply}`))), "这通电话里客户的情绪没有明显起落。"));
}

function drawReport() {
  const { report, must, unasked, untaken = [] } = told.debrief;
  $("must").replaceChildren(...must.map((one) => mark(one.done, one.what)));
  const missed = [...unasked.map((one) => [one.ask, one.key]), ...untaken.slice(0, 1).map((one) => [`客户一开口就说了，复述时没有带全：“${one.told}”`, untaken.some((each) => each.key)])];
  $("unasked").replaceChildren(...or(missed.map(([what, key]) => make("li", {}, what, key ? make("span", { class: "tag major" }, "关键") : "")), "该问的都问到了，客户说的都接住了。"));
  const main = report.procedures.find((each) => each.main) ?? report.procedures[0];
  $("procedure").textContent = main ? main.name : "";
  $("steps").replaceChildren(...(main ? main.steps.filter((step) => step.status !== "not_applicable") : []).map((step) =>
    mark(step.status === "done" || step.status === "repeated", `${step.name}${step.status === "done" ? "" : `（${STEP[step.status]}）`}`)));
  const { score } = report;
  $("grade").textContent = score ? `${score.total} / ${score.max} · ${score.grade}` : "这通电话太短，评不了分";
  $("items").replaceChildren(...(score ? score.sections : []).flatMap((section) => [
    make("tr", {}, make("th", { scope: "row" }, section.name), make("td", { class: "number" }, `${section.score} / ${section.max}`)),
    ...section.items.filter((item) => item.status !== "not_applicable" && item.points < item.max).map((item) =>
      make("tr", {}, make("td", { class: "soft" }, set(item.title ?? item.rule)), make("td", { class: "number soft" }, `${item.points} / ${item.max}`)))]));
}

function turnRow(turn, role, name, text, emotion, at_s) {
  const findings = (told.debrief?.report.findings ?? []).filter((each) => each.turn === turn && role === "agent" && each.start !== null);
  const remarks = told.comments.filter((each) => each.turn === turn);
  return make("li", { class: role, id: `t${turn}` }, make("b", { class: "role" }, name),
    make("div", {}, make("bdi", { class: "said" }, text),
      make("span", { class: "mood" }, emotion && emotion !== "calm" ? EMOTIONS[emotion] : ""),
      at_s === null || role === "customer" ? null : make("span", { class: "soft small" }, ` ${clock(at_s)}`),
      ...findings.map((each) => make("span", { class: "remark" }, tag(each.severity), " ", set(each.message))),
      ...remarks.map((each) => make("span", { class: "remark" }, `${each.by}：${each.text}`))),
    told.may_comment ? make("button", { type: "button", class: "no-print", "aria-label": `点评第 ${turn + 1} 句`, onclick: () => aim(turn) }, "点评") : null);
}

function drawTurns() {
  const customer = told.scenario_view?.customer ?? "客户";
  const whole = told.comments.filter((each) => each.turn === null);
  $("turns").replaceChildren(...told.exchanges.flatMap((each) => [
    turnRow(2 * each.place, "agent", "坐席", each.text, null, each.at_s),
    turnRow(2 * each.place + 1, "customer", customer, each.reply, each.emotion, each.at_s)]),
  ...whole.map((each) => make("li", {}, make("b", { class: "role" }, "点评"), make("div", {}, make("span", { class: "remark" }, `${each.by}：${each.text}`)))));
  $("remark").hidden = !told.may_comment;
}

function aim(turn) {
  at = turn;
  $("remark-where").hidden = turn === null;
  $("remark-text").placeholder = turn === null ? "给整场练习写一句点评" : `点评第 ${turn + 1} 句`;
  $("remark-text").focus();
}

function draw() {
  $("title").textContent = told.title;
  document.title = `${told.title} · 话术`;
  $("facts").textContent = [told.learner, moment(told.began_at), `${told.turns} 轮对话`, told.ended_at === null ? "未结束" : `得分 ${told.points}`].filter(Boolean).join(" · ");
  $("debrief").hidden = false;
  if (told.scenario_view) {
    const course = told.course === null ? "" : `&course=${told.course}`;
    for (const [id, seed] of [["again", ""], ["same", `&seed=${told.seed}`]]) {
      $(id).href = `/practice?scenario=${told.scenario}${seed}${course}`;
      $(id).hidden = false;
    }
  }
  $("story-card").hidden = told.story === null;
  $("story").textContent = told.story ?? "";
  drawTurns();
  if (told.debrief) { drawPoints(); drawWeak(); drawTurning(); drawReport(); }
  else for (const card of $("debrief").querySelectorAll(".card:not(.record-of)")) card.hidden = true;
}

$("remark-where").addEventListener("click", () => aim(null));
$("remark").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("remark-text").value.trim();
  if (!text) return;
  try {
    told.comments = await ask("POST", `${path}/comments`, { turn: at, text });
    $("remark-text").value = "";
    aim(null);
    drawTurns();
    toast("已点评");
  } catch (error) { toast(error.message); }
});

try {
  told = await ask("GET", path);
  draw();
} catch (error) { $("facts").textContent = error.message; }
