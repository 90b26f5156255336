"""Which role each path needs; everything is closed unless it is listed here as open."""

import re

from serving.auth.tokens import ADMIN, CLINICIAN, SERVICE

SIGN_IN = "/sign-in"
HEALTH = ("/healthz", "/livez", "/readyz")
# For people who have no token yet: the interface's description and the pages' style.
PUBLIC = (*HEALTH, SIGN_IN, "/v1/openapi.json", "/docs", "/favicon.ico")
PUBLIC_FOLDER = "/static/"
# A person acknowledges a risk, not a program, although the address is among those of programs.
_ACKNOWLEDGEMENTS = re.compile(r"/v1/patients/[^/]+/acknowledgements")


def role_for(path: str) -> str | None:
    """The role that a path needs; None when it is open to everyone.

    >>> role_for("/v1/predict"), role_for("/metrics"), role_for("/"), role_for("/readyz")
    ('service', 'admin', 'clinician', None)
    """
    if path in PUBLIC or path.startswith(PUBLIC_FOLDER):
        return None
    if path == "/metrics":
        return ADMIN
    if _ACKNOWLEDGEMENTS.fullmatch(path):
        return CLINICIAN
    first = path[1:].partition("/")[0]
    return SERVICE if first in ("v1", "cds-services", "fhir") else CLINICIAN
