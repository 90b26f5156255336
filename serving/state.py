"""What one worker holds: database, record, models, tokens. Opened at start-up, not on import."""

import asyncio
import gc
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from sqlalchemy import Engine

from features.problem import BadInput
from serving.access import Tokens
from serving.jobs import Jobs
from serving.ledger import Ledger, open_ledger
from serving.limits import REQUESTS, Rate
from serving.store import Store
from serving.supply import Supply

FOLLOW_SECONDS = 0.5
TURN_SECONDS = 0.0005
# A worker answers its first request after at most so long, with whatever is ready by then.
READY_SECONDS = 5.0
logger = logging.getLogger("bentoml.cd7watch")


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
        # Called at start-up and whenever the models change, to make ready what takes long.
        self.followers: list[Callable[[], object]] = []
        self._following: asyncio.Task[None] | None = None

    def open(self, embedded: Mapping[str, str], durable: bool = False) -> None:
        """Connect, load the models in service, and set them apart from garbage collection."""
        self.ledger = open_ledger(durable)
        self.engine = self.ledger.engine
        self.store = Store(self.engine)
        self.supply = Supply(self.engine, embedded)
        self.tokens = Tokens(self.engine)
        self.jobs = Jobs(self.engine)
        self.jobs.forget_old()
        self._refresh()
        self._make_ready(READY_SECONDS)
        # What is loaded now lives as long as the worker: without this, each full collection
        # walks it all and stops requests for 140-230 ms.
        gc.collect()
        gc.freeze()
        # The writer of the record takes turns with the event loop several times a commit, and each
        # turn of a busy loop lasts Python's 5 ms. One comparison of 16 clients gave a median of 79
        # instead of 100 ms with shorter turns, which is within the spread between runs.
        sys.setswitchinterval(TURN_SECONDS)

    def follow(self) -> None:
        """Start following the database, so that imports and tokens arrive within 2 s."""
        self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Stop following, write what waits, and disconnect."""
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following
        self.ledger.close()
        self.engine.dispose()

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(FOLLOW_SECONDS)
            if await asyncio.to_thread(self._refresh):
                await asyncio.to_thread(self._make_ready)
            await asyncio.to_thread(self._tidy)

    def _tidy(self) -> None:
        try:
            self.ledger.tidy()
        except Exception:
            logger.exception("Copying the record's log failed, so it grows; it is tried again")

    def _make_ready(self, seconds: float | None = None) -> None:
        """Call the followers; after so many seconds they go on beside what the caller does."""
        calls = threading.Thread(target=self._call_followers, name="make ready", daemon=True)
        calls.start()
        calls.join(seconds)

    def _call_followers(self) -> None:
        for follower in self.followers:
            _tried(follower)

    def _refresh(self) -> bool:
        """Read tokens and models; what cannot be read now leaves the last state in place.

        True when other models are in service than before.
        """
        try:
            self.tokens.refresh()
            if self.supply.refresh():
                served = {name: model.version for name, model in self.supply.current().items()}
                logger.info("Models in service: %s", served or "none")
                return True
        except BadInput as problem:
            logger.error("%s", problem)
        except Exception:
            logger.exception("Following the database failed; the last known state stays")
        return False


def _tried(follower: Callable[[], object]) -> None:
    try:
        follower()
    except Exception as error:  # the type alone: a message may hold a patient's value
        logger.error("Making ready failed, so it is done when asked for: %s", type(error).__name__)
