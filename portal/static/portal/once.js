/* A token that is shown once: whoever would leave the page without having copied it is asked first. */
"use strict";

let copied = false;
let pending = null;
const dialog = document.getElementById("token-copied");

function leaveLater(event, go) {
  event.preventDefault();
  event.stopImmediatePropagation();
  pending = go;
  dialog.showModal();
}

// The copy button says so when it has truly copied; Ctrl+C is an event of its own.
const button = document.querySelector("[data-once] [data-copy]");
new MutationObserver(() => { copied = true; }).observe(button, { attributeFilter: ["data-done"] });
document.addEventListener("copy", (event) => {
  if (event.target.closest?.("[data-once]")) copied = true;
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-once-done]")) {
    copied = true;
    if (dialog.open) dialog.close();
    if (pending) pending();
    return; // the panel's own button is a link, and goes where it leads
  }
  const link = event.target.closest("a[href]");
  if (copied || !link || link.getAttribute("href").startsWith("#")) return;
  leaveLater(event, () => location.assign(link.href));
}, true);

document.addEventListener("submit", (event) => {
  if (copied) return;
  const { target, submitter } = event;
  leaveLater(event, () => target.requestSubmit(submitter));
}, true);

addEventListener("beforeunload", (event) => {
  if (!copied) event.preventDefault();
});
