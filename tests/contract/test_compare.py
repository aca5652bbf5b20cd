"""`make compare-vendor`: each kind of change in SignalWire's document is a sentence, tried on documents of our own."""

import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import compare
import pytest
import yaml

ROOT = Path(__file__).parents[2]
STREAMS, CALLS = "/Accounts/{AccountSid}/Calls/{CallSid}/Streams", "/Accounts/{AccountSid}/Calls"
START, LIST = "POST /Accounts/{}/Calls/{}/Streams", "GET /Accounts/{}/Calls"
FORM = "application/x-www-form-urlencoded"
OURS = f"""
openapi: 3.1.1
servers:
  - url: https://{{space}}.example.com/api/{{version}}
    variables:
      space: {{default: example}}
      version: {{default: '2010-04-01'}}
paths:
  {STREAMS}:
    parameters:
      - {{name: AccountSid, in: path, required: true, schema: {{type: string}}}}
      - {{name: CallSid, in: path, required: true, schema: {{type: string}}}}
    post:
      operationId: start_stream
      requestBody:
        required: true
        content:
          {FORM}:
            schema:
              type: object
              required: [Url]
              properties:
                Url: {{type: string}}
                Name: {{type: string}}
                Track: {{type: string, enum: [inbound_track, both_tracks], default: both_tracks}}
      responses:
        '200':
          content:
            application/json:
              schema:
                type: object
                required: [sid]
                properties:
                  sid: {{type: string}}
                  name: {{type: [string, 'null']}}
        '404':
          content:
            application/json:
              schema: {{type: object, properties: {{code: {{type: integer}}}}}}
  {CALLS}:
    get:
      operationId: list_calls
      parameters:
        - {{name: AccountSid, in: path, required: true, schema: {{type: string}}}}
        - {{name: Status, in: query, schema: {{type: string}}}}
      responses:
        '200':
          content:
            application/json:
              schema:
                type: object
                properties:
                  calls: {{type: array, items: {{type: object, properties: {{sid: {{type: string}}}}}}}}
"""


def run(
    tmp_path: Path, theirs: dict[str, Any], known: list[dict[str, Any]] | None = None
) -> subprocess.CompletedProcess[str]:
    """Compare `OURS` with a document, as `make compare-vendor` does."""
    files = {"ours.yaml": OURS, "theirs.yaml": yaml.safe_dump(theirs), "known.yaml": yaml.safe_dump(known or [])}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    command: list[str | Path] = [
        *(sys.executable, ROOT / "openapi" / "compare.py", tmp_path / "theirs.yaml"),
        *("--ours", tmp_path / "ours.yaml", "--known", tmp_path / "known.yaml"),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Theirs:
    """SignalWire's document, to change a part of."""

    def __init__(self) -> None:
        self.raw = yaml.safe_load(OURS)
        self.start = self.raw["paths"][STREAMS]["post"]
        self.list = self.raw["paths"][CALLS]["get"]
        self.form = self.start["requestBody"]["content"][FORM]["schema"]
        self.fields = self.form["properties"]
        self.stream = self.start["responses"]["200"]["content"]["application/json"]["schema"]
        self.call = self.list["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["calls"]


CHANGES = {
    f"{START} is only in our document.": lambda their: their.raw["paths"].pop(STREAMS),
    f"GET {START[5:]} is only in SignalWire's document.": lambda their: their.raw["paths"][STREAMS].update(
        get={"operationId": "list_all"}
    ),
    "POST /Accounts/{}/Conferences/{} is only in SignalWire's document.": lambda their: their.raw["paths"].update(
        {"/Accounts/{A}/Conferences/{B}": {"post": {"operationId": "update_streams"}}}
    ),
    f"{LIST}: query parameter To is only in SignalWire's document.": lambda their: their.list["parameters"].append(
        {"name": "To", "in": "query", "schema": {"type": "string"}}
    ),
    f"{LIST}: query parameter To is only in SignalWire's document and required.": lambda their: their.list[
        "parameters"
    ].append({"name": "To", "in": "query", "required": True, "schema": {"type": "string"}}),
    f"{LIST}: query parameter Status is only in our document.": lambda their: their.list["parameters"].pop(),
    f"{LIST}: query parameter Status: required is false in our document and true in SignalWire's document.": lambda their: (
        their.list["parameters"][1].update(required=True)
    ),
    f"{LIST}: path parameter 1: type is string in our document and integer in SignalWire's document.": lambda their: (
        their.list["parameters"][0].update(schema={"type": "integer"})
    ),
    f"{START}: media type application/json is only in SignalWire's document.": lambda their: their.start["requestBody"][
        "content"
    ].update({"application/json": {}}),
    f"{START}: body: required is true in our document and false in SignalWire's document.": lambda their: their.start[
        "requestBody"
    ].pop("required"),
    f"{START}: field Language is only in SignalWire's document.": lambda their: their.fields.update(
        Language={"type": "string"}
    ),
    f"{START}: field Name is only in our document.": lambda their: their.fields.pop("Name"),
    f"{START}: field Name: type is string in our document and integer, string in SignalWire's document.": lambda their: (
        their.fields["Name"].update(type=["string", "integer"])
    ),
    f"{START}: field Track: enum is both_tracks, inbound_track in our document and both_tracks, inbound_track, "
    "outbound_track in SignalWire's document.": lambda their: their.fields["Track"]["enum"].append("outbound_track"),
    f"{START}: field Track: default is both_tracks in our document and inbound_track in SignalWire's document.": lambda their: (
        their.fields["Track"].update(default="inbound_track")
    ),
    f"{START}: field Track: default is both_tracks in our document and not set in SignalWire's document.": lambda their: (
        their.fields["Track"].pop("default")
    ),
    f"{START}: field Name: required is false in our document and true in SignalWire's document.": lambda their: (
        their.form["required"].append("Name")
    ),
    f"{START}: response 404 is only in our document.": lambda their: their.start["responses"].pop("404"),
    f"{START}: response 429 is only in SignalWire's document.": lambda their: their.start["responses"].update(
        {"429": {}}
    ),
    f"{START}: response 200: field uri is only in SignalWire's document.": lambda their: their.stream[
        "properties"
    ].update(uri={}),
    f"{START}: response 200: field sid is only in our document.": lambda their: their.stream["properties"].pop("sid"),
    f"{START}: response 200: field name: type is null, string in our document and string in SignalWire's document.": lambda their: (
        their.stream["properties"].update(name={"type": "string"})
    ),
    f"{START}: response 200: media type text/xml is only in SignalWire's document.": lambda their: their.start[
        "responses"
    ]["200"]["content"].update({"text/xml": {}}),
    f"{LIST}: response 200: field calls: items: field from is only in SignalWire's document.": lambda their: their.call[
        "items"
    ]["properties"].update({"from": {}}),
}


@pytest.mark.parametrize("sentence", CHANGES)
def test_each_kind_of_change_is_a_sentence(tmp_path: Path, sentence: str) -> None:
    theirs = Theirs()
    CHANGES[sentence](theirs)
    done = run(tmp_path, theirs.raw)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        sentence,
        "New differences: 1. Entries that no longer hold: 0.",
        "Change ours.yaml, or write to known.yaml why it differs.",
    ]


def test_an_operation_that_is_not_about_streams_is_none_of_our_business(tmp_path: Path) -> None:
    theirs = Theirs().raw
    theirs["paths"] |= {"/Accounts/{A}/Calls/{B}/Recordings": {"get": {}}, "/Streams": {"get": {"operationId": "x"}}}
    assert run(tmp_path, theirs).returncode == 0


ENTRY = {"at": [f"{START}: field Name"], "ours": "present", "theirs": "absent", "why": "We are polite."}


def test_a_difference_on_purpose_is_accepted_only_as_long_as_it_holds(tmp_path: Path) -> None:
    theirs = Theirs()
    stale = run(tmp_path, theirs.raw, [ENTRY])
    assert stale.returncode == 1
    assert stale.stderr.startswith(
        f"{START}: field Name: this entry of known.yaml no longer holds.\nNew differences: 0."
    )
    theirs.fields.pop("Name")
    accepted = run(tmp_path, theirs.raw, [ENTRY])
    assert accepted.returncode == 0, accepted.stderr
    assert accepted.stdout == "The documents agree. Differences on purpose: 1, listed in known.yaml.\n"
    other = run(tmp_path, theirs.raw, [ENTRY | {"ours": "required"}])
    assert other.returncode == 1
    assert "New differences: 1. Entries that no longer hold: 1." in other.stderr


@pytest.mark.parametrize("wrong", [{"why": ""}, {"because": "x"}])
def test_an_entry_without_a_reason_is_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    done = run(tmp_path, Theirs().raw, [ENTRY | wrong])
    assert done.returncode == 1
    assert done.stderr.endswith("known.yaml: entry 1 needs the keys at, ours, theirs and why.\n")


def test_the_same_facts_in_other_words_are_no_difference(tmp_path: Path) -> None:
    """A 3.0 document with the base path in its paths, references, and schemas in parts."""
    theirs = Theirs()
    theirs.raw |= {
        "openapi": "3.0.3",
        "servers": [{"url": "https://example.com/"}],
        "paths": {
            f"/api/2010-04-01{path.replace('Sid', '_id')}.json": deepcopy(item)
            for path, item in theirs.raw["paths"].items()
        },
        "components": {
            "schemas": {
                "Named": {"type": "object", "properties": {"Name": {"type": "string"}}},
                "Track": {"type": "string", "enum": ["both_tracks", "inbound_track"]},
            },
            "parameters": {
                name: {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in ("Account_id", "Call_id")
            },
        },
    }
    streams, calls = theirs.raw["paths"].values()
    references = [{"$ref": f"#/components/parameters/{name}"} for name in ("Account_id", "Call_id")]
    streams["post"]["parameters"], calls["get"]["parameters"][0] = references, references[0]
    del streams["parameters"]
    body = streams["post"]["requestBody"]["content"][FORM]
    fields = body["schema"]["properties"]
    del fields["Name"]
    fields["Track"] = {"allOf": [{"$ref": "#/components/schemas/Track"}], "default": "both_tracks"}
    body["schema"] = {"allOf": [{"$ref": "#/components/schemas/Named"}, body["schema"]]}
    stream = streams["post"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
    stream["name"] = {"type": "string", "nullable": True}
    assert run(tmp_path, theirs.raw).stderr == ""


@pytest.mark.parametrize(
    ("schema", "facts"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": ["null", "string"]}),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, {"type": ["integer", "string"]}),
        ({"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "string"}]}, {"type": "string"}),
        ({"anyOf": [{"enum": ["a"]}, {"enum": ["b"]}, {"type": "null"}]}, {"type": ["null", "string"], "enum": ["a", "b"]}),
        ({"enum": ["a", None]}, {"type": ["null", "string"], "enum": ["a"]}),
        ({"const": "a"}, {"type": "string", "enum": ["a"]}),
        ({"allOf": [{"type": ["string", "null"]}, {"enum": ["b", "a"]}]}, {"type": "string", "enum": ["a", "b"]}),
        ({"enum": ["a", "b"], "allOf": [{"enum": ["b", "c"]}]}, {"type": "string", "enum": ["b"]}),
        ({"type": "string", "allOf": [{"default": "a"}]}, {"type": "string", "default": "a"}),
        (True, {}),
    ],
)  # fmt: skip
def test_the_facts_of_a_schema_do_not_depend_on_how_it_is_put_together(schema: object, facts: dict[str, Any]) -> None:
    responses = {"200": {"content": {"application/json": {"schema": {"properties": {"a": schema}}}}}}
    document = {"paths": {"/": {"get": {"responses": responses}}}}
    found = compare.Document(document).facts("")["GET "]["response 200"]["field a"]
    assert {name: fact for name, fact in found.items() if fact not in (None, False)} == facts


def test_a_schema_that_contains_itself_is_compared(tmp_path: Path) -> None:
    theirs = Theirs()
    theirs.raw["components"] = {"schemas": {"Call": {"properties": {"parent": {"$ref": "#/components/schemas/Call"}}}}}
    theirs.stream["properties"]["call"] = {"$ref": "#/components/schemas/Call"}
    assert f"{START}: response 200: field call is only in SignalWire's document." in run(tmp_path, theirs.raw).stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "is not YAML or JSON"),
        ("swagger: '2.0'", "is not an OpenAPI 3 document. Pass the file that begins with 'openapi: 3.'."),
        ("{openapi: 3.1.0, paths: {/: {$ref: a.yaml}}}", "The reference a.yaml leads out of the document. Bundle"),
        ("{openapi: 3.1.0, paths: {/: {$ref: '#/a'}}}", "The reference #/a leads nowhere. Correct the document."),
    ],
)
def test_what_is_no_document_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(text)
    assert sentence in (compare.main([str(path)]) or "")


def test_make_says_what_to_pass_and_where_to_find_it() -> None:
    assert "compare.py $(if $(DOCUMENT),'$(DOCUMENT)')" in (ROOT / "Makefile").read_text("utf-8")
    for arguments in ([], ["missing.yaml"]):
        told = compare.main(arguments) or ""
        assert "Pass DOCUMENT=path/to/openapi.yaml" in told
        assert "fern/apis/compatibility/openapi.yaml of https://github.com/signalwire/docs" in told


def test_our_document_agrees_with_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = tmp_path / "known.yaml"
    nothing.write_text("[]")
    assert compare.main([str(compare.OURS), "--known", str(nothing)]) is None
    assert capsys.readouterr().out == "The documents agree. Differences on purpose: 0, listed in known.yaml.\n"


def test_each_difference_on_purpose_is_about_our_document() -> None:
    """What `ours` says is true, so only a change of SignalWire's can make an entry stale."""
    ours = compare.load(compare.OURS)
    facts = compare.Document(ours).facts(compare.base_path(ours))
    for known in compare.load_known(compare.KNOWN):
        fact: Any = facts
        for step in known.at.split(": "):
            fact = fact.get(step) if isinstance(fact, dict) else None
        presence = "required" if isinstance(fact, dict) and fact.get("required") else "present"
        said = presence if isinstance(fact, dict) else "absent" if known.theirs in ("present", "required") else fact
        assert known.ours == said, known.at
