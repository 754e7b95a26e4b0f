"""The vocabulary of the budget ledger."""

from enum import StrEnum


class Account(StrEnum):
    """The states one fen of a line can be in, as accounts of a double-entry ledger.

    APPROVED and ADJUSTED are where money comes from (their balances are negative); the other
    four say where it is. The six balances of a line always sum to zero.
    """

    APPROVED = "approved"
    ADJUSTED = "adjusted"
    AVAILABLE = "available"
    FROZEN = "frozen"
    OCCUPIED = "occupied"
    EXECUTED = "executed"


class MovementKind(StrEnum):
    APPROPRIATE = "appropriate"  # 批复
    ADJUST = "adjust"  # 调整, 追加
    TRANSFER = "transfer"  # 调剂
    FREEZE = "freeze"  # 冻结, by a request
    OCCUPY = "occupy"  # 占用, by a claim without a request
    CONVERT = "convert"  # a claim uses a request's freeze
    EXECUTE = "execute"  # 执行, on payment or posting
    RELEASE = "release"  # 释放
    RESTORE = "restore"  # a released claim gives the freeze back to its request
    REVERSE = "reverse"  # 冲销, of an execution
    CARRY = "carry"  # 结转 to the next year's line
    LAPSE = "lapse"  # year end without carry-over


class ControlMode(StrEnum):
    RIGID = "rigid"  # 刚性
    ELASTIC = "elastic"  # 弹性, up to an over-rate and under a condition
    WARN = "warn"  # 提示
    NONE = "none"


class OverCondition(StrEnum):
    """What an elastic line asks for between its budget and its over-rate."""

    REASON = "reason"
    EXTRA_APPROVER = "extra_approver"


class CheckWindow(StrEnum):
    """Which months of a phased line count in a check, apart from its whole budget."""

    YEAR = "year"  # the whole budget only
    PTD = "ptd"  # the month alone: what was not used before is not available
    QTD = "qtd"  # the quarter to date
    YTD = "ytd"  # the year to date: unused months carry forward


class HoldState(StrEnum):
    FROZEN = "frozen"
    OCCUPIED = "occupied"
    ENDED = "ended"


class HoldEnd(StrEnum):
    """How a hold came to its one end."""

    CONVERTED = "converted"
    EXECUTED = "executed"
    RELEASED = "released"
    CARRIED = "carried"
    LAPSED = "lapsed"


class CarryRule(StrEnum):
    CARRY = "carry"
    LAPSE = "lapse"


class Outcome(StrEnum):
    """What a check says of one line; later members are stricter."""

    ALLOWED = "allowed"
    WARNED = "warned"
    NEEDS_REASON = "needs_reason"
    NEEDS_EXTRA_APPROVER = "needs_extra_approver"
    REFUSED = "refused"

    @property
    def strictness(self) -> int:
        return list(Outcome).index(self)
