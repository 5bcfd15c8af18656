// Users and the tokens of programs, for administrators.

import { $, ask, asked, make, toast } from "/static/common.js";
import { forms } from "/static/desk_common.js";
import { SCOPES, USER_ROLES as ROLES } from "/static/people.js";

let users = [];
let editing = null;
const { ranks } = await forms();

const roles = () => Object.entries(ROLES).map(([value, word]) => make("option", { value }, word));

async function tried(place, job) {
  place.hidden = true;
  try { await job(); } catch (error) { place.textContent = error.message; place.hidden = false; }
}

function tellOnce(what, secret) {
  $("once-what").textContent = what;
  $("once-secret").textContent = secret;
  $("once").hidden = false;
  $("once").scrollIntoView({ block: "nearest" });
}

function state(user) {
  if (!user.active) return "已停用";
  if (user.locked_until && new Date(user.locked_until) > new Date()) return "已锁定（密码错误过多）";
  return user.must_change ? "待设置密码" : "正常";
}

function button(text, action, user) {
  const made = make("button", { type: "button", "aria-label": `${text} ${user.name}` }, text);
  made.addEventListener("click", action);
  return made;
}

function userRow(user) {
  const change = (values) => tried($("users-problem"), async () => {
    await ask("PATCH", "/api/users", { name: user.name, ...values });
    await loadUsers();
  });
  const reset = () => tried($("users-problem"), async () => {
    if (await asked(`重置“${user.name}”的密码？对方会被立即退出登录。`, { yes: "重置密码" }) === null) return;
    const told = await ask("POST", "/api/users/password", { name: user.name });
    tellOnce(`“${user.name}”的一次性密码：`, told.password);
    await loadUsers();
  });
  const off = async () => { if (await asked(`停用“${user.name}”？对方会被立即退出登录。`, { yes: "停用" }) !== null) await change({ active: false }); };
  return make("tr", { class: user.active ? null : "off" },
    make("td", {}, user.name), make("td", {}, ROLES[user.role]), make("td", { "data-label": "工号" }, user.agent_id ?? "—"),
    make("td", { "data-label": "投诉台职级" }, ranks[user.desk_rank] ?? "按角色"),
    make("td", {}, state(user)),
    make("td", {}, make("div", { class: "row" },
      button("修改", () => edit(user), user), button("重置密码", reset, user),
      user.active ? button("停用", off, user) : button("启用", () => change({ active: true }), user))));
}

function showUsers() {
  const wanted = $("users-filter").value.trim().toLowerCase();
  const found = users.filter((user) => `${user.name} ${user.agent_id ?? ""}`.toLowerCase().includes(wanted));
  $("users-count").textContent = `${found.length} 人`;
  $("users").replaceChildren(...found.map(userRow));
}

async function loadUsers() {
  users = await ask("GET", "/api/users");
  showUsers();
}

function edit(user) {
  editing = user;
  const form = $("edit").querySelector("form");
  $("edit-title").textContent = `修改“${user.name}”`;
  form.elements.role.value = user.role;
  form.elements.agent_id.value = user.agent_id ?? "";
  form.elements.desk_rank.value = user.desk_rank ?? "";
  form.querySelector(".problem").hidden = true;
  $("edit").showModal();
}

$("edit").querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  tried(form.querySelector(".problem"), async () => {
    const agentId = form.elements.agent_id.value.trim();
    await ask("PATCH", "/api/users", { name: editing.name, role: form.elements.role.value, agent_id: agentId || null,
      desk_rank: form.elements.desk_rank.value || null });
    $("edit").close();
    toast("已保存");
    await loadUsers();
  });
});
$("edit-cancel").addEventListener("click", () => $("edit").close());

$("add").addEventListener("submit", (event) => {
  event.preventDefault();
  $("once").hidden = true;
  tried($("users-problem"), async () => {
    const { name, role, agent_id } = Object.fromEntries(new FormData($("add")));
    const told = await ask("POST", "/api/users", { name: name.trim(), role, agent_id: agent_id.trim() || null });
    $("add").reset();
    tellOnce(`已添加“${told.name}”，一次性密码：`, told.password);
    await loadUsers();
  });
});

function tokenRow(token) {
  const drop = () => tried($("tokens-problem"), async () => {
    if (await asked(`撤销令牌“${token.name}”？使用它的程序会立即断开。`, { yes: "撤销" }) === null) return;
    await ask("DELETE", `/api/tokens?${new URLSearchParams({ name: token.name })}`);
    await loadTokens();
  });
  const over = token.until && new Date(token.until) < new Date();
  return make("tr", { class: over ? "off" : null },
    make("td", {}, token.name), make("td", {}, token.scopes.map((scope) => SCOPES[scope] ?? scope).join("、")),
    make("td", { "data-label": "到期" }, token.until ? new Date(token.until).toLocaleDateString("zh-CN") + (over ? "（已过期）" : "") : "长期"),
    make("td", {}, button("撤销", drop, token)));
}

async function loadTokens() {
  const tokens = await ask("GET", "/api/tokens");
  $("tokens").replaceChildren(...tokens.map(tokenRow));
  $("no-tokens").hidden = tokens.length > 0;
}

$("token").addEventListener("submit", (event) => {
  event.preventDefault();
  $("once").hidden = true;
  tried($("tokens-problem"), async () => {
    const values = new FormData($("token"));
    const scopes = values.getAll("scope");
    if (!scopes.length) throw new Error("请至少选择一项权限");
    const days = values.get("days") ? Number(values.get("days")) : null;
    const told = await ask("POST", "/api/tokens", { name: values.get("name").trim(), scopes, days });
    $("token").reset();
    tellOnce(`令牌“${told.name}”：`, told.secret);
    await loadTokens();
  });
});

$("once-copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText($("once-secret").textContent);
  toast("已复制");
});
$("users-filter").addEventListener("input", showUsers);
for (const form of [$("add"), $("edit").querySelector("form")]) form.elements.role.append(...roles());
$("edit").querySelector("form").elements.desk_rank.append(...Object.entries(ranks).map(([value, word]) => make("option", { value }, word)));
$("scopes").append(...Object.entries(SCOPES).map(([value, word]) =>
  make("label", {}, make("input", { type: "checkbox", name: "scope", value }), word)));
await Promise.all([loadUsers(), loadTokens()]);
