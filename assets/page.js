/* Arriving on a page: the reader is taken to its heading, as after a page load (WCAG 2.4.3). */
(function () {
  "use strict";

  const MODIFIERS = ["altKey", "ctrlKey", "metaKey"];
  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

  function toHeading() {
    const place = document.querySelector("main h1") || document.querySelector("main");
    if (place) {
      place.setAttribute("tabindex", "-1");
      place.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    document.querySelectorAll(".app-navigation a").forEach((link) => {
      if (link.classList.contains("active")) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
  }

  /* A notice belongs to one page and one snapshot: it goes when either changes, or when closed. */
  function arrive(_page, _snapshot, _closed) {
    const arrived = window.dash_clientside.callback_context.triggered.some(
      (change) => change.prop_id === "_pages_store.data",
    );
    if (arrived) window.setTimeout(toHeading, 0);
    return null;
  }

  /* Follows a link inside the program without loading it anew. */
  function open(path) {
    window.history.pushState({}, "", path);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  }

  /* "30 Sep 2026", as everywhere in the program; browsers disagree about "Sept". */
  function day(iso) {
    const [year, month, date] = iso.split("-").map(Number);
    return `${date} ${MONTHS[month - 1]} ${year}`;
  }

  function isPlain(event) {
    return !MODIFIERS.some((key) => event[key]);
  }

  (window.dash_clientside = window.dash_clientside || {}).page = { arrive, day, open, isPlain };
})();
