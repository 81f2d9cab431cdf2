// Suggestions under the search box while one types: an editable combobox with a list (ARIA 1.2).
// Without this script, the button beside the box shows the same suggestions as a page of links.
"use strict";

(() => {
  const PAUSE = 180; // milliseconds without a key before anything is asked
  const REMEMBERED = 50; // beginnings whose answers are kept

  const form = document.querySelector("form[data-suggestions]");
  const field = form && form.querySelector("input[type=search]");
  if (!field) return;

  const answers = new Map();
  let timer = 0;
  let request = null;
  let active = -1; // the option that the arrow keys have reached

  const list = document.createElement("ul");
  list.id = "suggestions";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.list);

  const said = document.createElement("p");
  said.className = "visually-hidden";
  said.setAttribute("role", "status");

  field.parentElement.append(list, said);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");
  form.querySelectorAll("[data-without-script]").forEach((button) => { button.hidden = true; });

  const options = () => [...list.children];

  function close() {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    activate(-1);
  }

  function stop() {
    clearTimeout(timer);
    if (request) request.abort();
    request = null;
  }

  function activate(place) {
    const all = options();
    if (all[active]) all[active].setAttribute("aria-selected", "false");
    active = place;
    if (!all[active]) {
      active = -1;
      field.removeAttribute("aria-activedescendant");
      return;
    }
    all[active].setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", all[active].id);
    all[active].scrollIntoView({ block: "nearest" });
  }

  function show(suggestions) {
    activate(-1);
    list.replaceChildren(...suggestions.map((suggestion, place) => {
      const option = document.createElement("li");
      option.id = `suggestion-${place}`;
      option.dataset.address = suggestion.address;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const text = document.createElement("span");
      text.textContent = suggestion.text;
      const kind = document.createElement("span");
      kind.className = "suggestion-kind";
      kind.textContent = form.dataset[suggestion.kind] || "";
      option.append(text, " ", kind);
      return option;
    }));
    list.hidden = suggestions.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    said.textContent = list.hidden ? "" : form.dataset.found.replace("%s", suggestions.length);
  }

  async function ask() {
    const text = field.value.trim();
    stop();
    if (!text) {
      show([]);
      return;
    }
    if (!answers.has(text)) {
      request = new AbortController();
      const { signal } = request;
      try {
        const address = `${form.dataset.suggestions}?${new URLSearchParams({ q: text })}`;
        const answer = await fetch(address, { signal, headers: { Accept: "application/json" } });
        if (!answer.ok) return;
        const { suggestions } = await answer.json();
        if (answers.size >= REMEMBERED) answers.delete(answers.keys().next().value);
        answers.set(text, suggestions);
      } catch (error) {
        return; // outdated, or the network is gone: the search itself works as before
      }
      if (signal.aborted) return;
    }
    if (document.activeElement === field && field.value.trim() === text) show(answers.get(text));
  }

  function askSoon() {
    stop();
    timer = setTimeout(ask, PAUSE);
  }

  field.addEventListener("input", askSoon);
  field.addEventListener("compositionend", askSoon);
  field.addEventListener("blur", () => { stop(); close(); });
  form.addEventListener("submit", () => { stop(); close(); });

  field.addEventListener("keydown", (event) => {
    // Keys that an input method takes are its own; 229 is what some browsers send for them.
    if (event.isComposing || event.keyCode === 229 || event.altKey || event.ctrlKey || event.metaKey) return;
    const last = options().length - 1;
    if (list.hidden) {
      if (event.key === "ArrowDown" && field.value.trim()) {
        event.preventDefault();
        ask();
      }
      return;
    }
    const steps = {
      ArrowDown: active === last ? -1 : active + 1,
      ArrowUp: active === -1 ? last : active - 1,
      ...(active === -1 ? {} : { Home: 0, End: last }),
    };
    if (event.key in steps) {
      event.preventDefault();
      activate(steps[event.key]);
    } else if (event.key === "Enter" && active !== -1) {
      event.preventDefault();
      window.location.assign(options()[active].dataset.address);
    } else if (event.key === "Escape") {
      event.preventDefault(); // the list goes first, what was typed stays
      stop();
      close();
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      activate(-1);
    }
  });

  // The field keeps the focus while an option is pressed, or the list would be gone before the click.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) window.location.assign(option.dataset.address);
  });
})();
