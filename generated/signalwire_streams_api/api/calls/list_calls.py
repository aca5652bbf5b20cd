from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.call_page import CallPage
from ...models.call_status import CallStatus
from ...models.error import Error
from ...types import UNSET, Response, Unset


def _get_kwargs(
    account_sid: str,
    *,
    status: CallStatus | Unset = UNSET,
    from_: str | Unset = UNSET,
    to: str | Unset = UNSET,
    parent_call_sid: str | Unset = UNSET,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    page_size: int | Unset = UNSET,
    page: int | Unset = UNSET,
    page_token: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status

    params["Status"] = json_status

    params["From"] = from_

    params["To"] = to

    params["ParentCallSid"] = parent_call_sid

    params["StartTime"] = start_time

    params["EndTime"] = end_time

    params["PageSize"] = page_size

    params["Page"] = page

    params["PageToken"] = page_token

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/Accounts/{account_sid}/Calls".format(
            account_sid=quote(str(account_sid), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CallPage | Error | None:
    if response.status_code == 200:
        response_200 = CallPage.from_dict(response.json())

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

    if response.status_code == 422:
        response_422 = Error.from_dict(response.json())

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
) -> Response[CallPage | Error]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    account_sid: str,
    *,
    client: AuthenticatedClient | Client,
    status: CallStatus | Unset = UNSET,
    from_: str | Unset = UNSET,
    to: str | Unset = UNSET,
    parent_call_sid: str | Unset = UNSET,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    page_size: int | Unset = UNSET,
    page: int | Unset = UNSET,
    page_token: str | Unset = UNSET,
) -> Response[CallPage | Error]:
    """List calls

     List the calls of the account, page by page. To get the next page, follow `next_page_uri`.

    SignalWire also has the filters `StartTime<`, `StartTime>`, `EndTime<` and `EndTime>`. They are not
    described
    here, because the client generator cannot tell their names apart.

    Args:
        account_sid (str):
        status (CallStatus | Unset): The known states of a call.
        from_ (str | Unset):
        to (str | Unset):
        parent_call_sid (str | Unset):
        start_time (str | Unset):
        end_time (str | Unset):
        page_size (int | Unset):
        page (int | Unset):
        page_token (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CallPage | Error]
    """

    kwargs = _get_kwargs(
        account_sid=account_sid,
        status=status,
        from_=from_,
        to=to,
        parent_call_sid=parent_call_sid,
        start_time=start_time,
        end_time=end_time,
        page_size=page_size,
        page=page,
        page_token=page_token,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    account_sid: str,
    *,
    client: AuthenticatedClient | Client,
    status: CallStatus | Unset = UNSET,
    from_: str | Unset = UNSET,
    to: str | Unset = UNSET,
    parent_call_sid: str | Unset = UNSET,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    page_size: int | Unset = UNSET,
    page: int | Unset = UNSET,
    page_token: str | Unset = UNSET,
) -> CallPage | Error | None:
    """List calls

     List the calls of the account, page by page. To get the next page, follow `next_page_uri`.

    SignalWire also has the filters `StartTime<`, `StartTime>`, `EndTime<` and `EndTime>`. They are not
    described
    here, because the client generator cannot tell their names apart.

    Args:
        account_sid (str):
        status (CallStatus | Unset): The known states of a call.
        from_ (str | Unset):
        to (str | Unset):
        parent_call_sid (str | Unset):
        start_time (str | Unset):
        end_time (str | Unset):
        page_size (int | Unset):
        page (int | Unset):
        page_token (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CallPage | Error
    """

    return sync_detailed(
        account_sid=account_sid,
        client=client,
        status=status,
        from_=from_,
        to=to,
        parent_call_sid=parent_call_sid,
        start_time=start_time,
        end_time=end_time,
        page_size=page_size,
        page=page,
        page_token=page_token,
    ).parsed


async def asyncio_detailed(
    account_sid: str,
    *,
    client: AuthenticatedClient | Client,
    status: CallStatus | Unset = UNSET,
    from_: str | Unset = UNSET,
    to: str | Unset = UNSET,
    parent_call_sid: str | Unset = UNSET,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    page_size: int | Unset = UNSET,
    page: int | Unset = UNSET,
    page_token: str | Unset = UNSET,
) -> Response[CallPage | Error]:
    """List calls

     List the calls of the account, page by page. To get the next page, follow `next_page_uri`.

    SignalWire also has the filters `StartTime<`, `StartTime>`, `EndTime<` and `EndTime>`. They are not
    described
    here, because the client generator cannot tell their names apart.

    Args:
        account_sid (str):
        status (CallStatus | Unset): The known states of a call.
        from_ (str | Unset):
        to (str | Unset):
        parent_call_sid (str | Unset):
        start_time (str | Unset):
        end_time (str | Unset):
        page_size (int | Unset):
        page (int | Unset):
        page_token (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[CallPage | Error]
    """

    kwargs = _get_kwargs(
        account_sid=account_sid,
        status=status,
        from_=from_,
        to=to,
        parent_call_sid=parent_call_sid,
        start_time=start_time,
        end_time=end_time,
        page_size=page_size,
        page=page,
        page_token=page_token,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    account_sid: str,
    *,
    client: AuthenticatedClient | Client,
    status: CallStatus | Unset = UNSET,
    from_: str | Unset = UNSET,
    to: str | Unset = UNSET,
    parent_call_sid: str | Unset = UNSET,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    page_size: int | Unset = UNSET,
    page: int | Unset = UNSET,
    page_token: str | Unset = UNSET,
) -> CallPage | Error | None:
    """List calls

     List the calls of the account, page by page. To get the next page, follow `next_page_uri`.

    SignalWire also has the filters `StartTime<`, `StartTime>`, `EndTime<` and `EndTime>`. They are not
    described
    here, because the client generator cannot tell their names apart.

    Args:
        account_sid (str):
        status (CallStatus | Unset): The known states of a call.
        from_ (str | Unset):
        to (str | Unset):
        parent_call_sid (str | Unset):
        start_time (str | Unset):
        end_time (str | Unset):
        page_size (int | Unset):
        page (int | Unset):
        page_token (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        CallPage | Error
    """

    return (
        await asyncio_detailed(
            account_sid=account_sid,
            client=client,
            status=status,
            from_=from_,
            to=to,
            parent_call_sid=parent_call_sid,
            start_time=start_time,
            end_time=end_time,
            page_size=page_size,
            page=page,
            page_token=page_token,
        )
    ).parsed
