"""How gunicorn serves: ``gunicorn -c server/gunicorn_settings.py 'app:create_server()'``.

LightGBM's OpenMP threads do not survive a fork, so nothing is loaded before it (``preload_app``
off), each worker counts on one thread, and threads serve the requests.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from data_access.errors import NotConfigured
from data_access.settings import read_settings
from server.memory import keep_what_is_loaded

try:
    _settings = read_settings()
    _settings.secret()
except NotConfigured as error:
    sys.exit(f"Error: {error}")

for _library in ("OMP", "OPENBLAS"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"

bind = f"{_settings.host}:{_settings.port}"
worker_class = "gthread"
workers = len(os.sched_getaffinity(0))
threads = 4
preload_app = False
timeout = 60
graceful_timeout = 30
limit_request_line = 8190  # the most there is: a link holds the definitions of two cohorts
max_requests = 2000
max_requests_jitter = 200
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  (memory, so a heartbeat never waits for a disk)


def post_worker_init(_worker: object) -> None:
    """The application is there, no request was answered yet."""
    keep_what_is_loaded()
