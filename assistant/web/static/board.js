// The supervisors' board: follows the stream, and shows calls by need for help.

import { $, EMOTIONS, ORIGINS, agent, ask, asked, make, set, tag, toast } from "/static/common.js";

const since = (text) => {
  const seconds = Math.max(0, Math.floor((Date.now() - new Date(text)) / 1000));
  return `${Math.floor(seconds / 60)} 分 ${String(seconds % 60).padStart(2, "0")} 秒`;
};

const COUNTED = ["live", "import", "chat"];

/** The button that ends a call whose connection is gone. */
function ending(call) {
  const button = make("button", { type: "button", class: "end" }, "结束并评分");
  button.addEventListener("click", async () => {
    if (await asked("这通电话的连接已经断开。现在结束吗？结束后按现有内容评分，不能再接续。", { yes: "结束并评分" }) === null) return;
    try {
      const { outcome } = await ask("POST", "/api/live/end", { call_id: call.call_id });
      toast(outcome === "dropped" ? "通话没有内容，已清除" : "已结束");
    } catch (error) { toast(error.message); }
  });
  return button;
}

function row(call) {
  const { emotion, alert, worst, findings } = call.pulse;
  const level = call.interrupted ? "gone" : call.need >= 60 ? "high" : call.need >= 30 ? "middle" : "low";
  return make("li", { class: `call ${level}` },
    make("a", { href: `/calls/${encodeURIComponent(call.call_id)}`, class: "open" },
      make("b", {}, call.agent_id ? `坐席 ${agent(call.agent_id, call.agent_name)}` : "坐席未知"),
      make("span", { class: "soft small" }, `${ORIGINS[call.origin]}${COUNTED.includes(call.origin) ? "" : "（不计入统计）"} · ${call.turns} 句 · ${since(call.started_at)}`)),
    call.interrupted ? make("div", {}, make("b", {}, "连接中断")) : make("div", { class: "need" }, make("span", { class: "soft small" }, "需要支援"), make("b", {}, String(call.need)),
      make("span", { class: `meter ${level}`, "aria-hidden": "true" }, make("i", { "data-share": String(call.need) }))),
    make("div", {}, make("span", { class: "soft small" }, "客户 "), make("b", {}, emotion ? EMOTIONS[emotion.label] : "—")),
    make("div", {}, worst ? tag(worst) : "", worst ? make("span", { class: "soft small" }, ` ${findings} 条发现`) : ""),
    make("div", { class: "warning" }, ...(call.interrupted ? [ending(call)] : [alert ? `预警：${set(alert)}` : ""])));
}

function show(board) {
  $("running").textContent = board.today.running;
  const { practice, interrupted } = board.today;
  $("beside").textContent = [practice ? `另有示例、练习 ${practice} 通` : "", interrupted ? `连接中断 ${interrupted} 通` : ""].filter(Boolean).join("，");
  $("calls").textContent = board.today.calls;
  $("mean").textContent = board.today.mean ?? "—";
  $("grave").textContent = board.today.grave;
  const focused = document.activeElement?.getAttribute("href");
  $("list").replaceChildren(...board.calls.map(row));
  for (const bar of $("list").querySelectorAll("[data-share]")) bar.style.width = `${bar.dataset.share}%`;
  if (focused) $("list").querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  $("none").hidden = board.calls.length > 0;
  if (board.teams !== null) $("whose").hidden = false; // who leads teams may look at all calls, and back
}

let stream = null;

function follow(whose) {
  stream?.close();
  stream = new EventSource(`/api/board/stream?teams=${whose}`);
  stream.onopen = () => { $("state").textContent = "实时更新"; };
  stream.onmessage = (message) => show(JSON.parse(message.data));
  stream.onerror = (event) => {
    if (event.target.readyState === EventSource.CLOSED) location.assign("/login"); // refused: nobody is signed in any more
    $("state").textContent = "连接断开，正在重连…";
  };
}

for (const button of $("whose").children) {
  button.addEventListener("click", () => {
    for (const each of $("whose").children) each.setAttribute("aria-pressed", String(each === button));
    follow(button.value);
  });
}
follow("mine");
