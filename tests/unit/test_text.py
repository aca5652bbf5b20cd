from signalwire_streams._text import quoted, shown


def test_control_characters_are_escaped() -> None:
    assert shown("a\x1b[31m\r\n\u202e☎") == "a\\x1b[31m\\r\\n\\u202e☎"


def test_long_text_is_cut_visibly() -> None:
    assert shown("x" * 201) == "x" * 200 + "…"
    assert shown("x" * 200) == "x" * 200
    assert quoted("y" * 100) == "'" + "y" * 79 + "…"
    assert quoted("y" * 100, limit=10) == "'" + "y" * 9 + "…"
