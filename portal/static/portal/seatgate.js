/* What the pages do beyond HTML. Every page works without this file; each part below only makes something quicker. */
"use strict";

/* Tell a screen reader; the pause makes it speak even when the same words come twice. */
function announce(words, near) {
  const region = document.getElementById("announce");
  // While a dialog is open the page behind it is silent, so the region moves into it.
  (near.closest("dialog") ?? document.body).append(region);
  region.textContent = "";
  setTimeout(() => { region.textContent = words; }, 50);
}

/* ── Copy buttons: data-copy="#id" copies that element's value or text ─────────────────────────────────────────── */

async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  const text = source.value ?? source.textContent;
  try {
    await navigator.clipboard.writeText(text.trim());
  } catch {
    // No clipboard (an old browser, or permission refused): leave the text selected for the keyboard.
    source.focus();
    if (source.select) source.select();
    announce(button.dataset.failed, button);
    return;
  }
  announce(button.dataset.copied, button);
  button.dataset.done = "";
  setTimeout(() => delete button.dataset.done, 2000);
}

/* ── Dialogs: a link to #id marked data-dialog opens that <dialog> ─────────────────────────────────────────────── */

function openDialog(dialog) {
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return;
  dialog.showModal();
  const typed = dialog.querySelector("[data-confirm-text]");
  if (typed) checkTyped(typed);
}

/* The button waits for the name; the server asks again, so a page without a script stays safe. */
function checkTyped(field) {
  const button = field.form.querySelector("button:not([type=button])");
  button.disabled = field.value.trim() !== field.dataset.confirmText;
}

/* ── The rail as a sheet on a phone ────────────────────────────────────────────────────────────────────────────── */

const rail = document.getElementById("rail");
const railOpener = document.querySelector("[data-rail-open]");

function setRail(open) {
  rail.toggleAttribute("data-open", open);
  document.querySelector("[data-behind-rail]").inert = open;
  railOpener.setAttribute("aria-expanded", String(open));
  if (open) rail.querySelector("[data-rail-close]").focus();
  else railOpener.focus();
}

/* ── Ticks: how many are chosen, and everybody on the page at once ─────────────────────────────────────────────── */

function countChosen(form) {
  const ticks = [...form.querySelectorAll("[name=who]")];
  const ticked = ticks.filter((tick) => tick.checked).length;
  const words = form.querySelector("[data-chosen]");
  const page = form.querySelector("[data-choose-page]");
  const everybody = form.querySelector("[name=all]").checked;
  words.textContent = everybody ? words.dataset.everybody : words.dataset.some.replace("NUMBER", ticked);
  page.checked = ticked === ticks.length;
  page.indeterminate = ticked > 0 && ticked < ticks.length;
}

function tickPage(page) {
  for (const tick of page.form.querySelectorAll("[name=who]")) tick.checked = page.checked;
}

/* ── Wiring ────────────────────────────────────────────────────────────────────────────────────────────────────── */

const acts = {
  "[data-copy]": (element) => copy(element),
  "[data-dismiss]": (element) => element.closest(".sg-alert").remove(),
  "[data-dialog]": (element) => openDialog(document.querySelector(element.getAttribute("href"))),
  "[data-close]": (element) => element.closest("dialog").close(),
  "[data-print]": () => print(),
  "[data-rail-open]": () => setRail(true),
  "[data-rail-close]": () => setRail(false),
};

function closeMenus(except) {
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  if (rail?.hasAttribute("data-open") && !rail.contains(event.target)) setRail(false);
  for (const [selector, act] of Object.entries(acts)) {
    const element = event.target.closest(selector);
    if (!element) continue;
    event.preventDefault();
    act(element);
    return;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = document.querySelector("[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    if (rail?.hasAttribute("data-open")) setRail(false);
  }
  // One key leads to the search, except for somebody who is typing.
  const search = document.querySelector("[data-search]");
  if (event.key === "/" && search && !event.target.closest("input, textarea, select, dialog")) {
    event.preventDefault();
    search.focus();
  }
  // A link that acts as a button answers to the space bar like one.
  if (event.key === " " && event.target.matches("a[role=button]")) {
    event.preventDefault();
    event.target.click();
  }
});

for (const form of document.querySelectorAll("[data-choose]")) countChosen(form);

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-choose]");
  if (!form) return;
  if (event.target.matches("[data-choose-page]")) tickPage(event.target);
  countChosen(form);
});

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-confirm-text]")) checkTyped(event.target);
});

if (railOpener) {
  railOpener.setAttribute("aria-controls", "rail");
  railOpener.setAttribute("aria-expanded", "false");
  // A phone turned on its side shows the rail beside the page again: nothing may stay inert behind it.
  matchMedia("(min-width: 761px)").addEventListener("change", (wide) => {
    if (wide.matches && rail.hasAttribute("data-open")) setRail(false);
  });
}

/* An address that opens the rail or a dialog was made for a page without a script: leave it, and open properly. */
const named = document.getElementById(location.hash.slice(1));
if (named && (named === rail || named instanceof HTMLDialogElement)) {
  location.replace("#"); // replaceState would leave :target as it is
  if (named !== rail) openDialog(named);
}
