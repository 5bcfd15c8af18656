// Speech through the browser's own interfaces, where it has them: the microphone in, a spoken customer out.

const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;

/** Let a button take down what is said; `heard` is told the words so far, and whether they are final. */
export function microphone(button, heard) {
  if (!Recognition) return;
  const recognition = new Recognition();
  recognition.lang = "zh-CN";
  recognition.interimResults = true;
  const listening = (on) => button.setAttribute("aria-pressed", String(on));
  recognition.addEventListener("start", () => listening(true));
  recognition.addEventListener("end", () => listening(false));
  recognition.addEventListener("error", () => listening(false));
  recognition.addEventListener("result", (event) => {
    const results = [...event.results];
    heard(results.map((result) => result[0].transcript).join(""), results.every((result) => result.isFinal));
  });
  button.hidden = false;
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-pressed") === "true") recognition.stop();
    else { hush(); recognition.start(); }
  });
}

export const canSpeak = "speechSynthesis" in window && "SpeechSynthesisUtterance" in window;

/** Say something, the faster the more agitated (0 to 1). */
export function speak(text, agitation) {
  if (!canSpeak) return;
  hush();
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = "zh-CN";
  utterance.rate = 1 + 0.3 * agitation;
  utterance.voice = speechSynthesis.getVoices().find((voice) => voice.lang.replace("_", "-").startsWith("zh")) ?? null;
  speechSynthesis.speak(utterance);
}

export function hush() {
  if (canSpeak) speechSynthesis.cancel();
}
