/* The page of cohorts: its address holds the definitions, and nothing else is kept. */
(function () {
  "use strict";

  const PATH = "/cohorts";
  const PAGE = "cohorts-page";
  const STATE = "cohorts-state-store";
  const LINK = "cohorts-link-input";
  const FOLDS = ".cohort-menu[open], .cohort-attrition[open], .cohort-as-text[open]";
  const NOTHING = { a: "", b: "" };

  /* Definitions stay readable in the address: only what would end a value is escaped. */
  function escaped(text) {
    return encodeURIComponent(text).replace(/%(3B|3D|2C|2F)/g, decodeURIComponent);
  }

  function search(state) {
    const parts = ["a", "b"].filter((side) => state[side]).map((side) => `${side}=${escaped(state[side])}`);
    return parts.length ? `?${parts.join("&")}` : "";
  }

  function asked() {
    const given = new URLSearchParams(window.location.search);
    return { a: given.get("a") || "", b: given.get("b") || "" };
  }

  function same(one, other) {
    return one.a === other.a && one.b === other.b;
  }

  /* A link to one patient's like is replaced, so that it does not stay in the history. */
  function address(state) {
    if (!state || window.location.pathname !== PATH) {
      return window.dash_clientside.no_update;
    }
    const path = PATH + search(state);
    const like = new URLSearchParams(window.location.search).has("like");
    if (like || !same(asked(), state)) {
      window.history[like ? "replaceState" : "pushState"]({}, "", path);
    }
    return window.location.origin + path;
  }

  /* Back, forward and the menu: what the address says is asked again. */
  function follow() {
    const here = window.location.pathname === PATH && document.getElementById(PAGE);
    if (here && !new URLSearchParams(window.location.search).has("like")) {
      window.dash_clientside.set_props(STATE, { data: asked() });
    }
  }

  function swapOrReset(_swap, _reset, state) {
    const [pressed] = window.dash_clientside.callback_context.triggered;
    if (!state || pressed.prop_id.startsWith("cohorts-reset")) {
      return [NOTHING, null];
    }
    return [{ a: state.b, b: state.a }, null];
  }

  function view(chosen, split) {
    return `cohort-results is-${chosen}${split ? " is-split" : ""}`;
  }

  async function copy() {
    const field = document.getElementById(LINK);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      return "Copied.";
    } catch {
      return "Selected: copy it with Ctrl+C.";
    }
  }

  function print() {
    window.print();
    return null;
  }

  /* What folds out over the page closes with Escape, and with a click anywhere else. */
  function closeOthers(event) {
    document.querySelectorAll(FOLDS).forEach((fold) => {
      if (!fold.contains(event.target)) {
        fold.removeAttribute("open");
      }
    });
  }

  function closeOnEscape(event) {
    const fold = event.key === "Escape" && event.target.closest(FOLDS);
    if (fold) {
      fold.removeAttribute("open");
      fold.querySelector("summary").focus();
    }
  }

  window.addEventListener("popstate", follow);
  window.addEventListener("_dashprivate_pushstate", follow);
  document.addEventListener("click", closeOthers);
  document.addEventListener("keydown", closeOnEscape);

  (window.dash_clientside = window.dash_clientside || {}).cohorts = {
    address,
    copy,
    print,
    swapOrReset,
    view,
  };
})();
