"""The mark of a worker that works: a file in its data folder, touched once a second. `voicepact health` looks at it.

A worker has no HTTP, and its supervisor sees only that the process is there. The mark grows old when the process hangs,
and when it has sent nothing for a minute because every try to look at the queue failed.
"""

import time
from contextlib import suppress
from pathlib import Path

from gateway.background.repeat import JobState

_MARK = "worker.alive"
_OLD_SECONDS = 15.0  # a busy machine may keep a healthy worker from its mark for some seconds


def leave_mark(data_dir: Path, job: JobState) -> None:
    """Touch the mark if the job works. A folder that is not there, or cannot be written to, gets none."""
    if not job.is_dead:
        with suppress(OSError):
            (data_dir / _MARK).touch(mode=0o600)


def remove_mark(data_dir: Path) -> None:
    """The worker ends as it was told."""
    with suppress(OSError):
        (data_dir / _MARK).unlink(missing_ok=True)


def why_unhealthy(data_dir: Path) -> str | None:
    """Return why the worker of this folder is not well, in one line; None if it is."""
    try:
        age = time.time() - (data_dir / _MARK).stat().st_mtime
    except OSError:
        return f"no worker runs on {data_dir}: start it with this --data-dir, a folder that is there"
    if age <= _OLD_SECONDS:
        return None
    return f"the worker on {data_dir} hangs, or has failed all the time, for {age:.0f} s"
