// The quiz: asks, takes answers by mouse, touch or keys, explains, shows how one comes along.

import { $, ask, inTurn, make, moment } from "/static/common.js";

const KINDS = { single: "单选", multiple: "多选", fill: "填空", fault: "找错", order: "排序" };
const HINTS = {
  single: "按字母选择，按回车提交。",
  multiple: "选出全部正确的。按字母选择或取消，按回车提交。",
  fill: "填好后按回车提交；数字写成 3 或三都可以。",
  fault: "先按数字选出有问题的句段，再按字母选出违反的条目，按回车提交。",
  order: "按先后次序逐个选择，按退格键撤销一步，按回车提交。",
};
const REASONS = { due: "复习", new: "新题", ahead: "提前复习" };
const JUST_ASKED = 5;
const seed = String(Date.now());
const letter = (at) => String.fromCharCode(65 + at);

let question = null;
let answered = false;
let waiting = 0;
const oneByOne = inTurn();
let clause = null;
let chosen = [];
let answer = [];
const recent = [];
const wanted = new URLSearchParams(location.search);
const course = wanted.get("course");
const sitting = course === null ? null : `/api/courses/${encodeURIComponent(course)}/quizzes/${encodeURIComponent(wanted.get("part") ?? "0")}`;

const choice = (key, text, pressed, mark, pick, verdict = "") => make("li", {},
  make("button", { type: "button", class: `choice ${verdict}`, "aria-pressed": String(pressed), disabled: answered, onclick: pick },
    make("kbd", {}, key), make("span", {}, text), mark ? make("b", { class: "place" }, mark) : null));

function verdict(option) {
  if (!answered || question.kind === "order") return "";
  return answer.includes(option) ? "right" : chosen.includes(option) ? "wrong" : "";
}

function label(at) {
  return question.names.length ? `${question.options[at]} ${question.names[at]}` : question.options[at];
}

function pick(at) {
  if (answered) return;
  const option = question.options[at];
  if (question.kind === "multiple" || question.kind === "order") {
    chosen = chosen.includes(option) ? chosen.filter((one) => one !== option) : [...chosen, option];
  } else chosen = [option];
  draw();
}

function given() {
  if (question.kind === "fill") return [...$("text").querySelectorAll("input")].map((input) => input.value.trim());
  return question.kind === "fault" ? [clause ?? "", ...chosen] : chosen;
}

function complete() {
  const there = given();
  if (question.kind === "order") return there.length === question.options.length;
  if (question.kind === "fault") return there.length === 2 && there.every(Boolean);
  return there.length > 0 && there.every(Boolean);
}

function draw() {
  const focused = document.activeElement?.closest(".choices li");
  const list = focused?.parentElement;
  const place = focused ? [...list.children].indexOf(focused) : -1;
  $("clauses").replaceChildren(...question.clauses.map((text, at) =>
    choice(String(at + 1), text, text === clause, null, () => { clause = text; draw(); })));
  $("options").replaceChildren(...(question.kind === "fill" ? [] : question.options).map((option, at) => {
    const turn = question.kind === "order" && chosen.includes(option) ? `第 ${chosen.indexOf(option) + 1} 步` : null;
    return choice(letter(at), label(at), chosen.includes(option), turn, () => pick(at), verdict(option));
  }));
  if (place >= 0) list.children[place]?.querySelector("button").focus();
  $("undo").hidden = question.kind !== "order" || answered;
  $("undo").disabled = chosen.length === 0;
  $("submit").disabled = !answered && !complete();
}

function put() {
  $("quiz").dataset.item = question.id;
  const parts = question.text.split("____");
  $("text").replaceChildren(...parts.flatMap((part, at) => (at === 0 ? [part] : [
    make("input", { class: "blank", maxlength: "60", "aria-label": `第 ${at} 空`, oninput: draw }), part])));
  $("question-title").textContent = `${question.topic_name} · ${KINDS[question.kind]}`;
  $("hint").textContent = HINTS[question.kind];
  if (!sitting) $("left").textContent = `${REASONS[question.reason]} · 待复习 ${question.due} 题 · 没做过 ${question.new} 题`;
  $("told").hidden = true;
  $("submit").textContent = "提交";
  draw();
  if (question.blanks) $("text").querySelector("input").focus();
  else $("question-title").focus();
}

function stand(paper) {
  $("left").textContent = `已答 ${paper.answered}/${paper.items} 题，答对 ${paper.right} 题，${paper.pass_mark} 分及格`;
}

/** Ask the next item of a course's quiz. */
async function nextOfPaper() {
  const paper = await ask("POST", sitting);
  $("heading").textContent = paper.title;
  document.title = `${paper.title} · 话术`;
  $("topic").parentElement.hidden = true;
  $("back").hidden = false;
  $("back").href = `/courses/${encodeURIComponent(course)}`;
  stand(paper);
  question = paper.question;
  [answered, clause, chosen, answer] = [false, null, [], []];
  put();
}

/** Tell how a finished paper stands; its page can begin another. */
function finish(paper) {
  $("told").append(make("p", { class: paper.passed ? "verdict right" : "verdict wrong", id: "result" },
    `得分 ${paper.points}，${paper.passed ? "及格了" : `没到 ${paper.pass_mark} 分，看看解析再考一次`}`));
  $("submit").textContent = "再考一次";
}

async function next() {
  if (sitting) { await nextOfPaper(); return; }
  const asked = new URLSearchParams({ seed });
  if ($("topic").value) asked.set("topic", $("topic").value);
  for (const id of recent) asked.append("without", id);
  question = await ask("GET", `/api/quiz/next?${asked}`);
  recent.push(question.id);
  if (recent.length > JUST_ASKED) recent.shift();
  [answered, clause, chosen, answer] = [false, null, [], []];
  put();
}

function rightAnswer(told) {
  if (question.kind === "fault") return `“${told.answer[0].replace(/[，。！？；]+$/u, "")}”，${told.answer[1]} ${told.names[0]}`;
  if (question.kind === "order") return told.answer.map((step, at) => `${at + 1}. ${step}`).join("　");
  return told.answer.join("；");
}

function again(text) {
  const days = Math.round((new Date(text) - Date.now()) / 86400000);
  return days >= 1 ? `${days} 天后再复习` : "稍后再复习";
}

async function submit() {
  const told = await ask("POST", sitting ? `${sitting}/answers` : "/api/quiz/answers", { item: question.id, given: given() });
  [answered, answer] = [true, told.answer];
  for (const input of $("text").querySelectorAll("input")) input.disabled = true;
  $("told").replaceChildren(
    make("p", { class: told.right ? "verdict right" : "verdict wrong" }, told.right ? "✓ 答对了" : "✗ 答错了"),
    ...(told.right ? [] : [make("p", {}, make("b", {}, "正确答案："), rightAnswer(told))]),
    ...(told.better ? [make("p", { class: "better" }, "可以改成：", told.better)] : []),
    make("p", {}, told.explain),
    make("details", {}, make("summary", {}, "标准怎么说"), make("p", {}, told.knowledge)),
    make("p", { class: "soft small" }, `依据 ${told.source.join("、")} · ${again(told.due_at)}`));
  $("told").hidden = false;
  $("submit").textContent = "下一题";
  if (told.paper) stand(told.paper);
  if (told.paper?.points != null) finish(told.paper);
  draw();
  $("submit").focus();
  $("told").scrollIntoView({ block: "nearest" });
  results().catch(complain); // the next item needn't wait for it
}

async function results() {
  const told = await ask("GET", "/api/quiz/results");
  const percent = (share) => (share === null ? "—" : `${Math.round(share * 100)}%`);
  $("share").textContent = told.answered ? `共答 ${told.answered} 次，答对 ${told.right} 次` : "还没有答过题";
  $("topics").replaceChildren(...told.topics.map((topic) => make("tr", {}, make("th", { scope: "row" }, topic.name),
    ...[`${topic.seen}/${topic.items}`, String(topic.learnt), String(topic.due), percent(topic.share)]
      .map((text) => make("td", { class: "number" }, text)))));
  if ($("topic").options.length === 1) {
    $("topic").append(...told.topics.map((topic) => make("option", { value: topic.id }, topic.name)));
  }
}

async function people() {
  const { role } = await ask("GET", "/api/session");
  if (!["trainer", "supervisor", "admin"].includes(role)) return;
  const told = await ask("GET", "/api/quiz/learners");
  $("learners").hidden = told.length === 0;
  $("people").replaceChildren(...told.map((one) => make("tr", {}, make("th", { scope: "row" }, one.name),
    make("td", { class: "number" }, String(one.seen)),
    make("td", { class: "number" }, `${Math.round((one.right / one.answered) * 100)}%`),
    make("td", {}, moment(one.last_at)))));
}

const complain = (error) => { $("left").textContent = error.message; };

/** Do one thing after another. */
function soon(job) {
  waiting += 1;
  oneByOne(job).catch(complain).finally(() => { waiting -= 1; });
}

$("quiz").addEventListener("submit", (event) => {
  event.preventDefault();
  if (question && !waiting && (answered || complete())) soon(answered ? next : submit);
});
$("undo").addEventListener("click", () => { chosen = chosen.slice(0, -1); draw(); });
$("topic").addEventListener("change", () => soon(next));

document.addEventListener("keydown", (event) => {
  if (!question || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, select, textarea, summary, a, header")) return;
  const key = event.key.toUpperCase();
  if (event.key === "Enter") {
    if (event.target.id === "submit" || event.target.id === "undo") return;
    event.preventDefault();
    $("quiz").requestSubmit();
  } else if (event.key === "Backspace" && question.kind === "order" && !answered) {
    event.preventDefault();
    $("undo").click();
  } else if (/^[A-Z]$/.test(key)) {
    $("options").children[key.charCodeAt(0) - 65]?.querySelector("button").click();
  } else if (/^[1-9]$/.test(key)) {
    const list = question.kind === "fault" ? $("clauses") : $("options");
    list.children[Number(key) - 1]?.querySelector("button").click();
  }
});

soon(next);
results().catch(complain);
people().catch(complain);
