// What the pages of the QA desk share: words, dialogues, checkboxes of people, estimates.

import { $, ask, make, moment, set } from "/static/common.js";

export const ITEM = {
  met: "达标", partly: "部分达标", missed: "未达标", not_applicable: "不适用", manual: "待人工评", fatal: "一票否决",
  clean: "无违规", bonus: "加分", points: "人工给分", confirm: "确认",
};
export const WORD = {
  confirm: "确认", overturn: "推翻", add: "补充", met: "改判达标", missed: "改判未达标", not_applicable: "不适用", points: "给分",
};
export const LEVEL = { reviewer: "复核人", lead: "组长", final: "终审" };
export const ACTION = {
  open: "提出申诉", granted: "申诉成立", partly: "部分成立", rejected: "维持原判", escalate: "提请上一级", accept: "接受答复", assign: "转交",
  overdue: "到期未答复，转上一级", lapsed: "到期未提异议，结案",
};
export const number = (value, digits = 1) => (value === null || value === undefined ? "—" : String(Number(value.toFixed(digits))));
export const percent = (value) => (value === null || value === undefined ? "—" : `${(value * 100).toFixed(1)}%`);
export const span = (each, times = 100) => (each.low === null || each.low === undefined ? ""
  : `${(each.low * times).toFixed(times === 100 ? 0 : 1)}–${(each.high * times).toFixed(times === 100 ? 0 : 1)}${times === 100 ? "%" : ""}`);
export const explained = (callId, words = callId) => make("a", { href: `/explain/${encodeURIComponent(callId)}` }, words);
export const badge = (kind, text) => make("span", { class: `badge ${kind}` }, text);

/** Make a row of a list: plain cells, numbers by their place; labels show on a phone. */
export function row(cells, labels = {}) {
  return make("tr", {}, ...cells.map((cell, place) => make("td",
    { class: labels[place] ? "number" : null, "data-label": labels[place] || null }, cell ?? "—")));
}

/** Offer the reviewers as checkboxes, all of them chosen. */
export async function offerReviewers(into) {
  const { reviewers } = await ask("GET", "/api/qa/draws");
  into.replaceChildren(...(reviewers.length ? reviewers.map((name) => make("label", {},
    make("input", { type: "checkbox", name: "reviewer", value: name, checked: true }), name))
    : [make("span", { class: "soft" }, "还没有质检或班长账号，请管理员先添加。")]));
}

export const chosen = (form, name) => [...form.querySelectorAll(`input[name=${name}]:checked`)].map((box) => box.value);

/** Show what went wrong in a form; returns whether it went well. */
export async function trying(form, job) {
  const problem = form.querySelector(".problem");
  problem.hidden = true;
  try { await job(); return true; } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    return false;
  }
}

export function stepsOf(appeal) {
  return make("ol", { class: "steps-list" }, ...appeal.steps.map((step) => make("li", {},
    make("b", {}, `${LEVEL[step.level]}阶段 · ${ACTION[step.action] ?? step.action}`), make("span", { class: "soft small" }, ` ${step.who} · ${moment(step.at)}`),
    step.text ? make("div", {}, step.text) : null)));
}

export function taskCard(task, actions) {
  const measure = (each) => (each ? `${each.hits}/${each.calls} 通（${percent(each.share)}，区间 ${span(each)}）` : "还没有复测");
  return make("article", {},
    make("div", { class: "between" }, make("b", {}, task.title), make("span", {}, badge(task.state === "open" ? "warn" : "good",
      { open: "待坐席确认", acknowledged: "坐席已确认", measured: "已复测" }[task.state]), ` 坐席 ${task.agent_id} · 期限 ${task.due}`)),
    task.note ? make("p", {}, task.note) : null,
    make("p", { class: "soft small" }, `针对规则：${task.rules.join("、")}`, task.practice ? "　练习：" : "", task.practice ? make("a", { href: `/practice?scenario=${encodeURIComponent(task.practice)}` }, task.practice) : ""),
    task.examples.length ? make("ul", { class: "small" }, ...task.examples.map((each) => make("li", {},
      explained(each.call_id), ` 第 ${each.turn + 1} 句：“${each.text}”`))) : null,
    make("p", {}, `辅导前：${measure(task.before)}　辅导后：${measure(task.after)}`),
    make("div", { class: "actions" }, ...actions));
}

/** Draw the turns of a call, findings marked; a click on words calls back with the finding's place. */
export function drawTurns(list, turns, findings, { gone = new Set(), onFinding = () => {}, onSeek = null } = {}) {
  const names = { agent: "坐席", customer: "客户", bot: "机器人", system: "系统" };
  list.replaceChildren(...turns.map((turn) => {
    const signs = [...turn.text];
    const owner = new Array(signs.length).fill(null);
    findings.forEach((finding, place) => {
      for (const each of finding.spans ?? [finding]) {
        if (each.turn !== turn.index || each.start === null) continue;
        for (let at = each.start; at < Math.min(each.end, signs.length); at += 1) owner[at] ??= place;
      }
    });
    const parts = [];
    for (let start = 0, end; start < signs.length; start = end) {
      const place = owner[start];
      for (end = start + 1; end < signs.length && owner[end] === place; end += 1);
      const words = signs.slice(start, end).join("");
      if (place === null) { parts.push(words); continue; }
      const mark = make("span", { class: `mark ${findings[place].severity}${gone.has(place) ? " gone" : ""}`, title: set(findings[place].message) }, words);
      mark.addEventListener("click", () => onFinding(place));
      parts.push(mark);
    }
    const seek = onSeek && turn.start_s !== undefined && turn.start_s !== null
      ? make("button", { type: "button", class: "at", title: "从这里播放" }, clock(turn.start_s)) : null;
    seek?.addEventListener("click", () => onSeek(turn.start_s));
    return make("li", { class: turn.role, id: `t${turn.index}` }, make("b", { class: "role" }, names[turn.role] ?? turn.role),
      make("div", {}, make("bdi", { class: "said", "data-turn": String(turn.index) }, ...parts), seek));
  }));
}

export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export function light(turn) {
  document.querySelectorAll(".turns .lit").forEach((each) => each.classList.remove("lit"));
  const found = $(`t${turn}`);
  found?.classList.add("lit");
  found?.scrollIntoView({ block: "nearest" });
}
