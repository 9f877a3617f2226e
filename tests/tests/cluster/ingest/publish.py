# What a warehouse runs: the NATS client for Python as it is published, and nothing of ours. Reads
# what to publish from standard input, writes one line a message: acknowledged or refused.
import asyncio
import json
import ssl
import sys

import nats

ANSWER_WAIT = 20
REFUSAL_WAIT = 2


async def main():
    asked = json.load(sys.stdin)

    async def quiet(_):
        pass

    client = await nats.connect(
        asked["servers"],
        user=asked["user"],
        password=asked["password"],
        tls=ssl.create_default_context(cafile=asked["ca"]),
        inbox_prefix=("_INBOX_" + asked["user"]).encode(),
        error_cb=quiet,
    )
    jetstream = client.jetstream()
    for message in asked["messages"]:
        wait = ANSWER_WAIT if message["may"] else REFUSAL_WAIT
        try:
            await jetstream.publish(
                message["subject"],
                message["body"].encode(),
                timeout=wait,
                headers=message["headers"],
            )
            print("acknowledged", flush=True)
        except Exception as error:
            print("refused", type(error).__name__, flush=True)
    await client.close()


asyncio.run(main())
