// What rules make of a sentence: what they find, and what they nearly find.

import { ask, make, set, tag } from "/static/common.js";

const asking = new Map(); // by place: what was asked last

export async function showTried(into, path, asked) {
  asking.set(into, asked);
  into.hidden = false;
  into.replaceChildren(make("p", { class: "soft" }, "正在检查…"));
  try {
    const told = await ask("POST", path, asked);
    if (asking.get(into) !== asked) return;
    const found = told.findings.map((finding) => make("div", { class: `found ${finding.severity}` },
      make("div", {}, tag(finding.severity), " ", make("b", {}, set(finding.title)), " ",
        make("a", { href: `/rules#${finding.rule}` }, make("code", {}, finding.rule))),
      make("p", {}, set(finding.message)),
      finding.suggestion ? make("p", { class: "better" }, "建议：", set(finding.suggestion)) : null));
    const near = told.near.map((each) => make("li", {}, make("b", {}, set(each.title)), ` “${each.text}”${set(each.reason)} `,
      make("a", { href: `/rules#${each.rule}` }, make("code", {}, each.rule))));
    into.replaceChildren(...(found.length ? found : [make("p", {}, "没有发现问题。")]),
      ...(near.length ? [make("p", { class: "soft small" }, "差一点触发的规则"), make("ul", { class: "small" }, ...near)] : []));
  } catch (error) { into.replaceChildren(make("p", { class: "problem" }, error.message)); }
}
