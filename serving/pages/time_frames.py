"""Landmark, window and horizons of the models in service, and the age of a sample, in words.

The endpoints' models may differ in every one of these days, so no page names a day itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from models.frozen import FrozenModel
from serving.assessment.served_model import ServedModel


def listed_days(days: Sequence[int]) -> str:
    """Several numbers of days in words.

    >>> listed_days((90, 180, 365)), listed_days((30,))
    ('90, 180 and 365 days', '30 days')
    """
    *first, last = (str(day) for day in days)
    return f"{', '.join(first)} and {last} days" if first else f"{last} days"


def window_text(model: FrozenModel) -> str:
    """The days from which training took its samples, for example `day 15 to 28`."""
    return f"day {model.landmark - model.window_days + 1} to {model.landmark}"


def risk_period(model: FrozenModel) -> str:
    """The time that the model's first risk is of, for example `180 days after day 28`."""
    return f"{model.primary_horizon} days after day {model.landmark}"


def per_endpoint(texts: Mapping[str, str], conjunction: str = "and") -> str:
    """One text where all endpoints share it, else each with its endpoints in brackets.

    `texts` are by endpoint in words.

    >>> per_endpoint({"relapse": "day 28", "fatal infection": "day 28"})
    'day 28'
    >>> per_endpoint({"relapse": "day 28", "death": "day 7", "fatal infection": "day 28"}, "or")
    'day 28 (relapse, fatal infection) or day 7 (death)'
    """
    words_of: dict[str, list[str]] = {}
    for words, text in texts.items():
        words_of.setdefault(text, []).append(words)
    if len(words_of) < 2:
        return next(iter(words_of), "")
    *first, last = (f"{text} ({', '.join(words)})" for text, words in words_of.items())
    return f"{', '.join(first)} {conjunction} {last}"


def risk_periods(models: Mapping[str, ServedModel]) -> str:
    """The time that the ward list's risks are of, for every endpoint that has a model."""
    return per_endpoint({one.model.words: risk_period(one.model) for one in models.values()})


def outside_window_note(models: Mapping[str, ServedModel], endpoints: Iterable[str]) -> str:
    """What the model does with a sample from outside its window; "" without such an endpoint."""
    outside = [one.model for name, one in models.items() if name in set(endpoints)]
    days = {model.words: f"day {model.landmark}" for model in outside}
    if not days:
        return ""
    return (
        "No sample in window: the latest sample was drawn outside the days the model was trained"
        f" for; the model reads it as if it were of {per_endpoint(days, 'or')}."
    )


def days_since_draw(day: int, infusion_date: str | None, today: date) -> int | None:
    """Days since a sample was drawn; None without a date of infusion or for a day in the future.

    >>> days_since_draw(28, "2026-01-01", date(2026, 2, 1)), days_since_draw(28, None, date.max)
    (3, None)
    """
    if infusion_date is None:
        return None
    age = (today - date.fromisoformat(infusion_date) - timedelta(days=day)).days
    return age if age >= 0 else None


def age_text(day: int, infusion_date: str | None, today: date) -> str:
    """How long ago a sample was drawn; "" where that is not known.

    >>> age_text(28, "2026-01-01", date(2026, 2, 1)), age_text(28, "2026-01-01", date(2026, 1, 29))
    ('3 days ago', 'today')
    """
    age = days_since_draw(day, infusion_date, today)
    if age is None:
        return ""
    return "today" if age == 0 else f"{age} day{'s' if age > 1 else ''} ago"


def day_and_age(day: int, infusion_date: str | None, today: date) -> str:
    """A sample's day and how long ago that was.

    >>> day_and_age(28, "2026-01-01", date(2026, 2, 1)), day_and_age(28, None, date(2026, 2, 1))
    ('day 28, 3 days ago', 'day 28')
    """
    age = age_text(day, infusion_date, today)
    return f"day {day}, {age}" if age else f"day {day}"
