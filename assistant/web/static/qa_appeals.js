// Appeals, for reviewers and leads: read, change the score in the review, answer.

import { $, ask, asked, latest, make, moment, toast } from "/static/common.js";
import { LEVEL, badge, explained, number, stepsOf } from "/static/qa_parts.js";

const lead = $("appeals").dataset.lead === "true";

function answerForm(appeal) {
  const form = make("form", { class: "tools" },
    make("select", { name: "outcome", "aria-label": "结论" }, make("option", { value: "granted" }, "申诉成立"), make("option", { value: "partly" }, "部分成立"), make("option", { value: "rejected" }, "维持原判")),
    make("label", { class: "grow" }, "理由 ", make("input", { name: "reason", required: true, maxlength: "2000" })),
    make("button", { class: "primary", type: "submit" }, "答复"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const outcome = form.elements.outcome;
    const words = outcome.selectedOptions[0].textContent;
    if (outcome.value !== "rejected" && appeal.before === appeal.total
      && await asked(`分数没有变，仍是 ${number(appeal.total)} 分。确定答复“${words}”吗？`, { yes: "确定答复" }) === null) return;
    try {
      await ask("POST", `/api/qa/appeals/${appeal.number}/answer`, { version: appeal.version, outcome: outcome.value, reason: form.elements.reason.value });
      toast("已答复");
      await load();
    } catch (error) { toast(error.message); }
  });
  return form;
}

function card(appeal) {
  const may = appeal.state === "open" && (appeal.level === "reviewer" || lead);
  return make("article", {},
    make("div", { class: "between" }, make("span", {}, make("b", {}, explained(appeal.call_id)), ` 坐席 ${appeal.agent_id}`),
      make("span", {}, badge("soft", LEVEL[appeal.level]), " ", appeal.assignee ?? "未指定处理人", " ",
        appeal.deadline ? make("span", { class: appeal.overdue ? "late" : "soft" }, `${appeal.overdue ? "已超期，" : ""}期限 ${moment(appeal.deadline)}`) : "")),
    make("p", {}, `申诉前 ${number(appeal.before)} 分，现在 ${number(appeal.total)} 分`),
    stepsOf(appeal),
    appeal.review ? make("p", {}, make("a", { href: `/qa/review/${appeal.review}` }, "打开复核改判"), make("span", { class: "soft small" }, "（要改分先在复核里改，再答复）")) : null,
    may ? answerForm(appeal) : null);
}

const load = latest(() => ask("GET", `/api/qa/appeals?state=${$("state").value}`), ({ items }) => {
  $("appeals").replaceChildren(...items.map(card));
  $("none").hidden = items.length > 0;
});

$("state").addEventListener("change", load);
load();
