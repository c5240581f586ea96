"""The Dask cluster that training runs on: an existing one, or one made on this machine."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from data_access.errors import NotConfigured

if TYPE_CHECKING:
    from distributed import Client

WORKERS = 2
_WAIT_SECONDS = 30


def ask_for_dask() -> None:
    """Make sure, before anything takes long, that the packages are there.

    Raises:
        NotConfigured: they are not installed.
    """
    if importlib.util.find_spec("dask") is None or importlib.util.find_spec("distributed") is None:
        raise NotConfigured(
            "Training with --engine dask needs the packages dask and distributed: install those of"
            " requirements-test.lock."
        )


@contextmanager
def cluster(scheduler: str | None) -> Iterator[Client]:
    """A client of the cluster at an address; without one, of two workers made here and ended.

    Raises:
        NotConfigured: Dask is not installed, or nothing answers at the address.
    """
    ask_for_dask()
    from distributed import Client, LocalCluster

    if scheduler is None:
        with (
            LocalCluster(
                n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None
            ) as made,
            Client(made) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=_WAIT_SECONDS)
    except (OSError, TimeoutError, ValueError) as error:
        raise NotConfigured(
            f"No Dask scheduler answers at {scheduler}: --scheduler is like tcp://HOST:8786."
        ) from error
    with client:
        yield client
