/* What lives, by htmx: logs and progress that ask again by themselves, and lists that follow what is asked of them. */
"use strict";

/* ── data-live asks again and again, until its data-pause is pressed or nobody looks ───────────────────────────── */

function setPaused(button) {
  const paused = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(paused));
  button.closest("[data-live]").toggleAttribute("data-paused", paused);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pause]");
  if (button) setPaused(button);
});

/* Asked for on behalf of the team that the page was drawn for: the server lets a page of another be loaded anew. */
const about = document.querySelector("meta[name=live]");

document.addEventListener("htmx:configRequest", (event) => {
  if (about.dataset.team) event.detail.headers["X-Team"] = about.dataset.team;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const live = event.target.closest("[data-live]");
  if (live && (document.hidden || live.hasAttribute("data-paused"))) event.preventDefault();
});

/* Without an answer it says so, and asks again; what is refused has a page of its own. */
function onTrouble(event) {
  const live = event.target.closest("[data-live]");
  const { status } = event.detail.xhr;
  if (!live) return;
  if (status >= 400 && status < 500) location.reload();
  else if (!live.querySelector("[data-trouble]")) {
    const told = document.createElement("small");
    told.textContent = about.content;
    told.className = "sg-why";
    told.dataset.trouble = "";
    live.append(told);
    announce(about.content, live);
  }
}

for (const name of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(name, onTrouble);

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) event.target.closest("[data-live]")?.querySelector("[data-trouble]")?.remove();
});

/* The server sends again what is young (a slow writer's row may come late): what the page shows already is dropped. */
function withoutShown(text) {
  const sent = new DOMParser().parseFromString(text, "text/html");
  for (const row of sent.querySelectorAll("li[id]")) {
    if (document.getElementById(row.id)) row.remove();
  }
  return sent.body.innerHTML;
}

/* Whoever was signed out meanwhile is answered with a page that belongs into no corner of this one; a list that follows
   comes as a whole page, of which it takes its own part. An error is no such answer: nothing is swapped in. */
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, serverResponse, requestConfig, xhr } = event.detail;
  const follows = requestConfig.elt.closest("[data-follows]");
  const isPage = xhr.status < 400 && serverResponse.trimStart().slice(0, 9).toLowerCase() === "<!doctype";
  if (isPage && !(follows && serverResponse.includes(`id="${target.id}"`))) {
    event.detail.shouldSwap = false;
    location.reload();
  } else if (target.id === "log") {
    event.detail.serverResponse = withoutShown(serverResponse);
  }
});

/* ── data-follows: a list that search, filters, headings and pages draw anew in its place ──────────────────────── */

/* What was left empty does not stand in the address. */
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.closest("[data-follows]")) return;
  const asked = event.detail.parameters;
  for (const name of [...new Set(asked.keys())]) {
    if (asked.get(name) === "") asked.delete(name);
  }
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.closest("[data-follows]")) event.detail.target.setAttribute("aria-busy", "true");
});

/* What came of it is said; a control that is gone leaves its focus to the number of rows found. */
document.addEventListener("htmx:afterSettle", (event) => {
  const list = event.target.closest("[data-found]");
  if (!list) return;
  for (const form of list.querySelectorAll("[data-choose]")) countChosen(form);
  const count = list.querySelector("[data-count]");
  announce(count.textContent, count);
  if (document.activeElement === document.body) count.focus();
});

/* An error has a page of its own, with what to do about it. */
document.addEventListener("htmx:responseError", (event) => {
  if (event.target.closest("[data-follows]")) location.assign(event.detail.pathInfo.finalRequestPath);
});
