// Courses: one's own, those one oversees, a new one.

import { $, ask, make, toast } from "/static/common.js";
import { day, points, progress, standing, stars } from "/static/practice_common.js";

const link = (course) => make("td", {}, make("a", { href: `/courses/${course.number}` }, course.title),
  course.ended_at ? make("small", { class: "soft" }, " 已结束") : null);
const complain = (error) => { $("problem").textContent = error.message; $("problem").hidden = false; };

async function list() {
  const told = await ask("GET", "/api/courses");
  const mine = told.filter((each) => each.mine && !each.ended_at);
  $("mine").replaceChildren(...mine.map((each) => make("tr", {}, link(each), make("td", { "data-label": "截止" }, day(each.due_at)),
    make("td", {}, progress(each.mine)), make("td", { class: "number", "data-label": "平均分" }, points(each.mine.points)),
    make("td", {}, standing(each.mine.standing)))));
  $("no-mine").hidden = mine.length > 0;
  const led = told.filter((each) => each.oversees);
  $("courses").replaceChildren(...led.map((each) => make("tr", {}, link(each), make("td", { "data-label": "截止" }, day(each.due_at)),
    make("td", { class: "number", "data-label": "学员" }, String(each.learners)),
    make("td", { class: "number", "data-label": "全部通过" }, String(each.finished)), make("td", { "data-label": "布置人" }, each.made_by))));
  $("led").hidden = led.length === 0;
}

const PASS = 70;
const QUIZ = { items: 10, pass: 80 };
let topics = [];

function addQuiz() {
  const place = $("quizzes").children.length + 1;
  const row = make("li", { class: "tools" },
    make("label", {}, "主题 ", make("select", { "data-quiz": "topic", "aria-label": `第 ${place} 份测验的主题` },
      make("option", { value: "" }, "全部主题"), ...topics.map((each) => make("option", { value: each.id }, `${each.name}（${each.items} 题）`)))),
    make("label", {}, "题数 ", make("input", { type: "number", min: "1", max: "100", value: String(QUIZ.items), required: true, "data-quiz": "items", "aria-label": `第 ${place} 份测验的题数` })),
    make("label", {}, "及格分 ", make("input", { type: "number", min: "0", max: "100", value: String(QUIZ.pass), required: true, "data-quiz": "pass", "aria-label": `第 ${place} 份测验的及格分` })),
    make("button", { type: "button", onclick: () => row.remove() }, "删去"));
  $("quizzes").append(row);
  row.querySelector("select").focus();
}

const quizzes = () => [...$("quizzes").children].map((row) => {
  const value = (name) => row.querySelector(`[data-quiz=${name}]`).value;
  return { topics: value("topic") ? [value("topic")] : [], items: Number(value("items")), pass_mark: Number(value("pass")) };
});

async function offer() {
  const scenarios = await ask("GET", "/api/practice/scenarios");
  $("units").replaceChildren(...scenarios.map((each) => make("label", {},
    make("input", { type: "checkbox", name: "unit", value: each.id }), make("span", {}, each.title, " ", stars(each.difficulty), make("span", { class: "soft small" }, ` ${each.trade_name}`)),
    make("input", { type: "number", min: "0", max: "100", value: String(PASS), "aria-label": `${each.title}的及格分`, "data-unit": each.id }))));
  ({ topics } = await ask("GET", "/api/quiz/results"));
  const { people, teams } = await ask("GET", "/api/courses/people");
  $("people").replaceChildren(...people.map((each) => make("label", {},
    make("input", { type: "checkbox", name: "learner", value: each.name }), make("span", {}, each.agent_name ? `${each.agent_name}（${each.name}）` : each.name))));
  $("add").elements.team.append(...teams.map((each) => make("option", { value: each.team_id }, each.name)));
}

async function add() {
  const form = $("add");
  const values = new FormData(form);
  const marks = new Map([...$("units").querySelectorAll("[data-unit]")].map((input) => [input.dataset.unit, Number(input.value)]));
  const due = values.get("due");
  await ask("POST", "/api/courses", {
    title: values.get("title"), note: values.get("note"),
    units: values.getAll("unit").map((scenario) => ({ scenario, pass_mark: marks.get(scenario) })),
    quizzes: quizzes(), learners: values.getAll("learner"), team: values.get("team") || null,
    due_at: due ? new Date(`${due}T23:59:59`).toISOString() : null, board: values.get("board") !== null,
  });
  form.reset();
  $("quizzes").replaceChildren();
  $("new").open = false;
  toast("已布置");
  await list();
}

list().catch(complain);
if ($("add")) {
  $("add-quiz").addEventListener("click", addQuiz);
  $("add").addEventListener("submit", async (event) => {
    event.preventDefault();
    $("problem").hidden = true;
    if (!new FormData($("add")).has("unit") && !quizzes().length) { complain(new Error("请至少选一个场景或一份测验")); return; }
    await add().catch(complain);
  });
  await offer().catch(complain);
}
