"""Risks in words: natural frequencies, and what a contribution in log-odds does to a risk."""

import math

from serving.assessment.answer import Direction


def direction(contribution: float) -> Direction:
    """Whether a contribution in log-odds raises or lowers the risk, or does neither.

    >>> direction(0.2), direction(-0.2), direction(0.0)
    ('raises', 'lowers', 'none')
    """
    return "raises" if contribution > 0 else "lowers" if contribution < 0 else "none"


def odds_ratio(contribution: float) -> str:
    """The factor by which a contribution in log-odds multiplies the odds.

    >>> odds_ratio(0.0), odds_ratio(1.0)
    ('1.00', '2.72')
    """
    return f"{math.exp(contribution):.2f}"


def effect_on_risk(contribution: float) -> str:
    """What a contribution in log-odds does to the risk.

    >>> effect_on_risk(0.0), effect_on_risk(-0.6931)
    ('leaves the risk as it is', 'lowers the risk, multiplies the odds by 0.50')
    """
    if contribution == 0:
        return "leaves the risk as it is"
    verb = "raises" if contribution > 0 else "lowers"
    return f"{verb} the risk, multiplies the odds by {math.exp(contribution):.2f}"


def if_average(now: str, average: float) -> str:
    """What the risk would be were one measurement the cohort's average.

    `now` is the risk as it is, `of_hundred`, which is the same for all measurements.

    >>> if_average(of_hundred(0.71), 0.52), if_average(of_hundred(0.521), 0.519)
    ('were it average, the risk would be 52 of 100, not 71', \
'were it average, the risk would still be 52 of 100')
    """
    then = of_hundred(average)
    if now == then:
        return f"were it average, the risk would still be {now} of 100"
    return f"were it average, the risk would be {then} of 100, not {now}"


def natural_frequency(risk: float, low: float, high: float) -> str:
    """A risk as patients out of a hundred, with its stability interval in the same words.

    >>> natural_frequency(0.23, 0.12, 0.38)
    'about 23 of 100 patients like this; refitting the model on other patients would say 12 to 38'
    >>> natural_frequency(0.004, 0.001, 0.02)[:38]
    'fewer than 1 of 100 patients like this'
    """
    number = of_hundred(risk)
    prefix = "about " if number.isdigit() else ""
    first = f"{prefix}{number} of 100 patients like this"
    interval = f"{of_hundred(low)} to {of_hundred(high)}"
    return f"{first}; refitting the model on other patients would say {interval}"


def of_hundred(risk: float) -> str:
    """A risk as whole patients of a hundred; rounding never makes it none or all.

    >>> of_hundred(0.004), of_hundred(0.996), of_hundred(0.5)
    ('fewer than 1', 'more than 99', '50')
    """
    if 0 < risk <= 0.005:  # Python rounds 0.5 to 0
        return "fewer than 1"
    return "more than 99" if 0.995 <= risk < 1 else f"{100 * risk:.0f}"
