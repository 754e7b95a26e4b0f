"""An app built with DingTalk's stream SDK: approves every press and prints it.

A process of its own, because the SDK cannot be stopped. DINGTALK_OPENAPI_ENDPOINT says where
DingTalk is; the arguments are the app's key and secret.
"""

import asyncio
import json
import sys
from typing import Any

import dingtalk_stream


class Presses(dingtalk_stream.CallbackHandler):  # type: ignore[misc,unused-ignore]  # the SDK is there only when it is proven
    async def process(self, message: dingtalk_stream.CallbackMessage) -> tuple[int, Any]:
        press = dingtalk_stream.CardCallbackMessage.from_dict(message.data)
        seen = {"card": press.card_instance_id, "by": press.user_id, "content": press.content}
        sys.stdout.write(json.dumps(seen) + "\n")
        sys.stdout.flush()
        shown = {"cardData": {"cardParamMap": {"result": "approved"}}}
        return dingtalk_stream.AckMessage.STATUS_OK, shown


if __name__ == "__main__":
    credential = dingtalk_stream.Credential(*sys.argv[1:])
    client = dingtalk_stream.DingTalkStreamClient(credential)
    topic = dingtalk_stream.CallbackHandler.TOPIC_CARD_CALLBACK
    client.register_callback_handler(topic, Presses())
    asyncio.run(client.start())
