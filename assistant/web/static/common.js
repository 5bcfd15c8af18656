// What every page needs: asking the API, building elements, words for what the wire says.

export const EMOTIONS = {
  calm: "平静", anxious: "焦虑", dissatisfied: "不满", angry: "生气", furious: "愤怒",
  disappointed: "失望", satisfied: "满意", grateful: "感谢",
};
export const SEVERITIES = { hint: "提示", minor: "轻微", major: "严重", fatal: "致命" };
export const ROLES = { agent: "坐席", customer: "客户", bot: "机器人", system: "系统" };
export const ORIGINS = { live: "实时", import: "导入", practice: "练习", simulator: "模拟", chat: "在线" };
export const STEP = {
  done: "已完成", missing: "缺少", out_of_order: "顺序不对", late: "晚了", repeated: "重复",
  regressed: "倒退", pending: "未到", not_applicable: "不适用",
};

export const $ = (id) => document.getElementById(id);

/** Make an element: properties, then children; texts are only ever texts. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const FULL = { ",": "，", ":": "：", ";": "；", "?": "？", "!": "！" };

/** Set our own words as Chinese is printed: full-width signs after a Chinese character. What was said stays as it is. */
export const set = (text) => text.replace(/(?<=[\p{Script=Han}”’）」》])[,:;?!]/gu, (sign) => FULL[sign]);

const underWay = new Map();

/** Ask the API; throws an Error with the problem's detail. A change asked for twice before it is answered is one. */
export function ask(method, path, body) {
  if (method === "GET" || body instanceof FormData) return fetched(method, path, body);
  const change = `${method} ${path} ${JSON.stringify(body)}`;
  if (!underWay.has(change)) underWay.set(change, fetched(method, path, body).finally(() => underWay.delete(change)));
  return underWay.get(change);
}

async function fetched(method, path, body) {
  const headers = { "X-CSRF-Token": document.querySelector("meta[name=csrf]").content };
  const whole = body === undefined || body instanceof FormData;
  if (!whole) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: whole ? body : JSON.stringify(body) });
  if (answer.status === 204) return null;
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    if (answer.status === 401 && !path.startsWith("/api/session")) location.assign("/login");
    throw Object.assign(new Error(told.detail || `服务器没有回应（${answer.status}）`), told);
  }
  return told;
}

/** Return what does one job after another: each begins when the one before has ended, well or not. */
export function inTurn() {
  let last = Promise.resolve();
  return (job) => {
    const done = last.then(job);
    last = done.catch(() => null);
    return done;
  };
}

/** Return what looks and then shows what it found, unless it was asked to look again meanwhile. */
export function latest(look, show) {
  let count = 0;
  return async (...wanted) => {
    count += 1;
    const mine = count;
    const found = await look(...wanted);
    if (mine === count) await show(found, ...wanted);
  };
}

/** Say who an agent is: the name, where the organisation knows it, and the id. */
export const agent = (id, name) => (name ? `${name}（${id}）` : id);

/** Say how a call stands, and whether it came to a proper end. */
export function standing({ status, interrupted }) {
  if (status === "running") return interrupted ? "连接中断" : "进行中";
  return interrupted ? "已结束（未正常挂断）" : "已结束";
}

export function toast(text) {
  $("toast").textContent = text;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { $("toast").textContent = ""; }, 3000);
}

/** Ask in a dialog, with a field for words where `field` names one; resolves to the words, or "" for yes; null for no. */
export function asked(title, { field = null, yes = "确定" } = {}) {
  return new Promise((resolve) => {
    const words = field ? make("textarea", { name: "words", rows: "3", maxlength: "2000", required: true }) : null;
    const no = make("button", { type: "button" }, "取消");
    const form = make("form", { class: "asking" }, make("p", {}, make("b", {}, title)),
      words ? make("label", {}, field, words) : null,
      make("div", { class: "actions" }, make("button", { class: "primary", type: "submit" }, yes), no));
    const dialog = make("dialog", { class: "ask", "aria-label": title }, form);
    let answer = null;
    form.addEventListener("submit", (event) => { event.preventDefault(); answer = words ? words.value.trim() : ""; if (words && !answer) return; dialog.close(); });
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); resolve(answer || (words ? null : answer)); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

const HOUSE = { timeZone: "Asia/Shanghai", hour12: false };

/** A moment in the house's time, whatever the zone of the browser: month, day, hour, minute. */
export const moment = (text) =>
  new Date(text).toLocaleString("zh-CN", { ...HOUSE, month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });

/** The same to the second, with its year. */
export const instant = (text) => new Date(text).toLocaleString("zh-CN", HOUSE);

/** Its hour and minute alone. */
export const clock = (text) => new Date(text).toLocaleTimeString("zh-CN", { ...HOUSE, hour: "2-digit", minute: "2-digit" });

/** The beginning of a day (2026-11-03) in the house's time, or of one some days later, as the API takes it. */
export const dayBegins = (day, later = 0) => new Date(Date.parse(`${day}T00:00:00+08:00`) + later * 864e5).toISOString();

export function tag(severity) {
  return make("span", { class: `tag ${severity}` }, SEVERITIES[severity]);
}

$("sign-out")?.addEventListener("click", async () => {
  await ask("DELETE", "/api/session");
  location.assign("/login");
});
