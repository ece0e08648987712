"""A small program that turns into a database server: changes its user, asks to die with its parent, then execs.

It is run by path, as `python -I -S exec_server.py run PARENT SIGNAL USER COMMAND...`, so it imports the standard
library only. It is a program of its own because Python code between fork and exec is not safe in a process that has
threads (from Python 3.12 on, Python warns of it too).

USER is `self`, `namespace` (a user namespace, in which root has no powers) or `UID:GID`.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
CANNOT_BECOME = 77


def run(parent: int, signal: int, user: str, command: list[str]) -> None:
    """Exec COMMAND as the user. When the parent dies, in whatever way, the kernel sends COMMAND the signal."""
    become(user)
    os.chdir("/")
    die_with(parent, signal)
    os.execv(command[0], command)  # noqa: S606  (the arguments are made in server_process.py)


def reach(user: str, paths: list[str]) -> None:
    """Print one digit for each path: 1 if the user may enter or execute it, else 0."""
    become(user)
    sys.stdout.write("".join("1" if os.access(path, os.X_OK) else "0" for path in paths))


def become(user: str) -> None:
    """Change to the user. Exit with CANNOT_BECOME if the system forbids it."""
    try:
        if user == "namespace":
            unshare_user()
        elif user != "self":
            uid, gid = (int(part) for part in user.split(":"))
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
    except (OSError, AttributeError) as error:
        sys.stderr.write(f"cannot become {user}: {error}\n")
        sys.exit(CANNOT_BECOME)


def unshare_user() -> None:
    """Enter a user namespace without a mapping: root keeps access to its own files, but is not user 0 any more."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if os.geteuid() == 0:
        raise OSError("the new user namespace still calls us root")


def die_with(parent: int, signal: int) -> None:
    """Ask the kernel for the signal at the parent's death. `become` comes first: a new user clears the request."""
    if sys.platform != "linux":
        return  # other systems cannot: the next start ends the server that was left
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:  # the parent died before the request
        sys.exit(1)


if __name__ == "__main__":
    if sys.argv[1] == "reach":
        reach(sys.argv[2], sys.argv[3:])
    else:
        run(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5:])
