"""What holds for the whole project, whatever module one is in."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import dash
import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = [
    path
    for folder in ("models", "data_access", "components", "pages", "server")
    for path in sorted((ROOT / folder).rglob("*.py"))
] + [ROOT / "app.py"]
TEXTS = [
    path
    for pattern in ("*.md", "*.toml", "*.lock", "Makefile", ".ci/*", "assets/*")
    for path in sorted(ROOT.glob(pattern))
    if path.is_file()
]


def found(pattern: str, paths: list[Path]) -> list[str]:
    """``file:line`` of each line that matches."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line)
    ]


def component_ids(component: object) -> set[str]:
    """All string ids in a component tree."""
    ids = set()
    for _, part in component._traverse_with_paths():
        identity = getattr(part, "id", None)
        if isinstance(identity, str):
            ids.add(identity)
    own = getattr(component, "id", None)
    return ids | ({str(own)} if isinstance(own, str) else set())


def test_every_id_of_a_callback_is_in_a_layout(dash_app: dash.Dash) -> None:
    """With suppressed callback exceptions a misspelt id would go quiet."""
    from components.shell import shell

    in_layouts = component_ids(shell())
    for page in dash.page_registry.values():
        layout = page["layout"]
        in_layouts |= component_ids(layout() if callable(layout) else layout)
    # Ids that Dash Pages itself puts around the page.
    in_layouts |= {"_pages_location", "_pages_content", "_pages_store", "_pages_dummy"}
    used = set()
    for callback in dash_app._callback_list:
        for side in ("inputs", "state"):
            used |= {entry["id"] for entry in callback[side]}
        used |= {part.rpartition(".")[0] for part in callback["output"].strip(".").split("...")}
    plain = {identity for identity in used if not identity.startswith("{")}
    assert plain - in_layouts == set()


def test_a_page_never_imports_a_page() -> None:
    assert found(r"^\s*(from pages|import pages)", sorted((ROOT / "pages").glob("*.py"))) == []


def test_nothing_imports_the_wiring() -> None:
    assert (
        found(r"^\s*(from app|import app)\b", [path for path in PROGRAM if path.parent != ROOT])
        == []
    )


def test_models_are_pure() -> None:
    """No file, clock, environment, web framework or database behind the domain."""
    forbidden = (
        r"^\s*(import|from) (os|pathlib|dash|flask|sqlalchemy|duckdb|datetime\.datetime)\b"
        r"|\bopen\(|datetime\.now|date\.today|np\.random\.(seed|rand)"
    )
    assert found(forbidden, sorted((ROOT / "models").rglob("*.py"))) == []


def test_the_gate_is_the_only_way_to_counts_of_cohorts() -> None:
    """Counts are asked for by the gate's two modules alone, which return released values."""
    asking = r"^\s*(from|import) .*\b(cohort_counts|cohort_questions|models\.cohort\.counts)\b"
    may = {
        "data_access/cohort_gate.py",
        "data_access/cohorts.py",
        "data_access/warehouse/cohort_counts.py",
        "data_access/warehouse/cohort_questions.py",
        "data_access/warehouse/elsewhere.py",
        "data_access/warehouse/engines.py",
        "data_access/warehouse/loaded_elsewhere.py",
        "data_access/warehouse/postgresql.py",
        "data_access/warehouse/spark.py",
        "models/cohort/predicted_panel.py",
    }
    assert {place.rpartition(":")[0] for place in found(asking, PROGRAM)} <= may
    # Nobody above the data layer asks the warehouse anything of their own but for one patient.
    direct = r"\.(run|run_sql|ask)\(|RawCounts|cohort_gate"
    above = [path for path in PROGRAM if path.parts[-2] != "commands"]
    above = [path for path in above if {"pages", "components", "server"} & set(path.parts)]
    assert found(direct, above) == []


def test_comparisons_return_released_values_only() -> None:
    """Every public method of the gate's face is annotated with values that were released."""
    import typing

    from data_access import cohorts
    from data_access.cohorts import CohortRecords
    from data_access.record.saved_cohorts import SavedCohorts
    from data_access.warehouse.layout import Snapshot
    from models.cohort import results
    from models.cohort.definition import Cohort

    released = {
        getattr(results, name) for name in dir(results) if isinstance(getattr(results, name), type)
    }
    harmless = {Snapshot, Cohort, SavedCohorts, type(None), str}
    for name, method in vars(CohortRecords).items():
        if name.startswith("_"):
            continue
        function = method.fget if isinstance(method, property) else method
        kind = typing.get_type_hints(function, vars(cohorts))["return"]
        parts = {one for one in (*typing.get_args(kind), kind) if isinstance(one, type)}
        inner = {one for part in typing.get_args(kind) for one in typing.get_args(part)}
        assert (parts | inner) - {tuple, Ellipsis} <= released | harmless, name


def test_nothing_dangerous_is_used() -> None:
    forbidden = (
        r"\b(pickle|joblib)\b|(?<![\w.])eval\(|dangerously_allow|persistence=True"
        r'|storage_type="(local|session)"|except Exception|except:'
    )
    assert found(forbidden, PROGRAM) == []


def test_locks_hold_versions_and_hashes_only() -> None:
    for lock in sorted(ROOT.glob("*.lock")):
        for line in lock.read_text(encoding="utf-8").splitlines():
            assert re.fullmatch(
                r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+( ;.*)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?",
                line,
            ), f"{lock.name}: {line[:60]}"


def test_no_module_is_long() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in PROGRAM
    }
    assert {name: length for name, length in lengths.items() if length > 350} == {}


@pytest.mark.parametrize(
    "module", ["shap", "sksurv", "sklearn.linear_model", "models.risk.training"]
)
def test_the_web_process_imports_no_training_code(module: str) -> None:
    code = (
        "import sys, tempfile\n"
        "from app import create_server\n"
        "from data_access.settings import Settings\n"
        "create_server(Settings(var=tempfile.mkdtemp(), secret_key='0123456789abcdef' * 3))\n"
        f"sys.exit({module!r} in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_importing_modules_opens_nothing(tmp_path: Path) -> None:
    """A read-only, empty place is enough to import the program."""
    code = "import app, data_access.settings, data_access.services, server"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "IMMUNOBOARD_VAR": str(tmp_path / "absent")},
        check=False,
    )
    assert done.returncode == 0
    assert not (tmp_path / "absent").exists()
