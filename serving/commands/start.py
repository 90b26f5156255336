"""`cd7watch serving start`: serve until Ctrl-C, and print the address with its token."""

import ipaddress
import socket
import threading
import time
import urllib.error
import urllib.request

import click

from features.errors import InputError, exits_with_sentence
from features.notices import RESEARCH_USE_ONLY
from features.settings import REPOSITORY, prepare_libraries
from serving.auth import tokens
from serving.web.rate_limit import MOST_A_SECOND

READY_SECONDS = 120.0
GRACE_SECONDS = 10


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="IP address to listen on.")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--durable", is_flag=True, help="Record survives a power cut too (slower).")
@click.option(
    "--rate",
    default=MOST_A_SECOND,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Requests a second that one token may send to one worker.",
)
@exits_with_sentence
def start(host: str, port: int, workers: int, durable: bool, rate: float) -> None:
    """Serve the models in service at http://HOST:PORT until Ctrl-C."""
    check_port(host, port)
    prepare_libraries()
    from _bentoml_impl.server import serve_http  # type: ignore[import-untyped]  # no types
    from bentoml._internal.configuration.containers import BentoMLContainer

    BentoMLContainer.bento_arguments.set({"durable": durable, "rate": rate})
    from serving.model_store.versions_in_service import require_servable
    from serving.service import RiskService
    from serving.storage.audit_log import open_audit_log

    engine = open_audit_log(durable).engine
    require_servable(engine)
    token = tokens.add(engine, tokens.START, tokens.ROLES, renew=True)
    engine.dispose()
    RiskService.config["workers"] = workers
    # A worker puts its working folder first on Python's search path. The current folder may hold
    # another package called models; ours is here.
    RiskService.working_dir = str(REPOSITORY)
    address = f"http://{host}:{port}"
    threading.Thread(target=announce, args=(address, token), daemon=True).start()
    RiskService.inject_config()
    serve_http(RiskService, host=host, port=port, timeout_graceful_shutdown=GRACE_SECONDS)


def check_port(host: str, port: int) -> None:
    """Raise InputError when the host is no address of this machine, or the port is taken."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise InputError(
            f"The service listens on an IP address, but {host} is a name: give 127.0.0.1 for this "
            "machine alone, or 0.0.0.0 for every network, with --host."
        ) from None
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise InputError(
                f"The service needs a free port, and {host}:{port} cannot be taken "
                f"({problem.strerror}); choose another with --port."
            ) from None


def announce(address: str, token: str) -> None:
    """Print the address once the service answers; without a model, say how to import one."""
    start_time = time.monotonic()
    while time.monotonic() - start_time < READY_SECONDS:
        if alive(address):
            click.echo(f"CD7Watch is serving. {RESEARCH_USE_ONLY}")
            click.echo(f"Open {address}/?token={token}")
            if not alive(address, "/readyz"):
                click.echo(
                    "No model is in service yet; import one: cd7watch serving import DIR", err=True
                )
            return
        time.sleep(0.1)


def alive(address: str, path: str = "/livez") -> bool:
    """Whether a health path answers 200."""
    try:
        with urllib.request.urlopen(address + path, timeout=2) as answer:  # noqa: S310  # our own
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
