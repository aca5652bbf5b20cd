"""Tell what Pipecat's serializers make of SignalWire's messages. Run in Pipecat's environment.

Standard input holds a list of cases: the serializer as docs/pipecat.md writes it, the rate to tell it, and the texts of
one stream. Standard output gets, for each case, 16-bit PCM at 16,000 Hz in hex, and the keys.
"""

import asyncio
import json
import sys
from types import SimpleNamespace
from typing import Any

from pipecat.frames.frames import InputAudioRawFrame, InputDTMFFrame
from pipecat.serializers.exotel import ExotelFrameSerializer
from pipecat.serializers.plivo import PlivoFrameSerializer
from pipecat.serializers.telnyx import TelnyxFrameSerializer
from pipecat.serializers.twilio import TwilioFrameSerializer

RATE = 16_000


def make(written: str, rate: int) -> Any:
    name = written.partition("(")[0]
    if name == "TwilioFrameSerializer":
        params = TwilioFrameSerializer.InputParams(auto_hang_up=False, twilio_sample_rate=rate)
        return TwilioFrameSerializer("ST1", params=params)
    if name == "PlivoFrameSerializer":
        params = PlivoFrameSerializer.InputParams(auto_hang_up=False, plivo_sample_rate=rate)
        return PlivoFrameSerializer("ST1", params=params)
    if name == "ExotelFrameSerializer":
        return ExotelFrameSerializer("ST1", params=ExotelFrameSerializer.InputParams(exotel_sample_rate=rate))
    law = written.rstrip(")").rpartition(" ")[2].strip('"')
    params = TelnyxFrameSerializer.InputParams(auto_hang_up=False, telnyx_sample_rate=rate)
    return TelnyxFrameSerializer("ST1", law, law, params=params)


async def run(case: dict[str, Any]) -> dict[str, str]:
    serializer = make(case["serializer"], case["rate"])
    await serializer.setup(SimpleNamespace(audio_in_sample_rate=RATE))
    audio, keys = b"", ""
    for text in case["texts"]:
        frame = await serializer.deserialize(text)
        if isinstance(frame, InputAudioRawFrame):
            audio += frame.audio
        elif isinstance(frame, InputDTMFFrame):
            keys += frame.button.value
    return {"audio": audio.hex(), "keys": keys}


async def main() -> None:
    json.dump([await run(case) for case in json.load(sys.stdin)], sys.stdout)


asyncio.run(main())
