from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.conference_errors import ConferenceErrors
from ...models.conference_stream import ConferenceStream
from ...models.error import Error
from ...models.stop_stream_form import StopStreamForm
from ...types import Response


def _get_kwargs(
    account_sid: str,
    conference_sid: str,
    sid: str,
    *,
    body: StopStreamForm,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/Accounts/{account_sid}/Conferences/{conference_sid}/Streams/{sid}".format(
            account_sid=quote(str(account_sid), safe=""),
            conference_sid=quote(str(conference_sid), safe=""),
            sid=quote(str(sid), safe=""),
        ),
    }

    _kwargs["data"] = body.to_dict()
    headers["Content-Type"] = "application/x-www-form-urlencoded"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ConferenceErrors | ConferenceStream | Error | None:
    if response.status_code == 200:
        response_200 = ConferenceStream.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Error.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Error.from_dict(response.json())

        return response_401

    if response.status_code == 404:
        response_404 = Error.from_dict(response.json())

        return response_404

    if response.status_code == 405:
        response_405 = Error.from_dict(response.json())

        return response_405

    if response.status_code == 415:
        response_415 = Error.from_dict(response.json())

        return response_415

    if response.status_code == 422:
        response_422 = ConferenceErrors.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Error.from_dict(response.json())

        return response_429

    if response.status_code == 503:
        response_503 = Error.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ConferenceErrors | ConferenceStream | Error]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    account_sid: str,
    conference_sid: str,
    sid: str,
    *,
    client: AuthenticatedClient | Client,
    body: StopStreamForm,
) -> Response[ConferenceErrors | ConferenceStream | Error]:
    """Stop a stream of a conference

     Stop a stream of the conference by its SID or its name. Prefer the SID, as with a call's stream.

    Args:
        account_sid (str):
        conference_sid (str):
        sid (str):
        body (StopStreamForm): Stop the stream, which is the only change that a stream can
            undergo.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ConferenceErrors | ConferenceStream | Error]
    """

    kwargs = _get_kwargs(
        account_sid=account_sid,
        conference_sid=conference_sid,
        sid=sid,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    account_sid: str,
    conference_sid: str,
    sid: str,
    *,
    client: AuthenticatedClient | Client,
    body: StopStreamForm,
) -> ConferenceErrors | ConferenceStream | Error | None:
    """Stop a stream of a conference

     Stop a stream of the conference by its SID or its name. Prefer the SID, as with a call's stream.

    Args:
        account_sid (str):
        conference_sid (str):
        sid (str):
        body (StopStreamForm): Stop the stream, which is the only change that a stream can
            undergo.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ConferenceErrors | ConferenceStream | Error
    """

    return sync_detailed(
        account_sid=account_sid,
        conference_sid=conference_sid,
        sid=sid,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    account_sid: str,
    conference_sid: str,
    sid: str,
    *,
    client: AuthenticatedClient | Client,
    body: StopStreamForm,
) -> Response[ConferenceErrors | ConferenceStream | Error]:
    """Stop a stream of a conference

     Stop a stream of the conference by its SID or its name. Prefer the SID, as with a call's stream.

    Args:
        account_sid (str):
        conference_sid (str):
        sid (str):
        body (StopStreamForm): Stop the stream, which is the only change that a stream can
            undergo.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ConferenceErrors | ConferenceStream | Error]
    """

    kwargs = _get_kwargs(
        account_sid=account_sid,
        conference_sid=conference_sid,
        sid=sid,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    account_sid: str,
    conference_sid: str,
    sid: str,
    *,
    client: AuthenticatedClient | Client,
    body: StopStreamForm,
) -> ConferenceErrors | ConferenceStream | Error | None:
    """Stop a stream of a conference

     Stop a stream of the conference by its SID or its name. Prefer the SID, as with a call's stream.

    Args:
        account_sid (str):
        conference_sid (str):
        sid (str):
        body (StopStreamForm): Stop the stream, which is the only change that a stream can
            undergo.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ConferenceErrors | ConferenceStream | Error
    """

    return (
        await asyncio_detailed(
            account_sid=account_sid,
            conference_sid=conference_sid,
            sid=sid,
            client=client,
            body=body,
        )
    ).parsed
