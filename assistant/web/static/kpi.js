// The standard's figures: against their targets, by month or group, with the way down to the cases.

import { $, ask, latest, make } from "/static/common.js";
import { forms, moment } from "/static/desk_common.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;
const HEIGHT = 220;
const NAMES = { kind: "投诉类别", product: "产品或服务", department: "责任部门", cause: "原因", region: "区域", channel: "渠道" };
const DRILL = { received_month: "month", team: "team", agent_id: "agent_id", customer_level: "level", region: "region" };
const form = $("filter").elements;
const titles = await forms().catch(() => ({ fields: [] }));
let trend = [];

const words = (name) => titles.fields.find((field) => field.name === name)?.choices ?? {};
const month = (date) => `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}`;

function said(figure) {
  if (figure.value === null) return "—";
  return figure.unit === "hours" ? `${figure.value.toFixed(1)} 小时` : `${(figure.value * 100).toFixed(1)}%`;
}

function target(figure) {
  if (figure.target === null) return "没有目标";
  const bound = figure.unit === "hours" ? `${figure.target} 小时` : `${figure.target * 100}%`;
  return `目标 ${figure.at_most ? "≤" : "≥"} ${bound}`;
}

const COUNTED = new Set(["answered", "timely", "repeats", "inquiry_satisfied", "cross_region_satisfied", "key_satisfied", "satisfied", "first_contact"]);

function drill(figure, bounds) {
  const hit = figure.id === "timely_rate" ? "late" : figure.id === "answer_rate" ? "unanswered" : figure.hit_name;
  if (!COUNTED.has(figure.hit_name)) return null;
  return `/cases?${new URLSearchParams({ hit, ...bounds })}`;
}

function card(figure, bounds) {
  const href = drill(figure, bounds);
  const value = make("dd", { class: figure.verdict === "missed" ? "missed" : figure.verdict === "reached" ? "reached" : null }, said(figure));
  return make("div", {}, make("dt", {}, href ? make("a", { href }, figure.title) : figure.title), value,
    make("dd", { class: "soft note" }, `${figure.definition} · ${target(figure)}`));
}

function line(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function draw() {
  const points = trend.map((row) => ({ name: row.name, figure: row.figures.find((each) => each.id === $("which").value) })).filter((each) => each.figure);
  const values = points.map((each) => each.figure.value).filter((value) => value !== null);
  const goal = points[0]?.figure.target ?? null;
  $("trend").replaceChildren();
  if (!values.length) { $("trend").append(line("text", { x: 20, y: 110, class: "label" }, "这段时间还没有数据")); return; }
  const most = Math.max(...values, goal ?? 0) * 1.1 || 1;
  const x = (place) => 60 + (points.length === 1 ? 0 : (place / (points.length - 1)) * (WIDTH - 140));
  const y = (value) => HEIGHT - 40 - (value / most) * (HEIGHT - 70);
  if (goal !== null) $("trend").append(line("line", { x1: 40, x2: WIDTH - 40, y1: y(goal), y2: y(goal), class: "goal" }), line("text", { x: WIDTH - 40, y: y(goal) - 6, class: "label end" }, target(points[0].figure)));
  const drawn = points.map((each, place) => [place, each]).filter(([, each]) => each.figure.value !== null);
  $("trend").append(line("polyline", { points: drawn.map(([place, each]) => `${x(place)},${y(each.figure.value)}`).join(" "), class: "line" }));
  for (const [place, each] of drawn) {
    $("trend").append(line("circle", { cx: x(place), cy: y(each.figure.value), r: 4, class: "dot" }), line("text", { x: x(place), y: y(each.figure.value) + 20, class: "label middle" }, said(each.figure)));
  }
  points.forEach((each, place) => $("trend").append(line("text", { x: x(place), y: HEIGHT - 12, class: "label middle" }, each.name)));
}

const wanted = () => ({ period: { first: form.first.value, last: form.last.value }, by: form.by.value, grouping: form.by.selectedOptions[0].textContent });

async function look({ period, by }) {
  $("report").href = `/api/kpi/report.xlsx?${new URLSearchParams(period)}`;
  return Promise.all([
    ask("GET", `/api/kpi?${new URLSearchParams(period)}`), ask("GET", `/api/kpi?${new URLSearchParams({ ...period, by })}`),
    ask("GET", `/api/kpi?${new URLSearchParams({ ...period, by: "received_month" })}`), ask("GET", `/api/kpi/analysis?${new URLSearchParams(period)}`),
  ]);
}

function show([whole, grouped, monthly, analysed], { period, by, grouping }) {
  const single = period.first === period.last ? { month: period.first } : {};
  const figures = whole.rows[0]?.figures ?? [];
  $("figures").replaceChildren(...figures.map((each) => card(each, single)));
  trend = monthly.rows;
  const chosen = $("which").value;
  $("which").replaceChildren(...figures.map((each) => make("option", { value: each.id }, each.title)));
  $("which").value = chosen || "timely_rate";
  draw();
  const shown = figures.filter((each) => grouped.rows.some((row) => row.figures.find((one) => one.id === each.id).value !== null));
  $("head").replaceChildren(make("tr", {}, make("th", { scope: "col" }, grouping), make("th", { scope: "col", class: "number" }, "工单数"),
    ...shown.map((each) => make("th", { scope: "col", class: "number" }, each.title))));
  $("rows").replaceChildren(...grouped.rows.map((row) => make("tr", {}, make("td", {}, (by === "customer_level" ? words("level")[row.name] : row.title) || "未填"),
    make("td", { class: "number" }, row.name ? make("a", { href: `/cases?${new URLSearchParams({ hit: "cases", ...single, [DRILL[by]]: row.name })}` }, String(row.cases)) : String(row.cases)),
    ...shown.map((each) => { const one = row.figures.find((figure) => figure.id === each.id); return make("td", { class: `number ${one.verdict ?? ""}` }, said(one)); }))));
  $("analysis").replaceChildren(...Object.entries(analysed.counts).map(([name, rows]) => bars(name, rows)));
  $("clusters").replaceChildren(...analysed.clusters.map((each) => make("li", { class: "pressing" }, make("span", { class: "soft small" }, `${moment(each.at)} `),
    make("a", { href: `/cases/${each.case}` }, each.text))));
  $("calm").hidden = analysed.clusters.length > 0;
  $("retention").replaceChildren(...whole.retention.map((each) => make("div", {}, make("dt", {}, each.title), make("dd", {}, `${each.share * 100}%`))));
}

const load = latest(look, show);

function bars(name, rows) {
  const most = Math.max(...rows.map((row) => row.cases), 1);
  const block = make("section", {}, make("h3", {}, NAMES[name]), ...rows.slice(0, 8).map((row) => {
    const bar = make("i");
    bar.style.width = `${(row.cases / most) * 100}%`;
    return make("div", { class: "share" }, make("span", {}, words(name)[row.value] ?? row.value ?? "未填"), make("span", { class: "meter", "aria-hidden": "true" }, bar), make("b", {}, String(row.cases)));
  }));
  if (!rows.length) block.append(make("p", { class: "soft" }, "没有数据"));
  return block;
}

const now = new Date();
form.last.value = month(now);
form.first.value = month(new Date(now.getFullYear(), now.getMonth() - 5, 1));
$("which").addEventListener("change", draw);
$("filter").addEventListener("submit", (event) => { event.preventDefault(); load(wanted()); });
load(wanted());
