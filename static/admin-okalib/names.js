// Gives a name to what Django's own pages leave without one for those who hear them: the box to search in, fields in
// the rows of a list (they are called like their column), the heading of a row's name. To the eye nothing changes.
"use strict";

const words = document.currentScript?.dataset ?? {};

addEventListener("load", () => {
  const name = (element, text) => {
    if (text && !element.hasAttribute("aria-label")) element.setAttribute("aria-label", text.trim());
  };
  const search = document.querySelector("#searchbar");
  if (search) name(search, words.search);
  for (const field of document.querySelectorAll("#result_list tbody :is(input, select):not([type=hidden])")) {
    const cell = field.closest("td, th");
    const column = cell && document.querySelectorAll("#result_list thead th")[cell.cellIndex];
    if (!field.labels?.length) name(field, column?.querySelector(".text")?.textContent);
  }
  for (const head of document.querySelectorAll("th.original:empty")) {
    const text = document.createElement("span");
    text.className = "visually-hidden";
    text.textContent = words.row;
    head.append(text);
  }
  for (const tip of document.querySelectorAll(".help-tooltip[aria-label]")) tip.setAttribute("role", "img");
});
