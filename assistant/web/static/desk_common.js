// What the pages of the complaint desk share: titles, times that run, tags.

import { $, ask, make, moment, toast } from "/static/common.js";

export { moment };

export const SEVERITY = { minor: "轻微", important: "重要", grave: "重大" };
const GRAVITY = { minor: "hint", important: "major", grave: "fatal" };
const MINUTE = 60_000;

let asked = null;

/** The titles and choices of cases, asked for once. */
export const forms = () => { asked ??= ask("GET", "/api/cases/forms"); return asked; };

export const severity = (name) => make("span", { class: `tag ${GRAVITY[name] ?? "hint"}` }, SEVERITY[name] ?? name);

/** A moment in the house's time with its year. */
export const day = (text) => new Date(text).toLocaleString("zh-CN",
  { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });

/** How long until (or since) a moment: “还有 3 小时 5 分”, “超时 2 天 1 小时”. */
export function span(until, now = Date.now()) {
  const away = new Date(until) - now;
  const minutes = Math.floor(Math.abs(away) / MINUTE);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const parts = days ? [`${days} 天`, `${hours} 小时`] : hours ? [`${hours} 小时`, `${minutes % 60} 分`] : [`${minutes} 分钟`];
  return `${away < 0 ? "超时" : "还有"} ${parts.join(" ")}`;
}

/** A moment as an element whose colour tells whether it is over or near. */
export function due(until) {
  const away = new Date(until) - Date.now();
  const level = away < 0 ? "fatal" : away < 4 * 60 * MINUTE ? "minor" : "hint";
  return make("span", { class: "due" }, make("span", { class: `tag ${level}` }, span(until)), make("span", { class: "soft small" }, ` ${moment(until)}`));
}

/** The form element of a field of the record. */
export function control(field, value) {
  const common = { name: field.name, "data-form": field.form };
  if (field.form === "long") return put(make("textarea", { ...common, rows: "2", maxlength: "4000" }), value);
  if (field.form === "choice" || field.form === "flag") {
    const choices = field.form === "flag" ? { true: "是", false: "否" } : field.choices ?? {};
    const select = make("select", common, make("option", { value: "" }, "—"), ...Object.entries(choices).map(([key, word]) => make("option", { value: key }, word)));
    return put(select, value);
  }
  return put(make("input", { ...common, maxlength: "400" }), value);
}

/** Put a value of the record into its form element; returns the element. */
export function put(element, value) {
  element.value = value === null || value === undefined ? "" : String(value);
  return element;
}

/** What a form element says, as the API takes it. */
export function said(element) {
  if (element.value === "") return null;
  return element.dataset.form === "flag" ? element.value === "true" : element.value;
}

/** Show how the customer of a case or callback can be reached; the look is audited with its reason. */
export async function reached(base, why) {
  try {
    const found = await ask("POST", `${base}/contacts/read`, { why });
    $("contacts").replaceChildren(...(found.length ? found.map(({ details }) => make("li", {},
      make("span", {}, [details.name, details.phone, details.email, details.address].filter(Boolean).join(" · "))))
      : [make("li", { class: "soft" }, "还没有登记联系方式。")]));
  } catch (error) { toast(error.message); }
}
