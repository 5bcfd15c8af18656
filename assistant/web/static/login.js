import { $, ask } from "/static/common.js";

function handle(form, send) {
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector(".problem");
    const button = form.querySelector("button");
    problem.hidden = true;
    button.disabled = true;
    try {
      location.assign(await send(Object.fromEntries(new FormData(form))));
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
      button.disabled = false;
    }
  });
}

handle($("login"), async (values) => {
  const who = await ask("POST", "/api/session", values);
  return who.must_change ? "/password" : "/";
});

handle($("password"), async (values) => {
  if (values.new !== values.again) throw new Error("两次输入的新密码不一致");
  await ask("PUT", "/api/session/password", { old: values.old, new: values.new });
  return "/login";
});
