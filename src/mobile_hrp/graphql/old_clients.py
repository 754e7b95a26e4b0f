"""Apps that are too old to be served are told so before anything of theirs is read."""

from starlette.requests import Request
from starlette.responses import Response

from mobile_hrp.graphql.answers import Answer
from mobile_hrp.mobile_contract.clients import ClientPolicy, read_client, written


def refusal_of_old_client(
    request: Request, answer: Answer, clients: ClientPolicy
) -> Response | None:
    """CLIENT_TOO_OLD with the least version served and where to get it; None for all others."""
    client = read_client(request.headers.get("x-hrp-client", ""))
    policy = clients.too_old(client)
    if client is None or policy is None:
        return None
    minimum = written(policy.minimum)
    return answer.error(
        "CLIENT_TOO_OLD",
        400,
        {"version": client.written, "minimum": minimum, "upgrade_url": policy.upgrade_url},
        more={"minimumVersion": minimum, "upgradeUrl": policy.upgrade_url},
    )
