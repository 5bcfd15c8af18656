// Until the scripts of the page have run, what is pressed and chosen waits; then it is done, once and in order.
// Nobody on a slow line presses in vain, nor twice.

(() => {
  const TYPES = ["click", "submit", "input", "change"];
  const waiting = new Map(); // what is done later, by what it is done with and how

  /** Return what does later what an event asks for; null where it needs no script. */
  function later({ type, target, submitter }) {
    if (type === "submit") return () => target.requestSubmit(submitter?.form === target ? submitter : null);
    if (type !== "click") return () => target.dispatchEvent(new Event(type, { bubbles: true }));
    const button = target.closest?.("button");
    return button && (button.type === "button" || !button.form) ? () => button.click() : null;
  }

  function hold(event) {
    const done = later(event);
    if (!done) return;
    const target = event.type === "click" ? event.target.closest("button") : event.target;
    waiting.set(target, new Map([...(waiting.get(target) ?? []), [event.type, done]]));
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  for (const type of TYPES) addEventListener(type, hold, true);
  addEventListener("page-ready", () => {
    for (const type of TYPES) removeEventListener(type, hold, true);
    for (const [target, deeds] of waiting) if (target.isConnected) for (const done of deeds.values()) done();
  }, { once: true });
})();
