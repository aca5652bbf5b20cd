"""A language server as an editor talks to it, asked what it would show of a place in a file."""

import json
import subprocess
from pathlib import Path
from typing import Any, Self


class LanguageServer:
    """A server that runs in a folder of Python files, whose settings it reads, until the block ends."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._folder = folder
        self._asked = 0
        self._opened: set[str] = set()
        self._process = subprocess.Popen(
            [program, "--stdio"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout

    def hover(self, file: str, line: int, column: int) -> str:
        """What is shown for the name at a place, which is counted from 0, as Markdown."""
        document = {"uri": (self._folder / file).as_uri()}
        if file not in self._opened:
            self._opened.add(file)
            text = (self._folder / file).read_text("utf-8")
            opened = document | {"languageId": "python", "version": 1, "text": text}
            self._send(method="textDocument/didOpen", params={"textDocument": opened})
        place = {"textDocument": document, "position": {"line": line, "character": column}}
        shown = self._ask("textDocument/hover", place)
        return str(shown["contents"]["value"])

    def _ask(self, method: str, params: Any) -> Any:
        self._asked += 1
        self._send(id=self._asked, method=method, params=params)
        while True:
            message = self._receive()
            if "method" not in message and message["id"] == self._asked:
                return message["result"]
            if "id" in message:  # the server asks in its turn, for settings say: the editor has none
                items = (message.get("params") or {}).get("items", [])
                self._send(id=message["id"], result=[None for _ in items])

    def _send(self, **message: Any) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._to.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        self._to.flush()

    def _receive(self) -> Any:
        length = 0
        while header := self._from.readline().strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        content = self._from.read(length)
        assert content, "the language server has ended"
        return json.loads(content)

    def __enter__(self) -> Self:
        folder = {"uri": self._folder.as_uri(), "name": "folder"}
        hover = {"contentFormat": ["markdown"]}
        self._ask(
            "initialize",
            {
                "processId": None,
                "rootUri": folder["uri"],
                "workspaceFolders": [folder],
                "capabilities": {"textDocument": {"hover": hover}},
            },
        )
        self._send(method="initialized", params={})
        return self

    def __exit__(self, *_: object) -> None:
        self._ask("shutdown", None)
        self._send(method="exit")
        self._to.close()
        self._process.wait(10)
        self._from.close()
