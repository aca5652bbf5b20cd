"""Run by the Python of the peer's environment: start and stop with signalwire-sdk, and say how each was refused."""

import json
import sys

from signalwire.rest import RestClient
from signalwire.rest._base import SignalWireRestError

url, project, token = sys.argv[1:]
client = RestClient(project=project, token=token, host="ignored")
client._http._base_url = url
calls = client.compat.calls
refusals = []
for call in (
    lambda: calls.start_stream("CA1", Url="wss://stream.example.com/audio"),
    lambda: calls.stop_stream("CA1", "ST1", Status="stopped"),
):
    try:
        call()
    except SignalWireRestError as error:
        refusals.append([error.status_code, error.body])
print(json.dumps(refusals))
