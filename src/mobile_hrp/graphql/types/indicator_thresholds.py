"""My own limits for indicators."""

from datetime import datetime
from typing import Self

import strawberry

from mobile_hrp.domain.indicator.evaluation import as_text
from mobile_hrp.domain.indicator.thresholds import ThresholdSide
from mobile_hrp.graphql.access import REACHED, covered_by
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.indicator import IndicatorThreshold
from mobile_hrp.services.indicators.versions import indicator_library

strawberry.enum(ThresholdSide, name="IndicatorThresholdSide")


@covered_by(REACHED)
@strawberry.type(
    name="IndicatorThreshold", description="A limit I watch; beyond it I am told once."
)
class IndicatorThresholdType:
    id: strawberry.ID
    indicator: str
    name: str
    department_id: strawberry.ID | None = strawberry.field(description="Null: the hospital.")
    side: ThresholdSide
    bound: str = strawberry.field(description="As the indicator's values are written.")
    set_at: datetime
    told_of_month: str | None = strawberry.field(
        description="The month I was told of; null again once a value was within."
    )

    @classmethod
    def of(cls, row: IndicatorThreshold, locale: str) -> Self:
        indicator = indicator_library().indicators[row.indicator_code]
        return cls(
            id=encode_id("IndicatorThreshold", row.id),
            indicator=row.indicator_code,
            name=indicator.names.get(locale, row.indicator_code),
            department_id=encode_id("Department", row.department_id) if row.department_id else None,
            side=row.side,
            bound=as_text(row.bound, indicator.unit),
            set_at=row.set_at,
            told_of_month=f"{row.latched_month:%Y-%m}" if row.latched_month else None,
        )


@covered_by(REACHED)
@strawberry.type(description="The limit as it is set, null where it was taken away; or why not.")
class SetIndicatorThresholdPayload:
    threshold: IndicatorThresholdType | None
    user_errors: list[UserError]
    replayed: bool = False
