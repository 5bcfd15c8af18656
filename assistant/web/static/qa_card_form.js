// A scorecard as a form: what is typed goes into the object that is sent; what is wrong stands at its field.

import { $, SEVERITIES, asked, make, set } from "/static/common.js";

const KINDS = { required: "应做项", penalty: "扣分项", manual: "人工评分", fatal: "一票否决" };
const POLICIES = { each: "取各次平均", all: "以最差的一次为准", any: "以最好的一次为准" };
const WAYS = { "": "不限", sure: "不含仅由模型判断的", guess: "只要仅由模型判断的", other: "按 YAML 中的设置" };
const LISTS = /[,，、;；\s]+/;
let card = null;
let told = () => {};
const open = new WeakSet(); // sections and items that are unfolded

const at = (path) => path.reduce((value, step) => value?.[step], card);

/** Set or (undefined) take out a value; what is left empty by that goes, too, where it may be left out. */
function put(path, value) {
  let inside = card;
  for (const step of path.slice(0, -1)) inside = inside[step] ??= {};
  if (value === undefined) delete inside[path.at(-1)]; else inside[path.at(-1)] = value;
  const parent = path.slice(0, -1);
  if (value === undefined && ["when", "deduct", "meta"].includes(parent.at(-1)) && !Object.keys(inside).length) put(parent, undefined);
  told();
}

const field = (path, label, input, hint) => make("label", { class: "field", "data-field": path.join(".") }, make("span", {}, label), input, hint ? make("small", { class: "soft" }, hint) : null);

function text(path, label, { hint, placeholder, on } = {}) {
  const input = make("input", { type: "text", value: String(at(path) ?? ""), maxlength: "200", placeholder });
  input.addEventListener("input", () => { put(path, input.value.trim()); on?.(); });
  return field(path, label, input, hint);
}

function words(path, label, { hint, placeholder } = {}) {
  const input = make("input", { type: "text", value: (at(path) ?? []).join("、"), maxlength: "2000", placeholder });
  input.addEventListener("input", () => {
    const list = input.value.split(LISTS).filter(Boolean);
    put(path, list.length ? list : undefined);
  });
  return field(path, label, input, hint);
}

function amount(path, label, { hint, placeholder, on, step = "any" } = {}) {
  const input = make("input", { type: "number", value: String(at(path) ?? ""), min: "0", step, placeholder });
  input.addEventListener("input", () => { put(path, input.value === "" ? undefined : Number(input.value)); on?.(); });
  return field(path, label, input, hint);
}

/** A choice of words; the `usual` one isn't written. */
function choice(path, label, options, { usual, on, value = at(path) ?? usual, keep = (chosen) => put(path, chosen === usual ? undefined : chosen), hint } = {}) {
  const input = make("select", {}, ...Object.entries(options).map(([name, word]) => make("option", { value: name, selected: name === value }, word)));
  input.addEventListener("change", () => { keep(input.value); on?.(); });
  return field(path, label, input, hint);
}

function tick(path, label, { is = true } = {}) {
  const input = make("input", { type: "checkbox", checked: at(path) === is });
  input.addEventListener("change", () => put(path, input.checked ? is : undefined));
  return make("label", { class: "check", "data-field": path.join(".") }, input, label);
}

function ticks(path, label, options) {
  const boxes = Object.entries(options).map(([name, word]) => make("label", {}, make("input", { type: "checkbox", value: name, checked: (at(path) ?? []).includes(name) }), word));
  const group = make("fieldset", { class: "checks", "data-field": path.join(".") }, make("legend", {}, label), ...boxes);
  group.addEventListener("change", () => {
    const chosen = [...group.querySelectorAll("input:checked")].map((box) => box.value);
    put(path, chosen.length ? chosen : undefined);
  });
  return group;
}

/** Which ways of recognising count: what the form has no words for stays as it is. */
function ways(path, fatal) {
  const { how, not_how: not } = at(path) ?? {};
  const only = (list) => list?.length === 1 && list[0] === "similar";
  let value = "other";
  if (!how && (fatal ? !not || only(not) : only(not))) value = "sure";
  else if (!how && (fatal ? not && !not.length : !not?.length)) value = "";
  else if (only(how) && !not?.length) value = "guess";
  const options = Object.fromEntries(Object.entries(WAYS).filter(([name]) => name !== "other" || value === "other"));
  return choice([...path, "how"], "识别方式", options, { value, keep: (chosen) => {
    if (chosen === "other") return;
    put([...path, "how"], chosen === "guess" ? ["similar"] : undefined);
    put([...path, "not_how"], { sure: fatal ? undefined : ["similar"], guess: fatal ? [] : undefined, "": fatal ? [] : undefined }[chosen]);
  } });
}

const RULES = { source: ["规范条款", "如 B-3、G-*"], rule: ["规则", "如 banned.shirking.*"], family: ["类别", "如 shirking"] };

function selector(path, label, names, ...more) {
  return make("fieldset", { class: "fields", "data-field": path.join(".") }, make("legend", {}, label),
    ...names.map((name) => words([...path, name], RULES[name][0], { placeholder: RULES[name][1] })), ...more);
}

function findings(path, label, fatal = false) {
  return selector(path, label, ["source", "rule", "family"], ticks([...path, "severity"], "严重程度（不选为不限）", SEVERITIES),
    amount([...path, "min_confidence"], "把握不低于", { placeholder: "0", step: "0.05", hint: "0 到 1" }), ways(path, fatal), tick([...path, "rest"], "只取其他评分项都没有取用的"));
}

/** A part that may be there or not: a tick brings it in, or takes it out with all that is in it. */
function optional(path, label, fresh, draw) {
  const box = make("input", { type: "checkbox", checked: at(path) !== undefined });
  const place = make("div", { class: "inside" }, ...(box.checked ? [draw()] : []));
  box.addEventListener("change", () => { put(path, box.checked ? fresh : undefined); place.replaceChildren(...(box.checked ? [draw()] : [])); });
  return make("div", { class: "optional" }, make("label", { class: "check" }, box, label), place);
}

function conditions(path, before) {
  const meta = at([...path, "meta"]) ?? {};
  const said = make("input", { type: "text", maxlength: "500", placeholder: "如 direction=out；level=vip、svip", value: Object.entries(meta).map(([key, values]) => `${key}=${values.join("、")}`).join("；") });
  said.addEventListener("input", () => {
    const pairs = said.value.split(/[;；]/).map((each) => each.split("=")).filter(([key, values]) => key?.trim() && values?.trim());
    put([...path, "meta"], pairs.length ? Object.fromEntries(pairs.map(([key, values]) => [key.trim(), values.split(LISTS).filter(Boolean)])) : undefined);
  });
  const known = at([...path, "item"]);
  const items = Object.fromEntries([["", "不限"], ...before.map((item) => [item.id, set(item.title) || item.id])]);
  if (known && !(known in items)) items[known] = known;
  return make("fieldset", { class: "fields", "data-field": path.join(".") }, make("legend", {}, "适用条件（都满足才评这一项，全部留空为每通都评）"),
    words([...path, "channels"], "渠道", { placeholder: "不限" }), words([...path, "business_lines"], "业务线", { placeholder: "不限" }),
    choice([...path, "item"], "前面的评分项用到时才评", items, { usual: "" }), field([...path, "meta"], "随路数据", said));
}

const costs = (path, label, usual = {}) => make("fieldset", { class: "fields four", "data-field": path.join(".") }, make("legend", {}, label),
  ...Object.entries(SEVERITIES).map(([name, word]) => amount([...path, name], word, { placeholder: String(usual[name] ?? { hint: 0, minor: 2, major: 5, fatal: 10 }[name]) })));

/** What an item of a kind asks for beside its name and points. */
const BODY = {
  required: (path) => [selector([...path, "requires"], "要求哪些话术", ["source", "rule"]),
    choice([...path, "policy"], "出现多次时", POLICIES, { usual: "each" }),
    amount([...path, "functional"], "意思到、措辞不同得", { placeholder: "1", step: "0.05", hint: "占分值的比例，0 到 1" }),
    amount([...path, "hint"], "仅为提示级时得", { placeholder: "0", step: "0.05", hint: "占分值的比例，0 到 1" }),
    tick([...path, "partly"], "说了一部分按比例给分", { is: "by_part" })],
  penalty: (path) => [findings([...path, "findings"], "扣哪些发现"), costs([...path, "deduct"], "每处扣分（留空按评分表统一标准）", card.deduct),
    amount([...path, "cap"], "最多扣", { placeholder: "全部分值" }), tick([...path, "needs"], "没有时间信息的通话不评", { is: "times" })],
  manual: (path) => [words([...path, "source"], "依据的规范条款", { placeholder: "如 G-R13" }),
    optional([...path, "findings"], "仅在机器有这类发现时才评", {}, () => findings([...path, "findings"], "哪些发现"))],
  fatal: (path) => [choice([...path, "voids"], "后果", { call: "整通 0 分", section: "本部分 0 分" }, { usual: "call" }),
    optional([...path, "findings"], "机器发现即否决（不勾选则只由复核人判定）", {}, () => findings([...path, "findings"], "哪些发现", true))],
};

function turned(item, kind) {
  for (const key of Object.keys(item)) if (!["id", "title", "points", "when"].includes(key)) delete item[key];
  item.kind = kind;
  if (kind === "fatal") delete item.points; else item.points ??= 5;
  if (kind === "penalty") item.findings = {};
  if (kind === "required") item.requires = {};
  told();
}

function moved(list, place, by) {
  const [each] = list.splice(place, 1);
  if (by) list.splice(place + by, 0, each);
  told();
  draw();
}

const act = (word, label, job, disabled = false) => {
  const made = make("button", { type: "button", class: "quiet", "aria-label": label, title: label, disabled }, word);
  made.addEventListener("click", (event) => { event.preventDefault(); job(); });
  return made;
};
const handles = (list, place, name) => make("span", { class: "handles" },
  act("↑", `上移 ${name}`, () => moved(list, place, -1), place === 0), act("↓", `下移 ${name}`, () => moved(list, place, 1), place === list.length - 1),
  act("删除", `删除 ${name}`, async () => { if (await asked(`删除“${name}”？`, { yes: "删除" }) !== null) moved(list, place, 0); }));

function unfolding(each, element) {
  element.open = open.has(each);
  element.addEventListener("toggle", () => { if (element.open) open.add(each); else open.delete(each); });
  return element;
}

const worth = (item) => (item.points === undefined ? "" : `${item.points} 分`);

function itemOf(list, place, path, before) {
  const item = list[place];
  const bonus = path[0] === "bonus";
  const head = [make("b", {}), make("span", { class: "soft" })];
  const name = () => { head[0].textContent = set(item.title) || "（未命名）"; head[1].textContent = [bonus ? "" : KINDS[item.kind], worth(item), item.when ? "有条件" : ""].filter(Boolean).join(" · "); };
  name();
  const own = make("div", { class: "fields" });
  const fill = () => {
    name();
    own.replaceChildren(text([...path, "title"], "名称", { on: name }),
      bonus ? "" : choice([...path, "kind"], "类型", KINDS, { keep: (kind) => { turned(item, kind); fill(); } }),
      item.kind === "fatal" ? "" : amount([...path, "points"], "分值", { on: () => { name(); sums(); } }), text([...path, "id"], "编号", { hint: "发布后不要再改" }),
      ...(bonus ? extra(path) : BODY[item.kind](path)),
      bonus ? "" : optional([...path, "when"], "有条件的评分项", {}, () => conditions([...path, "when"], before)));
    sums();
  };
  const element = make("details", { class: "item", "data-field": path.join(".") }, make("summary", {}, ...head, handles(list, place, item.title)), own);
  const filled = () => { if (element.open && !own.childElementCount) fill(); };
  element.addEventListener("toggle", filled);
  element.unfold = () => { element.open = true; filled(); };
  unfolding(item, element);
  filled();
  return element;
}

const extra = (path) => [optional([...path, "requires"], "说到指定话术即加分（不勾选则由复核人加分）", {}, () => selector([...path, "requires"], "哪些话术", ["source", "rule"])),
  choice([...path, "level"], "说到什么程度", { "": "不限", verbatim: "与标准话术一致", functional: "意思到即可" }, { usual: "" }),
  choice([...path, "policy"], "出现多次时", POLICIES, { usual: "all" }), words([...path, "source"], "依据的规范条款")];

/** An id that no item has yet. */
function fresh() {
  const known = new Set([...card.sections, card.bonus ?? { items: [] }].flatMap((section) => section.items.map((item) => item.id)));
  let number = known.size + 1;
  while (known.has(`item-${number}`)) number += 1;
  return `item-${number}`;
}

function adding(list, made, word) {
  const button = make("button", { type: "button" }, word);
  button.addEventListener("click", () => { const item = made(); list.push(item); open.add(item); told(); draw(); });
  return button;
}

function sectionOf(place) {
  const section = card.sections[place];
  const path = ["sections", place];
  const before = card.sections.slice(0, place).flatMap((each) => each.items);
  const title = make("b", {}, section.name || "（未命名）");
  return unfolding(section, make("details", { class: "section", "data-field": path.join(".") },
    make("summary", {}, title, make("span", { class: "soft", "data-sum": String(place) }), handles(card.sections, place, section.name)),
    make("div", { class: "fields" }, text([...path, "name"], "部分名称", { on: () => { title.textContent = section.name || "（未命名）"; } }),
      amount([...path, "weight"], "权重", { placeholder: "按分值合计", hint: "留空则按本部分适用各项的分值合计" })),
    make("div", { class: "items", "data-field": [...path, "items"].join(".") },
      ...section.items.map((item, at_) => itemOf(section.items, at_, [...path, "items", at_], [...before, ...section.items.slice(0, at_)]))),
    adding(section.items, () => ({ id: fresh(), title: "", kind: "manual", points: 5 }), "加评分项")));
}

function gradesOf() {
  const rows = card.grades.map((grade, place) => make("div", { class: "fields grade" }, text(["grades", place, "name"], "等级"), amount(["grades", place, "at_least"], "最低分"),
    act("删除", `删除等级 ${grade.name}`, () => moved(card.grades, place, 0), card.grades.length === 1)));
  const more = make("button", { type: "button" }, "加一级");
  more.addEventListener("click", () => { card.grades.unshift({ name: "", at_least: 100 }); told(); draw(); });
  return make("fieldset", { class: "grades", "data-field": "grades" }, make("legend", {}, "等级（从高到低排列，最后一级从 0 分起，算不合格）"), ...rows, more);
}

function bonusOf() {
  return optional(["bonus"], "有加分项", { cap: 3, items: [{ id: fresh(), title: "服务突出", points: 2 }] }, () => make("div", { class: "fields" },
    text(["bonus", "name"], "名称", { placeholder: "加分项" }), amount(["bonus", "cap"], "最多加"), tick(["bonus", "above_maximum"], "加分后可以超过 100 分"),
    make("div", { class: "items", "data-field": "bonus.items" }, ...card.bonus.items.map((item, place) => itemOf(card.bonus.items, place, ["bonus", "items", place], []))),
    adding(card.bonus.items, () => ({ id: fresh(), title: "", points: 1 }), "加一项加分")));
}

function sums() {
  for (const element of $("form").querySelectorAll("[data-sum]")) {
    const { items, weight } = card.sections[Number(element.dataset.sum)];
    const points = items.reduce((sum, item) => sum + (item.kind === "fatal" ? 0 : Number(item.points) || 0), 0);
    element.textContent = `${items.length} 项 · ${weight === undefined ? `${points} 分` : `权重 ${weight}`}`;
  }
}

function draw() {
  $("form").replaceChildren(
    make("div", { class: "fields" }, text(["title"], "名称"), text(["scorecard"], "编号"), text(["version"], "版本"),
      words(["channels"], "为哪些渠道设计"), words(["business_lines"], "为哪些业务线设计"), amount(["cap"], "每通最多扣", { placeholder: "不限", hint: "应做未做的另计" })),
    costs(["deduct"], "每处发现扣分"), gradesOf(), make("div", { class: "sections", "data-field": "sections" }, ...card.sections.map((_, place) => sectionOf(place))),
    adding(card.sections, () => ({ name: "", items: [{ id: fresh(), title: "", kind: "manual", points: 5 }] }), "加一个部分"), bonusOf());
  sums();
}

/** Show a card in the form; `changed` is called with each change. */
export function fillForm(form, { locked, changed }) {
  card = form;
  told = () => {};
  draw();
  told = changed;
  $("form").disabled = locked;
}

export const formOf = () => card;

/** Show each fault at its field, or at what is around it; leads to the first one where asked to. */
export function showFaults(faults, { lead = false } = {}) {
  for (const each of $("form").querySelectorAll(".fault")) each.remove();
  for (const each of $("form").querySelectorAll("[aria-invalid]")) { each.removeAttribute("aria-invalid"); each.removeAttribute("aria-describedby"); }
  for (const [place, fault] of faults.entries()) {
    const steps = fault.field.split(".");
    for (let count = 2; lead && count <= steps.length; count += 1) {
      const around = $("form").querySelector(`details[data-field="${CSS.escape(steps.slice(0, count).join("."))}"]`);
      if (around?.unfold) around.unfold(); else if (around) around.open = true;
    }
    let found = null;
    for (let count = steps.length; count && !found; count -= 1) found = $("form").querySelector(`[data-field="${CSS.escape(steps.slice(0, count).join("."))}"]`);
    const input = found?.matches("label") ? found.querySelector("input, select") : null;
    const message = make("small", { class: "fault problem", id: `fault-${place}` }, fault.message);
    if (found?.matches("details")) found.querySelector("summary").append(message); else (found ?? $("form")).append(message);
    input?.setAttribute("aria-invalid", "true");
    input?.setAttribute("aria-describedby", message.id);
  }
  const first = lead ? $("form").querySelector("[aria-invalid], .fault") : null;
  first?.scrollIntoView({ block: "center" });
  first?.focus();
}
