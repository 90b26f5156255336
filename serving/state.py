"""What one worker holds: database, record, models, tokens. Opened at start-up, not on import."""

import asyncio
import gc
import logging
from collections.abc import Mapping
from contextlib import suppress

from sqlalchemy import Engine

from features.problem import BadInput
from serving.access import Tokens
from serving.jobs import Jobs
from serving.ledger import Ledger, open_ledger
from serving.store import Store
from serving.supply import Supply

FOLLOW_SECONDS = 0.5
logger = logging.getLogger("bentoml.cd7watch")


class State:
    """Handed to middlewares, routes and pages before it is open; they use it per request."""

    engine: Engine
    ledger: Ledger
    store: Store
    supply: Supply
    tokens: Tokens
    jobs: Jobs

    def __init__(self) -> None:
        self._following: asyncio.Task[None] | None = None

    def open(self, embedded: Mapping[str, str], durable: bool = False) -> None:
        """Connect, load the models in service, and set them apart from garbage collection."""
        self.ledger = open_ledger(durable)
        self.engine = self.ledger.engine
        self.store = Store(self.engine)
        self.supply = Supply(self.engine, embedded)
        self.tokens = Tokens(self.engine)
        self.jobs = Jobs(self.engine)
        self._refresh()
        # What is loaded now lives as long as the worker: without this, each full collection
        # walks it all and stops requests for 140-230 ms.
        gc.collect()
        gc.freeze()

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
            await asyncio.to_thread(self._refresh)

    def _refresh(self) -> None:
        """Read tokens and models; what cannot be read now leaves the last state in place."""
        try:
            self.tokens.refresh()
            if self.supply.refresh():
                served = {name: model.version for name, model in self.supply.current().items()}
                logger.info("Models in service: %s", served or "none")
        except BadInput as problem:
            logger.error("%s", problem)
        except Exception:
            logger.exception("Following the database failed; the last known state stays")
