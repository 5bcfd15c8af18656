// The rules in force: list, one rule in words with its examples, and a place to try a sentence.

import { $, ask, make, set, tag } from "/static/common.js";
import { showTried } from "/static/tried.js";

let all = [];

function show() {
  const wanted = $("filter").value.trim().toLowerCase();
  const found = all.filter((rule) =>
    [rule.id, rule.title, rule.pack, ...rule.source].join(" ").toLowerCase().includes(wanted));
  $("count").textContent = `${found.length} 条`;
  $("rows").replaceChildren(...found.map((rule) => make("tr", { id: `rule-${rule.id}` },
    make("td", {}, make("a", { href: `#${rule.id}` }, set(rule.title))), make("td", {}, tag(rule.severity)),
    make("td", {}, make("code", {}, rule.id)),
    make("td", { "data-label": "来源" }, rule.source.join("、")), make("td", { "data-label": "规则包" }, rule.pack))));
}

$("filter").addEventListener("input", show);

$("try").addEventListener("submit", async (event) => {
  event.preventDefault();
  await showTried($("told"), "/api/rules/try", Object.fromEntries(new FormData($("try"))));
});

const lines = (texts) => make("ul", { class: "lines" }, ...texts.map((text) =>
  make("li", { class: text.startsWith(" ") ? "inner" : null }, set(text.trim()))));

/** Show an example with the words between ‹ and › marked. */
function example(text) {
  const parts = text.split(/[‹›]/u);
  return make("li", {}, ...parts.map((part, place) => (place % 2 ? make("mark", {}, part) : part)));
}

async function explain() {
  const id = decodeURIComponent(location.hash.slice(1));
  if (!id.includes(".")) { $("rule").close(); return; }
  $("rule-title").textContent = id;
  $("rule-body").replaceChildren(make("p", { class: "soft" }, "正在读取规则，版本更新后首次读取约需十几秒…"));
  if (!$("rule").open) $("rule").showModal();
  try {
    const rule = await ask("GET", `/api/rules/${encodeURIComponent(id)}`);
    if (decodeURIComponent(location.hash.slice(1)) !== id) return;
    $("rule-title").textContent = set(rule.title);
    const parts = [
      ["规则", make("code", {}, rule.id)],
      ["严重程度", tag(rule.severity)],
      ["来源", `${rule.source.join("、")} · 规则包 ${rule.pack}`],
      ["看谁的话", set(rule.who)],
      ["查什么", lines(rule.looks_for)],
      rule.ignores.length ? ["不计", rule.ignores.join("；")] : null,
      rule.why ? ["说明", set(rule.why)] : null,
      rule.valid_from || rule.valid_to ? ["有效期", `${rule.valid_from ?? "…"} 至 ${rule.valid_to ?? "…"}`] : null,
      ["提示语", set(rule.message)],
      ["建议说法", make("span", { class: "better" }, set(rule.suggestion))],
      rule.hit.length ? ["应当发现", make("ul", { class: "examples" }, ...rule.hit.map(example))] : null,
      rule.miss.length ? ["不应发现", make("ul", { class: "examples" }, ...rule.miss.map(example))] : null,
    ];
    $("rule-body").replaceChildren(make("dl", { class: "facts" }, ...parts.filter(Boolean).flatMap(([name, value]) =>
      [make("dt", {}, name), make("dd", {}, value)])));
  } catch (error) { $("rule-body").replaceChildren(make("p", { class: "problem" }, error.message)); }
}

$("shut").addEventListener("click", () => $("rule").close());
$("rule").addEventListener("close", () => { if (location.hash) history.replaceState(null, "", location.pathname); });
addEventListener("hashchange", explain);

const told = await ask("GET", "/api/rules");
all = told.rules;
$("edition").textContent = told.version ? `生效版本：第 ${told.version} 版 ·` : "生效版本：软件自带的规则包 ·";
show();
if (location.hash) await explain();
