// Role-play: choose a scenario, talk to the simulated customer, end with the debrief.

import { $, ask, make, set } from "/static/common.js";
import { clock, drawCurve, drawMood, kind, sessionRow, stars } from "/static/practice_common.js";
import { canSpeak, hush, microphone, speak } from "/static/speech.js";

const asked = new URLSearchParams(location.search);
const ALOUD = "aloud";
let offered = [];
let session = null;
let busy = false;

const complain = (error) => { $("problem").textContent = error.message; $("problem").hidden = false; };
const calm = () => { $("problem").hidden = true; };

function card(scenario) {
  const done = scenario.best === null ? "还没练过" : `练过 ${scenario.tries} 次，最好 ${scenario.best} 分`;
  return make("li", {}, make("button", { type: "button", onclick: () => begin({ scenario: scenario.id }) },
    make("span", { class: "between" }, make("span", { class: "soft small" }, scenario.trade_name), stars(scenario.difficulty)),
    make("b", {}, scenario.title),
    make("span", { class: "soft small" }, `${scenario.outbound ? "您打给" : "来电："}${scenario.customer} · ${kind(scenario)}`),
    make("span", { class: "soft small" }, done, scenario.released ? null : make("span", { class: "tag hint" }, "未发布"))));
}

function list() {
  const wanted = Object.fromEntries(new FormData($("filter")));
  const shown = offered.filter((each) => (!wanted.trade || each.trade === wanted.trade)
    && (!wanted.difficulty || each.difficulty === Number(wanted.difficulty))
    && (!wanted.type || [each.type, each.case].includes(wanted.type)));
  $("scenarios").replaceChildren(...shown.map(card));
  $("count").textContent = `${shown.length} 个`;
  $("none").hidden = shown.length > 0;
}

function fill(name, pairs) {
  const options = [...new Map(pairs)].map(([value, word]) => make("option", { value }, word));
  $("filter").elements[name].append(...options);
}

async function choose() {
  offered = await ask("GET", "/api/practice/scenarios");
  fill("trade", offered.map((each) => [each.trade, each.trade_name]));
  fill("type", [...offered.map((each) => [each.type, each.type_name]),
    ...offered.filter((each) => each.case).map((each) => [each.case, each.case_name])]);
  list();
  const mine = await ask("GET", "/api/practice/sessions?limit=12");
  $("mine").replaceChildren(...mine.items.map((each) => sessionRow(each, false)));
  $("no-mine").hidden = mine.items.length > 0;
  const others = await ask("GET", "/api/practice/sessions?limit=30&whose=others");
  const { name } = await ask("GET", "/api/session");
  const theirs = others.items.filter((each) => each.learner !== name);
  $("theirs").replaceChildren(...theirs.map((each) => sessionRow(each, true)));
  $("others").hidden = theirs.length === 0;
}

function row(role, text, name) {
  const line = make("li", { class: role }, name ? make("b", { class: "role" }, name) : null, make("bdi", { class: "said" }, text));
  $("turns").append(line);
  $("turns").scrollTop = $("turns").scrollHeight;
  return line;
}

function show(opened, since) {
  const { scenario } = opened;
  session = { number: opened.number, began: performance.now() - since * 1000, scenario, curve: [], over: false };
  $("choose").hidden = true;
  $("ways").hidden = true;
  $("call").hidden = false;
  $("heading").textContent = "陪练";
  $("call-title").textContent = scenario.title;
  $("who-is").textContent = `${scenario.trade_name} · ${kind(scenario)}`;
  $("briefing").textContent = scenario.briefing;
  $("limit").textContent = `客户最多等 ${Math.round(scenario.limit_s / 60)} 分钟`;
  $("turns").replaceChildren();
  const role = `您是${scenario.company}工号 ${scenario.agent_id}。`;
  row("note", `${role}${scenario.outbound ? "您打给客户，请先开口。" : "电话接通了，请先开口。"}`);
  $("text").focus();
}

function felt(answer) {
  session.curve.push(answer);
  drawMood(answer.emotion, answer.intensity);
  drawCurve($("curve"), session.curve);
}

async function begin(wanted) {
  if (busy) return;
  busy = true;
  calm();
  try {
    const course = Number(asked.get("course"));
    const opened = await ask("POST", "/api/practice/sessions", course ? { ...wanted, course } : wanted);
    $("cost").textContent = String(opened.hint_cost);
    show(opened, 0);
  } catch (error) { complain(error); }
  busy = false;
}

/** Go on with a session that was left. */
async function resume(number) {
  const told = await ask("GET", `/api/practice/sessions/${number}`);
  if (told.ended_at !== null) { location.replace(`/practice/sessions/${number}`); return; }
  show({ number, scenario: told.scenario_view }, told.exchanges.at(-1)?.at_s ?? 0);
  for (const each of told.exchanges) {
    row("agent", each.text, "您");
    row("customer", each.reply, told.scenario_view.customer);
    felt(each);
  }
}

function over() {
  session.over = true;
  row("note", "客户结束了通话。");
  $("text").disabled = true;
  $("send").disabled = true;
  $("hint").disabled = true;
  $("end").textContent = "看复盘";
  $("end").className = "primary";
  $("end").focus();
}

async function say() {
  const text = $("text").value.trim();
  if (!text || busy || session.over) return;
  busy = true;
  calm();
  hush();
  const mine = row("agent", text, "您");
  $("text").value = "";
  $("send").disabled = true;
  $("case").open = false;
  const at = $("clock").checked ? { at_s: Math.round((performance.now() - session.began) / 100) / 10 } : {};
  try {
    const answer = await ask("POST", `/api/practice/sessions/${session.number}/turns`, { text, ...at });
    row("customer", answer.text, session.scenario.customer);
    felt(answer);
    if ($("aloud").checked) speak(answer.text, answer.intensity);
    $("send").disabled = false;
    if (answer.over) over();
  } catch (error) {
    mine.remove();
    $("text").value = text;
    $("send").disabled = false;
    complain(error);
  }
  busy = false;
  if (!session.over) $("text").focus();
}

async function hint() {
  if (busy || session.over) return;
  busy = true;
  calm();
  try {
    const told = await ask("POST", `/api/practice/sessions/${session.number}/hint`);
    row("hint", set(told.text), "可以这样说");
    $("hints").textContent = `用了 ${told.hints} 次提示，扣 ${told.cost} 分`;
  } catch (error) { complain(error); }
  busy = false;
  $("text").focus();
}

async function end() {
  if (busy) return;
  if (session.curve.length === 0) { location.assign("/practice"); return; }
  busy = true;
  calm();
  hush();
  $("end").disabled = true;
  try {
    await ask("POST", `/api/practice/sessions/${session.number}/end`);
    location.assign(`/practice/sessions/${session.number}`);
  } catch (error) {
    $("end").disabled = false;
    complain(error);
  }
  busy = false;
}

setInterval(() => {
  if (!session || session.over) return;
  const gone = (performance.now() - session.began) / 1000;
  $("time").textContent = clock(gone);
  $("time").classList.toggle("late", gone > session.scenario.limit_s);
}, 250);

$("filter").addEventListener("change", list);
$("say").addEventListener("submit", (event) => { event.preventDefault(); say(); });
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); say(); }
});
$("hint").addEventListener("click", hint);
$("end").addEventListener("click", end);
document.addEventListener("keydown", (event) => {
  if (!session || !event.altKey || event.ctrlKey || event.metaKey) return;
  const wanted = { KeyH: "hint", KeyE: "end", KeyM: "mic" }[event.code];
  if (wanted && !$(wanted).hidden) { event.preventDefault(); $(wanted).click(); }
});
microphone($("mic"), (words, final) => {
  $("text").value = words;
  if (final) $("text").focus();
});
if (canSpeak) {
  $("aloud-label").hidden = false;
  $("aloud").checked = localStorage.getItem(ALOUD) === "yes";
  $("aloud").addEventListener("change", () => {
    localStorage.setItem(ALOUD, $("aloud").checked ? "yes" : "no");
    if (!$("aloud").checked) hush();
  });
}

if (asked.get("session")) resume(Number(asked.get("session"))).catch(complain);
else if (asked.get("scenario")) {
  const seed = asked.get("seed");
  begin({ scenario: asked.get("scenario"), ...(seed === null ? {} : { seed: Number(seed) }) });
} else choose().catch(complain);
