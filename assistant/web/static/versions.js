// Published versions of the rules, and the drafts of the next one.

import { $, ask, make, moment, toast } from "/static/common.js";

const name = (number) => (number ? `第 ${number} 版` : "软件自带的规则包");
let restoring = 0;

async function show() {
  const told = await ask("GET", "/api/rules/versions");
  const may = $("rows").dataset.may === "1";
  $("rows").replaceChildren(...told.items.map((each) => make("tr", {},
    make("td", {}, make("b", {}, name(each.number)), " ", each.number === told.current ? make("span", { class: "tag good" }, "生效中") : null,
      each.sha256 ? make("div", {}, make("code", {}, each.sha256.slice(0, 12))) : null),
    make("td", {}, each.published_at ? `${moment(each.published_at)} · ${each.published_by}` : "—"),
    make("td", {}, each.restores === null ? "" : `恢复${name(each.restores)}：`, each.why ?? "—"),
    make("td", {}, each.packs.map((pack) => `${pack.name} ${pack.version}`).join("、") || "—"),
    make("td", {}, make("a", { href: `/api/rules/versions/${each.number}/files`, download: "" }, "下载"), " ",
      may && each.number !== told.current
        ? Object.assign(make("button", { type: "button", "aria-label": `恢复${name(each.number)}` }, "恢复"), { onclick: () => ask_back(each.number) })
        : null))));
}

function ask_back(number) {
  restoring = number;
  $("back-what").textContent = `新通话将改按${name(number)}检查，进行中的通话不受影响。`;
  $("back-problem").textContent = "";
  $("back").showModal();
}

async function showDrafts() {
  const drafts = await ask("GET", "/api/rules/drafts");
  $("drafts").replaceChildren(...(drafts.length ? drafts.map((draft) => make("li", {},
    make("a", { href: `/rules/drafts/${draft.number}` }, draft.title),
    make("span", { class: "soft small" }, ` 基于${name(draft.base)} · ${draft.changed_by} 改于 ${moment(draft.changed_at)}`)))
    : [make("li", { class: "soft" }, "还没有草稿。")]));
}

$("begin")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const asked = new FormData($("begin"));
  try {
    const draft = await ask("POST", "/api/rules/drafts", { title: asked.get("title"), empty: asked.get("empty") === "on" });
    location.assign(`/rules/drafts/${draft.number}`);
  } catch (error) { toast(error.message); }
});

$("not-back").addEventListener("click", () => $("back").close());
$("restore").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const version = await ask("POST", `/api/rules/versions/${restoring}/restore`, { why: new FormData($("restore")).get("why") });
    $("back").close();
    toast(`已生效：${name(version.number)}`);
    await show();
  } catch (error) { $("back-problem").textContent = error.message; }
});

await show();
if ($("drafts")) await showDrafts();
