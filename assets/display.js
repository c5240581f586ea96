/* Display modes: light, dark, shared screen. Runs in the head, so the page is never painted wrong.
   The choice is the only thing this program remembers in a browser. */
(function () {
  "use strict";

  const KEY = "immunoboard-display";
  const MODES = ["light", "dark", "shared"];

  function remembered() {
    try {
      const mode = window.localStorage.getItem(KEY);
      return MODES.includes(mode) ? mode : null;
    } catch {
      return null; // storage is switched off in this browser
    }
  }

  function preferred() {
    return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }

  function show(mode) {
    const root = document.documentElement;
    root.setAttribute("data-bs-theme", mode === "dark" ? "dark" : "light");
    root.setAttribute("data-display", mode);
  }

  function choose(mode) {
    if (!MODES.includes(mode)) {
      return document.documentElement.getAttribute("data-display");
    }
    show(mode);
    try {
      window.localStorage.setItem(KEY, mode);
    } catch {
      // the mode holds until the page is left
    }
    return mode;
  }

  show(remembered() || preferred());
  (window.dash_clientside = window.dash_clientside || {}).display = { choose };
})();
