from typing import Any

import pytest
from signalwire_streams import AsyncStreamsClient, SettingsError, StreamsClient
from signalwire_streams._settings import Settings

API = "/api/laml/2010-04-01"


def client(*args: Any, **kwargs: Any) -> StreamsClient:
    return StreamsClient(*args, **kwargs)


def resolve(project: str | None, token: str | None, host: str | None) -> tuple[str, str, str]:
    settings = Settings.resolve(project, token, host)
    return settings.project, settings.token.value, settings.base_url


def base_url(host: str) -> str:
    return resolve("a-project", "a-token", host)[2]


@pytest.mark.parametrize(
    "host",
    [
        "example",
        "example.signalwire.com",
        "https://example.signalwire.com",
        "https://example.signalwire.com/",
        "EXAMPLE",
    ],
)
def test_every_usual_spelling_of_a_space_is_accepted(host: str) -> None:
    assert base_url(host) == "https://example.signalwire.com" + API


@pytest.mark.parametrize(
    "host", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080", "HTTP://127.8.9.1"]
)
def test_http_works_for_a_loopback_address(host: str) -> None:
    assert base_url(host) == host.lower() + API


def test_a_host_with_a_port_is_used_as_given() -> None:
    assert base_url("gateway:8443") == "https://gateway:8443" + API
    assert base_url("gateway:1") == "https://gateway:1" + API
    assert base_url("gateway:65535") == "https://gateway:65535" + API


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_loopback_address_is_not_read_as_a_space(host: str) -> None:
    assert base_url(host) == f"https://{host}{API}"


@pytest.mark.parametrize("host", ["http://example.signalwire.com", "http://10.0.0.1", "http://127.0.0.1.example.com"])
def test_http_to_any_other_host_is_rejected(host: str) -> None:
    with pytest.raises(
        SettingsError, match="^host must start with https://, because http:// would expose the token[.] "
    ):
        base_url(host)


@pytest.mark.parametrize("host", ["ftp://example.signalwire.com", "wss://example.signalwire.com"])
def test_a_host_with_another_scheme_is_rejected(host: str) -> None:
    with pytest.raises(SettingsError, match="^host must start with https://, or be a host name alone[.]$"):
        base_url(host)


@pytest.mark.parametrize(
    "host",
    ["https://user:pass@example.signalwire.com", "example.signalwire.com/api", "example.signalwire.com?x", "a..b"]
    + ["example.signalwire.com#x", "https://", "//example", "exa%6dple", "пример.рф", "[::1", "example:port"]
    + ["example@evil.com", "example\\evil.com", "127.0.0.1:80:80"],
)
def test_an_invalid_host_is_rejected_and_not_shown(host: str) -> None:
    with pytest.raises(SettingsError, match="^host must be 'example', 'example[.]signalwire[.]com' or 'h") as caught:
        base_url(host)
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize("host", ["1.2.3.999", "[1:2]", "[::::]", "xn--.com", "xn--a.com", "a" * 64 + ".com"])
def test_a_host_name_or_address_that_cannot_exist_is_rejected(host: str) -> None:
    with pytest.raises(SettingsError, match="^host must be a valid host name or IP address[.]$"):
        base_url(host)


def test_a_project_too_long_for_a_path_is_rejected() -> None:
    with pytest.raises(SettingsError, match="^project must have at most 1000 characters[.]$"):
        resolve("p" * 1001, "t", "h")


@pytest.mark.parametrize("port", ["0", "65536"])
def test_a_port_that_does_not_exist_is_rejected(port: str) -> None:
    with pytest.raises(SettingsError, match="^host must have a port between 1 and 65535[.]$"):
        base_url(f"example:{port}")


def test_the_environment_supplies_settings_that_no_argument_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALWIRE_PROJECT_ID", "env-project")
    monkeypatch.setenv("SIGNALWIRE_API_TOKEN", "env-token")
    monkeypatch.setenv("SIGNALWIRE_SPACE", "env-space")
    assert resolve(None, None, None) == ("env-project", "env-token", "https://env-space.signalwire.com" + API)


def test_arguments_override_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROJECT_ID", "API_TOKEN", "SPACE"):
        monkeypatch.setenv(f"SIGNALWIRE_{name}", "env")
    settings = resolve("a-project", "a-token", "a-space")
    assert settings == ("a-project", "a-token", "https://a-space.signalwire.com" + API)


def test_the_older_variable_of_the_space_is_read_if_the_newer_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALWIRE_SPACE_URL", "older.signalwire.com")
    assert resolve("p", "t", None)[2] == "https://older.signalwire.com" + API
    monkeypatch.setenv("SIGNALWIRE_SPACE", "newer")
    assert resolve("p", "t", None)[2] == "https://newer.signalwire.com" + API


@pytest.mark.parametrize(
    ("setting", "variable"),
    [("project", "SIGNALWIRE_PROJECT_ID"), ("token", "SIGNALWIRE_API_TOKEN"), ("host", "SIGNALWIRE_SPACE")],
)
@pytest.mark.parametrize("in_environment", [None, ""])
def test_a_missing_setting_is_named_with_both_ways_to_set_it(
    monkeypatch: pytest.MonkeyPatch, setting: str, variable: str, in_environment: str | None
) -> None:
    given: dict[str, Any] = {"project": "p", "token": "t", "host": "h"}
    del given[setting]
    if in_environment is not None:
        monkeypatch.setenv(variable, in_environment)
    with pytest.raises(SettingsError, match=f"^No {setting} set[.] Pass {setting}=…, or set {variable}[.] ") as caught:
        StreamsClient(**given)
    assert caught.value.missing == (setting,)


@pytest.mark.parametrize("client_class", [StreamsClient, AsyncStreamsClient])
def test_all_missing_settings_are_named_at_once_with_the_mock(client_class: type) -> None:
    with pytest.raises(SettingsError) as caught:
        client_class()
    assert str(caught.value) == (
        "No project, token or host set. Pass project=…, token=… and host=…, or set SIGNALWIRE_PROJECT_ID, "
        'SIGNALWIRE_API_TOKEN and SIGNALWIRE_SPACE. To try it without an account, run "signalwire-streams mock".'
    )
    assert caught.value.missing == ("project", "token", "host")


@pytest.mark.parametrize("client_class", [StreamsClient, AsyncStreamsClient])
def test_only_the_missing_settings_are_named(client_class: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALWIRE_API_TOKEN", "hunter2")
    with pytest.raises(SettingsError) as caught:
        client_class()
    assert str(caught.value).startswith(
        "No project or host set. Pass project=… and host=…, or set SIGNALWIRE_PROJECT_ID and SIGNALWIRE_SPACE. "
    )
    assert caught.value.missing == ("project", "host")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("setting", ["project", "token", "host"])
def test_an_empty_argument_is_rejected_and_not_replaced_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    for name in ("PROJECT_ID", "API_TOKEN", "SPACE"):
        monkeypatch.setenv(f"SIGNALWIRE_{name}", "env")
    with pytest.raises(SettingsError, match=f"^{setting} must not be empty[.]$"):
        client(**{setting: ""})


@pytest.mark.parametrize("setting", ["project", "token", "host"])
@pytest.mark.parametrize("bad", ["hunter2\n", " hunter2", "hunter2\r\nX-Evil: 1", "hunter2\x00", "hunter2\ud800"])
def test_white_space_and_control_characters_are_rejected_without_showing_the_value(setting: str, bad: str) -> None:
    with pytest.raises(
        SettingsError, match=f"^{setting} must not hold white space or control characters[.]$"
    ) as caught:
        client(**({"project": "p", "token": "t", "host": "h"} | {setting: bad}))
    assert "hunter2" not in str(caught.value)


def test_a_setting_that_is_not_text_is_rejected_without_showing_it() -> None:
    with pytest.raises(SettingsError, match="^token must be a str; got int[.]$"):
        client("p", 12345, "h")


@pytest.mark.parametrize("project", ["a:b", "a/b", ".", ".."])
def test_a_project_that_would_break_the_path_or_the_credentials_is_rejected(project: str) -> None:
    with pytest.raises(SettingsError, match="^project must be a Project ID, which has no colon and no slash and "):
        StreamsClient(project, "t", "h")


def test_no_repr_shows_the_token() -> None:
    with StreamsClient("a-project", "hunter2", "example") as client:
        assert repr(client) == f"StreamsClient(project='a-project', base_url='https://example.signalwire.com{API}')"
    assert "hunter2" not in repr(Settings.resolve("p", "hunter2", "h"))
