"""What every table shares: naming, tenant keys, enum columns.

Citus-ready by construction: ``hospital_id`` leads every primary key, unique constraint and
foreign key, so a hospital can live on its own shard or in its own database with the same code.
"""

import enum
import uuid
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

EnumT = TypeVar("EnumT", bound=enum.StrEnum)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_1_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this class attribute as configuration
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        str: Text,
        uuid.UUID: Uuid,
        int: BigInteger,
    }


class TenantRow:
    """A row of one hospital. Its key is (hospital_id, id); id is a UUIDv7."""

    hospital_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("hospital.id"), primary_key=True, sort_order=-20
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, sort_order=-10)


def within_hospital(column: str, target: str, **options: Any) -> ForeignKeyConstraint:
    """A foreign key that cannot cross hospitals: (hospital_id, column) -> target's key."""
    return ForeignKeyConstraint(
        ["hospital_id", column], [f"{target}.hospital_id", f"{target}.id"], **options
    )


def enum_column(kind: type[EnumT], name: str | None = None) -> Enum:
    """A text column with a CHECK over the values of a domain enum.

    Not a PostgreSQL enum type: adding a value must be an expand-only migration. ``name`` tells the
    CHECKs of two columns of one kind in one table apart.
    """
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
        name=name or kind.__name__.lower(),
    )
