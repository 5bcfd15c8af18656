// Reports: figures, charts drawn as SVG, drill-down to calls.

import { $, ask, asked, latest, make, set, toast } from "/static/common.js";
import { explained, number, percent, row, span } from "/static/qa_parts.js";

const SVG = "http://www.w3.org/2000/svg";
const form = $("filter");
const CHANNEL = { hotline: "热线", chat: "在线", callback: "回访" };

function svg(tag, properties = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Draw the mean by week over the volume. */
function trend(points) {
  const wide = 640, high = 176, left = 36, base = 146;
  if (!points.length) return make("p", { class: "soft" }, "没有数据。");
  const least = Math.max(0, Math.floor((Math.min(...points.map((each) => each.mean)) - 5) / 10) * 10);
  const most = Math.max(...points.map((each) => each.calls));
  const x = (place) => left + (wide - left - 16) * (points.length === 1 ? 0.5 : place / (points.length - 1));
  const y = (mean) => base - (base - 14) * ((mean - least) / (100 - least || 1));
  const chart = svg("svg", { class: "chart", viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": `每周平均分：${points.map((each) => `${each.week} ${number(each.mean)} 分`).join("，")}` });
  for (const mark of [least, (least + 100) / 2, 100]) chart.append(svg("line", { class: "axis", x1: left, x2: wide - 8, y1: y(mark), y2: y(mark) }), svg("text", { x: 4, y: y(mark) + 4 }, String(mark)));
  points.forEach((each, place) => chart.append(svg("rect", { class: "volume", x: x(place) - 8, width: 16, y: base - 40 * (each.calls / most), height: 40 * (each.calls / most) })));
  chart.append(svg("polyline", { class: "mean", points: points.map((each, place) => `${x(place).toFixed(1)},${y(each.mean).toFixed(1)}`).join(" ") }));
  const step = Math.ceil(points.length / 7);
  points.forEach((each, place) => {
    chart.append(svg("circle", { class: "dot", cx: x(place), cy: y(each.mean), r: 3 }, svg("title", {}, `${each.week} 起一周：${number(each.mean)} 分，${each.calls} 通`)));
    if (place % step === 0) chart.append(svg("text", { x: x(place), y: high - 10, "text-anchor": x(place) > wide - 40 ? "end" : "middle" }, each.week.slice(5)));
  });
  return chart;
}

/** Draw estimates with their intervals, one a line. */
function ranges(rows) {
  const wide = 640, line = 22;
  const low = Math.min(...rows.map((each) => each.low ?? each.value));
  const least = Math.max(0, Math.floor((low - 2) / 10) * 10);
  const x = (value) => 120 + (wide - 180) * ((Math.min(100, Math.max(least, value)) - least) / (100 - least || 1));
  const chart = svg("svg", { class: "chart", viewBox: `0 0 ${wide} ${rows.length * line + 24}`, role: "img", "aria-label": "各坐席估计均分和区间" });
  chart.style.height = `${rows.length * line + 24}px`;
  rows.forEach((each, place) => {
    const y = place * line + 14;
    chart.append(svg("text", { x: 4, y: y + 4 }, `${each.agent_id || "未知"}（${each.n} 通）`), svg("text", { x: wide - 50, y: y + 4 }, number(each.value)));
    if (each.low !== null) chart.append(svg("line", { class: "range", x1: x(each.low), x2: x(each.high), y1: y, y2: y }));
    chart.append(svg("circle", { class: "dot", cx: x(each.value), cy: y, r: 4 }));
  });
  chart.append(svg("text", { x: 120, y: rows.length * line + 20 }, String(least)), svg("text", { x: wide - 70, y: rows.length * line + 20 }, "100"));
  return chart;
}

const query = (more = {}) => {
  const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
  return new URLSearchParams({ ...values, ...more });
};

async function drill(title, more) {
  const { items } = await ask("GET", `/api/qa/report/calls?${query(more)}`);
  $("drill-title").textContent = `${title}：${items.length === 200 ? "最近 200" : items.length} 通`;
  $("drill-rows").replaceChildren(...items.map((each) => row([explained(each.call_id), each.day, each.agent_id || "—", number(each.total), each.grade], { 3: "现分" })));
  $("drill").showModal();
}

function linked(words, job) {
  const button = make("button", { type: "button", class: "link" }, words);
  button.addEventListener("click", () => job().catch((error) => toast(error.message)));
  return button;
}

const table = (heads, rows) => make("div", { class: "scroll" }, make("table", { class: "list" }, make("thead", {}, make("tr", {}, ...heads.map((name, place) => make("th", { scope: "col", class: place ? "number" : null }, name)))),
  make("tbody", {}, ...rows.map((cells) => row(cells, Object.fromEntries(heads.map((name, place) => [place, place ? name : null])))))));
const card = (title, note, ...content) => make("section", { class: "card" }, make("h2", {}, title), note ? make("p", { class: "soft small" }, note) : null, ...content);
const scores = (each) => [String(each.calls), number(each.mean, 2), percent(each.pass_rate), String(each.fatal), each.calmer.value === null ? "—" : `${percent(each.calmer.value)}（${span(each.calmer)}）`];
const HEADS = ["通话", "平均分", "合格率", "一票否决", "结束时更平静"];

function show(told) {
  const { whole } = told;
  const figure = (name, value) => make("div", {}, make("dt", {}, name), make("dd", {}, value));
  const { ranking } = told.sample;
  const parts = [make("dl", { class: "figures six" }, figure("评分通话", String(whole.calls)), figure("平均分", number(whole.mean)), figure("合格率", percent(whole.pass_rate)), figure("一票否决", String(whole.fatal)),
    figure("结束时更平静", percent(whole.calmer.value)), figure("开始就激动的，后来缓和", percent(whole.upset_eased.value)))];
  parts.push(make("div", { class: "two" },
    card("每周趋势", "折线是平均分，柱是通话量。", trend(told.trend)),
    card("抽检排名（估计均分）", "只用已全部复核的随机抽检，按抽中概率加权；横条是 95% 区间，区间相叠的不分高下。",
      ranking.length ? ranges(ranking) : make("p", { class: "soft" }, told.draws.unfinished.length ? `随机抽检“${told.draws.unfinished.join("”“")}”还没有全部复核完。` : "这段时间没有完成的随机抽检。"),
      make("p", { class: "soft small" }, `随机抽检 ${told.draws.random} 通，按风险抽检 ${told.draws.risk} 通（只看数量，不作评比）。`))));
  parts.push(card("坐席", "全部已评分通话的机评与复核结果，按工号排列，不作排名。", table(["坐席", ...HEADS], told.agents.map((each) => [linked(each.agent_id || "未知", () => drill(`坐席 ${each.agent_id}`, { agent_id: each.agent_id })), ...scores(each)]))));
  if (told.teams.length > 1 || told.teams[0]?.team) parts.push(card("班组", "", table(["班组", ...HEADS], told.teams.map((each) => [each.team ? linked(each.team_name, () => choose("team", each.team)) : "未分组", ...scores(each)]))));
  parts.push(make("div", { class: "two" },
    card("失分最多的评分项", "", table(["评分项", "评到", "失分率", "每通失分"], told.items.filter((each) => each.lost > 0).slice(0, 15).map((each) => [linked(set(each.title), () => drill(set(each.title), { item: each.item })), String(each.calls), percent(each.lost), number(each.lost_points, 2)]))),
    card("最常见的问题", "", table(["规则", "通话", "发现", "占比"], told.rules.slice(0, 15).map((each) => [linked(set(each.title), () => drill(set(each.title), { rule: each.rule })), String(each.calls), String(each.findings), percent(each.share)])))));
  if (told.phrases.all) {
    parts.push(card("客户激动时，坐席说了什么之后缓和", `这里只是先后关系，不代表因果。${told.phrases.all.value === null ? "" : `所有这类答话之后缓和的占 ${percent(told.phrases.all.value)}（${span(told.phrases.all)}）；`}说过不到 5 次的不列。`,
      told.phrases.phrases.length ? table(["坐席的话", "说过", "随后缓和", "占比", "95% 区间"], told.phrases.phrases.map((each) => [each.phrase, String(each.said), String(each.eased), percent(each.value), span(each)])) : make("p", { class: "soft" }, "次数还不够。")));
  }
  $("page").replaceChildren(...parts);
  $("state").textContent = told.closed_at ? "已月结，成绩不再变动" : "";
}

function choose(name, value) {
  form.elements[name].value = value;
  return load();
}

/** Offer whose calls may be asked for; the teams one leads come first. */
async function offerPlaces() {
  if (!form.elements.team) return;
  const { teams, lines, channels } = await ask("GET", "/api/qa/places");
  const option = (value, words) => make("option", { value }, words);
  const own = teams.filter((each) => each.mine), others = teams.filter((each) => !each.mine);
  const group = (label, some) => (some.length ? [make("optgroup", { label }, ...some.map((each) => option(each.team, each.name)))] : []);
  form.elements.team.append(...(own.length ? [...group("我的班组", own), ...group("其他班组", others)] : others.map((each) => option(each.team, each.name))));
  form.elements.business_line.append(...lines.map((each) => option(each.line, each.name)));
  form.elements.channel.append(...channels.map((each) => option(each, CHANNEL[each] ?? each)));
}

const look = latest(() => ask("GET", `/api/qa/report?${query()}`), show);

/** Say what the figures are about, for paper. */
function described() {
  const { since, until } = form.elements;
  const narrowed = ["agent_id", "team", "business_line", "channel"].filter((name) => form.elements[name]?.value)
    .map((name) => `${form.elements[name].labels[0].firstChild.textContent.trim()} ${form.elements[name].selectedOptions?.[0].textContent ?? form.elements[name].value}`);
  const months = since.value === until.value ? since.value : `${since.value} 至 ${until.value}`;
  return [`期间 ${months}`, ...narrowed, `打印于 ${new Date().toLocaleDateString("zh-CN")}`].join(" · ");
}

async function load() {
  const month = new Date().toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" }).slice(0, 7);
  if ($("close")) $("close").hidden = form.elements.since.value >= month; // only a month that is over can be closed
  $("period").textContent = described();
  $("xlsx").href = `/api/qa/report.xlsx?${query()}`;
  try { await look(); } catch (error) { $("state").textContent = error.message; }
}

async function begin() {
  const now = new Date();
  const current = `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}`;
  const { months } = await ask("GET", `/api/qa/report?since=${current}`);
  const all = months?.length ? months : [{ month: current, closed: false }];
  await offerPlaces();
  for (const name of ["since", "until"]) form.elements[name].append(...all.map((each) => make("option", { value: each.month }, `${each.month}${each.closed ? "（已月结）" : ""}`)));
  await load();
}

form.addEventListener("submit", (event) => { event.preventDefault(); load(); });
$("print").addEventListener("click", () => window.print());
$("drill-close").addEventListener("click", () => $("drill").close());
$("close")?.addEventListener("click", async () => {
  const month = form.elements.since.value;
  if (await asked(`月结 ${month} 之后，这个月的成绩不能再改。继续吗？`, { yes: "月结" }) === null) return;
  try { await ask("POST", `/api/qa/months/${month}/close`); toast(`${month} 已月结`); location.reload(); } catch (error) { toast(error.message); }
});
begin();
