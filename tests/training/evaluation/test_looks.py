"""Looks: lineage by shared patients, level of each look, errors over growing null cohorts."""

from itertools import combinations, permutations

import numpy as np
import pytest
from scipy.stats import norm

from training.evaluation.looks import (
    ALPHA,
    Look,
    lineage,
    look_sentence,
    next_look,
    patient_hashes,
)


def _patients(*numbers: int) -> frozenset[str]:
    return patient_hashes((f"P{number}" for number in numbers), b"key")


def _look(earlier: list[Look], patients: frozenset[str], declared: int | None = None) -> Look:
    return next_look(
        earlier, "relapse", f"fit {len(earlier)}", patients=patients, declared=declared
    )


def _looks(cohorts: list[frozenset[str]], declared: list[int | None]) -> list[Look]:
    looks: list[Look] = []
    for patients, number in zip(cohorts, declared, strict=True):
        looks.append(_look(looks, patients, number))
    return looks


def test_one_declared_look_spends_alpha_and_closes_the_lineage() -> None:
    """0.05 first; later fits get 0, whatever they declare, and also by a chain of patients."""
    looks = _looks([_patients(1, 2), _patients(2, 3), _patients(3, 4)], [1, None, 1])
    assert [look.alpha for look in looks] == [0.05, 0.0, 0.0]
    assert [look.promotes for look in looks] == [True, False, False]
    assert [look.number for look in looks] == [1, 2, 3]


@pytest.mark.parametrize("declared", [None, 2, 5])
def test_more_or_undeclared_looks(declared: int | None) -> None:
    """alpha / (k (k + 1)): 1/40, 1/120, 1/240 ..., never more than alpha together."""
    cohorts = [_patients(*range(60 * k)) for k in range(1, 6)]
    levels = [look.alpha for look in _looks(cohorts, [declared] * 5)]
    assert levels == pytest.approx([1 / 40, 1 / 120, 1 / 240, 1 / 400, 1 / 600])


def test_a_corrected_day_is_another_look_at_the_same_patients() -> None:
    """Other outcomes, same patients: the number goes on instead of restarting at 1."""
    looks = [_look([], _patients(1, 2, 3))]
    corrected = next_look(looks, "relapse", "corrected", patients=_patients(1, 2, 3), declared=None)
    assert (corrected.number, corrected.shared) == (2, 3)


def test_a_declaration_after_a_look_is_none() -> None:
    """Declaring one look at the second look does not spend the whole alpha again."""
    looks = _looks([_patients(1), _patients(1, 2)], [None, 1])
    assert looks[1].alpha == pytest.approx(0.05 / 6)
    assert _look(looks, _patients(2)).alpha == pytest.approx(0.05 / 12)


def test_a_repeated_fit_gets_its_look_again() -> None:
    """The same fit of the same patients is no new look, also after others."""
    looks = _looks([_patients(1), _patients(1, 2)], [1, None])
    again = next_look(looks, "relapse", "fit 0", patients=_patients(1), declared=1)
    assert again == looks[0]
    grown = next_look(looks, "relapse", "fit 0", patients=_patients(1, 3), declared=1)
    assert grown.number == 3 and not grown.promotes


def test_endpoints_and_new_patients_start_at_one() -> None:
    """Levels hold per endpoint; a cohort that shares nobody is a lineage of its own."""
    looks = [_look([], _patients(1, 2), 1)]
    other = next_look(looks, "fatal_infection", "f", patients=_patients(1, 2), declared=1)
    assert (other.number, other.alpha) == (1, 0.05)
    fresh = _look(looks, _patients(3, 4), 1)
    assert (fresh.number, fresh.alpha, fresh.shared) == (1, 0.05, 0)


def test_lineages_that_a_cohort_joins_spend_no_more_than_what_is_left() -> None:
    """Two first looks (2 x 0.025) spend alpha; a cohort with patients of both gets nothing."""
    looks = _looks([_patients(1), _patients(2)], [None, None])
    joined = _look(looks, _patients(1, 2, 3))
    assert (joined.number, joined.shared) == (3, 2)
    assert joined.alpha == 0.0 and not joined.promotes


def test_lineage_is_the_same_in_any_order() -> None:
    """The connected component against a slow closure over pairs, for random sets of patients."""
    rng = np.random.default_rng(7)
    for _ in range(20):
        sets = [_patients(*rng.integers(0, 30, 3)) for _ in range(6)]
        looks = [Look("relapse", str(i), s, None, 1, 0.01, 0) for i, s in enumerate(sets)]
        joined = {i: {i} for i in range(6)}
        for _ in range(6):
            for i, j in combinations(range(6), 2):
                if any(sets[a] & sets[b] for a in joined[i] for b in joined[j]):
                    joined[i] = joined[j] = joined[i] | joined[j]
        expected = {str(i) for i in joined[0]} - {"0"}
        for order in list(permutations(looks[1:]))[:10]:
            assert {look.fit for look in lineage(order, "relapse", sets[0])} == expected


def test_errors_over_growing_null_cohorts() -> None:
    """Five looks at 20,000 growing null cohorts: at most 5 % end with a champion; 0.05 / k more."""
    rng = np.random.default_rng(9801)
    sums = np.cumsum(rng.normal(size=(20_000, 5)), axis=1)  # 60 new patients a look
    p = 2 * norm.sf(np.abs(sums) / np.sqrt(np.arange(1, 6)))
    cohorts = [_patients(*range(60 * k)) for k in range(1, 6)]
    for declared in (None, 1):
        levels = np.array([look.alpha for look in _looks(cohorts, [declared] * 5)])
        assert np.mean((p <= levels).any(axis=1)) <= ALPHA + 0.003  # two standard errors
    restarting = 0.05 / np.ones(5)  # each corrected day used to start again at 1
    assert np.mean((p <= restarting).any(axis=1)) > 0.12


def test_hashes_hide_identifiers_and_keep_domains_apart() -> None:
    """Stable under one key, others under another key or domain; no identifier inside."""
    hashes = patient_hashes(["anna", "bert", "anna"], b"secret")
    assert hashes == patient_hashes(["bert", "anna"], b"secret") and len(hashes) == 2
    assert not hashes & patient_hashes(["anna", "bert"], b"other")
    assert not hashes & patient_hashes(["anna", "bert"], b"secret", domain="synthetic, seed 1")
    assert all(len(text) == 32 and "anna" not in text for text in hashes)


def test_a_hash_needs_a_key() -> None:
    """Without a key anybody could hash P1, P2, ... and compare."""
    with pytest.raises(ValueError, match="secret key"):
        patient_hashes(["P1"], b"")


def test_sentences() -> None:
    """Which look, at which level; the last says why there is none and what to do."""
    once = _looks([_patients(1, 2), _patients(2, 3)], [1, None])
    more = _looks([_patients(1, 2), _patients(1, 2, 3)], [3, None])
    assert look_sentence(once[0]).startswith("Look 1, declared the only one: tested at 0.05, and")
    assert look_sentence(once[1]).startswith(
        "Look 2 at a cohort that shares 1 patient with earlier ones: they spent the whole alpha"
    )
    assert "put the site before each" in look_sentence(once[1])
    assert look_sentence(more[0]) == "Look 1, 3 declared: tested at 0.025, half of alpha."
    assert look_sentence(more[1]) == (
        "Look 2 at a cohort that shares 2 patients with earlier ones: tested at 0.00833, so that "
        "all looks together spend alpha."
    )
    assert "no number declared" in look_sentence(_look([], _patients(1)))
