"""How the log is set up, for the whole process: what a test changes of it is taken back."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def log_set_up_kept() -> Iterator[None]:
    """Take back what is set up meanwhile: a command that a test calls logs into a stream that pytest then closes."""
    root = logging.getLogger()
    level, handlers, before = root.level, root.handlers[:], structlog.get_config()
    yield
    if structlog.get_config()["logger_factory"] is not before["logger_factory"]:
        structlog.configure(**before)
        root.setLevel(level)
        root.handlers[:] = handlers
        forget_log_set_up()


def forget_log_set_up() -> None:
    """Make every logger of ours forget the set-up that it was first used with."""
    for name, module in list(sys.modules.items()):
        log = getattr(module, "log", None) if name.startswith("gateway.") else None
        if isinstance(log, structlog._config.BoundLoggerLazyProxy):
            vars(log).pop("bind", None)
