"""Audit entries: the body that an entry of each kind holds, and the function that builds it.

An entry records an event. It is not the answer that the caller received: it holds what is needed
to compute that answer again (samples or their names, and model versions) and the risks.
`BODY_OF_KIND` lists kinds and bodies side by side. The names in the bodies stand in hospitals'
databases: never change them.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import TypedDict

from features.table.row import Row
from serving.assessment.answer import Answer
from serving.requests_responses import row_json
from serving.requests_responses.compact_json import compact
from serving.requests_responses.row_json import RowDocument
from serving.storage.audit_kinds import AuditKind

Versions = dict[str, str]  # by endpoint
Risks = dict[str, dict[str, float]]  # by endpoint, then by horizon in days, as JSON has text keys


class EmptyBody(TypedDict):
    """Nothing beyond kind, actor and subject."""


class AnswerBody(TypedDict):
    """An answer about samples that came with the request, which nothing else stores."""

    request_id: str
    samples: list[RowDocument]
    versions: Versions
    risks: Risks


class StoredAnswerBody(TypedDict):
    """An answer about a stored patient; the samples are in the database."""

    request_id: str
    sample_id: str | None
    versions: Versions
    risks: Risks


class AcknowledgementBody(StoredAnswerBody):
    """What a clinician did with the risk that was current at that moment."""

    primary_horizon: int | None
    endpoint: str
    outcome: str
    reason: str
    comment: str | None


class SampleBody(TypedDict):
    """A sample that was stored."""

    sample: RowDocument


class ListBody(TypedDict):
    """The keys of the patients on one page of the list."""

    keys: list[str]


class WardBody(TypedDict):
    """A view of the ward list: model versions, the patients' keys, and a seal on their risks."""

    versions: Versions
    patients: list[str]
    seal: str


class FeedbackBody(TypedDict):
    """CDS Hooks feedback on cards, as the hospital's system sent it."""

    feedback: list[Mapping[str, object]]


class ModelBody(TypedDict):
    """The model version that was put in service; "" where the endpoint was taken out."""

    endpoint: str
    version: str


class TokenBody(TypedDict):
    """A new token's name and roles, never the token."""

    name: str
    roles: list[str]


class RevokedTokenBody(TypedDict):
    """The name of a token that was revoked."""

    name: str


class ErasureBody(TypedDict):
    """The numbers of the entries that an erasure emptied."""

    entries: list[int]


BODY_OF_KIND: Mapping[AuditKind, type] = {
    AuditKind.PREDICT: AnswerBody,
    AuditKind.EXPLAIN: AnswerBody,
    AuditKind.SUMMARISE: AnswerBody,
    AuditKind.PATIENT: EmptyBody,
    AuditKind.SAMPLE: SampleBody,
    AuditKind.READ: EmptyBody,
    AuditKind.LIST: ListBody,
    AuditKind.PAGE_WARD: WardBody,
    AuditKind.PAGE_PATIENT: StoredAnswerBody,
    AuditKind.PAGE_SAMPLE: EmptyBody,
    AuditKind.ACKNOWLEDGED: AcknowledgementBody,
    AuditKind.OVERRIDE: AcknowledgementBody,
    AuditKind.CDS_HOOKS: StoredAnswerBody,
    AuditKind.CDS_FEEDBACK: FeedbackBody,
    AuditKind.FHIR: StoredAnswerBody,
    AuditKind.IMPORT: ModelBody,
    AuditKind.ROLLBACK: ModelBody,
    AuditKind.TOKEN_ADDED: TokenBody,
    AuditKind.TOKEN_REVOKED: RevokedTokenBody,
    AuditKind.ERASURE: ErasureBody,
}


def empty_body() -> EmptyBody:
    """PATIENT, READ, PAGE_SAMPLE: the entry's subject says which patient."""
    return {}


def answer_body(answer: Answer, rows: Sequence[Row]) -> AnswerBody:
    """PREDICT, EXPLAIN, SUMMARISE: the samples of the request, model versions and risks.

    Reasons are left out: they follow from the samples and the versions.
    """
    return {
        "request_id": answer["request_id"],
        "samples": [_present(row) for row in rows],
        "versions": _versions(answer),
        "risks": _risks(answer),
    }


def features_body(request_id: str, row: Row) -> AnswerBody:
    """SUMMARISE without a risk, because the sample has no day or no model is in service."""
    return {"request_id": request_id, "samples": [_present(row)], "versions": {}, "risks": {}}


def stored_answer_body(answer: Answer) -> StoredAnswerBody:
    """PAGE_PATIENT, CDS_HOOKS, FHIR: which stored sample was assessed, with which risks."""
    return {
        "request_id": answer["request_id"],
        "sample_id": answer["sample"]["sample_id"],
        "versions": _versions(answer),
        "risks": _risks(answer),
    }


def acknowledgement_body(
    answer: Answer,
    *,
    primary_horizon: int | None,
    endpoint: str,
    outcome: str,
    reason: str,
    comment: str | None,
) -> AcknowledgementBody:
    """ACKNOWLEDGED, OVERRIDE: a clinician's decision, and the answer that it refers to."""
    return {
        **stored_answer_body(answer),
        "primary_horizon": primary_horizon,
        "endpoint": endpoint,
        "outcome": outcome,
        "reason": reason,
        "comment": comment,
    }


def sample_body(row: Row) -> SampleBody:
    """SAMPLE: the whole row, with null for a missing number."""
    return {"sample": row_json.to_json(row)}


def list_body(keys: Sequence[str]) -> ListBody:
    """LIST: the patients' keys, in the order of the page."""
    return {"keys": list(keys)}


def ward_body(
    risks_by_patient: Mapping[str, Mapping[str, float | None]], versions: Versions, key: bytes
) -> WardBody:
    """PAGE_WARD: patient keys, sorted so that rank is not disclosed, versions, and the seal.

    One view shows up to fifty patients, so the entry has no subject by which an erasure could
    find it. It therefore holds no risk. The risks follow from the stored samples and the
    versions, and the seal shows whether they are those that were displayed.
    """
    return {
        "versions": versions,
        "patients": sorted(risks_by_patient),
        "seal": risk_seal(risks_by_patient, key),
    }


def risk_seal(risks_by_patient: Mapping[str, Mapping[str, float | None]], key: bytes) -> str:
    """HMAC-SHA256 of every displayed risk, None where there is no number; order does not matter.

    It needs the audit key because somebody could match a plain digest by trying risks.
    """
    ordered = {
        name: dict(sorted(risks.items())) for name, risks in sorted(risks_by_patient.items())
    }
    return hmac.new(key, b"ward:" + compact(ordered), hashlib.sha256).hexdigest()


def feedback_body(feedback: Sequence[Mapping[str, object]]) -> FeedbackBody:
    """CDS_FEEDBACK: whether each card was accepted or overridden."""
    return {"feedback": list(feedback)}


def model_body(endpoint: str, version: str) -> ModelBody:
    """IMPORT, ROLLBACK: the version that answers from now on, "" for none."""
    return {"endpoint": endpoint, "version": version}


def token_body(name: str, roles: Sequence[str]) -> TokenBody:
    """TOKEN_ADDED: the token's name and roles."""
    return {"name": name, "roles": list(roles)}


def revoked_token_body(name: str) -> RevokedTokenBody:
    """TOKEN_REVOKED: the token's name."""
    return {"name": name}


def erasure_body(numbers: Sequence[int]) -> ErasureBody:
    """ERASURE: which entries lost their body, so that another empty body is found."""
    return {"entries": list(numbers)}


def _present(row: Row) -> RowDocument:
    """The row's values that are present; the entry's subject replaces patient_id."""
    return row_json.nested(
        {
            name: value
            for name, value in row.items()
            # NaN is the only value that differs from itself.
            if value is not None and value == value and name != "patient_id"
        }
    )


def _versions(answer: Answer) -> Versions:
    endpoints = answer["endpoints"].values()
    return {e["endpoint"]: e["model"]["version"] for e in endpoints if e["model"]}


def _risks(answer: Answer) -> Risks:
    return {
        e["endpoint"]: {str(h["horizon"]): h["risk"] for h in e["horizons"]}
        for e in answer["endpoints"].values()
    }
