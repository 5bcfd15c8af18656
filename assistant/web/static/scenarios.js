// Scenarios of the house: draft one from a call, edit, check, try, release.

import { $, ask, asked, inTurn, latest, make, moment, toast } from "/static/common.js";
import { points } from "/static/practice_common.js";

let draft = null;
const complain = (error) => { $("problem").textContent = error.message; $("problem").hidden = false; };
const calm = () => { $("problem").hidden = true; };
const one = inTurn(); // a draft is saved with the revision the change before has made
const doing = (job) => async (event) => {
  event.preventDefault();
  calm();
  try { await one(() => job(event)); } catch (error) { complain(error); }
};

function status(each) {
  if (each.released) return make("span", { class: "tag good" }, "已发布");
  return each.accepted ? make("span", { class: "tag hint" }, "可以试练") : make("span", { class: "tag major" }, "有错误");
}

async function list() {
  const drafts = await ask("GET", "/api/scenarios");
  $("drafts").replaceChildren(...drafts.map((each) => make("tr", {},
    make("td", {}, make("a", { href: `?number=${each.number}`, onclick: doing(() => open(each.number)) }, each.title), make("small", { class: "soft" }, ` ${each.changed_by} ${moment(each.changed_at)}`)),
    make("td", {}, status(each)))));
  $("no-drafts").hidden = drafts.length > 0;
}

const most = () => ($("most").value === "" ? 100 : Number($("most").value));
const calls = latest(() => ask("GET", `/api/conversations?status=ended&limit=20&most=${most()}`), (page) => {
  $("calls").replaceChildren(...page.items.map((each) => make("tr", {},
    make("td", {}, make("a", { href: `/calls/${encodeURIComponent(each.call_id)}` }, each.call_id)),
    make("td", { class: "number" }, points(each.total)),
    make("td", {}, make("button", { type: "button", "aria-label": `用 ${each.call_id} 起草`, onclick: doing(() => begin(each.call_id)) }, "起草")))));
  $("no-calls").hidden = page.items.length > 0;
});

/** Show a draft; what was typed since `text` was sent stays. */
function show(told, text = $("text").value) {
  draft = told;
  $("editor").hidden = false;
  $("hint-card").hidden = true;
  $("editor-title").textContent = told.title;
  $("status").replaceChildren(status(told));
  if ($("text").value === text && text !== told.text) $("text").value = told.text;
  $("faults").replaceChildren(...told.faults.map((each) => make("li", {}, make("b", {}, `第 ${each.line} 行第 ${each.column} 列：`), each.message, make("pre", {}, each.excerpt))),
    ...told.failures.map((each) => make("li", {}, each)));
  $("try").hidden = !told.accepted;
  $("try").href = `/practice?scenario=${told.scenario}`;
  $("release").hidden = !told.accepted;
  $("release").textContent = told.released ? "收回" : "发布";
}

async function open(number) {
  show(await ask("GET", `/api/scenarios/${number}`));
  history.replaceState(null, "", `?number=${number}`);
  $("editor-title").focus();
}

async function begin(call_id) {
  show(await ask("POST", "/api/scenarios", { call_id }));
  history.replaceState(null, "", `?number=${draft.number}`);
  $("editor-title").focus();
  await list();
}

$("edit").addEventListener("submit", doing(async () => {
  const text = $("text").value;
  show(await ask("PUT", `/api/scenarios/${draft.number}`, { text, revision: draft.revision }), text);
  toast(draft.faults.length ? "已保存，还有错误" : "已保存");
  await list();
}));
$("release").addEventListener("click", doing(async () => {
  show(await ask("POST", `/api/scenarios/${draft.number}/release`, { released: !draft.released }));
  toast(draft.released ? "已发布" : "已收回");
  await list();
}));
$("drop").addEventListener("click", doing(async () => {
  if (await asked("删除这份场景？已经练过的记录会保留。", { yes: "删除" }) === null) return;
  await ask("DELETE", `/api/scenarios/${draft.number}`);
  $("editor").hidden = true;
  $("hint-card").hidden = false;
  history.replaceState(null, "", location.pathname);
  await list();
}));
$("most").addEventListener("change", () => calls().catch(complain));

list().catch(complain);
calls().catch(complain);
const number = new URLSearchParams(location.search).get("number");
if (number) open(Number(number)).catch(complain);
