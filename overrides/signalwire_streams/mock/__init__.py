"""A mock of the service, driven by the OpenAPI document, to run code against without an account.

It needs the extra: `pip install "signalwire-streams[mock]"`.
"""

try:
    from signalwire_streams.mock._app import RecordedRequest
    from signalwire_streams.mock._document import load_document
    from signalwire_streams.mock._server import DEFAULT_PROJECT, DEFAULT_TOKEN, MockServer
    from signalwire_streams.mock._service import MockStream
except ModuleNotFoundError as error:
    if (error.name or "").startswith("signalwire_streams"):
        raise
    raise ModuleNotFoundError(
        f'The mock needs the package {error.name}: pip install "signalwire-streams[mock]"', name=error.name
    ) from error

__all__ = ["DEFAULT_PROJECT", "DEFAULT_TOKEN", "MockServer", "MockStream", "RecordedRequest", "load_document"]
