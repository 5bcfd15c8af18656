// The assistant's panel: asks the API, shows answers with their buttons; knows the call on the screen.

import { $, ask, make, set, toast } from "/static/common.js";

const CALL = /^\/calls\/(.+)$/;
const HELLO = "您好，可以问我：一句话能不能说、下一步怎么接、忌语、时限、流程。通话中问“下一步说什么”，我会看着这通电话答。";
let waiting = false;

/** The call on the screen: the one under way on the desk, or the one whose page this is. */
function callId() {
  const page = location.pathname.match(CALL);
  return document.body.dataset.call || (page ? decodeURIComponent(page[1]) : null);
}

function add(text, mine, buttons = []) {
  const item = make("li", { class: mine ? "mine" : "" }, mine ? text : set(text));
  if (buttons.length) {
    const row = make("div", { class: "actions" });
    for (const { title, payload } of buttons) {
      const button = make("button", { type: "button" }, title);
      button.addEventListener("click", () => send(payload, title));
      row.append(button);
    }
    item.append(row);
  }
  $("chat-log").append(item);
  item.scrollIntoView({ block: "nearest" });
}

async function send(text, shown = text) {
  if (waiting) return;
  waiting = true;
  add(shown, true);
  try {
    const answer = await ask("POST", "/api/chat", { text, call_id: callId() });
    for (const message of answer.messages) add(message.text, false, message.buttons);
  } catch (error) {
    toast(error.message);
  } finally {
    waiting = false;
  }
}

function open(shown) {
  $("chat").hidden = !shown;
  $("chat-open").hidden = shown;
  $("chat-open").setAttribute("aria-expanded", String(shown));
  if (!shown) { $("chat-open").focus(); return; }
  if (!$("chat-log").children.length) add(HELLO, false);
  $("chat-text").focus();
}

$("chat-open").addEventListener("click", () => open(true));
$("chat-close").addEventListener("click", () => open(false));
$("chat").addEventListener("keydown", (event) => { if (event.key === "Escape") open(false); });
$("chat-new").addEventListener("click", async () => {
  try {
    await ask("DELETE", "/api/chat");
    $("chat-log").replaceChildren();
    add(HELLO, false);
  } catch (error) { toast(error.message); }
});
$("chat-say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("chat-text").value.trim();
  if (!text || waiting) return;
  $("chat-text").value = "";
  send(text);
});
