"""One worker's state: database, audit log, models and tokens. Opened at start-up, not on import."""

import asyncio
import gc
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from sqlalchemy import Engine

from features.errors import InputError
from serving.assessment.served_model import ServedModel
from serving.auth.access import Tokens
from serving.model_store.active_models import ActiveModels
from serving.storage.audit_log import AuditLog, open_audit_log
from serving.storage.jobs import Jobs
from serving.storage.store import Store
from serving.web.rate_limit import REQUESTS, Rate

FOLLOW_SECONDS = 0.5
SWITCH_SECONDS = 0.0005
# The preparations for new models delay the first request, and the models, by at most this long.
READY_SECONDS = 5.0
logger = logging.getLogger("bentoml.cd7watch")

Models = Mapping[str, ServedModel]
ModelsCallback = Callable[[Models], object]


class State:
    """One worker's state, which middlewares, routes and pages receive before it is open."""

    engine: Engine
    audit_log: AuditLog
    store: Store
    active_models: ActiveModels
    tokens: Tokens
    jobs: Jobs

    def __init__(self, rate: Rate = REQUESTS) -> None:
        self.rate = rate
        # Slow preparations. Called with the models at start-up, and with new models before these
        # come into service.
        self.on_models_changed: list[ModelsCallback] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._model_problem = ""

    def open(self, embedded: Mapping[str, str], durable: bool = False) -> None:
        """Connect to the database and load the tokens and the models in service."""
        self.audit_log = open_audit_log(durable)
        self.engine = self.audit_log.engine
        self.store = Store(self.engine)
        self.active_models = ActiveModels(self.engine, embedded)
        self.tokens = Tokens(self.engine)
        self.jobs = Jobs(self.engine)
        self.jobs.forget_old()
        self._refresh_tokens()
        self._refresh_models()
        _tune_interpreter()

    def follow(self) -> None:
        """Start to follow the database: tokens arrive within 2 s, models once they are prepared."""
        self._tasks = [
            asyncio.create_task(_repeat(action))
            for action in (self._refresh_tokens, self._refresh_models, self._checkpoint)
        ]

    async def close(self) -> None:
        """Stop following, write the audit entries that wait, and disconnect."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self.audit_log.close()
        self.engine.dispose()

    def _checkpoint(self) -> None:
        try:
            self.audit_log.checkpoint()
        except Exception:
            logger.exception(
                "The checkpoint failed, so SQLite's write-ahead log grows; it will be tried again"
            )

    def _refresh_tokens(self) -> None:
        try:
            self.tokens.refresh()
        except Exception:
            logger.exception("Reading the tokens failed; the last known ones stay")

    def _refresh_models(self) -> None:
        """Put the models that the database names in service; on an error the old ones stay."""
        try:
            pending = self.active_models.pending()
        except InputError as problem:
            self._log_model_problem(str(problem))
        except Exception:
            logger.exception("Following the models failed; the last known ones stay")
        else:
            self._model_problem = ""
            if pending is not None:
                self._prepare(pending.models)
                self.active_models.put_in_service(pending)
                versions = {name: model.version for name, model in pending.models.items()}
                logger.info("Models in service: %s", versions or "none")

    def _log_model_problem(self, problem: str) -> None:
        # Once, not twice a second for as long as the database names this version.
        if problem != self._model_problem:
            logger.error("%s", problem)
            self._model_problem = problem

    def _prepare(self, models: Models) -> None:
        """Run the callbacks; after READY_SECONDS they continue in the background."""
        calls = threading.Thread(
            target=self._run_callbacks, args=[models], name="prepare models", daemon=True
        )
        calls.start()
        calls.join(READY_SECONDS)

    def _run_callbacks(self, models: Models) -> None:
        for callback in self.on_models_changed:
            _call(callback, models)


def _tune_interpreter() -> None:
    # What is loaded now lives as long as the worker. Without freeze, each full garbage collection
    # visits all of it and stops requests for 140-230 ms.
    gc.collect()
    gc.freeze()
    # The thread that writes the audit log and the event loop alternate several times a commit,
    # and a busy loop holds the interpreter for Python's 5 ms each time. One comparison with 16
    # clients gave a median of 79 ms instead of 100 ms, which is within the spread between runs.
    sys.setswitchinterval(SWITCH_SECONDS)


async def _repeat(action: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(FOLLOW_SECONDS)
        await asyncio.to_thread(action)


def _call(callback: ModelsCallback, models: Models) -> None:
    try:
        callback(models)
    except Exception as error:  # the type alone: a message may hold a patient's value
        logger.error("Preparing for new models failed: %s", type(error).__name__)
