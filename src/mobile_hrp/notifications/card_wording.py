"""The words a card shows after a press, by language."""

from functools import lru_cache
from importlib.resources import files

import yaml

from mobile_hrp.domain.notification.card_callback import CardAnswer
from mobile_hrp.domain.notification.vocabulary import Locale


def card_words(answer: CardAnswer, locale: Locale) -> str:
    return _words()[answer][locale]


@lru_cache(maxsize=1)
def _words() -> dict[CardAnswer, dict[Locale, str]]:
    text = files("mobile_hrp.notifications").joinpath("card_wording.yaml").read_text("utf-8")
    data = yaml.safe_load(text)
    return {
        answer: {locale: data[answer.value][locale.value] for locale in Locale}
        for answer in CardAnswer
    }
