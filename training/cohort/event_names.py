"""First events in words, for pages and pictures."""

from models.endpoints import ENDPOINTS, OTHER_DEATH

EVENT_NAMES: dict[int, str] = {
    **{endpoint.event_code: endpoint.words for endpoint in ENDPOINTS.values()},
    OTHER_DEATH: "other death without relapse",
}
