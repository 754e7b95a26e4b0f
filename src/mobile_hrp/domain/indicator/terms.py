"""Words of the indicator library."""

import enum


class Unit(enum.StrEnum):
    """What a value is. Ratios are shown in basis points, amounts in fen, means in hundredths."""

    RATIO = "ratio"
    COUNT = "count"
    AMOUNT = "amount"
    MEAN = "mean"


class Direction(enum.StrEnum):
    """Which way is better; ``NEITHER`` for figures that only describe."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


class AttributeKind(enum.StrEnum):
    """What a fact may say of itself. There is no free text."""

    CHOICE = "choice"
    YES_NO = "yes_no"
    NUMBER = "number"


class Subject(enum.StrEnum):
    """Whether facts are about people, so that a few of them must not be told apart."""

    PEOPLE = "people"
    THINGS = "things"


class Origin(enum.StrEnum):
    """Where facts come from: a file of another system, or this system's own documents."""

    IMPORTED = "imported"
    DOCUMENTS = "documents"


class ValueState(enum.StrEnum):
    SHOWN = "shown"
    TOO_FEW = "too_few"
    """There is a value; it is kept back, because too few people are behind it."""
    NO_DATA = "no_data"
    FAULT = "fault"
    """The definition cannot be computed over these facts, such as a division by zero."""


class Cause(enum.StrEnum):
    """Why a value differs under another definition."""

    EXCLUDED = "excluded"
    """Rows that the new definition leaves out."""
    ADDED = "added"
    """Rows that the old definition left out."""
    COUNTED_OTHERWISE = "counted_otherwise"
    """Rows of both that count for more or less."""
