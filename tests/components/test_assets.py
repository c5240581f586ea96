"""The stylesheet and the scripts: what they must not do, and that names agree."""

from __future__ import annotations

import re

from components import shell, worklist_grid


def test_nothing_comes_from_outside(assets: dict[str, str]) -> None:
    for name, text in assets.items():
        addresses = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", text)
        assert [a for a in addresses if "www.w3.org" not in a] == [], name


def test_no_script_makes_code_from_text(assets: dict[str, str]) -> None:
    for name, text in assets.items():
        assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", text), name


def test_only_the_display_mode_is_remembered(assets: dict[str, str]) -> None:
    for name, text in assets.items():
        if name != "display.js":
            assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie =", text)
    assert assets["display.js"].count("setItem(KEY, mode)") == 1
    assert 'const KEY = "immunoboard-display";' in assets["display.js"]


def test_colours_have_a_counterpart_in_the_dark(assets: dict[str, str]) -> None:
    style = assets["immunoboard.css"]
    light, dark = (
        set(re.findall(r"^  (--ib-[\w-]+):", block, re.M))
        for block in re.findall(r'data-bs-theme="(?:light|dark)"\] \{(.*?)\n\}', style, re.S)[:2]
    )
    assert light == dark != set()


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_has_contrast_in_both_themes(assets: dict[str, str]) -> None:
    blocks = re.findall(
        r'data-bs-theme="(?:light|dark)"\] \{(.*?)\n\}', assets["immunoboard.css"], re.S
    )[:2]
    for block in blocks:
        colours = {
            name: value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:])
            for name, value in re.findall(r"(--[\w-]+): (#[0-9a-f]{3,6});", block)
        }
        grounds = [colours["--ib-ground"], colours["--ib-surface"]]
        for ground in grounds:
            for text in ("--bs-body-color", "--ib-quiet", "--ib-accent", "--ib-warn"):
                assert contrast(colours[text], ground) >= 4.5, (text, ground)
            assert contrast(colours["--ib-control"], ground) >= 3, ground
        assert contrast(colours["--ib-warn"], colours["--ib-warn-soft"]) >= 4.5
        assert contrast(colours["--ib-on-accent"], colours["--ib-accent"]) >= 4.5
        assert contrast(colours["--ib-accent-strong"], colours["--ib-accent-soft"]) >= 4.5


def test_every_named_function_of_the_grid_exists(assets: dict[str, str]) -> None:
    script = assets["dashAgGridFunctions.js"]
    for column in worklist_grid.column_defs():
        renderer = column.get("cellRenderer")
        assert renderer is None or f"cells.{renderer} =" in script
    for name in ("worklistDate", "worklistOpen", "worklistOpenOnEnter", "worklistShown"):
        assert f"functions.{name} =" in script


def test_scripts_use_the_ids_of_the_frame(assets: dict[str, str]) -> None:
    assert shell.Ids.IDLE in assets["session.js"]
    assert f"#{shell.Ids.NOTICE}:empty" in assets["immunoboard.css"]
