// The queue of callbacks, by the time they are due.

import { $, ask, latest, make } from "/static/common.js";
import { due, forms, moment } from "/static/desk_common.js";

const titles = await forms();
let following = 0;

function row(one) {
  const waiting = one.status === "waiting";
  return make("tr", {}, make("td", {}, make("a", { href: `/callbacks/${one.number}` }, String(one.number))),
    make("td", {}, titles.campaigns[one.campaign] ?? one.campaign), make("td", {}, one.customer || "—"),
    make("td", {}, one.case ? make("a", { href: `/cases/${one.case}` }, String(one.case)) : "—"), make("td", {}, titles.ranks[one.lead] ?? one.lead),
    make("td", {}, waiting ? moment(one.next_at) : "—"), make("td", {}, waiting ? due(one.due_at) : moment(one.done_at ?? one.due_at)),
    make("td", { class: "number", "data-label": "已拨打" }, `${one.attempts} 次`), make("td", { class: "number", "data-label": "满意度" }, one.satisfaction ?? "—"));
}

function look(more) {
  const wanted = new URLSearchParams({ ...Object.fromEntries(new FormData($("filter"))), limit: "50" });
  if (more) wanted.set("offset", String(following));
  return ask("GET", `/api/callbacks?${wanted}`);
}

function show(page, more) {
  const rows = page.items.map(row);
  if (more) $("rows").append(...rows);
  else $("rows").replaceChildren(...rows);
  following = page.next;
  $("more").hidden = following === null;
  $("none").hidden = $("rows").children.length > 0;
  $("waiting").textContent = page.counts.waiting;
  $("ready").textContent = page.counts.ready;
  $("late").textContent = page.counts.overdue;
}

const load = latest(look, show);

$("filter").elements.campaign.append(...Object.entries(titles.campaigns).map(([value, word]) => make("option", { value }, word)));
$("filter").addEventListener("submit", (event) => { event.preventDefault(); load(false); });
$("more").addEventListener("click", () => load(true));
load(false);
