// The agents' desk: one's own call, sent by the phone system or typed here, or a sample; prompts with one-key copy.

import { $, ask, clock, make } from "/static/common.js";
import { Followed, Stream } from "/static/follow.js";
import { Prompts } from "/static/prompts.js";
import { CallView } from "/static/view.js";

const SPEED = 4.5; // characters a second, about how fast people speak on the phone
const RETRY_MS = 1000;
const KEPT = "huashu.call"; // what this tab types, for when it is loaded anew
const CHANNELS = {
  hotline: "热线", callback: "回访", chat: "在线客服", ecommerce: "电商", parking: "停车", salon: "门店", email: "邮件", online: "在线",
};
const ENDINGS = {
  4400: "已断开：服务器读不懂这条消息", 4401: "已断开：登录已失效，请重新登录", 4403: "已断开：没有权限",
  4409: "已断开：通话已在别处接续或结束", 4413: "已断开：这句话太长",
};
const samples = JSON.parse($("columns").dataset.samples);
const view = new CallView();
const calling = new URLSearchParams(location.search).get("callback"); // the callback this call is made for
const over = new Set(); // calls this page has seen the end of
let call = null; // typed here
let looked = null; // sent by others: looked at
let own = null; // the list; null: not known yet
let begun = 0; // when the call on the screen began

/** A call under way: sends in order, comes back after a dropped connection, sends again what wasn't stored. */
class Call {
  constructor(hello, known = null) {
    this.hello = hello;
    this.id = hello.call_id;
    this.seq = 0;
    this.last = known?.last ?? 0;
    this.waiting = new Map();
    this.early = []; // said before the server told which number the next one has
    this.over = false;
    this.ending = false;
    this.ready = false;
    this.prompts = known?.prompts ?? new Prompts(this.id);
    this.from = Date.now() - (known?.seconds ?? 0) * 1000;
    this.connect(known !== null);
  }

  connect(resume) {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
    this.socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify(resume ? { ...this.hello, resume_after: this.last } : this.hello));
      state("通话中", "on");
    };
    socket.onmessage = (message) => this.take(JSON.parse(message.data));
    socket.onclose = (event) => {
      this.ready = false;
      if (this.over || call !== this) return;
      if (event.code in ENDINGS) { this.stop(); state(ENDINGS[event.code], "bad"); return; }
      state("连接断开，正在重连…", "bad");
      setTimeout(() => { if (!this.over && call === this) this.connect(this.last > 0); }, RETRY_MS);
    };
  }

  take(event) {
    if (event.event_id <= this.last) return;
    this.last = event.event_id;
    if (event.type === "ack" && event.seq === null) this.greeted(event.data.next_seq);
    else if (event.type === "ack") {
      this.waiting.delete(event.seq);
      if (event.data.text !== undefined && call === this) view.reword(event.data.turn, event.data.text);
    }
    else if (event.type === "prompt") this.prompts.take(event.data);
    else if (event.type === "report") this.finish(event.data);
    if (call === this) view.take(event);
  }

  greeted(next) {
    this.seq = Math.max(this.seq, (next ?? 1) - 1);
    this.ready = true;
    for (const seq of [...this.waiting.keys()].sort((a, b) => a - b)) this.socket.send(this.waiting.get(seq));
    for (const turn of this.early.splice(0)) this.send(turn);
    if (this.ending) this.socket.send('{"type":"bye"}');
  }

  say(role, text) {
    const now = (Date.now() - this.from) / 1000 * pace();
    const turn = { role, text, final: true, start_s: Math.max(0, now - [...text].length / SPEED), end_s: now };
    view.addTurn(role, text);
    if (this.ready) this.send(turn);
    else this.early.push(turn);
  }

  send(turn) {
    this.seq += 1;
    const message = JSON.stringify({ type: "turn", seq: this.seq, id: `u${this.seq}`, ...turn });
    this.waiting.set(this.seq, message);
    if (this.ready) this.socket.send(message);
  }

  bye() {
    this.ending = true;
    if (this.ready) this.socket.send('{"type":"bye"}'); // else when the server has greeted and knows all that was said
  }

  finish(report) {
    over.add(this.id);
    this.stop();
    reported(this.id, report);
  }

  /** Let go of the call: it has ended, or goes on elsewhere. */
  stop() {
    this.over = true;
    this.socket.close();
    sessionStorage.removeItem(KEPT);
    typing(false);
    choose();
  }
}

const pace = () => Number($("pace").value);

function state(text, kind) {
  $("state").textContent = text;
  $("state").className = `state ${kind}`;
}

/** Say what became of a call, and lead to its report. */
function reported(id, report) {
  if (!report) state("已结束，没有内容，未保存", "");
  else state(report.status === "scored" ? `已结束，得分 ${report.score?.total ?? "—"}` : "已结束，未评分", "");
  $("report").href = calling ? `/callbacks/${calling}?${new URLSearchParams({ call: id })}` : `/calls/${encodeURIComponent(id)}`;
  $("report").textContent = calling ? "记录回访结果" : "查看报告";
  $("report").hidden = !report;
}

/** Let people type and end a call here, or begin one. */
function typing(may) {
  for (const id of ["play", "fresh", "sample"]) $(id).disabled = may;
  for (const element of [$("bye"), $("text"), $("role"), $("say").querySelector("button")]) element.disabled = !may;
}

/** Clear the screen for another call. */
function turnTo(id, since) {
  if (call && !call.over) call.stop();
  call = null;
  looked = null;
  begun = since;
  view.clear();
  $("report").hidden = true;
  $("source").hidden = true;
  document.body.dataset.call = id; // the assistant's panel asks about it
}

function keep(kept) {
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
}

function kept() {
  try { return JSON.parse(sessionStorage.getItem(KEPT)) ?? {}; } catch { return {}; }
}

function begin(meta, channel, origin, sample = null) {
  const chance = crypto.getRandomValues(new Uint32Array(4));
  const id = `desk-${[...chance].map((number) => number.toString(36)).join("")}`;
  turnTo(id, Date.now());
  keep({ id, sample, calling });
  call = new Call({ type: "hello", call_id: id, meta: { ...meta, channel }, origin });
  typing(true);
  stream.open();
  return call;
}

/** Look at a call that is sent by the phone system, or typed in another tab; `then` once what was said so far is there. */
function look(one, then = null) {
  turnTo(one.call_id, Date.parse(one.started_at));
  typing(false);
  const prompts = new Prompts(one.call_id);
  const followed = new Followed(one.call_id, view, (now) => {
    if (looked !== followed) return;
    if (then) { then(followed); return; }
    if (now.status === "ended") {
      over.add(one.call_id);
      prompts.clear();
      $("source").hidden = true;
      reported(one.call_id, followed.report);
      looked = null;
      stream.open();
    } else if (now.interrupted) state(one.typed ? "连接中断" : "连接中断，等话务系统重新接入", "bad");
    else state(one.typed ? "通话中（只读）" : "通话中（话务系统）", "on");
  }, prompts);
  looked = followed;
  if (!then) source(one);
  stream.open(followed);
}

/** Say where the call on the screen comes from, and whether one may type. */
function source(one) {
  const go = make("button", { type: "button" }, "在此继续输入");
  go.addEventListener("click", () => resume(one));
  $("source").replaceChildren(...(one.typed
    ? ["这通电话正在另一个页面里输入，这里只看。", go]
    : [make("b", {}, "话务系统来电"), "：通话内容自动出现，不用也不能在这里输入；提示照常使用。"]));
  $("source").hidden = false;
}

/** Go on typing a call that was begun at a page, and playing it where it is a sample this tab was playing. */
function resume(one) {
  const { id, sample } = kept();
  const mine = id === one.call_id ? sample : null;
  look(one, (followed) => {
    const seconds = (Date.now() - Date.parse(one.started_at)) / 1000;
    turned(followed);
    keep({ id: one.call_id, sample: mine, calling });
    call = new Call({ type: "hello", call_id: one.call_id, meta: {}, origin: one.origin }, { last: followed.last, prompts: followed.prompts, seconds });
    typing(true);
    stream.open();
    const played = samples.find((each) => each.id === mine);
    if (played) play(call, played, view.turns.length);
  });
}

function turned(followed) {
  looked = null;
  $("source").hidden = true;
  followed.told = () => {};
}

const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function play(mine, sample, from = 0) {
  for (const [role, text] of sample.turns.slice(from)) {
    await wait(([...text].length / SPEED / pace()) * 1000);
    if (mine !== call || mine.over || mine.ending) return;
    mine.say(role, text);
  }
  await wait(1500 / pace());
  if (mine === call && !mine.over) mine.bye();
}

$("play").addEventListener("click", () => {
  const sample = samples.find((each) => each.id === $("sample").value);
  play(begin(sample.meta, sample.channel, "simulator", sample.id), sample);
});

$("fresh").addEventListener("click", () => { begin({}, "hotline", "simulator"); $("text").focus(); });
$("bye").addEventListener("click", () => call?.bye());

$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text || !call || call.over) return;
  call.say($("role").value, text);
  $("text").value = "";
});

$("text").addEventListener("keydown", (event) => {
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    event.preventDefault();
    $("role").value = $("role").value === "agent" ? "customer" : "agent";
  }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || (event.target.matches("input, select, textarea") && !event.altKey)) return;
  const copy = document.querySelector(`.copy[data-n="${CSS.escape(event.key)}"]`);
  if (!copy) return;
  event.preventDefault();
  copy.click();
});

setInterval(() => {
  if (!looked && (!call || call.over)) return;
  const seconds = Math.max(0, Math.floor((Date.now() - begun) / 1000));
  $("clock").textContent = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}, 500);

/** Show one's other running calls, to turn to one of them. */
function choose() {
  if (own === null) return;
  const here = call && !call.over ? call.id : looked?.id;
  const others = own.filter((each) => each.call_id !== here && !over.has(each.call_id));
  $("own").hidden = others.length === 0;
  $("own-title").textContent = here ? "您的其他进行中通话" : "您有进行中的通话，请选择";
  $("own-list").replaceChildren(...others.map((each) => {
    const button = make("button", { type: "button", class: each.interrupted ? "off" : null },
      `${clock(each.started_at)} 开始 · ${each.typed ? "本页输入" : `话务系统 · ${CHANNELS[each.channel] ?? each.channel}`} · ${each.turns} 句${each.interrupted ? " · 连接中断" : ""}`);
    button.addEventListener("click", () => { (each.typed && each.interrupted ? resume : look)(each); choose(); });
    return make("li", {}, button);
  }));
}

/** Show the call that goes on, which nobody chose: what became of the one before stays within reach. */
function turnToNext(one) {
  const before = $("report").hidden ? null : `上一通${$("state").textContent}：${$("report").textContent}`;
  look(one);
  if (!before) return;
  $("report").textContent = before;
  $("report").hidden = false;
}

/** Take the list of one's own running calls; open the one that is to be seen. */
function listed(calls) {
  const first = own === null;
  own = calls;
  if (!looked && (!call || call.over)) {
    const mine = kept();
    const left = calls.find((each) => each.typed && !over.has(each.call_id)
      && (each.call_id === mine.id || (first && each.interrupted && !calling)));
    const living = calls.filter((each) => !each.interrupted && !over.has(each.call_id));
    if (left && (!calling || mine.calling === calling)) resume(left);
    else if (calling && first) { start(); return; }
    else if (living.length === 1) turnToNext(living[0]);
  }
  choose();
}

async function start() {
  const { call: opening } = await ask("GET", `/api/callbacks/${encodeURIComponent(calling)}`);
  begin(opening.meta, opening.channel, "live");
  $("role").value = "agent";
  $("text").focus();
}

const stream = new Stream(listed, async () => {
  if (looked) { over.add(looked.id); looked = null; state("这通电话已不在", ""); } // deleted, or no longer one's own
  await ask("GET", "/api/live/calls"); // whoever is signed out is led to the sign-in
  setTimeout(() => stream.open(), RETRY_MS);
});
stream.open();
