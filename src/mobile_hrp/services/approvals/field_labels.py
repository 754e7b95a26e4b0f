"""Paths of a document's content in the words its form uses: ``values.lines.0.amount`` -> 金额."""

from collections.abc import Iterable, Sequence

from mobile_hrp.domain.scenario.model import FieldDefinition, Scenario, Text

_HEAD = {
    "title": Text("标题", "Title"),
    "amount_fen": Text("合计金额", "Total"),
    "department": Text("部门", "Department"),
    "requester": Text("申请人", "Requester"),
}


def labels_of(scenario: Scenario, paths: Iterable[str]) -> list[str]:
    """One label per field in both languages, ``金额 Amount``, each once; a row counts from 1."""
    labels = (
        f"{_label(scenario, path.split('.'), 'zh')} {_label(scenario, path.split('.'), 'en')}"
        for path in paths
    )
    return [label for label in dict.fromkeys(labels) if label.strip()]


def _label(scenario: Scenario, path: Sequence[str], locale: str) -> str:
    if path[0] != "values" or len(path) == 1:
        known = _HEAD.get(path[0])
        return known.localized(locale) if known else ""
    words: list[str] = []
    fields: Sequence[FieldDefinition] = scenario.fields
    for part in path[1:]:
        if part.isdigit():
            words.append(str(int(part) + 1))
            continue
        field = next((one for one in fields if one.key == part), None)
        if field is None:
            break
        words.append(field.name.localized(locale))
        fields = field.columns
    return " ".join(words)
