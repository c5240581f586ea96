/* Words, marks and filters of the worklist. The grid calls them by name; none takes code as text. */
(function () {
  "use strict";

  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const element = (...parts) => window.React.createElement(...parts);
  const span = (className, ...children) => element("span", { className }, ...children);
  const hidden = (className, style) =>
    element("span", { className, style, "aria-hidden": "true" });

  function patientPath(row) {
    return `/patient/${encodeURIComponent(row.token)}`;
  }

  /* "under 1" and "over 99": no risk of a person is nought or certain. */
  function ofHundred(percent) {
    const share = Math.round(percent);
    if (share < 1) return "under 1";
    return share > 99 ? "over 99" : String(share);
  }

  functions.worklistDate = (params) =>
    params.value ? window.dash_clientside.page.day(params.value) : "none";

  functions.worklistPasses = (node, chip) => chip === "all" || Boolean(node.data[chip]);

  functions.worklistOpen = (params) => {
    const event = params.event;
    const onLink = event && event.target && event.target.closest("a");
    if (!onLink) window.dash_clientside.page.open(patientPath(params.data));
  };

  functions.worklistOpenOnEnter = (params) => {
    if (params.event.key === "Enter") window.dash_clientside.page.open(patientPath(params.data));
  };

  functions.worklistShown = (params) => {
    const total = params.api.getGridOption("rowData")?.length || 0;
    const shown = params.api.getDisplayedRowCount();
    const words = shown === total ? "" : `showing ${shown} of ${total}`;
    window.dash_clientside.set_props("worklist-shown-text", { children: words });
  };

  cells.WorklistPatient = (props) => {
    function follow(event) {
      if (!window.dash_clientside.page.isPlain(event)) return;
      event.preventDefault();
      window.dash_clientside.page.open(patientPath(props.data));
    }
    const link = { href: patientPath(props.data), onClick: follow, tabIndex: -1 };
    return element("a", link, span("pseudonym", props.value));
  };

  cells.WorklistText = (props) => span("", props.value || span("quiet", "not recorded"));

  cells.WorklistCancer = (props) => {
    const stage = props.data.stage;
    return span("", props.value || "not recorded", stage ? span("quiet", `\u00a0${stage}`) : null);
  };

  cells.WorklistWeek = (props) => {
    const row = props.data;
    const state = row.on ? "" : row.state;
    const week = props.value === null ? "none" : String(props.value);
    return span("", week, state ? span("quiet", ` ${state}`) : null);
  };

  const careMark = () =>
    element(
      "span",
      { className: "care-mark", title: "Use with care: the patient page says why" },
      element("span", { "aria-hidden": "true" }, "△"),
      span("visually-hidden", " with care"),
    );

  cells.WorklistRisk = (props) => {
    const { lower, upper } = props.data;
    if (props.value === null) return span("quiet", props.data.support);
    const at = (percent) => `${Math.min(100, (100 * percent) / props.scale)}%`;
    const extent = { left: at(lower), right: `calc(100% - ${at(upper)})` };
    return span(
      "risk-cell",
      element(
        "span",
        { className: "risk-track", "aria-hidden": "true" },
        hidden("risk-bar", { width: at(props.value) }),
        lower === null ? null : hidden("risk-interval", extent),
      ),
      span("risk-words", element("b", null, ofHundred(props.value)), "\u00a0of\u00a0100"),
      props.data.care ? careMark() : hidden("care-mark", {}),
      lower === null ? null : span("quiet", `${ofHundred(lower)} to ${ofHundred(upper)}`),
    );
  };

  cells.WorklistOrgan = (props) => {
    const ratio = props.data.ratio;
    if (!props.value) return null;
    return span("", props.value, ratio === null ? null : span("against", ratio > 10 ? " over ×10" : ` ×${ratio.toFixed(1)}`));
  };

  cells.WorklistChange = (props) => {
    if (props.value === null) return span("quiet", props.data.support ? "" : "first score");
    const size = Math.abs(props.value).toFixed(1);
    if (size === "0.0") return span("quiet", "= 0.0");
    const [arrow, sign] = props.value > 0 ? ["▲", "+"] : ["▼", "−"];
    return span(props.data.rising ? "rising" : "", `${arrow} ${sign}${size}`);
  };

  cells.WorklistQol = (props) => (props.value ? span("flag", props.value) : null);
})();
