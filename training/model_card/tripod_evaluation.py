"""TRIPOD+AI checklist of an external validation; see `training.model_card.tripod`."""

from training.cohort.labels_text import interval
from training.evaluation.documents.evaluation_document import ExternalEvaluation
from training.model_card.tripod import MISSING, TOPICS, Item, group_values, openness


def evaluation_checklist(e: ExternalEvaluation) -> list[Item]:
    """All 27 items of an external evaluation, in order."""
    answers = {**_study(e), **_methods(e), **_results(e)}
    return [Item(i, topic, answers[i]) for i, topic in enumerate(TOPICS, 1)]


def _study(e: ExternalEvaluation) -> dict[int, str]:
    name = e["endpoint_words"]["singular"]
    years, sites = group_values(e, "infusion_year"), group_values(e, "site")
    repeated = "; this cohort was evaluated before" if e["seen_before"] else ""
    return {
        1: f"external evaluation of a prediction model of {name} within {e['horizon']} days after "
        "CD7 CAR-T therapy",
        2: "this report up to its verdict",
        3: "the model's own card gives its background",
        4: f"does the stored model hold on another cohort; {e['question']}{repeated}",
        5: f"{e['provenance']} cohort"
        + (f", infused {years[0]} to {years[-1]}" if years else f"; {MISSING}dates of infusion"),
        6: f"alive, in remission, relapse-free at day {e['landmark']}, with a usable sample of "
        f"the 14 days before; {f'{len(sites)} sites' if sites else f'{MISSING}sites'}",
        7: f"as in training, feature schema {e['schema_version']}",
        8: f"first event in ({e['landmark']}, {e['landmark']} + {e['horizon']}] days, as in "
        f"training; {MISSING}whether outcomes were assessed blind",
        **openness(e["protocol"]),
    }


def _methods(e: ExternalEvaluation) -> dict[int, str]:
    shared = "shares" if e["shared_patients"] else "shares no known"
    return {
        9: "the model's own features",
        10: "no calculation; 100 events are asked for (Vergouwe et al., J Clin Epidemiol "
        f"2005;58:475), there were {e['counts']['events']}",
        11: "filled by the model as in training; shares missing in evaluation.json",
        12: "risks of the stored model as they are; patients redrawn for intervals; skill against "
        "this cohort's own prevalence",
        13: "no resampling or reweighting for rarity",
        14: "performance by age, sex, site and year under subgroups where given",
        15: "a probability; decision curve in evaluation.json; no classification",
        16: f"another cohort, which {shared} patients with the training cohort",
    }


def _results(e: ExternalEvaluation) -> dict[int, str]:
    counts, m = e["counts"], e["metrics"]
    return {
        20: f"participant flow above: {counts['at_risk']} at risk; core features with and without "
        "the event in the table after it",
        21: f"nothing was developed; {counts['known']} patients with a known outcome, "
        f"{counts['events']} events, {counts['competing_events']} competing events",
        22: "the stored model's arrays.npz",
        23: f"AUC {interval(m['auc'])}, Brier skill {interval(m['brier_skill'])}, observed over "
        f"expected {interval(m['observed_over_expected'])}, slope "
        f"{interval(m['calibration_slope'])}, mean calibration error "
        f"{interval(e['calibration_error']['ici'])}; by group under subgroups, by site under sites",
        24: "none: nothing was refitted",
        25: "; ".join(e["verdict"]["sentences"]),
        26: "one cohort under one care; another policy of transplantation changes the risk",
        27: f"{MISSING}effect on care is untested",
    }
