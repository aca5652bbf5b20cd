from typing import Literal

StatusCallbackMethod = Literal["GET", "POST"]

STATUS_CALLBACK_METHOD_VALUES: set[StatusCallbackMethod] = {
    "GET",
    "POST",
}


def check_status_callback_method(value: str) -> StatusCallbackMethod:
    if value in STATUS_CALLBACK_METHOD_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STATUS_CALLBACK_METHOD_VALUES!r}"
    )
