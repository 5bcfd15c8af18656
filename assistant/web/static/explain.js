// Every point lost, explained; an agent takes the result or appeals here.

import { $, ask, asked, make, moment, set, toast } from "/static/common.js";
import { WORD, badge, drawTurns, light, number, stepsOf, trying } from "/static/qa_parts.js";

const page = $("page");
const id = page.dataset.call;
const dialog = $("asking");

function lossCard(loss) {
  return make("li", {},
    make("div", { class: "between" }, make("b", {}, loss.title), make("span", { class: "lost" }, loss.max ? `−${number(loss.lost)} 分` : "一票否决")),
    make("p", {}, loss.sentence),
    loss.reasons.length ? make("ul", {}, ...loss.reasons.map((reason) => {
      const link = make("a", { href: `#t${reason.turn - 1}` }, `第 ${reason.turn} 句`);
      link.addEventListener("click", (event) => { event.preventDefault(); light(reason.turn - 1); });
      return make("li", {}, link, reason.words ? `“${reason.words}”：` : "：", reason.message, reason.suggestion ? make("div", { class: "better" }, `可以这样说：${reason.suggestion}`) : null);
    })) : null);
}

function appealCard(appeal) {
  const actions = [];
  const act = (what, label, primary, more) => {
    const button = make("button", { type: "button", class: primary ? "primary" : null }, label);
    button.addEventListener("click", async () => {
      const reason = more ? await asked("提请上一级处理", { field: "请写明理由", yes: "提交" }) : "";
      if (reason === null) return;
      try { await ask("POST", `/api/qa/appeals/${appeal.number}/${what}`, { version: appeal.version, ...(more ? { reason } : {}) }); await load(); } catch (error) { toast(error.message); }
    });
    return button;
  };
  if (appeal.state === "answered" && page.dataset.agent === "true") actions.push(act("accept", "接受答复", true, false), act("escalate", "提请上一级…", false, true));
  return make("article", {},
    make("div", { class: "between" }, make("b", {}, "申诉"), badge(appeal.state === "closed" ? "soft" : "warn", { open: "处理中", answered: "已答复", closed: "已结案" }[appeal.state])),
    make("p", {}, `申诉前 ${number(appeal.before)} 分，现在 ${number(appeal.total)} 分`, appeal.deadline ? `；期限 ${moment(appeal.deadline)}` : ""),
    stepsOf(appeal), make("div", { class: "actions" }, ...actions));
}

/** Say what a reviewer decided, of which item or finding, and why. */
function spoken(verdict, told) {
  const finding = verdict.part === "finding" ? told.findings[Number(verdict.name)] : verdict.finding;
  const about = verdict.part === "item" ? told.items[verdict.name]?.title ?? verdict.name
    : `第 ${finding.turn + 1} 句 ${finding.title ?? finding.rule}${finding.text ? `（“${finding.text}”）` : ""}`;
  const points = verdict.points === null ? "" : ` ${number(verdict.points)} 分`;
  return `${set(about)}：${WORD[verdict.word]}${points}${verdict.reason ? `，${verdict.reason}` : ""}（${verdict.person}）`;
}

async function load() {
  const told = await ask("GET", `/api/qa/explain?${new URLSearchParams({ call_id: id })}`);
  if (!told.score) { $("score").textContent = `无法评分：${told.reason}`; return; }
  $("score").textContent = `${number(told.score.total)} / ${number(told.score.max)} · ${told.score.grade}`;
  $("facts").textContent = [told.meta.agent_id ? `坐席 ${told.meta.agent_id}` : null, told.reviewed ? `已人工复核（机评 ${number(told.machine)} 分）` : "机器评分"].filter(Boolean).join(" · ");
  const gone = new Set(told.verdicts.filter((each) => each.part === "finding" && each.word === "overturn").map((each) => Number(each.name)));
  drawTurns($("turns"), told.turns, told.findings.filter((_, place) => !gone.has(place)));
  const changed = told.verdicts.filter((each) => each.word !== "confirm");
  $("losses").replaceChildren(...(told.losses.length ? told.losses.map(lossCard) : [make("li", {}, "没有扣分。")]),
    ...(changed.length ? [make("li", {}, make("b", {}, "人工复核"), make("ul", {}, ...changed.map((each) => make("li", {}, spoken(each, told)))))] : []));
  const { items } = await ask("GET", "/api/qa/appeals");
  const appeals = items.filter((each) => each.call_id === id);
  $("appeals").replaceChildren(...appeals.map(appealCard));
  if (page.dataset.agent !== "true") return;
  const { items: calls } = await ask("GET", "/api/qa/own");
  const own = calls.find((each) => each.call_id === id);
  $("actions").hidden = !own?.appealable || appeals.length > 0;
  $("about").replaceChildren(...told.losses.map((loss) => make("label", {}, make("input", { type: "checkbox", name: "about", value: `item:${loss.item}` }), loss.title)));
}

$("acknowledge").addEventListener("click", async () => {
  try { await ask("POST", "/api/qa/own/acknowledge", { call_id: id }); toast("已确认"); $("actions").hidden = true; } catch (error) { toast(error.message); }
});
$("appeal").addEventListener("click", () => dialog.showModal());
$("cancel").addEventListener("click", () => dialog.close());
dialog.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const about = [...dialog.querySelectorAll("[name=about]:checked")].map((box) => box.value);
  const well = await trying(dialog, () => ask("POST", "/api/qa/appeals", { call_id: id, about, reason: $("reason").value }));
  if (well) { dialog.close(); toast("申诉已提交"); await load(); }
});
load().catch((error) => { $("score").textContent = error.message; });
