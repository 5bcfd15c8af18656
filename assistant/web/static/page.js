// Runs the scripts of the page, and says when all have.

const scripts = [...document.querySelectorAll("link[data-page]")];
for (const told of await Promise.allSettled(scripts.map((each) => import(each.href)))) if (told.reason) reportError(told.reason);
dispatchEvent(new Event("page-ready"));
