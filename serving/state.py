"""What one worker holds: database, record, models, tokens. Opened at start-up, not on import."""

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
from serving.model_store.active_models import Supply
from serving.storage.audit_log import Ledger, open_ledger
from serving.storage.jobs import Jobs
from serving.storage.store import Store
from serving.web.limits import REQUESTS, Rate

FOLLOW_SECONDS = 0.5
TURN_SECONDS = 0.0005
# A worker answers its first request, and puts new models in service, after at most so long, with
# whatever is ready by then.
READY_SECONDS = 5.0
logger = logging.getLogger("bentoml.cd7watch")

Models = Mapping[str, ServedModel]
Follower = Callable[[Models], object]


class State:
    """Handed to middlewares, routes and pages before it is open; they use it per request."""

    engine: Engine
    ledger: Ledger
    store: Store
    supply: Supply
    tokens: Tokens
    jobs: Jobs

    def __init__(self, rate: Rate = REQUESTS) -> None:
        self.rate = rate
        # Called with the models at start-up, and before others come into service, to make ready
        # what takes long.
        self.followers: list[Follower] = []
        self._following: list[asyncio.Task[None]] = []

    def open(self, embedded: Mapping[str, str], durable: bool = False) -> None:
        """Connect, load the models in service, and set them apart from garbage collection."""
        self.ledger = open_ledger(durable)
        self.engine = self.ledger.engine
        self.store = Store(self.engine)
        self.supply = Supply(self.engine, embedded)
        self.tokens = Tokens(self.engine)
        self.jobs = Jobs(self.engine)
        self.jobs.forget_old()
        self._refresh_tokens()
        self._refresh_models()
        # What is loaded now lives as long as the worker: without this, each full collection
        # walks it all and stops requests for 140-230 ms.
        gc.collect()
        gc.freeze()
        # The writer of the record takes turns with the event loop several times a commit, and each
        # turn of a busy loop lasts Python's 5 ms. One comparison of 16 clients gave a median of 79
        # instead of 100 ms with shorter turns, which is within the spread between runs.
        sys.setswitchinterval(TURN_SECONDS)

    def follow(self) -> None:
        """Start following the database: tokens arrive within 2 s, models once they are ready."""
        self._following = [
            asyncio.create_task(_again(turn))
            for turn in (self._refresh_tokens, self._refresh_models, self._tidy)
        ]

    async def close(self) -> None:
        """Stop following, write what waits, and disconnect."""
        for task in self._following:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self.ledger.close()
        self.engine.dispose()

    def _tidy(self) -> None:
        try:
            self.ledger.tidy()
        except Exception:
            logger.exception("Copying the record's log failed, so it grows; it is tried again")

    def _refresh_tokens(self) -> None:
        try:
            self.tokens.refresh()
        except Exception:
            logger.exception("Reading the tokens failed; the last known ones stay")

    def _refresh_models(self) -> None:
        """Put the models that the database names in service; those that cannot be read stay out."""
        try:
            found = self.supply.arriving()
        except InputError as problem:
            logger.error("%s", problem)
        except Exception:
            logger.exception("Following the models failed; the last known ones stay")
        else:
            if found is not None:
                self._make_ready(found.models)
                self.supply.put_in_service(found)
                served = {name: model.version for name, model in found.models.items()}
                logger.info("Models in service: %s", served or "none")

    def _make_ready(self, models: Models) -> None:
        """Call the followers; after some seconds they go on beside what the caller does."""
        calls = threading.Thread(
            target=self._call_followers, args=[models], name="make ready", daemon=True
        )
        calls.start()
        calls.join(READY_SECONDS)

    def _call_followers(self, models: Models) -> None:
        for follower in self.followers:
            _tried(follower, models)


async def _again(turn: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(FOLLOW_SECONDS)
        await asyncio.to_thread(turn)


def _tried(follower: Follower, models: Models) -> None:
    try:
        follower(models)
    except Exception as error:  # the type alone: a message may hold a patient's value
        logger.error("Making ready failed, so it is done when asked for: %s", type(error).__name__)
