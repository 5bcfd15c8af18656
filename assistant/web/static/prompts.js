// The prompts of a running call: at most two, with one-key copy and what the agent says of them.

import { $, ask, make, set, toast } from "/static/common.js";

const KINDS = {
  next_step: "下一步", due: "该说了", better_wording: "换个说法", early_warning: "预警", confirm: "请确认", objection: "应对异议",
};

export class Prompts {
  constructor(callId) {
    this.callId = callId;
    this.shown = new Map();
    $("prompts").replaceChildren(make("p", { class: "soft" }, "等客户开口后，这里会给出下一句怎么说。"));
  }

  /** Take a prompt of the live protocol: it is shown, or has had its time. */
  take(prompt) {
    if (prompt.status === "shown") this.shown.set(prompt.id, prompt);
    else this.shown.delete(prompt.id);
    this.show();
  }

  clear() {
    this.shown.clear();
    this.show();
  }

  show() {
    const shown = [...this.shown.values()].sort((a, b) => b.priority - a.priority).slice(0, 2);
    $("prompts").replaceChildren(...(shown.length
      ? shown.map((prompt, place) => this.card(prompt, place + 1))
      : [make("p", { class: "soft" }, "暂无提示。")]));
  }

  card(prompt, number) {
    const copy = make("button", { type: "button", class: "primary copy", "data-n": String(number) }, `复制 ${number}`);
    copy.addEventListener("click", async () => {
      try { await navigator.clipboard.writeText(set(prompt.phrases[0])); toast("已复制"); } catch { toast("浏览器不允许复制"); }
    });
    const rate = (used, label) => {
      const button = make("button", { type: "button" }, label);
      button.addEventListener("click", async () => {
        try {
          await ask("POST", "/api/prompts/used", { call_id: this.callId, prompt_id: prompt.id, used });
          this.shown.delete(prompt.id);
          this.show();
          toast("已记下");
        } catch (error) { toast(error.message); }
      });
      return button;
    };
    return make("article", { class: `prompt ${prompt.kind}` },
      make("div", { class: "between" }, make("b", { class: "kind" }, KINDS[prompt.kind] ?? prompt.kind),
        make("span", { class: "soft small" }, set(prompt.reason.why ?? ""))),
      make("p", { class: "phrase" }, set(prompt.phrases[0])),
      prompt.phrases.length > 1 ? make("details", {}, make("summary", {}, "其他说法"),
        make("ul", {}, ...prompt.phrases.slice(1).map((each) => make("li", {}, set(each))))) : null,
      make("div", { class: "actions" }, copy, rate(true, "用了"), rate(false, "没用")));
  }
}
