"""DingTalk's own SDK works against our fake: token, to-do, card, callback address.

    scripts/prove_sdks.sh

It is no part of the tests that always run: the SDK brings some forty packages (see
``[dependency-groups] sdk-proofs``).
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from alibabacloud_dingtalk.card_1_0 import client as card_client
from alibabacloud_dingtalk.card_1_0 import models as card
from alibabacloud_dingtalk.oauth2_1_0 import client as oauth_client
from alibabacloud_dingtalk.oauth2_1_0 import models as oauth
from alibabacloud_dingtalk.todo_1_0 import client as todo_client
from alibabacloud_dingtalk.todo_1_0 import models as todo
from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_util.models import RuntimeOptions
from Tea.exceptions import TeaException
from tests.fakes.clock import FakeClock
from tests.fakes.dingtalk_push import FakeDingTalkPush

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
async def fake() -> AsyncIterator[FakeDingTalkPush]:
    async with FakeDingTalkPush(FakeClock(NOW)) as server:
        yield server


async def called(work: Callable[[], Any]) -> Any:
    """The SDK blocks; the fake lives in this loop."""
    return await asyncio.to_thread(work)


def config(fake: FakeDingTalkPush) -> openapi.Config:
    return openapi.Config(protocol="http", endpoint=fake.url.removeprefix("http://"))


async def token(fake: FakeDingTalkPush) -> str:
    request = oauth.GetAccessTokenRequest(app_key="made-up", app_secret="made-up")
    answer = await called(lambda: oauth_client.Client(config(fake)).get_access_token(request))
    assert answer.body.expire_in == 7200
    return str(answer.body.access_token)


def new_todo(source: str) -> todo.CreateTodoTaskRequest:
    return todo.CreateTodoTaskRequest(
        source_id=source,
        subject="您有一项待办",
        creator_id="union-1",
        executor_ids=["union-1"],
        detail_url=todo.CreateTodoTaskRequestDetailUrl(
            app_url="https://hrp.example/n/x", pc_url="https://hrp.example/n/x"
        ),
        is_only_show_executor=True,
        priority=20,
        notify_configs=todo.CreateTodoTaskRequestNotifyConfigs(ding_notify="1"),
        operator_id="union-1",
    )


async def test_the_sdk_fetches_a_token_and_the_same_one_again(fake: FakeDingTalkPush) -> None:
    assert await token(fake) == await token(fake)


async def test_the_sdk_makes_a_to_do_once_finds_it_and_ends_it(fake: FakeDingTalkPush) -> None:
    client, runtime = todo_client.Client(config(fake)), RuntimeOptions()
    given = await token(fake)
    source = str(uuid.uuid4())
    create = todo.CreateTodoTaskHeaders(x_acs_dingtalk_access_token=given)
    made = await called(
        lambda: client.create_todo_task_with_options("union-1", new_todo(source), create, runtime)
    )
    with pytest.raises(TeaException) as repeated:
        await called(
            lambda: client.create_todo_task_with_options(
                "union-1", new_todo(source), create, runtime
            )
        )
    assert repeated.value.code == "todo.taskCreate.paramError"
    assert "task exist" in repeated.value.message
    find = todo.GetTodoTaskBySourceIdHeaders(x_acs_dingtalk_access_token=given)
    found = await called(
        lambda: client.get_todo_task_by_source_id_with_options("union-1", source, find, runtime)
    )
    assert found.body.id == made.body.id
    update = todo.UpdateTodoTaskHeaders(x_acs_dingtalk_access_token=given)
    done = todo.UpdateTodoTaskRequest(done=True, operator_id="union-1")
    await called(
        lambda: client.update_todo_task_with_options("union-1", made.body.id, done, update, runtime)
    )
    (kept,) = fake.todos.values()
    assert (kept.subject, kept.done) == ("您有一项待办", True)


async def test_the_sdk_registers_a_callback_and_sends_and_changes_a_card(
    fake: FakeDingTalkPush,
) -> None:
    client, runtime = card_client.Client(config(fake)), RuntimeOptions()
    given = await token(fake)
    register = card.RegisterCallbackRequest(
        callback_route_key="hrp-cards",
        callback_url="https://hrp.example/webhooks/dingtalk/cards/H1",
        api_secret="made-up",
    )
    await called(
        lambda: client.register_callback_with_options(
            register, card.RegisterCallbackHeaders(x_acs_dingtalk_access_token=given), runtime
        )
    )
    assert fake.routes["hrp-cards"].secret == "made-up"
    create = card.CreateAndDeliverRequest(
        card_template_id="T",
        out_track_id="card-1",
        callback_type="HTTP",
        callback_route_key="hrp-cards",
        user_id_type=1,
        card_data=card.CreateAndDeliverRequestCardData(card_param_map={"status": "open"}),
        open_space_id="dtv1.card//IM_ROBOT.user-1",
        im_robot_open_space_model=card.CreateAndDeliverRequestImRobotOpenSpaceModel(
            support_forward=False
        ),
        im_robot_open_deliver_model=card.CreateAndDeliverRequestImRobotOpenDeliverModel(
            space_type="IM_ROBOT", robot_code="R"
        ),
    )
    made = await called(
        lambda: client.create_and_deliver_with_options(
            create, card.CreateAndDeliverHeaders(x_acs_dingtalk_access_token=given), runtime
        )
    )
    assert made.body.success
    assert made.body.result.out_track_id == "card-1"
    change = card.UpdateCardRequest(
        out_track_id="card-1",
        card_data=card.UpdateCardRequestCardData(card_param_map={"status": "done"}),
        card_update_options=card.UpdateCardRequestCardUpdateOptions(update_card_data_by_key=True),
    )
    await called(
        lambda: client.update_card_with_options(
            change, card.UpdateCardHeaders(x_acs_dingtalk_access_token=given), runtime
        )
    )
    assert fake.cards["card-1"] == {"status": "done"}
    assert fake.holders["card-1"] == "user-1"


async def test_a_wrong_token_and_a_month_used_up_raise_the_sdks_error() -> None:
    async with FakeDingTalkPush(FakeClock(NOW), monthly_calls=0) as fake:
        client, runtime = todo_client.Client(config(fake)), RuntimeOptions()
        used_up = todo.CreateTodoTaskHeaders(x_acs_dingtalk_access_token=await token(fake))
        with pytest.raises(TeaException) as caught:
            await called(
                lambda: client.create_todo_task_with_options(
                    "union-1", new_todo("s"), used_up, runtime
                )
            )
        assert caught.value.code == "90020"
    async with FakeDingTalkPush(FakeClock(NOW)) as fake:
        client = todo_client.Client(config(fake))
        wrong = todo.CreateTodoTaskHeaders(x_acs_dingtalk_access_token="invented")
        with pytest.raises(TeaException) as caught:
            await called(
                lambda: client.create_todo_task_with_options(
                    "union-1", new_todo("s"), wrong, runtime
                )
            )
        assert caught.value.code == "InvalidAuthentication"
