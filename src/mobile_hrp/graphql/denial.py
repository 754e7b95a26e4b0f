"""Why somebody may not: raised by access rules, answered as a top-level error."""


class AccessDeniedError(Exception):
    """Raised by access rules; ``code`` is UNAUTHENTICATED, TOKEN_EXPIRED or PERMISSION_DENIED."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
