// Import: files are sent some at a time and worked through in the background; this page follows, and may be left.

import { $, ask, make, set, toast } from "/static/common.js";
import { explained, number, row } from "/static/qa_parts.js";

const STATUS = { stored: "已入库", duplicate: "已有，未重复入库", rescored: "已重新评分", conflict: "编号已被另一通占用", error: "读不了" };
const SOME = Number($("drop").dataset.mostFiles); // files sent at once
const BYTES = 8 * 1024 * 1024;
const LOOKS_MS = 700;
let counts = {};
let waiting = []; // files of this import that aren't sent yet
let later = []; // files of the next one
let sending = null;
let rescoring = false;
let number_of = null; // the import that is under way
let seen = 0;
let sent = 0;
let total = 0;
let running = false;
let unsent = 0; // files the server did not take

const headers = () => ({ "X-CSRF-Token": document.querySelector("meta[name=csrf]").content });
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Take the next files that are sent together. */
function some() {
  const taken = [];
  for (let bytes = 0; waiting.length && taken.length < SOME && (!taken.length || bytes + waiting[0].size <= BYTES);) {
    bytes += waiting[0].size;
    taken.push(waiting.shift());
  }
  return taken;
}

async function send(files) {
  const form = new FormData();
  for (const file of files) form.append("file", file, file.webkitRelativePath || file.name);
  try {
    const answer = await fetch(`/api/qa/imports/${number_of}/files`, { method: "POST", headers: headers(), body: form });
    if (answer.ok) return;
    const told = await answer.json().catch(() => ({}));
    throw new Error(told.detail || `服务器没有回应（${answer.status}）`);
  } catch (error) {
    const message = error instanceof TypeError ? "网络断开，请稍后再试" : error.message;
    unsent += files.length;
    for (const file of files) show(file.name, { status: "error", message });
  }
}

function show(name, each) {
  counts[each.status] = (counts[each.status] ?? 0) + 1;
  const bad = each.status === "error" || each.status === "conflict";
  $("rows").prepend(row([
    name, each.call_id ? explained(each.call_id) : null,
    make("span", { class: bad ? "problem" : null }, STATUS[each.status] + (each.message ? `：${set(each.message)}${each.line ? `（第 ${each.line} 行）` : ""}` : "")),
    number(each.total), each.grade, each.findings === undefined ? null : String(each.findings),
  ], { 3: "得分", 5: "发现" }));
}

/** Show what has been done meanwhile; returns whether anything still waits. */
async function look() {
  const uploading = waiting.length > 0 || sent < total; // before asking: the answer may know less than we do by then
  const told = await ask("GET", `/api/qa/imports/${number_of}?after=${seen}`);
  for (const part of told.items) {
    for (const each of part.results) show(part.name, each);
    seen = part.number;
  }
  $("progress").max = Math.max(1, told.parts + (total - sent));
  $("progress").value = told.parts - told.waiting;
  const words = Object.entries(counts).map(([status, count]) => `${STATUS[status]} ${count}`).join("，");
  $("told").textContent = `${uploading ? `已上传 ${sent}/${total} 个文件　` : `${total ? `${total} 个文件　` : ""}`}${words}`;
  return uploading || told.waiting > 0 || told.items.length > 0;
}

/** Say how the import ended: it is complete only where all files were taken and something went in. */
function outcome() {
  if (!Object.keys(counts).some((status) => ["stored", "duplicate", "rescored"].includes(status))) return "没有通话入库，请看下面的原因";
  return unsent ? `导入结束，有 ${unsent} 个文件没有上传成功，请重新上传` : "导入完成";
}

/** Follow the import to its end. */
async function follow() {
  $("progress-card").hidden = false;
  $("progress-title").textContent = "正在导入";
  try {
    do { while (await look()) await pause(LOOKS_MS); } while (waiting.length || sent < total);
    $("progress-title").textContent = outcome();
    toast(outcome());
  } catch (error) {
    $("progress-title").textContent = "暂时看不到进度，刷新页面可继续查看";
    toast(error.message);
  }
}

/** Send what waits, some files at a time. */
function upload() {
  sending ??= (async () => {
    while (waiting.length) {
      const files = some();
      await send(files);
      sent += files.length;
    }
    sending = null;
  })();
}

async function run() {
  if (running) return;
  running = true;
  [waiting, later] = [later, []];
  try {
    rescoring = $("rescore").checked;
    number_of = (await ask("POST", "/api/qa/imports", { rescore: rescoring })).number;
    $("rows").replaceChildren();
    [counts, seen, sent, total, unsent] = [{}, 0, 0, waiting.length, 0];
    upload();
    await follow();
  } catch (error) { toast(error.message); }
  await over();
}

/** End an import; begin with the files that came for another one. */
async function over() {
  running = false;
  if (later.length) await run();
}

/** Take files: into the import that is under way, unless they are to be treated otherwise. */
function take(files) {
  if (running && sent < total && rescoring === $("rescore").checked) {
    waiting = waiting.concat([...files]);
    total += files.length;
    upload();
  } else {
    later = later.concat([...files]);
    run();
  }
}

/** Return all files of what was dropped, folders too. */
async function dropped(items) {
  const files = [];
  const walk = async (entry) => {
    if (entry.isFile) files.push(await new Promise((resolve, reject) => { entry.file(resolve, reject); }));
    else {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
        if (!some.length) return;
        for (const each of some) await walk(each);
      }
    }
  };
  for (const entry of [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean)) await walk(entry);
  return files;
}

for (const id of ["files", "folder"]) $(id).addEventListener("change", (event) => { take(event.target.files); event.target.value = ""; });
for (const name of ["dragover", "dragenter"]) $("drop").addEventListener(name, (event) => { event.preventDefault(); $("drop").classList.add("over"); });
for (const name of ["dragleave", "drop"]) $("drop").addEventListener(name, () => $("drop").classList.remove("over"));
$("drop").addEventListener("drop", async (event) => {
  event.preventDefault();
  const { items, files } = event.dataTransfer;
  const walked = await dropped(items);
  take(walked.length ? walked : files);
});

/** What was begun before this page was opened goes on. */
async function resume() {
  const { items } = await ask("GET", "/api/qa/imports");
  const open = items.find((each) => each.waiting > 0);
  if (!open || running) return;
  running = true;
  number_of = open.number;
  total = sent = open.files;
  await follow();
  await over();
}
resume();
