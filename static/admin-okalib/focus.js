// Keeps the scanner's field ready: it has the focus again when one returns to the window, clicks beside everything, or
// begins to type where nothing takes letters. Buttons and fields are still reached by keyboard. The page works without.
"use strict";

const scanner = document.querySelector("[data-scan]");
if (scanner) {
  const focus = () => scanner.focus({ preventScroll: true });
  const takesLetters = (element) => element.matches("input:not([type=checkbox], [type=radio]), textarea, select");

  focus();
  window.addEventListener("focus", focus);
  document.addEventListener("keydown", (event) => {
    const isLetter = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isLetter && !takesLetters(document.activeElement)) focus();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("a, button, input, label, select, summary, textarea") && `${getSelection()}` === "") focus();
  });
  document.addEventListener("change", (event) => {
    if (event.target.type === "checkbox" && event.target.form === scanner.form) focus();
  });
}
