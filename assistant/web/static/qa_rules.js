// How good the rules are by people's verdicts, and the examples those gave.

import { $, ask, make, moment, set, toast } from "/static/common.js";
import { badge, percent, row, span } from "/static/qa_parts.js";

const STANDING = { work: ["bad", "需要修订"], open: ["warn", "还不能定论"], good: ["good", "达标"], few: ["soft", "样本不足"] };
const share = (each) => (each.value === null ? "—" : `${percent(each.value)}（${span(each)}，${each.n} 例）`);

const told = await ask("GET", "/api/qa/rules");
$("rows").replaceChildren(...told.items.map((each) => row([
  make("span", {}, make("b", {}, set(each.title)), " ", make("code", {}, each.rule)), badge(...STANDING[each.standing]),
  String(each.confirmed), String(each.overturned), String(each.added), share(each.precision), share(each.recall),
], { 2: "确认", 3: "推翻", 4: "补充" })));
$("none").hidden = told.items.length > 0;

const may = $("drafts").dataset.publish === "true";

/** Offer to put an example into the draft of the rules, or lead there. */
function handOver(each) {
  const led = (draft, file) => make("a", { class: "button", href: `/rules/drafts/${draft}${file ? `?file=${encodeURIComponent(file)}` : ""}` }, "打开规则草稿");
  if (!may) return each.draft ? make("p", { class: "soft small" }, "已放入规则草稿") : null;
  const place = make("div", { class: "actions" });
  if (each.draft) place.append(led(each.draft));
  const button = make("button", { type: "button" }, each.draft ? "再次放入" : "放入规则草稿");
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const { draft, file } = await ask("POST", `/api/qa/examples/${each.number}/draft`);
      place.replaceChildren(led(draft, file));
      toast("已放入规则草稿，检查通过后即可发布");
    } catch (error) { toast(error.message); button.disabled = false; }
  });
  place.append(button);
  return place;
}

const { items } = await ask("GET", "/api/qa/examples");
$("drafts").replaceChildren(...items.map((each) => make("article", {},
  make("div", { class: "between" }, make("span", {}, badge(each.kind === "miss" ? "warn" : "good", each.kind === "miss" ? "不应命中" : "应当命中"), " ", make("code", {}, each.rule)),
    make("span", { class: "soft small" }, `${each.made_by} ${moment(each.made_at)}`)), make("pre", {}, each.text), handOver(each))));
$("no-drafts").hidden = items.length > 0;
