// Asks one question over RabbitMQ and prints the reply. Needs amqplib (npm ci).
// Usage: node producer.mjs [--direct] [AMQP_URL]    --direct: RabbitMQ's direct reply-to instead of a queue of our own
import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';

const direct = process.argv.includes('--direct');
const [argument] = process.argv.slice(2).filter(word => word !== '--direct');
const url = argument ?? process.env.AMQP_URL ?? 'amqp://guest:guest@localhost:5672/';
const tenant = process.env.TENANT ?? 'default';
const connection = await amqp.connect(url);
const channel = await connection.createConfirmChannel();
channel.on('return', () => { throw new Error('No queue takes the request: start llmbroker serve first.'); });

const replyTo = direct ? 'amq.rabbitmq.reply-to' : `reply.${tenant}.producer-node`;
if (!direct) // replies wait in it while we are away
  await channel.assertQueue(replyTo, { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-expires': 3_600_000 } });

const requestId = `node-${randomUUID()}`; // the idempotency key: the same id again is answered from the record, not paid again
let resolve;
const replied = new Promise(done => { resolve = done; });
await channel.consume(replyTo, message => {
  if (message.properties.correlationId === requestId) resolve(message);
  if (!direct) channel.ack(message);
}, { noAck: direct });

const body = { messages: [{ role: 'user', content: 'Translate into French: Good morning.' }] };
channel.publish('llm.requests', `${tenant}.standard`, Buffer.from(JSON.stringify({ body })), {
  contentType: 'application/json', persistent: true, mandatory: true, messageId: requestId, correlationId: requestId, replyTo,
  userId: decodeURIComponent(new URL(url).username) || 'guest',
});
await channel.waitForConfirms(); // RabbitMQ has the request on disk

const { properties, content } = await replied;
const reply = JSON.parse(content.toString());
const completed = properties.type === 'InferenceCompleted';
console.log(completed ? reply.body.choices[0].message.content : `${reply.reason}: ${reply.message}`);
await connection.close();
process.exitCode = completed ? 0 : 1;
