"""TRIPOD+AI checklist of a model: its 27 items, answered from the evaluation or named as missing.

Reference: Collins et al., BMJ 2024;385:e078378. Sub-items (3a to 3c, ...) are answered together.
"""

from dataclasses import dataclass

from training.cohort.labels_text import interval
from training.evaluation.documents.cohort_sections import ProtocolContent
from training.evaluation.documents.evaluation_document import ModelEvaluation, PerformanceDocument

MISSING = "missing: "
KINDS = {"ridge": "ridge regression", "lightgbm": "gradient-boosted trees (LightGBM)"}


@dataclass(frozen=True)
class Item:
    """One item: its number in the checklist, what it asks for, the answer or what is missing."""

    number: int
    topic: str
    answer: str

    @property
    def has_answer(self) -> bool:
        """Whether the evaluation could answer it, at least in part."""
        return not self.answer.startswith(MISSING)

    @property
    def in_part(self) -> bool:
        """Whether the answer says that something of it is missing."""
        return MISSING in self.answer


def checklist(e: ModelEvaluation) -> list[Item]:
    """All 27 items of an endpoint's evaluation, in order. Assumes that a model was fitted."""
    answers = {
        **_background(e), **_methods(e), **openness(e["protocol"]), **_results(e),
        **_discussion(e),
    }  # fmt: skip
    return [Item(i, topic, answers[i]) for i, topic in enumerate(TOPICS, 1)]


TOPICS = (
    "Title", "Abstract", "Background", "Objectives", "Data", "Participants", "Data preparation",
    "Outcome", "Predictors", "Sample size", "Missing data", "Analytical methods",
    "Class imbalance", "Fairness", "Model output", "Training versus evaluation",
    "Ethical approval", "Open science", "Patient and public involvement", "Participant flow",
    "Model development", "Model specification", "Model performance", "Model updating",
    "Interpretation", "Limitations", "Usability in current care",
)  # fmt: skip


def _background(e: ModelEvaluation) -> dict[int, str]:
    name, day, horizon = e["endpoint_words"]["singular"], e["landmark"], e["horizon"]
    return {
        1: f"development and internal validation of a prediction model of {name} within {horizon} "
        "days after CD7 CAR-T therapy",
        2: "this card up to its verdict",
        3: "monocyte loss and S100A8/A9 were seen with fatal infection and relapse in 7 patients "
        "(Clin Cancer Res 2023;29:1484); no measured inequality of care is known to this software: "
        "see 14",
        4: f"risk of {name} from blood up to day {day}; {e['question']}",
    }


def _methods(e: ModelEvaluation) -> dict[int, str]:
    p, folds, size = e["protocol"], e["folds"], e["sample_size"]
    sites = group_values(e, "site")
    years = group_values(e, "infusion_year")
    required = size["required"]["patients"]
    return {
        5: f"{e['provenance']} cohort"
        + (f", infused {years[0]} to {years[-1]}" if years else f"; {MISSING}dates of infusion"),
        6: f"alive, in remission, relapse-free at day {e['landmark']}, with a usable sample of "
        f"the 14 days before; {f'{len(sites)} sites' if sites else f'{MISSING}sites'}; "
        f"transplants: {e['question']}",
        7: f"one sample at a time by fixed constants, feature schema {e['schema_version']}; "
        "quality refusals are counted in evaluation.json",
        8: f"first event in ({e['landmark']}, {e['landmark']} + {e['horizon']}] days, competing "
        "events count as without; censored patients weighted by inverse probability; "
        f"{MISSING}whether outcomes were assessed blind",
        9: f"{len(p['features'])} features, all of them in the model; core panel of "
        f"{len(p['core_panel'])}; one biomarker ({_biomarker(e)}) beside it; fixed before outcomes "
        "were read",
        10: f"Riley's minimum for {size['parameters']} parameters at an AUC of "
        f"{size['anticipated_auc']}: {required} patients; there were {size['patients']}",
        11: "at the value expected from the measured inputs, learned inside the resampling; "
        "multiple imputation under sensitivity; shares missing under limits",
        12: f"{KINDS[e['model']['kind']]} of the discrete-time hazards of competing events, "
        f"visits at {len(e['model']['landmarks'])} landmarks stacked; nothing selected or "
        f"recalibrated; {folds['repeats']} x {folds['folds']} folds by {folds['by']}; "
        f"{p['refits']} bootstrap refits; permuted score test",
        13: "no resampling or reweighting for rarity; risks stay calibrated to the prevalence",
        14: "performance by age, sex, site and year under subgroups where given; no fairness "
        "constraint was imposed",
        15: f"a probability with its stability interval and reasons in log-odds; decision curve "
        f"read at {', '.join(f'{t:.0%}' for t in p['thresholds'])}; no classification",
        16: "same cohort, patients left out in turn"
        + ("; whole sites left out beside it" if e["sites"]["sites"] else ""),
    }


def _biomarker(e: ModelEvaluation) -> str:
    """The endpoint's declared biomarker, or that there is none."""
    declared = {one["name"]: one["biomarker"] for one in e["protocol"]["endpoints"]}
    return declared.get(e["endpoint"]) or "none declared"


def openness(p: ProtocolContent) -> dict[int, str]:
    """Items 17 to 19, in the protocol's own words."""
    date = f"protocol of {p['date']}" if p["date"] else f"{MISSING}date of the protocol"
    return {
        17: _stated(p["ethics"], "ethical approval and consent"),
        18: f"code is open (MIT); the protocol is hashed before outcomes are read; {date}; "
        f"funding: {_stated(p['funding'], 'funding')}; "
        f"registration: {_stated(p['registration'], 'registration')}; "
        f"data: {_stated(p['data_sharing'], 'data sharing')}",
        19: _stated(p["patient_involvement"], "involvement of patients"),
    }


def _stated(text: str, what: str) -> str:
    """The protocol's text, or that it has none."""
    return text or f"{MISSING}{what}, not stated in the protocol"


def _results(e: ModelEvaluation) -> dict[int, str]:
    counts, m = e["counts"], e["metrics"]
    return {
        20: f"participant flow above: {counts['at_risk']} at risk; core features with and without "
        "the event in the table after it",
        21: f"{counts['known']} patients with a known outcome, {counts['events']} events, "
        f"{counts['competing_events']} competing events",
        22: f"{KINDS[e['model']['kind']]} of {len(e['model']['events'])} events in "
        f"{len(e['model']['horizons'])} intervals; every coefficient or tree is in arrays.npz",
        23: f"AUC {interval(m['auc'])}, Brier skill {interval(m['brier_skill'])}, slope "
        f"{interval(m['calibration_slope'])}, mean calibration error "
        f"{interval(e['calibration_error']['ici'])}; by group under subgroups, by site under sites",
        24: "none: this is a first fit" if e["look"]["number"] == 1 else e["look"]["sentence"],
    }


def _discussion(e: ModelEvaluation) -> dict[int, str]:
    shrinkage = e["sample_size"]["expected_shrinkage"]
    return {
        25: "; ".join(e["verdict"]["sentences"]),
        26: f"expected shrinkage {shrinkage:.2f}; internal validation only until another cohort of "
        "100 events has been evaluated; further limits above",
        27: f"{MISSING}effect on care is untested; inputs that are absent or outside the training "
        "ranges are flagged, far outside no risk is given",
    }


def group_values(e: PerformanceDocument, by: str) -> list[str]:
    """Names of the subgroups by one column of the outcomes."""
    return [row["value"] for row in e["subgroups"] if row["by"] == by]
