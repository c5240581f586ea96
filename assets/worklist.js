/* Search, quick filters and keyboard of the worklist. Nothing is remembered. */
(function () {
  "use strict";

  const GRID = "worklist-grid";
  const SEARCH = "worklist-search-input";
  const CHIPS = ["all", "on", "rising", "flagged", "unscored"];

  function grid() {
    return window.dash_ag_grid.getApi(GRID);
  }

  /* One record per patient from one list per column. */
  function rows(text) {
    const columns = Object.entries(JSON.parse(text));
    return columns[0][1].map((_, place) =>
      Object.fromEntries(columns.map(([name, values]) => [name, values[place]])),
    );
  }

  function filter(words, chip) {
    const api = grid();
    const chosen = CHIPS.includes(chip) ? chip : "all";
    api.setGridOption("quickFilterText", words || "");
    api.setGridOption("isExternalFilterPresent", () => chosen !== "all");
    api.setGridOption("doesExternalFilterPass", (node) => Boolean(node.data[chosen]));
    api.onFilterChanged();
    return window.dash_clientside.no_update;
  }

  function reset() {
    const api = grid();
    api.setFilterModel(null);
    api.applyColumnState({ state: [{ colId: "risk", sort: "desc" }], defaultState: { sort: null } });
    return ["", "all"];
  }

  function clearSearch() {
    window.dash_clientside.set_props(SEARCH, { value: "" });
  }

  function toFirstRow() {
    const api = grid();
    api.ensureIndexVisible(0);
    api.setFocusedCell(0, "patient");
  }

  document.addEventListener("keydown", (event) => {
    if (event.target.id !== SEARCH) {
      return;
    }
    if (event.key === "Escape") {
      clearSearch();
    } else if (event.key === "ArrowDown" && grid().getDisplayedRowCount() > 0) {
      event.preventDefault();
      toFirstRow();
    }
  });

  (window.dash_clientside = window.dash_clientside || {}).worklist = { rows, filter, reset };
})();
