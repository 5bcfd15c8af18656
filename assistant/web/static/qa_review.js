// A review: the machine's verdict and people's side by side; everything by keyboard.

import { $, ORIGINS, ask, asked, inTurn, make, moment, set, tag, toast } from "/static/common.js";
import { ITEM, WORD, drawTurns, light, number } from "/static/qa_parts.js";

const page = $("review");
const path = `/api/qa/reviews/${page.dataset.number}`;
const dialog = $("asking");
const player = $("player");
const DECIDED = ["met", "missed", "not_applicable", "points", "confirm"];
let review = null;
let points = [];
let current = 0;
let rules = null;
let saving = null;

if (player) player.src = page.dataset.recording;
const play = (seconds) => { if (player) { player.currentTime = seconds; player.play().catch(() => toast("录音打不开")); } };
const said = (part, name) => review.verdicts.find((each) => each.part === part && each.name === name);
const added = () => review.verdicts.filter((each) => each.part === "added");
const items = () => review.report.score?.sections.flatMap((section) => section.items.map((item) => ({ ...item, section: section.name }))) ?? [];
const nowItems = () => (review.score ?? review.report.score)?.sections.flatMap((section) => section.items) ?? [];
const nowItem = (id) => nowItems().find((item) => item.rule === id);

function list() {
  const found = review.report.findings.map((finding, place) => ({ part: "finding", name: String(place), finding, turn: finding.turn }));
  const more = added().map((each) => ({ part: "added", name: each.name, finding: each.finding, turn: each.finding.turn }));
  const all = items();
  const judged = all.filter((item) => item.status === "manual" || item.points < item.max || said("item", item.rule));
  const rest = all.filter((item) => !judged.includes(item));
  return [...found, ...more, ...[...judged, ...rest].map((item) => ({ part: "item", name: item.rule, item }))];
}

function verdictOf(point) {
  const verdict = said(point.part, point.name);
  if (!verdict) return make("span", { class: "verdict soft" }, "未表态");
  const words = WORD[verdict.word] + (verdict.points === null ? "" : ` ${verdict.points}`);
  return make("span", { class: "verdict", title: verdict.reason }, verdict.implied ? "默认确认" : words);
}

function draw(point, place) {
  const verdict = said(point.part, point.name);
  const state = verdict ? (verdict.word === "confirm" ? "confirm" : verdict.word === "overturn" ? "overturn" : "changed") : "";
  const why = verdict && !verdict.implied ? make("div", { class: "soft small" }, `${verdict.person}：${verdict.reason || `${WORD[verdict.word]}${verdict.points === null ? "" : ` ${number(verdict.points)} 分`}`}`) : null;
  const element = point.part === "item"
    ? make("li", { class: `point ${state}` }, make("div", { class: "pair" },
      make("span", { class: "what" }, set(point.item.title)), make("span", { class: "soft small" }, `机器：${ITEM[point.item.status]} ${point.item.max ? `${number(point.item.points)}/${number(point.item.max)}` : ""}`), verdictOf(point)),
    point.item.note ? make("div", { class: "soft small" }, set(point.item.note)) : null, why,
    verdict && DECIDED.includes(verdict.word) ? make("div", { class: "soft small" }, `人工：${ITEM[nowItem(point.name)?.status] ?? ""} ${number(nowItem(point.name)?.points)}/${number(nowItem(point.name)?.max)}`) : null)
    : make("li", { class: `point ${point.finding.severity} ${state}` }, make("div", { class: "pair" },
      make("span", { class: "what" }, tag(point.finding.severity), ` 第 ${point.turn + 1} 句 `, make("b", {}, set(point.finding.title ?? point.finding.rule)), point.finding.text ? `“${point.finding.text}”` : ""),
      make("span", { class: "soft small" }, point.part === "added" ? "人工补充" : `机器把握 ${Math.round(point.finding.confidence * 100)}%`), verdictOf(point)),
    make("div", { class: "small" }, set(point.finding.message)), why,
    verdict && (verdict.word === "overturn" || verdict.word === "add") ? teach(point) : null);
  if (place === current) element.setAttribute("aria-current", "true");
  element.addEventListener("click", () => choose(place));
  return element;
}

function teach(point) {
  const button = make("button", { type: "button", class: "small" }, "转为规则样例");
  button.addEventListener("click", async (event) => {
    event.stopPropagation();
    try { await ask("POST", `${path}/example`, { part: point.part, name: point.name }); toast("已交给规则作者：规则质量 › 样例"); } catch (error) { toast(error.message); }
  });
  return make("div", {}, button);
}

function show() {
  const open = review.state === "open";
  $("call").textContent = review.call_id;
  $("state").textContent = { open: "待复核", done: "已完成", unscorable: `无法评分：${review.reason}` }[review.state];
  $("facts").textContent = [review.agent_id ? `坐席 ${review.agent_id}` : null, moment(review.started_at), ORIGINS[review.report.origin],
    review.assignee ? `复核人 ${review.assignee}` : null, review.acknowledged_at ? "坐席已确认" : null].filter(Boolean).join(" · ");
  const score = review.score ?? review.report.score;
  const machine = review.report.score;
  $("score").textContent = score ? `机评 ${number(machine.total)}　现分 ${number(score.total)} · ${score.grade}` : "未评分";
  points = list();
  current = Math.min(current, Math.max(0, points.length - 1));
  const gone = new Set(review.verdicts.filter((each) => each.part === "finding" && each.word === "overturn").map((each) => Number(each.name)));
  const findings = [...review.report.findings, ...added().map((each) => each.finding)];
  drawTurns($("turns"), review.report.turns, findings, {
    gone, onSeek: player ? play : null,
    onFinding: (place) => choose(place),
  });
  $("points").replaceChildren(...points.map(draw));
  for (const id of ["complete", "unscorable", "full"]) $(id).disabled = !open;
  $("coach").disabled = false;
  $("reopen").hidden = open;
  choose(current, false);
}

function choose(place, scroll = true) {
  if (!points.length) return;
  current = Math.max(0, Math.min(points.length - 1, place));
  [...$("points").children].forEach((each, at) => {
    if (at === current) { each.setAttribute("aria-current", "true"); if (scroll) each.scrollIntoView({ block: "nearest" }); } else each.removeAttribute("aria-current");
  });
  if (points[current].turn !== undefined) light(points[current].turn);
  else if (points[current].item.evidence?.length) light(review.report.findings[points[current].item.evidence[0]].turn);
}

async function load() {
  review = await ask("GET", path);
  $("conflict").hidden = true;
  show();
}

const oneByOne = inTurn();

/** Send a change with the version that the one before has made; a conflict is told, nothing is lost silently. */
async function change(what, body) {
  try {
    await oneByOne(async () => {
      Object.assign(review, await ask("POST", `${path}/${what}`, { version: review.version, ...body }));
      if (what === "complete") review.state = "done";
      show();
    });
    return true;
  } catch (error) {
    if (error.code === "stale") {
      dialog.close();
      $("conflict").replaceChildren(error.message, " ", Object.assign(make("button", { type: "button" }, "刷新"), { onclick: load }));
      $("conflict").hidden = false;
    } else if (dialog.open) wrong(error.message);
    else toast(error.message);
    return false;
  }
}

/** Say in the open dialog what is wrong; what was typed stays. */
function wrong(message) {
  const problem = dialog.querySelector(".problem");
  problem.textContent = message;
  problem.hidden = false;
}

const give = (point, word, more = {}) => change("verdicts", { part: point.part, name: point.name, word, ...more });

/** Ask for what a change needs; Enter saves, Esc leaves. */
function question(title, fields, save) {
  $("asking-title").textContent = title;
  $("asking-fields").replaceChildren(...fields);
  dialog.querySelector(".problem").hidden = true;
  saving = save;
  dialog.showModal();
  fields.map((field) => field.querySelector?.("input, select, textarea")).find(Boolean)?.focus();
}

const reason = (label = "理由") => make("label", {}, label, make("input", { name: "reason", list: "reasons", required: true, maxlength: "500", autocomplete: "off" }));
const value = (name) => dialog.querySelector(`[name=${name}]`).value.trim();

async function confirmPoint() {
  const point = points[current];
  if (point.part === "added" || review.state !== "open") return;
  if (point.item?.status === "manual") { grade(point); return; }
  const [place, given] = [current, give(point, "confirm")];
  choose(current + 1); // the next one needn't wait
  if (!await given) choose(place);
}

function grade(point) {
  const most = Number(/满分 ([\d.]+) 分/.exec(point.item.note ?? "")?.[1] ?? 100);
  question(`给分：${set(point.item.title)}`, [make("label", {}, `分数（0 到 ${most}）`, make("input", { name: "points", type: "number", min: "0", max: String(most), step: "any", required: true }))],
    () => give(point, "points", { points: Number(value("points")) }));
}

function overturn() {
  const point = points[current];
  if (review.state !== "open" || point.part === "added") return;
  if (point.part === "finding") { question("推翻这条发现", [reason()], () => give(point, "overturn", { reason: value("reason") })); return; }
  if (point.item.status === "manual") { grade(point); return; }
  const word = ["met", "clean"].includes(nowItem(point.name)?.status) || point.item.status === "met" ? "missed" : point.item.status === "clean" ? "missed" : "met";
  question(`${set(point.item.title)}：${WORD[word]}`, [reason()], () => give(point, word, { reason: value("reason") }));
}

function notApplicable() {
  const point = points[current];
  if (review.state !== "open") return;
  if (point.part !== "item") { toast("发现只能确认或推翻；不适用请在评分项上选"); return; }
  question(`${set(point.item.title)}：不适用`, [reason()], () => give(point, "not_applicable", { reason: value("reason") }));
}

/** Return the words that are selected, as code points of one turn. */
function selected() {
  const chosenWords = getSelection();
  if (!chosenWords.rangeCount || chosenWords.isCollapsed) return null;
  const range = chosenWords.getRangeAt(0);
  const holder = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest(".said");
  const said = holder(range.startContainer);
  if (!said || said !== holder(range.endContainer)) return null;
  const before = document.createRange();
  before.selectNodeContents(said);
  before.setEnd(range.startContainer, range.startOffset);
  const start = [...before.toString()].length;
  const words = range.toString();
  return { turn: Number(said.dataset.turn), start, end: start + [...words].length, words };
}

async function addFinding() {
  if (review.state !== "open") return;
  const place = selected();
  if (!place) { toast("请先在某一句话里选中出问题的词语"); return; }
  rules ??= (await ask("GET", "/api/rules")).rules.filter((rule) => rule.kind !== "required");
  const choices = make("datalist", { id: "rules" }, ...rules.map((rule) => make("option", { value: rule.id }, set(rule.title))));
  question(`补充发现：“${place.words}”`, [
    make("label", {}, "属于哪条规则", make("input", { name: "rule", list: "rules", required: true, autocomplete: "off", placeholder: "输入名称或编号查找" })), reason("说明"), choices,
  ], () => change("verdicts", {
    part: "added", name: `${Date.now()}`, word: "add", reason: value("reason"), rule: ruleNamed(value("rule")), turn: place.turn, start: place.start, end: place.end,
  }));
}

/** Return the id of the one rule that is called so; else the words as they are. */
function ruleNamed(words) {
  const called = rules.filter((rule) => set(rule.title) === words || rule.title === words);
  return called.length === 1 ? called[0].id : words;
}

async function withdraw() {
  const point = points[current];
  if (review.state === "open" && said(point.part, point.name)) await change("withdraw", { part: point.part, name: point.name });
}

async function complete() {
  const ungraded = nowItems().filter((item) => item.status === "manual");
  if (ungraded.length) {
    const names = ungraded.map((item) => set(item.title)).join("、");
    if (await asked(`还有 ${ungraded.length} 项待人工评：${names}。不评这些项就完成吗？`, { yes: "不评，直接完成" }) === null) return;
  }
  if (!(await change("complete", { full: $("full").checked }))) return;
  toast("复核已完成");
  const { items: waiting } = await ask("GET", "/api/qa/queue?mine=true&state=open");
  if (waiting.length) $("state").replaceChildren("已完成　", make("a", { href: `/qa/review/${waiting[0].number}` }, `下一通（还有 ${waiting.length} 通）`));
}

async function coach() {
  const held = points.filter((point) => point.part !== "item" && said(point.part, point.name)?.word !== "overturn");
  if (!review.agent_id || !held.length) { toast(review.agent_id ? "这通电话没有成立的发现" : "这通电话没有坐席工号"); return; }
  const { items: scenarios } = await ask("GET", "/api/qa/coaching/scenarios");
  const due = new Date(Date.now() + 7 * 864e5).toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" }); // 2026-11-03
  question(`给坐席 ${review.agent_id} 开辅导单`, [
    make("label", {}, "标题", make("input", { name: "title", required: true, maxlength: "200", value: `改进：${set(held[0].finding.title ?? held[0].finding.rule)}` })),
    make("fieldset", {}, make("legend", {}, "针对的发现"), make("div", { class: "checks column" }, ...held.map((point, at) => make("label", {},
      make("input", { type: "checkbox", name: "held", value: String(at), checked: at === 0 }), `第 ${point.turn + 1} 句 ${set(point.finding.title ?? point.finding.rule)}`)))),
    make("label", {}, "怎么改进", make("textarea", { name: "note", rows: "3", maxlength: "2000" })),
    make("label", {}, "练习场景（可不选）", make("select", { name: "practice" }, make("option", { value: "" }, "不安排练习"),
      ...scenarios.map((each) => make("option", { value: each.id }, `${each.title}（难度 ${each.difficulty}）`)))),
    make("label", {}, "期限", make("input", { name: "due", type: "date", required: true, value: due })),
  ], async () => {
    const picked = [...dialog.querySelectorAll("[name=held]:checked")].map((box) => held[Number(box.value)]);
    try {
      await ask("POST", "/api/qa/coaching", {
        agent_id: review.agent_id, title: value("title"), rules: [...new Set(picked.map((point) => point.finding.rule))], note: value("note"), practice: value("practice"), due: value("due"),
        examples: picked.map((point) => ({ call_id: review.call_id, turn: point.turn, text: point.finding.text ?? "" })),
      });
      toast("辅导单已开出");
      return true;
    } catch (error) { wrong(error.message); return false; }
  });
}

dialog.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const save = dialog.querySelector("[type=submit]");
  save.disabled = true; // a second Enter must not save twice
  try { if (await saving?.() !== false) dialog.close(); } finally { save.disabled = false; }
});
$("cancel").addEventListener("click", () => dialog.close());
$("complete").addEventListener("click", complete);
$("coach").addEventListener("click", coach);
$("unscorable").addEventListener("click", () => question("无法评分", [reason("原因")], async () => {
  const well = await change("unscorable", { reason: value("reason") });
  if (well) await load();
  return well;
}));
$("reopen").addEventListener("click", async () => {
  try { await ask("POST", `${path}/reopen`, { version: review.version }); await load(); } catch (error) { toast(error.message); }
});

const KEYS = {
  ArrowDown: () => choose(current + 1), ArrowUp: () => choose(current - 1), j: () => choose(current + 1), k: () => choose(current - 1),
  1: confirmPoint, 2: overturn, 3: notApplicable, a: addFinding, u: withdraw,
  p: () => { const turn = review.report.turns[points[current]?.turn ?? 0]; if (turn?.start_s !== undefined) play(turn.start_s); },
};
document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || !review) return;
  if (event.ctrlKey && event.key === "Enter") { event.preventDefault(); if (review.state === "open") complete(); return; }
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select, audio")) return;
  const job = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (job) { event.preventDefault(); job(); }
});
load().catch((error) => { $("state").textContent = error.message; });
