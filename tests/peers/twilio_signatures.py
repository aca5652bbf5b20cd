"""Run by the Python of the peer's environment: sign each case with twilio-python, and say what it thinks of ours.

Cases come on standard input as [key, url signed, url seen, pairs, our signature]; its signatures and verdicts go out.
"""

import json
import sys

from multidict import MultiDict
from twilio.request_validator import RequestValidator

results = []
for key, signed, seen, pairs, ours in json.load(sys.stdin):
    validator = RequestValidator(key)
    form = MultiDict(pairs)
    results.append([validator.compute_signature(signed, form), validator.validate(seen, form, ours)])
json.dump(results, sys.stdout)
