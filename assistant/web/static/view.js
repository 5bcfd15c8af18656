// A call on the screen: transcript with highlights, checklist, steps, emotion, findings.

import { $, EMOTIONS, ROLES, STEP, make, set, tag } from "/static/common.js";

const GRAVITY = ["hint", "minor", "major", "fatal"];

export class CallView {
  constructor() {
    this.turns = [];
    this.findings = [];
    this.provisional = new Map();
    this.requirements = new Map();
    this.curve = [];
    this.clear();
  }

  clear() {
    this.turns = [];
    this.findings = [];
    this.provisional.clear();
    this.requirements.clear();
    this.curve = [];
    for (const id of ["turns", "steps", "checklist", "findings", "deductions"]) $(id).replaceChildren();
    for (const id of ["procedure", "score"]) $(id).textContent = "";
    $("mood").textContent = "—";
    this.drawMood({ intensity: 0 });
    $("curve").replaceChildren();
    $("alert").hidden = true;
  }

  addTurn(role, text) {
    const words = make("bdi", { class: "said" }, text);
    const mood = make("span", { class: "mood" });
    const row = make("li", { class: role, id: `t${this.turns.length}` },
      make("b", { class: "role" }, ROLES[role] || role), make("div", {}, words, mood));
    this.turns.push({ role, text, words, mood, row });
    const list = $("turns");
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
    list.append(row);
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  /** Show a turn as it was stored, masked: spans count in that text. */
  reword(place, text) {
    const turn = this.turns[place];
    if (!turn) return;
    turn.text = text;
    this.mark(place);
  }

  /** Take an event of the live protocol. */
  take(event) {
    const { type, data } = event;
    if (type === "finding") this.takeFinding(event);
    else if (type === "requirement") this.takeRequirement(data);
    else if (type === "emotion") this.takeEmotion(data);
    else if (type === "procedure" && data.main !== false) this.takeProcedure(data);
    else if (type === "alert") this.takeAlert(data);
    else if (type === "report") this.takeReport(data);
  }

  takeFinding(event) {
    if (event.withdrawn || event.settles) this.provisional.delete(event.settles);
    if (event.withdrawn) return;
    if (event.provisional) { this.provisional.set(event.event_id, event.data); return; }
    this.findings.push(event.data);
    this.listFindings();
    this.mark(event.data.turn);
  }

  takeRequirement(data) {
    this.requirements.set(data.rule, data);
    const marks = { met: "✓", missed: "✗", pending: "…", not_applicable: "–" };
    const words = { met: "已说", missed: "漏说", pending: "待说", not_applicable: "不适用" };
    $("checklist").replaceChildren(...[...this.requirements.values()]
      .filter((each) => each.status !== "not_applicable")
      .map((each) => make("li", { class: each.status },
        make("span", { class: "tick", "aria-hidden": "true" }, marks[each.status]),
        make("span", {}, set(each.title), make("span", { class: "hidden" }, `：${words[each.status]}`),
          each.missing?.length ? make("span", { class: "soft small" }, ` 缺：${each.missing.join("、")}`) : null))));
  }

  takeEmotion(data) {
    const turn = this.turns[data.turn];
    if (turn && data.label !== "calm") turn.mood.textContent = EMOTIONS[data.label];
    $("mood").textContent = EMOTIONS[data.label];
    this.drawMood(data);
    this.curve.push(data);
    this.drawCurve();
  }

  drawMood(data) {
    const share = Math.round(data.intensity * 100);
    const good = data.label === "satisfied" || data.label === "grateful";
    $("meter").setAttribute("aria-valuenow", share);
    $("meter").className = `meter ${good ? "good" : share >= 66 ? "high" : share >= 40 ? "middle" : "low"}`;
    $("meter").firstElementChild.style.width = `${share}%`;
  }

  drawCurve() {
    const points = this.curve.slice(-40);
    if (points.length < 2) return;
    const at = points.map((each, place) =>
      [8 + (284 * place) / (points.length - 1), 58 - 52 * each.intensity].map((n) => n.toFixed(1)).join(","));
    const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    line.setAttribute("points", at.join(" "));
    $("curve").replaceChildren(line);
    $("curve").setAttribute("aria-label",
      `情绪曲线：${points.map((each) => `${EMOTIONS[each.label] ?? ""}${Math.round(each.intensity * 100)}`).join("，")}`);
  }

  takeProcedure(data) {
    $("procedure").textContent = data.name;
    $("steps").replaceChildren(...data.steps.map((step) =>
      make("li", { class: `${step.status}${step.step === data.current ? " current" : ""}`, title: STEP[step.status],
        "aria-current": step.step === data.current ? "step" : null },
      make("i", { "aria-hidden": "true" }), make("span", {}, step.name,
        make("span", { class: "hidden" }, `：${STEP[step.status]}`)))));
  }

  takeAlert(data) {
    $("alert").textContent = `预警：${set(data.message)}`;
    $("alert").hidden = false;
  }

  /** Show the report: the masked words, all findings, the score. */
  takeReport(report) {
    report.turns.forEach((turn, place) => {
      if (place >= this.turns.length) this.addTurn(turn.role, turn.text);
      const shown = this.turns[place];
      this.reword(place, turn.text);
      if (turn.emotion && turn.emotion.label !== "calm") shown.mood.textContent = EMOTIONS[turn.emotion.label];
    });
    this.findings = report.findings;
    this.listFindings();
    this.turns.forEach((_, place) => this.mark(place));
    for (const each of report.requirements) this.takeRequirement(each);
    if (!$("checklist").children.length) $("checklist").replaceChildren(make("li", { class: "empty" }, "这通电话没有必说项。"));
    if (!this.findings.length) $("findings").replaceChildren(make("li", { class: "empty" }, "没有发现问题。"));
    const main = report.procedures.find((each) => each.main) || report.procedures[0];
    if (main) this.takeProcedure(main);
    if (report.emotion?.curve?.length) {
      const labels = new Map(report.turns.map((turn) => [turn.index, turn.emotion?.label]));
      this.curve = report.emotion.curve.map((each) => ({ ...each, label: labels.get(each.turn) }));
      this.drawCurve();
      const last = this.curve.at(-1);
      $("mood").textContent = EMOTIONS[last.label] ?? "—";
      this.drawMood(last);
    }
    $("deductions").replaceChildren(...(report.score ? this.deductions(report.score) : []));
    if (report.score) $("score").textContent = `${report.score.total} / ${report.score.max} · ${report.score.grade}`;
  }

  /** Return what the score came from: each item that cost points, with the way to its findings, and what was void. */
  deductions(score) {
    const items = score.sections.flatMap((section) => section.items.map((item) => ({ ...item, section: section.name })));
    const lost = items.map((item) => ({ ...item, lost: item.max - (item.reached ?? item.points) }))
      .filter((item) => item.lost >= 0.05 && !["manual", "not_applicable"].includes(item.status))
      .sort((a, b) => b.lost - a.lost);
    const rows = lost.map((item) => make("li", {}, make("b", {}, `−${item.lost.toFixed(1)}`),
      make("span", {}, set(item.title ?? item.rule), make("span", { class: "soft small" }, `（${item.section}）`),
        ...item.evidence.filter((number) => number in this.findings).flatMap((number) => [" ",
          make("a", { href: `#f${number}`, class: "small" }, `第 ${this.findings[number].turn + 1} 句`)]))));
    const fatal = items.filter((item) => item.status === "fatal").map((item) => make("li", {}, make("b", {}, "否决"),
      make("span", {}, set(item.title ?? item.rule), item.note ? make("span", { class: "soft small" }, `（${set(item.note)}）`) : null)));
    const manual = items.filter((item) => item.status === "manual").length;
    const sum = fatal.length ? `一票否决，得 ${score.total} 分` : lost.length ? `满分 ${score.max}，共扣 ${lost.reduce((all, item) => all + item.lost, 0).toFixed(1)} 分，得 ${score.total} 分`
      : `满分 ${score.max}，没有扣分`;
    return [...rows, ...fatal, make("li", { class: "sum soft small" }, `${sum}${manual ? `；${manual} 项待人工评分，未计入` : ""}。`)];
  }

  /** Mark the words of a turn that findings are about, each by the gravest; a click leads to the finding. */
  mark(place) {
    const turn = this.turns[place];
    if (!turn) return;
    const signs = [...turn.text];
    const gravest = new Array(signs.length).fill(null);
    this.findings.forEach((finding, number) => {
      for (const span of finding.spans ?? [finding]) {
        if (span.turn !== place || span.start === null) continue;
        for (let at = span.start; at < Math.min(span.end, signs.length); at += 1) {
          const known = gravest[at];
          if (known === null || GRAVITY.indexOf(this.findings[known].severity) < GRAVITY.indexOf(finding.severity)) gravest[at] = number;
        }
      }
    });
    const parts = [];
    const known = new Set();
    for (let start = 0, end; start < signs.length; start = end) {
      const number = gravest[start];
      for (end = start + 1; end < signs.length && gravest[end] === number; end += 1);
      const words = signs.slice(start, end).join("");
      parts.push(number === null ? words
        : make("a", { class: `mark ${this.findings[number].severity}`, href: `#f${number}`,
          id: this.findings[number].turn === place && !known.has(number) ? `w${number}` : null }, words));
      known.add(number);
    }
    turn.words.replaceChildren(...parts);
  }

  /** Return a link to the words of a finding: to its turn where graver ones cover them, or nothing was said. */
  place(finding, number) {
    const link = make("a", { href: `#t${finding.turn}` }, `第 ${finding.turn + 1} 句`);
    link.addEventListener("click", () => { link.hash = document.getElementById(`w${number}`) ? `w${number}` : `t${finding.turn}`; });
    return link;
  }

  listFindings() {
    $("findings").replaceChildren(...this.findings.map((finding, number) =>
      make("li", { id: `f${number}`, tabindex: "-1", class: finding.severity },
        make("div", {}, tag(finding.severity), " ",
          this.place(finding, number), " ", make("b", {}, set(finding.title))),
        make("p", {}, set(finding.message)),
        finding.suggestion ? make("p", { class: "better" }, "建议：", set(finding.suggestion)) : null)));
  }
}
