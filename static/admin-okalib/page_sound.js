// Lets a page that came whole sound its answer: the scan before it counts as the gesture that browsers ask for.
"use strict";

const answer = document.querySelector("[data-tone]:not([hidden])");
if (answer && !navigator.userActivation?.hasBeenActive) {
  document.dispatchEvent(new CustomEvent("desk:answered", { detail: { tone: answer.dataset.tone } }));
}
