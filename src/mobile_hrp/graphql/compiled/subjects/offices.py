"""What offices make: imports, versions of rules, distributions, exports; and standing proxies."""

from sqlalchemy import case, null

from mobile_hrp.graphql.compiled.expressions import Expression, global_id, money, word
from mobile_hrp.graphql.compiled.mapping import ObjectMap, Row, Setting, maybe, sure, to_one
from mobile_hrp.graphql.compiled.payloads import by_result, of_hospital, seen_by
from mobile_hrp.graphql.types.value import EXPORT_PATH
from mobile_hrp.models.delegation import ApprovalProxy
from mobile_hrp.models.indicator import IndicatorImport
from mobile_hrp.models.organization import Staff
from mobile_hrp.models.performance import PerformanceImport, PerformanceRuleSet
from mobile_hrp.models.performance_disputes import SecondaryDistribution
from mobile_hrp.models.value import DataExport
from mobile_hrp.services.approvals.proxies import concerning


def _file(row: Row, _: Setting) -> Expression:
    path = word(EXPORT_PATH).concat(global_id("DataExport", row["id"]))
    return case((row["destroyed_at"].is_(None), path), else_=null())


TYPES = {
    "StandingProxy": ObjectMap(
        ApprovalProxy,
        fields={
            "scenarioCodes": sure(lambda row, _: row["flows"]),
            "amountMax": maybe(lambda row, _: money(row["amount_fen_max"])),
            "principal": to_one(Staff, "principal_id"),
            "proxy": to_one(Staff, "proxy_id"),
        },
    ),
    "PerformanceImport": ObjectMap(PerformanceImport),
    "PerformanceRuleSet": ObjectMap(PerformanceRuleSet),
    "SecondaryDistribution": ObjectMap(
        SecondaryDistribution, columns={"objectionsUntil": "publicity_until"}
    ),
    "IndicatorImport": ObjectMap(IndicatorImport),
    "DataExport": ObjectMap(
        DataExport, columns={"watermark": "mark"}, fields={"file": maybe(_file)}
    ),
}
PAYLOADS = {
    "StandingProxyPayload": {"proxy": by_result("proxy_id", seen_by(ApprovalProxy, concerning))},
    "PerformanceImportPayload": {
        "performanceImport": by_result("import_id", of_hospital(PerformanceImport))
    },
    "PerformanceRuleSetPayload": {
        "ruleSet": by_result("rule_set_id", of_hospital(PerformanceRuleSet))
    },
    "SecondaryDistributionPayload": {
        "distribution": by_result("distribution_id", of_hospital(SecondaryDistribution))
    },
    "IndicatorImportPayload": {
        "indicatorImport": by_result("import_id", of_hospital(IndicatorImport))
    },
    "DataExportPayload": {"export": by_result("export_id", of_hospital(DataExport))},
}
