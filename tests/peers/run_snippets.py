"""Run by the Python of a peer's environment: run snippets of a migration page against the mock, and say what came of them.

`run_snippets.py PEER URL`, with the snippets as a JSON list on standard input. All share a namespace; each that is an
expression gives its value, and each that fails the HTTP status of its error. The account is that of the environment.
"""

import contextlib
import io
import json
import sys
from typing import Any

peer, url = sys.argv[1:]

if peer == "twilio":
    from twilio.base import domain

    def reach_the_mock(self: Any, twilio: Any, _: str) -> None:
        self.twilio, self.base_url = twilio, f"{url}/api/laml"

    domain.Domain.__init__ = reach_the_mock
else:
    from signalwire.rest import _base

    make = _base.HttpClient.__init__

    def reach_the_mock(self: Any, *account: str) -> None:
        make(self, *account)
        self._base_url = url

    _base.HttpClient.__init__ = reach_the_mock


def run(snippet: str, namespace: dict[str, Any]) -> Any:
    try:
        return eval(snippet, namespace)
    except SyntaxError:
        exec(snippet, namespace)
        return None


namespace, results = {}, []
for snippet in json.load(sys.stdin):
    value, status, printed = None, None, io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            value = run(snippet, namespace)
    except Exception as error:
        status = getattr(error, "status", None) or getattr(error, "status_code", None)
        if status is None:
            raise
        namespace["error"] = error
    results.append({"value": value, "status": status, "printed": printed.getvalue()})
print(json.dumps(results, default=str))
