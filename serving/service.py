"""The BentoML service: predict, explain, predict_batch, and the mounted application.

`cd7watch serving start` and `bentoml serve serving.service:RiskService` both serve it.
"""

from typing import Any

from features.settings import prepare_libraries

prepare_libraries()

import bentoml  # noqa: E402  # reads the environment that was just prepared
from pydantic import BaseModel, Field  # noqa: E402
from starlette.responses import Response  # noqa: E402

from serving.api.predict_routes import answer_batch, answer_one  # noqa: E402
from serving.asgi import GuardedService  # noqa: E402
from serving.assessment import assess  # noqa: E402
from serving.model_store.bento_models import declared_models, embedded_versions  # noqa: E402
from serving.requests_responses.requests import BatchRequest, PatientRequest  # noqa: E402
from serving.routes import application  # noqa: E402
from serving.state import State  # noqa: E402
from serving.storage.audit_kinds import AuditKind  # noqa: E402
from serving.web.bentoml_adapter import ParsedRequest, input_spec  # noqa: E402
from serving.web.rate_limit import MOST_A_SECOND, rate_of  # noqa: E402


class Options(BaseModel):
    """What `bentoml serve --arg name=value` and `cd7watch serving start` may set."""

    durable: bool = False
    rate: float = Field(default=MOST_A_SECOND, gt=0)


OPTIONS = bentoml.use_arguments(Options)
STATE = State(rate_of(OPTIONS.rate))


class _RiskService:
    """Risks after CD7 CAR-T therapy, such as of relapse. Research use only."""

    bento_service: Any  # set by BentoML

    @bentoml.on_startup  # type: ignore[untyped-decorator]  # BentoML ships no types
    async def open(self) -> None:
        """Open the database, load the models, and start following both."""
        STATE.open(embedded_versions(self.bento_service), OPTIONS.durable)
        STATE.follow()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]  # BentoML ships no types
    async def close(self) -> None:
        """Write the audit entries that wait and disconnect."""
        await STATE.close()

    async def __is_ready__(self) -> bool:
        """Ready with at least one model in service."""
        return bool(STATE.active_models.current())

    @bentoml.api(route="/v1/predict", input_spec=input_spec(PatientRequest), output_spec=dict)  # type: ignore[untyped-decorator]  # BentoML ships no types
    async def predict(self, request: ParsedRequest[PatientRequest], /) -> Response:
        """One patient's risks of every endpoint in service."""
        return await answer_one(STATE, AuditKind.PREDICT, request, assess.assess)

    @bentoml.api(route="/v1/explain", input_spec=input_spec(PatientRequest), output_spec=dict)  # type: ignore[untyped-decorator]  # BentoML ships no types
    async def explain(self, request: ParsedRequest[PatientRequest], /) -> Response:
        """One patient's risks of every endpoint in service with their reasons."""
        return await answer_one(STATE, AuditKind.EXPLAIN, request, assess.explain)

    @bentoml.api(route="/v1/predict_batch", input_spec=input_spec(BatchRequest), output_spec=dict)  # type: ignore[untyped-decorator]  # BentoML ships no types
    async def predict_batch(self, request: ParsedRequest[BatchRequest], /) -> Response:
        """Several patients' risks of every endpoint in service."""
        return await answer_batch(STATE, request)


RiskService: Any = bentoml.service(
    name="RiskService",
    service_class=GuardedService,
    workers=1,
    metrics={"enabled": True, "namespace": "cd7watch"},
    http={"host": "127.0.0.1", "port": 3000},
)(_RiskService)
RiskService._import_str = "serving.service:RiskService"  # otherwise that of the class
RiskService.models.extend(declared_models())
RiskService.state = STATE
RiskService.mount_asgi_app(application(STATE), name="cd7watch")
