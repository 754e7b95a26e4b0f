"""Reading a library of indicators from data; a fault is told with its place and stops the start."""

from collections.abc import Mapping
from typing import Any

from mobile_hrp.domain.indicator.definition import (
    Attribute,
    Dataset,
    DefinitionError,
    Indicator,
    Library,
    Package,
    read_definition,
)
from mobile_hrp.domain.indicator.terms import AttributeKind, Direction, Origin, Subject, Unit


def read_library(raw: Mapping[str, Any]) -> Library:
    """Build the library from parsed YAML.

    Raises:
        ValueError: naming the entry and what is wrong with it.
    """
    try:
        return _read(raw)
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"indicator library: {type(problem).__name__} {problem}") from problem


def _read(raw: Mapping[str, Any]) -> Library:
    themes = {str(code): _names(row) for code, row in raw["themes"].items()}
    packages = {
        str(code): Package(str(code), str(row["theme"]), _names(row))
        for code, row in raw["packages"].items()
    }
    for package in packages.values():
        if package.theme not in themes:
            raise ValueError(f"indicator package {package.code} has the unknown {package.theme}")
    datasets = {str(code): _dataset(str(code), row) for code, row in raw["datasets"].items()}
    indicators: dict[str, Indicator] = {}
    for row in raw["indicators"]:
        one = _indicator(row, datasets)
        if one.code in indicators:
            raise ValueError(f"two indicators are called {one.code}")
        if one.package not in packages:
            raise ValueError(f"indicator {one.code} is in the unknown package {one.package}")
        indicators[one.code] = one
    return Library(str(raw["version"]), themes, packages, datasets, indicators)


def _dataset(code: str, row: Mapping[str, Any]) -> Dataset:
    attributes = {
        str(name): Attribute(
            str(name),
            _names(one),
            AttributeKind(one["is"]),
            tuple(str(word) for word in one.get("options", ())),
        )
        for name, one in row["attributes"].items()
    }
    for one in attributes.values():
        if (one.kind is AttributeKind.CHOICE) != bool(one.options):
            raise ValueError(f"dataset {code}: {one.code} needs options exactly if it is a choice")
    return Dataset(
        code, _names(row), attributes, Subject(row["about"]), Origin(row.get("from", "imported"))
    )


def _indicator(row: Mapping[str, Any], datasets: Mapping[str, Dataset]) -> Indicator:
    code = str(row["code"])
    dataset = datasets.get(str(row["dataset"]))
    if dataset is None:
        raise ValueError(f"indicator {code} reads the unknown dataset {row['dataset']}")
    try:
        definition = read_definition(
            dataset,
            numerator=str(row["numerator"]),
            denominator=str(row["denominator"]) if "denominator" in row else None,
            exclusions="\n".join(row.get("exclusions", ())),
        )
    except DefinitionError as fault:
        raise ValueError(f"indicator {code}, {fault}") from fault
    unit = Unit(row["unit"])
    if (unit in {Unit.RATIO, Unit.MEAN}) != (definition.denominator is not None):
        raise ValueError(f"indicator {code}: a {unit.value} has a denominator or it has none")
    return Indicator(
        code, str(row["package"]), _names(row), unit, Direction(row["direction"]), definition
    )


def _names(row: Mapping[str, Any]) -> Mapping[str, str]:
    return {"zh": str(row["zh"]), "en": str(row["en"])}
