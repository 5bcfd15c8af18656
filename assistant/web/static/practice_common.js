// What the pages of practice share: mood, curve, times, rows of sessions.

import { $, EMOTIONS, make, moment } from "/static/common.js";

const SVG = "http://www.w3.org/2000/svg";
export const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
};
export const stars = (difficulty) => make("span", { class: "stars", title: `难度 ${difficulty}` }, "★".repeat(difficulty));
export const kind = (scenario) => [scenario.type_name, scenario.case_name].filter(Boolean).join(" · ");
export const points = (value) => (value === null || value === undefined ? "—" : String(value));

const STANDING = { passed: "已通过", late: "逾期通过", open: "进行中", overdue: "已逾期" };
const TAGS = { passed: "good", late: "minor", open: "hint", overdue: "fatal" };
export const standing = (value) => make("span", { class: `tag ${TAGS[value]}` }, STANDING[value]);
export const day = (text) => (text === null ? "不限" : new Date(text).toLocaleDateString("zh-CN"));
export const parts = (each) => [...each.units, ...each.quizzes];
export const progress = (mine) => make("span", { class: "bars", title: `${mine.passed}/${parts(mine).length}` },
  ...parts(mine).map((part) => make("i", { class: part.passed_at ? "on" : "" })), ` ${mine.passed}/${parts(mine).length}`);

export function drawMood(emotion, intensity) {
  const share = Math.round(intensity * 100);
  const good = emotion === "satisfied" || emotion === "grateful";
  $("mood").textContent = EMOTIONS[emotion] ?? emotion;
  $("meter").setAttribute("aria-valuenow", share);
  $("meter").className = `meter ${good ? "good" : share >= 66 ? "high" : share >= 40 ? "middle" : "low"}`;
  $("meter").firstElementChild.style.width = `${share}%`;
}

/** Draw intensities from left to right; `turning` are changes by place. */
export function drawCurve(svg, curve, turning = new Map()) {
  if (curve.length < 2) { svg.replaceChildren(); return; }
  const at = curve.map((each, place) => [8 + (284 * place) / (curve.length - 1), 58 - 52 * each.intensity]);
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", at.map((point) => point.map((n) => n.toFixed(1)).join(",")).join(" "));
  const dots = curve.map((each, place) => {
    const change = turning.get(each.turn);
    if (change === undefined) return null;
    const dot = document.createElementNS(SVG, "path"); // of no length: its round cap stays round however it is stretched
    dot.setAttribute("d", `M${at[place].map((n) => n.toFixed(1)).join(" ")}h0`);
    dot.setAttribute("class", change < 0 ? "fall" : "rise");
    return dot;
  });
  svg.replaceChildren(line, ...dots.filter(Boolean));
  svg.setAttribute("aria-label", `情绪曲线：${curve.map((each) => `${EMOTIONS[each.emotion] ?? ""}${Math.round(each.intensity * 100)}`).join("，")}`);
}

/** Return the row of a session in a list. */
export function sessionRow(session, withName) {
  const going = session.ended_at === null;
  const href = going && !withName ? `/practice?session=${session.number}` : `/practice/sessions/${session.number}`;
  return make("tr", {},
    make("td", {}, make("a", { href }, session.title), make("small", { class: "soft" }, " ", session.outcome_name ?? "未结束")),
    withName ? make("td", {}, session.learner) : null,
    make("td", { class: "number" }, points(session.points)),
    make("td", { class: "soft small" }, moment(session.began_at)));
}
