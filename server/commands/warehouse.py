"""``flask warehouse``: build, fill, look at and go back to snapshots of the warehouse."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from data_access.errors import ModelsUnavailable, WarehouseUnavailable
from data_access.services import services
from server.commands.group import CommandGroup
from server.commands.noted import can_be_noted, note
from server.commands.progress import ProgressLine
from server.commands.publish import publish

if TYPE_CHECKING:
    from data_access.importers.csv_folder import ImportReport
    from data_access.importers.questionnaires import Comparison
    from data_access.warehouse.derive import Scorer
    from data_access.warehouse.status import Status

MOST_REASONS = 10
"""Reasons for quarantine named per file; all are in the quarantine file."""

group = CommandGroup("warehouse", help="Build, fill and inspect the warehouse.")
group.add_command(publish)


@group.command()
@click.option("--patients", type=click.IntRange(min=1), default=3000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=2026, show_default=True)
@click.option("--unscored", is_flag=True, help="Without features and risks: faster.")
@click.option(
    "--if-none", is_flag=True, help="Only where there is no snapshot and no other engine."
)
@click.option("--replace", is_flag=True, help="Even in place of imported patients.")
def demo(patients: int, seed: int, unscored: bool, if_none: bool, replace: bool) -> None:
    """Build a snapshot of simulated patients and switch to it."""
    if if_none and (is_elsewhere() or services().warehouse.store.current_id()):
        return
    if not replace and holds_imported_patients():
        raise WarehouseUnavailable(
            "The warehouse holds imported patients: add --replace to put simulated ones in their"
            " place."
        )
    can_be_noted()
    from data_access.synthetic import chunks
    from data_access.warehouse.demonstration import build_demonstration

    predictor = None if unscored else predictor_if_any()
    with ProgressLine() as progress:
        snapshot = build_demonstration(
            services().warehouse.store,
            chunks(patients, seed),
            patients=patients,
            seed=seed,
            progress=progress,
            scored=not unscored,
            predictor=predictor,
        )
    note("warehouse demo", snapshot)
    click.echo(f"Snapshot {snapshot}: {patients} simulated patients.")


@group.command("import-csv")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Replace the current cohort instead of adding to it.")
def import_csv(folder: Path, replace: bool) -> None:
    """Import FOLDER: one CSV per table, named after it; bad rows are set aside with a reason."""
    from data_access.importers.csv_folder import Importer

    can_be_noted()
    parts = services()
    store, quarantine = parts.warehouse.store, parts.settings.var / "quarantine"
    predictor = predictor_if_any()
    with ProgressLine() as progress:
        now, instruments = datetime.now(UTC), parts.instruments
        importer = Importer(store, quarantine, now, progress, predictor, instruments)
        report = importer.run(folder, replace=replace)
    click.echo(import_text(report))
    if report.snapshot:
        note("warehouse import", report.snapshot)
        click.echo(cohort_text())


@group.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(as_json: bool) -> None:
    """Show the snapshot in use: rows, countries, data date, quarantined rows."""
    from data_access.warehouse.status import read_status

    found = read_status(services().warehouse.current())
    click.echo(json.dumps(as_record(found), indent=2) if as_json else as_text(found))


@group.command("rescore")
def rescore_cohort() -> None:
    """Compute features and risks of the current cohort anew, with the models in use now."""
    from data_access.warehouse.rescore import rescore

    can_be_noted()
    parts = services()
    predictor = parts.models.load(threads=os.cpu_count() or 1)
    with ProgressLine() as progress:
        snapshot = rescore(parts.warehouse.store, predictor, progress)
    note("warehouse rescore", snapshot)
    click.echo(f"Scored with models {predictor.version}. {cohort_text()}")


@group.command()
def rollback() -> None:
    """Use the snapshot before the current one again."""
    can_be_noted()
    snapshot = services().warehouse.store.rollback()
    note("warehouse rollback", snapshot)
    click.echo(f"Snapshot {snapshot} is in use again.")


def is_elsewhere() -> bool:
    """Whether the setting names an engine for cohorts: no patients are put in one by one."""
    return not isinstance(services().settings.warehouse, Path)


def predictor_if_any() -> Scorer | None:
    """The risk models; without them the build goes on and says so."""
    try:
        return services().models.load(threads=os.cpu_count() or 1)
    except ModelsUnavailable as error:
        click.echo(f"No risks in this snapshot: {error}", err=True)
        return None


def holds_imported_patients() -> bool:
    """Whether anybody in the current snapshot came from a site."""
    warehouse = services().warehouse
    return warehouse.store.current_id() is not None and "imported" in warehouse.snapshot.kind


def import_text(report: ImportReport) -> str:
    """What an import did, file by file."""
    lines = [f"{name}: already imported." for name in report.already]
    for file in report.files:
        counts = file.counts
        parts = {
            "new": counts.new,
            "updated": counts.updated,
            "unchanged": counts.unchanged,
            "only compared, as the answers are scored": counts.compared,
            "in another unit, converted": counts.converted,
            "the same row again": counts.repeated,
            "quarantined": counts.quarantined,
        }
        words = ", ".join(f"{number:,} {what}" for what, number in parts.items() if number)
        lines.append(f"{file.file}: {words or 'no rows'}.")
        lines += [f"  {number:,} x {reason}" for reason, number in file.reasons[:MOST_REASONS]]
    lines += [comparison_text(comparison) for comparison in report.comparisons]
    if report.differences:
        lines.append(f"The scores that differ are in {report.differences}.")
    if report.quarantine:
        lines.append(f"Quarantined rows are in {report.quarantine}.")
    if not report.snapshot:
        lines.append("Nothing changed.")
    return "\n".join(lines)


def comparison_text(comparison: Comparison) -> str:
    """How delivered scores of one scale agree with those of the answers."""
    return (
        f"{comparison.instrument} {comparison.scale}: {comparison.differing:,} of"
        f" {comparison.compared:,} delivered scores differ from those of the answers by more than"
        f" {comparison.tolerance:g}."
    )


def cohort_text() -> str:
    """The cohort that is in use now, in two lines."""
    from data_access.warehouse.reader import Warehouse
    from data_access.warehouse.status import read_status

    found = read_status(Warehouse(services().warehouse.store.folder).current())
    countries = ", ".join(f"{country} {count:,}" for country, count in found.countries.items())
    patients = found.tables["patient"]
    return (
        f"Snapshot {found.snapshot.id}: {patients:,} patients ({countries});"
        f" {found.scored:,} scored, {patients - found.scored:,} not scored."
    )


def as_record(found: Status) -> dict[str, object]:
    """Status as it is promised to programs."""
    return {
        "snapshot": found.snapshot.id,
        "created": found.snapshot.created.isoformat(),
        "data_date": found.snapshot.data_date.isoformat() if found.snapshot.data_date else None,
        "kind": found.snapshot.kind,
        "model_version": found.snapshot.model_version,
        "tables": found.tables,
        "countries": found.countries,
        "quarantined": found.quarantined,
        "scored": found.scored,
    }


def as_text(found: Status) -> str:
    """Status for people."""
    snapshot = found.snapshot
    countries = ", ".join(f"{country} {count:,}" for country, count in found.countries.items())
    lines = [
        f"Snapshot    {snapshot.id} ({snapshot.kind}), made {snapshot.created:%Y-%m-%d %H:%M} UTC",
        f"Data up to  {snapshot.data_date or 'no dated rows'}",
        f"Models      {snapshot.model_version or 'not scored'}",
        f"Patients    {found.tables['patient']:,} ({countries}); {found.scored:,} with a risk",
        "",
        f"{'table':<14}{'rows':>14}{'quarantined':>14}",
    ]
    for name, count in found.tables.items():
        bad = found.quarantined.get(name)
        lines.append(f"{name:<14}{count:>14,}{'' if bad is None else format(bad, ','):>14}")
    return "\n".join(lines)
