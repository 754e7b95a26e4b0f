"""Rule packages of a made-up hospital, as the files somebody would hand in."""

HEAD = """\
code: {code}
version: "{version}"
schema: 1
zh: 本院费控规则
en: Our rules
"""
CONTROLS = """\
controls:
  C11: {severity: block}
  C28: {scenarios: {conference_request: warn}}
"""
LODGING = """\
code: travel_lodging_by_city_rank_season
zh: 差旅住宿费限额
en: Lodging limit
source: 本院财务制度第 12 号
effective_from: 2026-03-01
sample: false
keys: [city, rank, season]
values: [limit]
rows:
  - {city: "*", rank: "*", season: usual, limit: 380.00}
  - {city: "*", rank: LEADER, season: usual, limit: 500.00}
"""
LODGING_HEAD = LODGING.partition("rows:")[0]
LODGING_FILE = "policy_tables/travel_lodging_by_city_rank_season.yaml"
LODGING_SHEET = "policy_tables/travel_lodging_by_city_rank_season.csv"


def rule_files(
    *,
    code: str = "our-rules",
    version: str = "2026.1",
    controls: str = CONTROLS,
    lodging: str = LODGING,
    **others: str,
) -> dict[str, bytes]:
    """A sound package; ``others`` are further tables by code."""
    files = {"policy.yaml": HEAD.format(code=code, version=version) + controls}
    if lodging:
        files[LODGING_FILE] = lodging
    files |= {f"policy_tables/{name}.yaml": text for name, text in others.items()}
    return {name: text.encode() for name, text in files.items()}
