"""What a cohort's run holds beside the runs of its endpoints."""

from mlflow.artifacts import load_text
from mlflow.entities import Run


def test_the_cohorts_run_has_the_card_of_all_endpoints(fit_runs: dict[str, Run]) -> None:
    """One column an endpoint, with the verdict of each."""
    card = load_text(f"runs:/{fit_runs['cohort'].info.run_id}/cohort_card.md")
    assert "|  | relapse | fatal infection |" in card
    for endpoint in ("relapse", "fatal_infection"):
        state = fit_runs[endpoint].data.tags["gate_state"].replace("_", " ")
        assert f"**{endpoint.replace('_', ' ')}: {state}**" in card
