// The practice IdP sends its answer on by itself, as real identity providers do; without scripts there is a button.
document.querySelector("form[data-auto]")?.submit();
