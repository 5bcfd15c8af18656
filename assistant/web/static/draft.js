// A draft of the rules: its files as text, problems at their lines, what it would change, publishing.

import { $, ask, asked, inTurn, latest, make, set, tag, toast } from "/static/common.js";
import { showTried } from "/static/tried.js";

const here = `/api/rules/drafts/${$("title").dataset.number}`;
const STATES = { same: "", changed: "已改", new: "新增" };
const edition = (number) => (number ? `第 ${number} 版` : "软件自带的规则包");
const pathOf = (name) => `${here}/files/${name.split("/").map(encodeURIComponent).join("/")}`;
let draft;
let open = null;

function take(fresh) {
  draft = fresh;
  $("title").textContent = `草稿：${draft.title}`;
  $("base").textContent = `基于${edition(draft.base)} · 第 ${draft.revision} 次修改 ·`;
  $("stale").hidden = draft.base === draft.current;
  listFiles();
  showChecked();
}

function listFiles() {
  const wanted = $("filter").value.trim().toLowerCase();
  const order = { changed: 0, new: 0, same: 1 };
  const files = [...draft.files].sort((one, other) => order[one.state] - order[other.state])
    .filter((file) => file.name.toLowerCase().includes(wanted));
  $("files").replaceChildren(...files.map((file) => make("li", {},
    Object.assign(make("button", { type: "button", class: "quiet", "aria-current": file.name === open ? "true" : null }, file.name),
      { onclick: () => show(file.name) }),
    file.state === "same" ? null : make("span", { class: `tag ${file.state === "new" ? "good" : "hint"}` }, STATES[file.state]),
    Object.assign(make("button", { type: "button", class: "quiet", "aria-label": `移除 ${file.name}` }, "移除"), { onclick: () => takeOut(file.name) }))),
  ...draft.removed.map((name) => make("li", { class: "soft" }, make("s", {}, name), " 已移除")));
}

function showChecked() {
  const told = draft.checked;
  const fresh = told && told.revision === draft.revision;
  const well = fresh && !told.errors.length && !told.failures.length && told.sha256;
  $("publish").disabled = !well || draft.base !== draft.current;
  if (!told) return;
  listProblems([...told.errors, ...told.warnings], told.failures,
    !fresh ? "以下是改动前的检查结果，请重新检查。"
      : well ? `检查通过：共 ${told.rules} 条规则，运行了 ${told.changed.length} 条改动规则的 ${told.examples} 个例句。` : "");
}

const fault = (each) => make("li", {},
  make("span", { class: `tag ${each.level === "error" ? "fatal" : "minor"}` }, each.level === "error" ? "错误" : "提醒"), " ",
  Object.assign(make("a", { href: "#text" }, `${each.path}:${each.line}:${each.column}`), { onclick: (event) => go(event, each) }),
  make("p", {}, each.message), each.excerpt ? make("pre", {}, each.excerpt) : null);

/** List problems; warnings about files that are as published come last, folded. */
function listProblems(problems, failures, head) {
  const same = new Set(draft.files.filter((file) => file.state === "same").map((file) => file.name));
  const old = problems.filter((each) => each.level !== "error" && same.has(each.path));
  const own = (each) => !same.has(each.path);
  const gravest = [...problems].sort((one, other) => own(other) - own(one) || (other.level === "error") - (one.level === "error"));
  $("problems").replaceChildren(head ? make("p", { class: "soft" }, head) : "",
    make("ul", { class: "plain" }, ...gravest.filter((each) => !old.includes(each)).map(fault),
    ...failures.map((each) => make("li", {}, make("span", { class: "tag fatal" }, "例句"), " ", make("code", {}, each.rule),
      make("p", {}, each.problem), make("pre", {}, each.example)))),
    old.length ? make("details", {}, make("summary", {}, `未改动的文件另有 ${old.length} 条提醒`), make("ul", { class: "plain" }, ...old.map(fault))) : "");
}

const showProblems = () => $("problems-title").scrollIntoView({ block: "nearest" });

async function go(event, problem) {
  event.preventDefault();
  if (problem.path !== open) await show(problem.path);
  if (problem.path !== open) return; // not left, or another file was asked for meanwhile
  const lines = $("text").value.split("\n");
  const start = lines.slice(0, problem.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
  const at = start + [...(lines[problem.line - 1] ?? "")].slice(0, problem.column - 1).join("").length;
  $("text").focus();
  $("text").setSelectionRange(at, start + (lines[problem.line - 1] ?? "").length);
  $("text").scrollTop = Math.max(0, problem.line - 6) * parseFloat(getComputedStyle($("text")).lineHeight);
  tellPlace();
}

function tellPlace() {
  const before = $("text").value.slice(0, $("text").selectionStart).split("\n");
  $("place").textContent = open ? `第 ${before.length} 行，第 ${[...before.at(-1)].length + 1} 列` : "";
}

/** Whether what is on the screen may be left. */
const mayLeave = async () => $("save").disabled || await asked("这个文件还没有保存，放弃改动吗？", { yes: "放弃改动" }) !== null;

const fetchFile = latest((name) => ask("GET", pathOf(name)), (file, name) => edit(name, file.text));

async function show(name) {
  if (!await mayLeave()) return;
  try { await fetchFile(name); } catch (error) { toast(error.message); }
}

function edit(name, text) {
  open = name;
  $("file").textContent = name;
  $("text").value = text;
  $("text").disabled = false;
  $("save").disabled = true;
  listFiles();
  tellPlace();
}

const oneByOne = inTurn(); // each change names the revision that the one before has made

async function save() {
  const [name, text] = [open, $("text").value];
  try {
    const saved = await oneByOne(() => ask("PUT", pathOf(name), { text, revision: draft.revision }).then((told) => { draft = told.draft; return told; }));
    if (open === name && $("text").value === text) $("save").disabled = true; // what was typed meanwhile isn't saved
    take(saved.draft);
    listProblems(saved.problems, [], saved.problems.length ? "" : "已保存，文件本身没有错误。发布前请检查草稿。");
    toast("已保存");
    if (saved.problems.length) showProblems();
  } catch (error) { toast(error.message); }
}

async function takeOut(name) {
  if (await asked(`从草稿中移除 ${name}？`, { yes: "移除" }) === null) return;
  try {
    await oneByOne(async () => take(await ask("DELETE", `${pathOf(name)}?revision=${draft.revision}`)));
    if (name === open) { open = null; $("text").value = ""; $("text").disabled = true; $("save").disabled = true; $("file").textContent = "选择右边的文件"; }
  } catch (error) { toast(error.message); }
}

/** Do what takes seconds, and say so. */
async function busy(text, button, work) {
  $("state").textContent = text;
  button.disabled = true;
  try { return await work(); } catch (error) {
    if (error.errors) { listProblems(error.errors.filter((each) => each.line), [], error.message); showProblems(); }
    toast(error.message);
    return null;
  } finally { $("state").textContent = ""; button.disabled = false; }
}

$("check").addEventListener("click", () => busy("正在检查规则和例句，整套规则约需一两分钟…", $("check"), async () => {
  if (!$("save").disabled) await save();
  draft.checked = await ask("POST", `${here}/check`);
  take(draft);
  showProblems();
}));

$("compare").addEventListener("click", () => { $("diff").hidden = false; $("diff").scrollIntoView(); $("which").elements.last.focus(); });

$("which").addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = Object.fromEntries([...new FormData($("which"))].filter(([, value]) => value !== ""));
  wanted.last = Number(wanted.last);
  $("changes").replaceChildren(make("p", { class: "soft" }, "正在用新旧两套规则检查历史通话…"));
  busy("正在试算…", event.submitter, async () => {
    try { showDiff(await ask("POST", `${here}/diff`, wanted)); } catch (error) { $("changes").replaceChildren(); throw error; }
  });
});

const finding = (sign, each) => make("li", { class: sign === "+" ? "gained" : "lost" }, make("b", {}, sign === "+" ? "新增 " : "减少 "),
  tag(each.severity), " ", make("code", {}, each.rule), " ", make("bdi", {}, each.sentence || set(each.message)));

function showDiff(told) {
  const { total } = told;
  const score = (value) => (value === null ? "—" : value);
  $("changes").replaceChildren(
    make("p", {}, make("b", {}, `${total.conversations} 通中 ${total.changed} 通有变化`),
      `：新增 ${total.gained} 处，减少 ${total.lost} 处；平均分 ${score(total.score.old)} → ${score(total.score.new)}`),
    make("ul", { class: "small plain" }, ...total.rules.map((each) => make("li", {}, make("code", {}, each.rule), ` 新增 ${each.gained}，减少 ${each.lost}`))),
    ...told.conversations.map((call) => make("details", {},
      make("summary", {}, call.id, ` · ${score(call.score.old)} → ${score(call.score.new)}`),
      make("a", { href: `/calls/${encodeURIComponent(call.id)}` }, "打开通话"),
      make("ul", { class: "plain" }, ...call.gained.map((each) => finding("+", each)), ...call.lost.map((each) => finding("-", each))))));
}

$("publish").addEventListener("click", async () => { if (await mayLeave()) { $("ask-problem").textContent = ""; $("ask").showModal(); } });
$("not-now").addEventListener("click", () => $("ask").close());
$("reason").addEventListener("submit", async (event) => {
  event.preventDefault();
  event.submitter.disabled = true;
  try {
    await ask("POST", "/api/rules/versions", { draft: draft.number, revision: draft.revision, why: new FormData($("reason")).get("why") });
    location.assign("/rules/versions");
  } catch (error) { $("ask-problem").textContent = error.message; } finally { event.submitter.disabled = false; }
});

$("rebase").addEventListener("click", () => busy("正在并入…", $("rebase"), () => oneByOne(async () => take(await ask("POST", `${here}/rebase?revision=${draft.revision}`)))));
$("drop").addEventListener("click", async () => {
  if (await asked("删除这份草稿？", { yes: "删除" }) === null) return;
  try { await ask("DELETE", `${here}?revision=${draft.revision}`); location.assign("/rules/versions"); } catch (error) { toast(error.message); }
});
$("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!await mayLeave()) return;
  edit(new FormData($("add")).get("name"), "");
  $("add").reset();
  $("save").disabled = false;
  $("text").focus();
});
$("upload").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch(`${here}/files?revision=${draft.revision}`, {
    method: "POST", body: new FormData($("upload")), headers: { "X-CSRF-Token": document.querySelector("meta[name=csrf]").content },
  });
  const told = await answer.json();
  if (!answer.ok) { toast(told.detail); return; }
  $("upload").reset();
  take(told.draft);
  listProblems(told.problems, [], "已上传。发布前请检查草稿。");
  showProblems();
});
$("try").addEventListener("submit", async (event) => {
  event.preventDefault();
  await showTried($("told"), `${here}/try`, Object.fromEntries(new FormData($("try"))));
});
$("filter").addEventListener("input", listFiles);
$("save").addEventListener("click", save);
$("text").addEventListener("input", () => { $("save").disabled = false; });
for (const name of ["keyup", "click"]) $("text").addEventListener(name, tellPlace);
$("text").addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); if (!$("save").disabled) save(); }
});
addEventListener("beforeunload", (event) => { if (!$("save").disabled) event.preventDefault(); });

take(await ask("GET", here));
const wished = new URLSearchParams(location.search).get("file");
if (wished && draft.files.some((file) => file.name === wished)) await show(wished);
