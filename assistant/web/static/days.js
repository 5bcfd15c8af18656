// A working day: what was marked, what cases tell of it, what is left for the next shift.

import { $, STEP, ask, asked, make, toast } from "/static/common.js";
import { due, forms, moment, severity } from "/static/desk_common.js";

const BY_CASES = { received: "接待并记录", assigned: "分类派单", inquiries_handled: "处理咨询", complaints_handled: "处理投诉" };
const NOTED = new Set(["handed_over", "records_kept", "meeting_held"]);
const titles = await forms();

async function load() {
  const wanted = new URLSearchParams([...new FormData($("filter"))].filter(([, value]) => value));
  try {
    const told = await ask("GET", `/api/days?${wanted}`);
    show(told);
    if ($("team")) showTeam((await ask("GET", `/api/days/team?day=${told.day}`)).items);
  } catch (error) { toast(error.message); }
}

function show(told) {
  const words = { ...BY_CASES, ...Object.fromEntries(told.marks.map((each) => [each.id, each.title])) };
  const done = new Map(told.events.map((each) => [each.kind, each]));
  const mine = !$("filter").elements.person?.value && !$("filter").elements.day.value;
  $("whose").textContent = `${told.day} · ${told.person}`;
  $("marking").hidden = !mine;
  $("procedures").replaceChildren(...told.procedures.map((each) => make("div", { class: "procedure" },
    make("div", { class: "between small" }, make("span", {}, each.name), make("span", { class: "soft" }, `符合度 ${Math.round(each.conformance * 100)}%`)),
    make("ol", { class: "steps" }, ...each.steps.map((step) => make("li", { class: step.step === each.current ? "current" : step.status, title: STEP[step.status] },
      make("i"), step.name))))));
  $("marks").replaceChildren(...told.marks.map((each) => {
    const at = done.get(each.id);
    if (at) return make("li", {}, make("span", {}, each.title), make("span", { class: "tag good" }, `${moment(at.at)} 已完成`));
    const button = make("button", { type: "button" }, "完成");
    button.addEventListener("click", () => mark(each));
    return make("li", {}, make("span", {}, each.title), button);
  }));
  $("open").replaceChildren(...(told.open.length ? told.open.map((each) => make("li", {},
    make("span", {}, make("a", { href: `/cases/${each.number}` }, `工单 ${each.number}`), ` ${titles.states[each.state] ?? each.state} `, severity(each.severity)),
    each.next_due_at ? due(each.next_due_at) : "")) : [make("li", { class: "soft" }, "没有未结工单。")]));
  $("events").replaceChildren(...(told.events.length ? told.events.map((each) => make("li", {},
    make("span", { class: "soft small" }, `${moment(each.at)} `), make("b", {}, words[each.kind] ?? each.kind), each.note ? ` ${each.note}` : ""))
    : [make("li", { class: "soft" }, "还没有记录。")]));
}

function showTeam(people) {
  $("team").replaceChildren(...(people.length ? people.map((each) => make("li", {}, make("span", {}, each.person),
    make("span", { class: "soft small" }, `${each.signed_in ? `${moment(each.signed_in)} 签到` : "未签到"} · ${each.handed_over ? `${moment(each.handed_over)} 交接` : "未交接"} · 打卡 ${each.marks} 项`)))
    : [make("li", { class: "soft" }, "还没有人打卡。")]));
}

async function mark(each) {
  let note = "";
  if (NOTED.has(each.id)) {
    note = await asked(each.title, { field: each.id === "handed_over" ? "交接说明（没有未结事项请写“无”）" : "说明" });
    if (note === null) return;
  }
  try {
    await ask("POST", "/api/days/marks", { mark: each.id, note });
    toast(`已完成：${each.title}`);
    load();
  } catch (error) { toast(error.message); }
}

$("filter").addEventListener("submit", (event) => { event.preventDefault(); load(); });
load();
