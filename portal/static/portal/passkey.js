/* Passkeys: a form marked data-passkey holds what the browser is asked; its button asks, then sends the answer on. */
"use strict";

async function answerTo(form) {
  const asked = JSON.parse(form.dataset.passkey).publicKey;
  const made = "passkeyMake" in form.dataset
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });
  return JSON.stringify(made.toJSON());
}

function fail(form, old) {
  const told = form.querySelector("[data-passkey-failed]");
  if (old) told.querySelector(".sg-alert-words").textContent = told.dataset.old;
  told.hidden = false;
}

async function ask(form) {
  // Older browsers know passkeys, but not in the form in which the server speaks of them.
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    fail(form, true);
    return;
  }
  form.querySelector("[data-passkey-failed]").hidden = true;
  try {
    form.elements.answer.value = await answerTo(form);
  } catch {
    // Cancelled, timed out, or none there: which of them, the browser tells nobody on purpose.
    fail(form, false);
    return;
  }
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.reportValidity()) ask(form);
  });
  if ("passkeyNow" in form.dataset) ask(form);
}
