"""The program that becomes a database: takes on an user, ties its life to its parent's, then execs the server.

It is run by path, as `python -I -S exec_server.py run PARENT SIGNAL ACCOUNT COMMAND...`, so it imports the standard
library only. A program of its own keeps Python out of the gap between fork and exec, which is not safe (nor, from
3.12, silent) once the starting process has threads.

An ACCOUNT is `self`, `namespace` (a user namespace in which root is nobody in particular) or `UID:GID`.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
CANNOT_BECOME = 77


def run(parent: int, signal: int, user: str, command: list[str]) -> None:
    """Becomes COMMAND under the user; when the parent dies, however it dies, the command gets the signal."""
    become(user)
    os.chdir("/")
    die_with(parent, signal)
    os.execv(command[0], command)  # noqa: S606  (the arguments are embedded.py's own)


def reach(user: str, paths: list[str]) -> None:
    """Prints, as zeros and ones, which of the paths the user may enter or execute."""
    become(user)
    sys.stdout.write("".join("1" if os.access(path, os.X_OK) else "0" for path in paths))


def become(user: str) -> None:
    """Takes on the user, or exits with CANNOT_BECOME where the system forbids it."""
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
    """Moves to a user namespace without a mapping: still the owner of root's files, no longer user 0, no powers."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if os.geteuid() == 0:
        raise OSError("the new user namespace still calls us root")


def die_with(parent: int, signal: int) -> None:
    """Asks the kernel for the signal at the parent's death. After `become`: a change of user clears the request."""
    if sys.platform != "linux":
        return  # elsewhere a leftover is ended by the next start
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:  # it died before we had asked
        sys.exit(1)


if __name__ == "__main__":
    if sys.argv[1] == "reach":
        reach(sys.argv[2], sys.argv[3:])
    else:
        run(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5:])
