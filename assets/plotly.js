/* plotly.js arrives late and its defaults include a button that sends the figure away.
   The first thing that happens to it is that this is switched off. */
(function () {
  "use strict";

  const CONFIG = { showSendToCloud: false, plotlyServerURL: "", displaylogo: false };
  let library;

  Object.defineProperty(window, "Plotly", {
    configurable: true,
    get: () => library,
    set(arrived) {
      library = arrived;
      library.setPlotConfig(CONFIG);
    },
  });
})();
