"""What graphql-core finds instead of a database that a program has just found overloaded."""


class Overloaded:
    """Says so again, whatever is asked of it, and asks nobody.

    More load does not help, and whoever waited for a connection for seconds waits no longer.
    """

    def __init__(self, problem: BaseException) -> None:
        self._problem = problem

    def __getattr__(self, _name: str) -> object:
        raise self._problem
