"""Run by the Python of the peer's environment: start a stream with twilio-python, stop it, and say what came back."""

import json
import sys

from twilio.rest import Client

url, project, token = sys.argv[1:]
client = Client(project, token)
client.api.base_url = f"{url}/api/laml"
call = client.calls("CA1")
started = call.streams.create(
    url="wss://stream.example.com/audio",
    name="by twilio",
    track="both_tracks",
    parameter1_name="FirstName",
    parameter1_value="Jane",
)
stopped = call.streams(started.sid).update(status="stopped")
print(json.dumps([[stream.sid, stream.name, stream.status] for stream in (started, stopped)]))
