"""`voicepact serve` in a process of its own, for a handset in a process of its own."""

import json
import re
import subprocess
import sys
import time
from functools import cached_property
from pathlib import Path

from bench.processes import free_port
from tests.gateway.phone.handset_process import own_environment, run_piped


class ServiceProcess:
    """The service in a folder of its own. `settings`: as its environment has them."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._settings = {"ESCROW": "off", **settings}
        self.folder = folder
        self.data_dir = str(folder / "data")
        self._log = folder / "log"
        self._port = str(free_port())
        self._start()

    @property
    def address(self) -> tuple[str, str]:
        announced = json.loads((self.folder / "data" / "serve.json").read_text())
        return announced["url"], announced["token"]

    @property
    def log(self) -> str:
        return self._log.read_text()

    @cached_property
    def new_contract(self) -> str:
        """The key of New contract on the first screen."""
        shown = run_piped("0712345000", "--data-dir", self.data_dir, typed="", cwd=self.folder).stdout
        found = re.search(r"^  ([1-9])\. New contract$", shown, re.MULTILINE)
        assert found, shown
        return found[1]

    def logged(self, *words: str, seconds: float = 30) -> bool:
        """Wait for a log line that has all of `words`. Return False if none comes."""
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up and self.process.poll() is None:
            if any(all(word in line for word in words) for line in self.log.splitlines()):
                return True
            time.sleep(0.05)
        return False

    def kill_and_start_again(self) -> None:
        self.process.kill()
        self.process.wait()
        self._log.rename(self.folder / "log of the killed")
        self._start()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)

    def _start(self) -> None:
        command = [sys.executable, "-u", "-m", "gateway", "serve", "--port", self._port, "--data-dir", "data"]
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                command, cwd=self.folder, env=own_environment() | self._settings, stdout=out, stderr=out
            )
        if not self.logged("try it", seconds=60):
            self.stop()
            raise AssertionError(self.log)
