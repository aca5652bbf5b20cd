"""The files of the page."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response

from signalwire_streams.mock._control.errors import ControlError

_FOLDER = Path(__file__).parents[1] / "_page"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


class Page:
    """Serves the files of a folder, as they were named when the mock began.

    A path is looked up among the names, so none leads out of the folder.
    """

    def __init__(self, folder: Path = _FOLDER) -> None:
        files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.suffix in _TYPES}
        self._files = {f"/{name}": path for name, path in files.items()} | {"/": folder / "index.html"}

    def has(self, path: str) -> bool:
        """Tell whether there is a file for the path of a request."""
        return path in self._files

    def respond(self, method: str, path: str, headers: Headers) -> Response:
        """Return the file for a path, or a 304 if the client has it. Raises ControlError for another method."""
        if method not in {"GET", "HEAD"}:
            raise ControlError(405, "This path has only GET.", {"Allow": "GET, HEAD"})
        file = self._files[path]
        content = file.read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        checked = {"Cache-Control": "no-cache", "ETag": tag}
        if headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=checked)
        return Response(content, headers=checked, media_type=_TYPES[file.suffix])
