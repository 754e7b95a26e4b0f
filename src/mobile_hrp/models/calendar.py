"""Days of a hospital's working calendar that are not like their weekday."""

from datetime import date
from typing import Any

from sqlalchemy import UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobile_hrp.models.base import Base, TenantRow


class CalendarDay(TenantRow, Base):
    """A holiday (no ``shifts``) or a make-up working day (调休) of the office calendar.

    ``shifts`` lists pairs of minutes from midnight, as ``domain.approval.calendar.Shift``.
    """

    __tablename__ = "calendar_day"
    __table_args__ = (UniqueConstraint("hospital_id", "day"),)

    day: Mapped[date]
    name: Mapped[str]
    shifts: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
