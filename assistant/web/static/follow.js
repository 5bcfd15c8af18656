// Follows running calls over the server's stream: one's own as a list, and one of them as it grows.

/** A call that is looked at: puts what comes of it into a view, each turn and event once. */
export class Followed {
  /** `told` hears the state after each piece of news, `prompts` takes the call's prompts. */
  constructor(id, view, told, prompts = null) {
    this.id = id;
    this.view = view;
    this.told = told;
    this.prompts = prompts;
    this.last = 0;
    this.report = null;
  }

  take({ status, interrupted, turns, events }) {
    for (const turn of turns) if (turn.index >= this.view.turns.length) this.view.addTurn(turn.role, turn.text);
    for (const event of events) {
      if (event.event_id <= this.last) continue;
      this.last = event.event_id;
      if (event.type === "prompt") this.prompts?.take(event.data);
      if (event.type === "report") this.report = event.data;
      this.view.take(event);
    }
    this.told({ status, interrupted });
  }
}

/** The stream: `listed` hears of one's own calls, `lost` that nothing comes any more. */
export class Stream {
  constructor(listed, lost) {
    this.listed = listed;
    this.lost = lost;
    this.source = null;
  }

  /** Follow one's own calls, and what comes of `followed` where there is one. */
  open(followed = null) {
    this.source?.close();
    const known = followed ? { call_id: followed.id, after: String(followed.last), turns: String(followed.view.turns.length) } : {};
    const source = new EventSource(`/api/live/stream?${new URLSearchParams(known)}`);
    this.source = source;
    source.onmessage = (message) => {
      const told = JSON.parse(message.data);
      if (this.source === source && told.call) followed.take(told.call);
      if (this.source === source && told.calls) this.listed(told.calls);
    };
    source.onerror = () => { if (this.source === source && source.readyState === EventSource.CLOSED) this.lost(); };
  }

  close() {
    this.source?.close();
    this.source = null;
  }
}
