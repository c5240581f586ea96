/* The browser's side of a session: what the data are, when it ends, the way back to the login.
   GET /snapshot does not count as activity, so a page left open still signs itself out. */
(function () {
  "use strict";

  const SNAPSHOT = "/snapshot";
  const LOGIN = "/login";
  const WARNING_SECONDS = 120;
  const send = window.fetch.bind(window);

  /* The login itself says why one is there again; afterwards it leads back to this page. */
  function toLogin() {
    const here = window.location.pathname + window.location.search;
    window.location.assign(`${LOGIN}?next=${encodeURIComponent(here)}`);
    return new Promise(() => {}); // the page is being left: nothing of it runs on
  }

  async function fetchSignedIn(resource, options) {
    const response = await send(resource, options);
    return response.status === 401 ? toLogin() : response;
  }

  function unchanged() {
    return window.dash_clientside.no_update;
  }

  function csrfToken() {
    const cookie = document.cookie.split("; ").find((part) => part.startsWith("_csrf_token="));
    return cookie ? decodeURIComponent(cookie.split("=")[1]) : "";
  }

  /* The dialog opens two minutes before the session ends and closes when it was prolonged,
     here or in another window. */
  function warn(secondsLeft) {
    const dialog = document.getElementById("app-idle-dialog");
    if (!dialog || typeof secondsLeft !== "number") {
      return;
    }
    if (secondsLeft <= WARNING_SECONDS && !dialog.open) {
      dialog.showModal();
    } else if (secondsLeft > WARNING_SECONDS && dialog.open) {
      dialog.close();
    }
  }

  async function poll(_count, known) {
    let answer;
    try {
      const response = await fetchSignedIn(SNAPSHOT, { cache: "no-store" });
      answer = await response.json();
    } catch {
      return unchanged(); // the server is away for a moment: the next poll asks again
    }
    const { idle_seconds: secondsLeft, ...snapshot } = answer;
    warn(secondsLeft);
    return JSON.stringify(snapshot) === JSON.stringify(known) ? unchanged() : snapshot;
  }

  function footer(snapshot) {
    if (!snapshot) {
      return "";
    }
    const version = snapshot.model_version;
    const scoredWith = snapshot.scored_with;
    const others = version && scoredWith && scoredWith !== version;
    return [
      version ? `risk models ${version}, trained on a simulated cohort` : "risk not available",
      others ? `worklist scored with risk models ${scoredWith}` : "",
      snapshot.snapshot ? `snapshot ${snapshot.snapshot}` : "no snapshot",
      snapshot.data_date ? `data to ${window.dash_clientside.page.day(snapshot.data_date)}` : "",
      snapshot.cohort ? `${snapshot.cohort} patients` : "",
    ]
      .filter(Boolean)
      .map((part) => ` · ${part}`)
      .join("");
  }

  async function signOut() {
    await send("/logout", { method: "POST", headers: { "X-CSRFToken": csrfToken() } });
    window.location.assign(LOGIN);
    return true;
  }

  /* Any page counts as activity; the poll then finds the session prolonged and closes the dialog. */
  async function stay() {
    await fetchSignedIn("/", { cache: "no-store" });
    await poll();
    return false;
  }

  window.fetch = fetchSignedIn;
  (window.dash_clientside = window.dash_clientside || {}).session = { poll, footer, signOut, stay };
})();
