// One course: one's own progress, that of the learners, the leader board.

import { $, ask, make, toast } from "/static/common.js";
import { day, parts, points, progress, standing } from "/static/practice_common.js";

const number = $("title").dataset.course;
const path = `/api/courses/${number}`;

const result = (mine) => make("td", {}, mine.passed_at ? make("span", { class: "tag good" }, "已通过")
  : mine.tries ? make("span", { class: "tag minor" }, "还没通过") : make("span", { class: "tag hint" }, "没做过"));
const best = (unit, title) => (unit.session === null ? "—"
  : make("a", { href: `/practice/sessions/${unit.session}`, "aria-label": `${title}，${unit.best} 分` }, `${unit.best}${unit.passed_at ? " ✓" : ""}（${unit.tries}）`));

function unitRow(told, unit, place) {
  const mine = told.mine.units[place];
  return make("tr", {}, make("td", {}, unit.title), make("td", { class: "number", "data-label": "及格分" }, String(unit.pass_mark)),
    make("td", { class: "number", "data-label": "练过" }, String(mine.tries)),
    make("td", { class: "number", "data-label": "最好" }, mine.session === null ? "—" : make("a", { href: `/practice/sessions/${mine.session}` }, points(mine.best))),
    result(mine),
    make("td", {}, told.ended_at ? "" : make("a", { class: "button", href: `/practice?scenario=${unit.scenario}&course=${number}` }, mine.tries ? "再练" : "开始")));
}

function quizRow(told, quiz, place) {
  const mine = told.mine.quizzes[place];
  return make("tr", {}, make("td", {}, quiz.title), make("td", { class: "number", "data-label": "及格分" }, String(quiz.pass_mark)),
    make("td", { class: "number", "data-label": "次数" }, String(mine.tries)),
    make("td", { class: "number", "data-label": "最好" }, points(mine.best)), result(mine),
    make("td", {}, told.ended_at ? "" : make("a", { class: "button", href: `/quiz?course=${number}&part=${place}` }, mine.tries ? "再考" : "开始")));
}

const sat = (quiz) => (quiz.best === null ? "—" : `${quiz.best}${quiz.passed_at ? " ✓" : ""}（${quiz.tries}）`);

function draw(told) {
  $("title").textContent = told.title;
  document.title = `${told.title} · 话术`;
  $("facts").textContent = [`布置人：${told.made_by}`, `截止：${day(told.due_at)}`, `${told.learners} 名学员，${told.finished} 人全部通过`, told.ended_at ? "已结束" : null].filter(Boolean).join(" · ");
  $("note").textContent = told.note;
  $("mine").hidden = told.mine === null;
  if (told.mine) {
    $("units").replaceChildren(...told.units.map((unit, place) => unitRow(told, unit, place)),
      ...told.quizzes.map((quiz, place) => quizRow(told, quiz, place)));
    $("standing").replaceChildren(standing(told.mine.standing));
    $("certificate").hidden = told.mine.finished_at === null;
  }
  $("led").hidden = told.progress.length === 0;
  $("head").replaceChildren(...["学员", ...parts(told).map((part) => part.title), "进度", "平均分", "状态", ""].map((text) => make("th", { scope: "col", class: text === "平均分" ? "number" : null }, text)));
  $("learners").replaceChildren(...told.progress.map((each) => make("tr", {}, make("th", { scope: "row" }, each.learner),
    ...each.units.map((unit, place) => make("td", {}, best(unit, told.units[place].title))),
    ...each.quizzes.map((quiz) => make("td", {}, sat(quiz))),
    make("td", {}, progress(each)), make("td", { class: "number" }, String(each.points)), make("td", {}, standing(each.standing)),
    make("td", {}, each.finished_at ? make("a", { href: `/courses/${number}/certificate?learner=${encodeURIComponent(each.learner)}` }, "证书") : ""))));
  $("leaders-card").hidden = told.leaders === null;
  $("leaders").replaceChildren(...(told.leaders ?? []).map((each) => make("tr", {}, make("td", { class: "number" }, String(each.place)),
    make("th", { scope: "row" }, each.learner), make("td", { class: "number" }, String(each.points)), make("td", { class: "number" }, `${each.passed}/${parts(told).length}`))));
  $("no-leaders").hidden = (told.leaders ?? []).length > 0;
  if ($("board-on")) {
    $("board-on").checked = told.board;
    $("end").textContent = told.ended_at ? "重新开放" : "结束课程";
    $("end").dataset.ended = told.ended_at ? "no" : "yes";
  }
}

const change = (values) => ask("PATCH", path, values).then((told) => { draw(told); toast("已保存"); }).catch((error) => toast(error.message));
$("board-on")?.addEventListener("change", () => change({ board: $("board-on").checked }));
$("end")?.addEventListener("click", () => change({ ended: $("end").dataset.ended === "yes" }));

ask("GET", path).then(draw).catch((error) => { $("facts").textContent = error.message; });
