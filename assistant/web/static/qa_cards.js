// Scorecards: versions, an editor (form and YAML) with a check and a try-out, assignment.

import { $, ask, asked, make, moment, set, toast } from "/static/common.js";
import { fillForm, formOf, showFaults } from "/static/qa_card_form.js";
import { badge, explained, number } from "/static/qa_parts.js";

const STATUS = { draft: ["warn", "草稿"], published: ["good", "已发布"], retired: ["soft", "已停用"] };
const YAML_FAULTS = { yaml: "YAML 写法有误，请检查缩进、冒号和引号", "duplicate-key": "同一个键写了两次", empty: "内容是空的", "control-character": "有不可见的控制字符，请删除" };
const PAUSE_MS = 500;
const lead = $("page").dataset.lead === "true";
let open = null;
let view = "form";
let unsaved = false;
let later = 0;
let assigned = new Set(); // cards that calls are assigned to

async function load() {
  const told = await ask("GET", "/api/qa/cards");
  $("list").replaceChildren(...told.items.map((each) => {
    const link = make("button", { type: "button" }, "打开");
    link.addEventListener("click", async () => { if (await mayLeave()) await edit(each.number); });
    return make("li", {}, make("div", { class: "between" }, make("b", {}, set(each.title)), badge(...STATUS[each.status])),
      make("div", { class: "between" }, make("span", { class: "soft small" }, `${each.card} ${each.version} · ${each.changed_by} ${moment(each.changed_at)}`), link));
  }));
  $("none").hidden = told.items.length > 0;
  if ($("from").options.length === 1) $("from").append(...told.shipped.map((name) => make("option", { value: name }, name)));
  $("assignments").replaceChildren(...told.assignments.map(assignment));
  assigned = new Set(told.assignments.map((each) => each.card));
  $("assign-actions").hidden = !lead;
  const cards = [...new Set(told.items.filter((each) => each.status === "published").map((each) => each.card))];
  $("add-assignment").onclick = () => $("assignments").append(assignment({ card: cards[0] ?? "", channel: "", business_line: "", team: "" }));
}

function assignment(each) {
  const field = (name, hint) => make("td", {}, make("input", { name, value: each[name], size: "10", maxlength: "64", placeholder: hint, readonly: !lead }));
  const gone = make("button", { type: "button" }, "删除");
  const element = make("tr", {}, field("card", "评分表编号"), field("channel", "不限"), field("business_line", "不限"), field("team", "不限"), make("td", {}, lead ? gone : ""));
  gone.addEventListener("click", () => element.remove());
  return element;
}

const mayLeave = async () => !unsaved || await asked("当前评分表有未保存的改动，放弃吗？", { yes: "放弃改动" }) !== null;

/** Open a stored version by its number, or a text that isn't stored yet. */
async function edit(card) {
  open = typeof card === "number" ? await ask("GET", `/api/qa/cards/${card}`) : { text: card, status: "draft" };
  unsaved = false;
  $("editor").hidden = false;
  $("editor-title").textContent = open.number ? `${open.title} ${open.version}` : "新评分表";
  $("editor-state").textContent = open.number ? STATUS[open.status][1] : "未保存";
  $("text").value = open.text;
  $("text").readOnly = locked();
  $("save").hidden = locked();
  $("publish").hidden = !lead || !open.number || open.status !== "draft";
  $("retire").hidden = !lead || open.status !== "published";
  $("copy").hidden = !lead || !open.number;
  $("problems").replaceChildren();
  $("tried").replaceChildren();
  $("well").textContent = "";
  view = "text";
  await show("form");
}

const locked = () => !lead || open.status !== "draft";

function change() {
  unsaved = true;
  $("well").textContent = "";
  clearTimeout(later);
  if (view === "form") later = setTimeout(look, PAUSE_MS);
}

/** Say while one is typing what is wrong with the form. */
async function look() {
  const faults = await written().then(() => [], (error) => error.errors ?? []);
  if (view !== "form") return;
  showFaults(faults.filter((each) => each.field));
  $("well").textContent = faults.length ? `有 ${faults.length} 处需要修改` : "";
}

/** Return the text of what is on the screen; throws what is wrong with the form. */
async function written() {
  if (view === "text") return $("text").value;
  const { text } = await ask("POST", "/api/qa/cards/text", { form: formOf(), text: $("text").value });
  $("text").value = text;
  return text;
}

/** Show the card as a form or as YAML; returns whether that went well. */
async function show(wanted) {
  clearTimeout(later);
  const done = await checked(async () => {
    const text = wanted === view ? $("text").value : await written();
    if (wanted === "form") fillForm((await ask("POST", "/api/qa/cards/form", { text })).form, { locked: locked(), changed: change });
    view = wanted;
    return true;
  });
  $("form").hidden = view !== "form";
  $("text").hidden = view !== "text";
  $("as-form").setAttribute("aria-pressed", String(view === "form"));
  $("as-text").setAttribute("aria-pressed", String(view === "text"));
  return done === true;
}

/** Do what may find problems; they are listed with their lines (a click leads there), or stand at their fields. */
async function checked(job) {
  $("problems").replaceChildren();
  showFaults([]);
  try { return await job(); } catch (error) {
    const faults = (error.errors ?? []).filter((each) => each.field !== undefined);
    if (faults.length) { showFaults(faults, { lead: true }); $("well").textContent = error.message; return null; }
    const problems = error.errors?.length && error.errors[0].line ? error.errors : [{ message: error.message }];
    $("problems").replaceChildren(...problems.map((each) => {
      if (!each.line) return make("li", {}, each.message);
      const link = make("button", { type: "button", class: "quiet" }, `第 ${each.line} 行第 ${each.column} 列`);
      link.addEventListener("click", async () => { if (view === "form") await show("text"); goto(each.line, each.column); });
      return make("li", {}, link, `：${YAML_FAULTS[each.code] ?? each.message}`);
    }));
    return null;
  }
}

function goto(line, column) {
  const at = $("text").value.split("\n").slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  $("text").focus();
  $("text").setSelectionRange(at, at + 1);
}

function outline(card) {
  return make("p", { class: "soft" }, `${set(card.title)}，版本 ${card.version}：${card.sections.length} 个部分，${card.sections.reduce((sum, each) => sum + each.items.length, 0)} 个评分项，${card.pass_mark} 分合格。`);
}

$("check").addEventListener("click", () => checked(async () => {
  const card = await ask("POST", "/api/qa/cards/check", { text: await written() });
  $("tried").replaceChildren(make("p", { class: "better" }, "没有问题。"), outline(card));
}));
$("try").addEventListener("click", () => checked(async () => {
  const told = await ask("POST", "/api/qa/cards/try", { text: await written() });
  const rows = told.calls.map((each) => make("tr", {}, make("td", {}, explained(each.call_id)), make("td", { class: "number" }, number(each.before)), make("td", { class: "number" }, number(each.after)),
    make("td", {}, each.grade), make("td", { class: "small" }, each.lost.map((loss) => `${set(loss.title)} −${number(loss.lost)}`).join("，") || "无")));
  $("tried").replaceChildren(outline(told.card), make("div", { class: "scroll" }, make("table", {}, make("thead", {}, make("tr", {}, ...["通话", "原分", "试评", "等级", "扣分"].map((name) => make("th", { scope: "col" }, name)))), make("tbody", {}, ...rows))));
}));
$("save").addEventListener("click", () => checked(async () => {
  let { number: saved } = open;
  const text = await written();
  if (saved) await ask("PUT", `/api/qa/cards/${saved}`, { text, edits: open.edits });
  else saved = (await ask("POST", "/api/qa/cards", { text })).number;
  toast("草稿已保存");
  await load();
  await stay(saved);
}));

/** Open a version in the view one is in. */
async function stay(number_) {
  const before = view;
  await edit(number_);
  if (before === "text") await show("text");
}

async function ended(way, done) {
  await ask("POST", `/api/qa/cards/${open.number}/${way}`, { edits: open.edits });
  toast(done);
  await load();
  await stay(open.number);
}

$("publish").addEventListener("click", async () => {
  if (unsaved) { toast("请先保存草稿"); return; }
  if (await asked(`发布“${set(open.title)}”版本 ${open.version}？分配给它的新通话按它评分，这张评分表原来发布的版本随即停用。`, { yes: "发布" }) !== null) await checked(() => ended("publish", assigned.has(open.card) ? "已发布，分配给它的新通话按它评分" : "已发布；还没有分配，请指定哪些通话用它"));
});
$("retire").addEventListener("click", async () => {
  if (await asked(`停用“${set(open.title)}”版本 ${open.version}？已评的分数不变，新来的通话改按其他评分表评分。`, { yes: "停用" }) !== null) await checked(() => ended("retire", "已停用"));
});
$("copy").addEventListener("click", () => checked(async () => {
  const text = await written();
  const version = /^version: *["']?([^"'\n#]*)/m.exec(text)?.[1].trim() ?? "1";
  const next = /^\d+$/.test(version) ? String(Number(version) + 1) : `${version}-2`;
  await edit(text.replace(/^version:.*$/m, `version: "${next}"`));
}));
$("as-form").addEventListener("click", () => show("form"));
$("as-text").addEventListener("click", () => show("text"));
$("text").addEventListener("input", change);
addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
$("from").addEventListener("change", async () => {
  const name = $("from").value;
  $("from").value = "";
  if (!name || !await mayLeave()) return;
  const { text } = await ask("GET", `/api/qa/cards/shipped/${name}`);
  await edit(text.replace(/^scorecard: .*$/m, `scorecard: house-${name}`).replace(/^version:.*$/m, 'version: "1"'));
});
$("save-assignments").addEventListener("click", async () => {
  const rows = [...$("assignments").children].map((each) => Object.fromEntries([...each.querySelectorAll("input")].map((field) => [field.name, field.value.trim()])));
  try { await ask("PUT", "/api/qa/cards/assignments", { assignments: rows.filter((each) => each.card) }); toast("分配已保存"); await load(); } catch (error) { toast(error.message); }
});
if (!lead) $("from").disabled = true;
load();
