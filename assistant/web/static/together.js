// The classroom exercise: one plays the customer, one the agent, the others watch and mark.

import { $, ask, make, moment, set, tag } from "/static/common.js";
import { clock } from "/static/practice_common.js";
import { microphone } from "/static/speech.js";

const PARTS = { agent: "坐席", customer: "客户", observer: "旁听" };
const STATES = { waiting: "等人到齐", talking: "演练中", over: "时间到", ended: "已结束" };
const LOOK_MS = 1000;
let room = null;
let seen = 0;
let until = 0;
let chosen = null;
let ending = false;

const complain = (error) => { $("problem").textContent = error.message; $("problem").hidden = false; };
const calm = () => { $("problem").hidden = true; };
const path = (more = "") => `/api/classrooms/${room.code}${more}`;

/** Ask for a change of the room, and show what came of it. */
async function change(more, body) {
  calm();
  try { draw(await ask("POST", path(more), body)); return true; } catch (error) { complain(error); return false; }
}

function remarks(place) {
  return room.marks.filter((mark) => mark.turn === place).map((mark) =>
    make("span", { class: `remark ${mark.good ? "good" : "wrong"}` }, `${mark.good ? "✓" : "✗"} ${mark.text}（${mark.by}）`));
}

function turnRow(turn, place) {
  const marking = room.part === "observer" || room.state === "ended";
  return make("li", { class: turn.role, id: `t${place}`, "aria-current": place === chosen },
    make("b", { class: "role" }, `${PARTS[turn.role]} ${clock(turn.at_s)}`), make("bdi", { class: "said" }, turn.text), ...remarks(place),
    marking ? make("button", { type: "button", class: "quiet", "aria-label": `记录第 ${place + 1} 句`, onclick: () => aim(place) }, "记一笔") : null);
}

function aim(place) {
  chosen = place;
  $("mark-text").placeholder = place === null ? "先点一句话，再记下看到的问题" : `记下第 ${place + 1} 句的问题`;
  $("mark-text").focus();
}

function drawCase() {
  const { case: told } = room;
  if (!told) return;
  const lines = [told.briefing];
  if (told.story) lines.push(told.story, `客户是${told.type_name}。`);
  if (room.part === "agent" && room.state !== "ended") lines.push(`您是${told.company}工号 ${told.agent_id}。${told.outbound ? "您打给客户，请先开口。" : "客户打进来，请先问候。"}`);
  if (told.facts) lines.push(`知道的事：${told.facts.join("")}`, `想要的：${told.demands.join("退一步：")}`);
  $("brief").replaceChildren(...lines.map((line) => make("p", {}, line)));
}

function drawReview() {
  const { review } = room;
  $("review").hidden = review === null;
  if (review === null) return;
  const { score, findings } = review.report;
  $("score").textContent = score ? `${score.total} / ${score.max}` : "太短";
  $("must").replaceChildren(...review.must.map((one) => make("li", { class: one.done ? "met" : "missed" },
    make("span", { class: "tick" }, one.done ? "✓" : "✗"), make("span", {}, one.what))));
  $("unasked").replaceChildren(...review.unasked.map((one) => make("li", {}, one.ask)));
  $("weak").replaceChildren(...(review.weak ?? []).map((each) => make("li", {},
    make("a", { href: `#t${each.turn}` }, `第 ${each.turn + 1} 句`), " ", set(each.why), ...each.better.map((text) => make("p", { class: "better" }, set(text))))));
  $("weak-card").hidden = (review.weak ?? []).length === 0;
  $("findings").replaceChildren(...findings.map((each) => make("li", { class: each.severity },
    make("div", {}, tag(each.severity), " ", make("a", { href: `#t${each.turn}` }, `第 ${each.turn + 1} 句`), " ", set(each.message)),
    each.suggestion ? make("p", { class: "better" }, "建议：", set(each.suggestion)) : null)));
  if (!findings.length) $("findings").replaceChildren(make("li", { class: "empty" }, "没有发现问题。"));
}

function draw(told) {
  if (room?.code === told.code && told.revision < seen) return; // an answer that was long on its way
  const more = room === null || told.turns.length !== room.turns?.length;
  room = told;
  seen = told.revision;
  until = performance.now() + told.left_s * 1000;
  $("lobby").hidden = true;
  $("room").hidden = false;
  $("code-shown").hidden = false;
  $("code").textContent = told.code;
  $("people").textContent = told.people.map((each) => `${PARTS[each.part]} ${each.name}`).join("，");
  $("parts-card").hidden = told.state !== "waiting" && told.part !== null;
  for (const button of $("parts").children) button.setAttribute("aria-pressed", String(button.dataset.part === told.part));
  $("stage").hidden = told.part === null;
  $("stage-title").textContent = told.title;
  $("who-is").textContent = [told.part ? `您：${PARTS[told.part]}` : null, ...told.people.filter((each) => each.part !== "observer").map((each) => `${PARTS[each.part]} ${each.name}`)].filter(Boolean).join(" · ");
  $("state").textContent = STATES[told.state];
  $("turns").replaceChildren(...told.turns.map(turnRow));
  if (more) $("turns").scrollTop = $("turns").scrollHeight;
  $("say").hidden = told.state !== "talking" || told.part === "observer";
  $("mark").hidden = !(told.part === "observer" || told.state === "ended");
  $("start").hidden = told.state !== "waiting" || !["agent", "customer"].every((part) => told.people.some((each) => each.part === part));
  $("end").hidden = !["talking", "over"].includes(told.state) || (told.part === "observer" && told.state === "talking");
  const general = told.marks.filter((mark) => mark.turn === null);
  $("marks-card").hidden = general.length === 0;
  $("marks").replaceChildren(...general.map((mark) => make("li", {}, make("span", { class: `remark ${mark.good ? "good" : "wrong"}` }, `${mark.good ? "✓" : "✗"} ${mark.text}（${mark.by}）`))));
  drawCase();
  drawReview();
}

async function enter(code) {
  calm();
  try {
    draw(await ask("GET", `/api/classrooms/${code}`));
    history.replaceState(null, "", `?code=${code}`);
  } catch (error) { complain(error); }
}

async function look() {
  if (room && room.state !== "ended") {
    try {
      const told = await ask("GET", path(`?since=${seen}`));
      if (told) draw(told);
    } catch { /* the next look may do better */ }
  }
  setTimeout(look, LOOK_MS);
}

setInterval(async () => {
  if (!room) return;
  const left = room.state === "talking" ? (until - performance.now()) / 1000 : room.left_s;
  $("time").textContent = clock(Math.ceil(left));
  $("time").classList.toggle("late", room.state === "talking" && left < 30);
  if (room.state === "talking" && left <= 0 && !ending && room.part !== "observer") {
    ending = true;
    await change("/end");
    ending = false;
  }
}, 250);

async function lobby() {
  const scenarios = await ask("GET", "/api/practice/scenarios");
  const offered = [...scenarios.filter((each) => each.released), ...scenarios.filter((each) => !each.released)];
  $("scenario").append(...offered.map((each) => make("option", { value: each.id }, `${each.trade_name}：${each.title}${each.released ? "" : "（未发布）"}`)));
  const rooms = await ask("GET", "/api/classrooms");
  $("rooms").replaceChildren(...rooms.map((each) => make("tr", {}, make("td", {}, make("a", { href: `?code=${each.code}` }, each.title)),
    make("td", {}, PARTS[each.role]), make("td", { class: "soft small" }, moment(each.made_at)))));
  $("no-rooms").hidden = rooms.length > 0;
}

$("join").addEventListener("submit", (event) => { event.preventDefault(); enter($("join-code").value); });
$("open").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const told = await ask("POST", "/api/classrooms", { scenario: $("scenario").value, limit_s: Number($("limit").value) });
    await enter(told.code);
  } catch (error) { complain(error); }
});
$("parts").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) change("/people", { part: button.dataset.part });
});
$("start").addEventListener("click", async () => { if (await change("/start")) $("text").focus(); });
$("end").addEventListener("click", () => change("/end"));
$("say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  if (!await change("/turns", { text })) $("text").value = text;
  $("text").focus();
});
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); $("say").requestSubmit(); }
});
$("mark").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("mark-text").value.trim();
  if (!text) return;
  if (await change("/marks", { turn: chosen, good: event.submitter?.value === "good", text })) {
    $("mark-text").value = "";
    aim(null);
  }
});
microphone($("mic"), (words, final) => { $("text").value = words; if (final) $("text").focus(); });

const code = new URLSearchParams(location.search).get("code");
if (code) enter(code);
lobby().catch(complain);
look();
