"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const root = document.documentElement;

  // Everything that needs this script is hidden without it.
  const theme = document.getElementById("theme");
  const filter = document.querySelector(".filter");
  for (const element of [theme, filter, ...all(".copy")]) element.hidden = false;

  // Dark or light: the system's choice until somebody makes another one.
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const name = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  try { root.dataset.theme = localStorage.getItem("gradcheck-theme") || ""; } catch { /* a file may have no storage */ }
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("gradcheck-theme", root.dataset.theme); } catch { /* then it is for this visit */ }
    name();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);
  name();

  // Filter by words and verdict.
  const words = document.getElementById("words");
  const shown = document.getElementById("shown");
  const subjects = all("[data-search]");
  const kinds = [["layer", ".grid tbody tr"], ["claim", ".claim"]];
  function sift() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdict = filter.elements.verdict.value;
    for (const subject of subjects) {
      const fits = wanted.every((word) => subject.dataset.search.includes(word));
      subject.toggleAttribute("data-hidden", !(fits && (!verdict || subject.dataset.verdict === verdict)));
    }
    for (const part of all(".part")) part.toggleAttribute("data-hidden", !part.querySelector(".claim:not([data-hidden])"));
    shown.value = kinds.map(([kind, selector]) => {
      const found = all(selector);
      const left = found.filter((each) => !each.hasAttribute("data-hidden")).length;
      return found.length ? `${left} of ${found.length} ${kind}${found.length === 1 ? "" : "s"}` : "";
    }).filter(Boolean).join(", ");
  }
  filter.addEventListener("input", sift);
  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.reset();
  sift();

  // An address leads to its evidence: open what it is in, and put the focus there.
  function reveal() {
    let address = location.hash.slice(1);
    try { address = decodeURIComponent(address); } catch { /* it was not encoded */ }
    const target = address && document.getElementById(address);
    if (!target || target.id === "results") return;
    if (target.closest("[data-hidden]")) { filter.reset(); sift(); }
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView({ block: "start" });
    (target.querySelector(":scope > summary") || target).focus({ preventScroll: true });
  }
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) reveal();
  });
  addEventListener("load", () => setTimeout(reveal)); // after the browser's own way to an address, which takes the focus

  // In the grid, arrows move from cell to cell, and Tab leaves it.
  const rows = all(".grid tbody tr");
  const cells = (row) => all("a", row);
  for (const link of all(".grid tbody a")) link.tabIndex = -1;
  if (rows.length) cells(rows[0])[0].tabIndex = 0;
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  for (const grid of all(".grid")) {
    grid.addEventListener("keydown", (event) => {
      const move = moves[event.key];
      const from = event.target.closest("tbody a");
      if (!move || !from) return;
      event.preventDefault();
      const visible = rows.filter((row) => !row.hasAttribute("data-hidden"));
      const row = visible.indexOf(from.closest("tr"));
      const column = cells(visible[row]).indexOf(from);
      const next = visible[row + move[0]] && cells(visible[row + move[0]])[column + move[1]];
      if (!next) return;
      next.focus();
    });
    grid.addEventListener("focusin", (event) => {
      const link = event.target.closest("tbody a");
      if (!link) return;
      for (const other of all("tbody a[tabindex='0']", grid)) other.tabIndex = -1;
      link.tabIndex = 0;
    });
  }

  // Copy a snippet; where the clipboard is closed to files, select it for Ctrl-C.
  for (const button of all(".copy")) {
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      let done = true;
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch {
        getSelection().selectAllChildren(code);
        done = document.execCommand("copy");
      }
      button.textContent = done ? "Copied" : "Selected: press Ctrl-C";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }

  // On paper nothing can be opened: what fails is printed open.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details.failing:not([open])");
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of opened) each.open = false; });
})();
