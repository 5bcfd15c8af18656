// The certificate of a course, to be printed.

import { $, ask, make } from "/static/common.js";

const learner = new URLSearchParams(location.search).get("learner");
try {
  const wanted = learner === null ? "" : `?learner=${encodeURIComponent(learner)}`;
  const told = await ask("GET", `/api/courses/${$("state").dataset.course}/certificate${wanted}`);
  $("name").textContent = told.name;
  $("course").textContent = told.course;
  $("units").replaceChildren(...told.units.map((unit) => make("tr", {}, make("td", {}, unit.title), make("td", { class: "number" }, String(unit.points)))));
  $("points").textContent = String(told.points);
  $("by").textContent = told.made_by;
  $("date").textContent = new Date(told.finished_at).toLocaleDateString("zh-CN", { year: "numeric", month: "long", day: "numeric" });
  $("certificate").hidden = false;
  $("print").hidden = false;
  $("state").textContent = "";
} catch (error) { $("state").textContent = error.message; }
$("print").addEventListener("click", () => window.print());
