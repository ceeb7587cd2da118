#!/usr/bin/env python3
"""Asks one question over RabbitMQ and prints the reply. Needs pika (Debian: python3-pika).
Usage: producer.py [--direct] [AMQP_URL]    --direct: RabbitMQ's direct reply-to instead of a queue of our own"""
import json, os, sys, uuid
import pika

arguments = [argument for argument in sys.argv[1:] if argument != "--direct"]
direct = "--direct" in sys.argv
url = arguments[0] if arguments else os.environ.get("AMQP_URL", "amqp://guest:guest@localhost:5672/")
tenant = os.environ.get("TENANT", "default")
parameters = pika.URLParameters(url)
channel = pika.BlockingConnection(parameters).channel()
channel.confirm_delivery()  # basic_publish returns when RabbitMQ has the request on disk

reply_to = "amq.rabbitmq.reply-to" if direct else f"reply.{tenant}.producer-py"
if not direct:  # replies wait in it while we are away
    channel.queue_declare(reply_to, durable=True, arguments={"x-queue-type": "quorum", "x-expires": 3_600_000})

request_id, answer = f"py-{uuid.uuid4()}", None  # the id is the idempotency key: sent again it is answered from the record


def on_reply(channel, method, properties, body):
    global answer
    if properties.correlation_id == request_id:
        answer = (properties.type, json.loads(body))
        channel.stop_consuming()
    if not direct:
        channel.basic_ack(method.delivery_tag)


channel.basic_consume(reply_to, on_reply, auto_ack=direct)
body = {"messages": [{"role": "user", "content": "Translate into French: Good morning."}]}
properties = pika.BasicProperties(content_type="application/json", delivery_mode=2, message_id=request_id, reply_to=reply_to,
                                  correlation_id=request_id, user_id=parameters.credentials.username)
channel.basic_publish("llm.requests", f"{tenant}.standard", json.dumps({"body": body}), properties, mandatory=True)
channel.start_consuming()
kind, reply = answer
print(reply["body"]["choices"][0]["message"]["content"] if kind == "InferenceCompleted" else f"{reply['reason']}: {reply['message']}")
sys.exit(kind != "InferenceCompleted")
