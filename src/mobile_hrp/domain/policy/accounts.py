"""Account numbers as people write them."""

import unicodedata


def plain_account(text: str) -> str:
    """Without blanks and hyphens, at one width: how registers keep it."""
    kept = unicodedata.normalize("NFKC", text)
    return "".join(one for one in kept if not one.isspace() and one != "-").upper()
