"""XML that every reader takes: no character outside XML 1.0 gets in."""

import re
import xml.etree.ElementTree as ET

_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\ufffd"


def xml_text(text: str) -> str:
    """The text with what XML cannot carry replaced visibly."""
    return _ILLEGAL.sub(_REPLACEMENT, text)


def element(parent: ET.Element, name: str, text: str) -> None:
    """Add ``<name>text</name>``, or the text itself where there is no name; nothing when empty."""
    if not text:
        return
    if name:
        ET.SubElement(parent, name).text = xml_text(text)
    else:
        parent.text = xml_text(text)


def written(root: ET.Element) -> bytes:
    ET.indent(root)
    found: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return found
