// Keeps what was ticked off a list while it is worked on: a list on a phone is loaded anew after every mark. The ticks
// live in this tab alone and say nothing to the server, which learns what was fetched from the scanner.
"use strict";

for (const box of document.querySelectorAll("[data-tick]")) {
  box.checked = sessionStorage.getItem(`tick:${box.dataset.tick}`) !== null;
  box.addEventListener("change", () => {
    if (box.checked) sessionStorage.setItem(`tick:${box.dataset.tick}`, "1");
    else sessionStorage.removeItem(`tick:${box.dataset.tick}`);
  });
}
