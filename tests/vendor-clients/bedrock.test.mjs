import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import * as bedrock from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { address, assertPerson, person, png, rejection, weather } from './sim.mjs';

const modelId = 'anthropic.sim-claude-v1:0';
const keys = { accessKeyId: 'AKIDSIMULATED', secretAccessKey: 'sim-secret' };
// The client's own choice is HTTP/2, which needs TLS.
const connect = (options) => new BedrockRuntimeClient({
  region: 'eu-west-1', endpoint: address, requestHandler: new NodeHttpHandler(), maxAttempts: 1, ...options,
});
const client = connect({ credentials: keys });
const user = (...content) => ({ role: 'user', content });
const converse = (text, more, by = client) => by.send(new ConverseCommand({ modelId, messages: [user({ text })], ...more }));
const toolConfig = { tools: ['get_weather', 'get_time'].map((name) => ({ toolSpec: { name, description: 'd', inputSchema: { json: weather } } })) };

suite('bedrock: converse', () => {
  test('several turns, with every usual option', async () => {
    const answer = await client.send(new ConverseCommand({
      modelId, system: [{ text: 'Be short.' }],
      messages: [user({ text: 'Hello' }), { role: 'assistant', content: [{ text: 'Hi.' }] }, user({ text: 'How are you?' })],
      inferenceConfig: { maxTokens: 200, temperature: 0.2, topP: 0.9, stopSequences: ['~~~'] }, requestMetadata: { team: 'a' },
    }));
    assert.match(answer.output.message.content[0].text, /^\[simulated anthropic\.sim-claude-v1:0\] How are you\?/);
    assert.equal(answer.stopReason, 'end_turn');
    const { usage } = answer;
    assert.ok(usage.inputTokens > 0 && usage.cacheReadInputTokens > 0 && usage.cacheWriteInputTokens > 0);
    assert.equal(usage.inputTokens + usage.cacheReadInputTokens + usage.cacheWriteInputTokens + usage.outputTokens, usage.totalTokens);
    assert.match(answer.$metadata.requestId, /^[0-9a-f-]{36}$/);
  });

  test('stop reasons', async () => {
    assert.equal((await converse('one END two', { inferenceConfig: { stopSequences: ['END'] } })).stopReason, 'stop_sequence');
    assert.equal((await converse('long', { inferenceConfig: { maxTokens: 3 } })).stopReason, 'max_tokens');
    assert.equal((await converse('[[filtered]]')).stopReason, 'guardrail_intervened');
  });

  test('tools are used in parallel and their results taken', async () => {
    const first = await converse('Weather?', { toolConfig: { ...toolConfig, toolChoice: { any: {} } } });
    assert.equal(first.stopReason, 'tool_use');
    const uses = first.output.message.content.map((block) => block.toolUse);
    assert.deepEqual(uses.map((use) => use.name), ['get_weather', 'get_time']);
    assert.equal(typeof uses[0].input.city, 'string');

    const results = uses.map(({ toolUseId }) => ({ toolResult: { toolUseId, content: [{ json: { degrees: 21 } }], status: 'success' } }));
    const second = await client.send(new ConverseCommand({
      modelId, toolConfig, messages: [user({ text: 'Weather?' }), first.output.message, user(...results)],
    }));
    assert.equal(second.stopReason, 'end_turn');
  });

  test('JSON schema', async () => {
    const answer = await converse('Who?', {
      outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'person', schema: JSON.stringify(person) } } } },
    });
    assertPerson(JSON.parse(answer.output.message.content[0].text));
  });

  test('images', async () => {
    const image = (format) => ({ image: { format, source: { bytes: Buffer.from(png, 'base64') } } });
    const answer = await client.send(new ConverseCommand({ modelId, messages: [user({ text: 'What is this?' }, image('png'))] }));
    assert.equal(answer.stopReason, 'end_turn');
    const error = await rejection(client.send(new ConverseCommand({ modelId, messages: [user(image('jpeg'))] })));
    assert.ok(error instanceof bedrock.ValidationException);
  });
});

suite('bedrock: embeddings', () => {
  const invoke = async (id, body) => {
    const answer = await client.send(new InvokeModelCommand({ modelId: id, contentType: 'application/json', accept: 'application/json', body: JSON.stringify(body) }));
    return JSON.parse(Buffer.from(answer.body).toString());
  };

  test('of Titan', async () => {
    const { embedding, inputTextTokenCount } = await invoke('amazon.sim-titan-embed-v2:0', { inputText: 'hello there', dimensions: 8, normalize: true });
    assert.equal(embedding.length, 8);
    assert.equal(inputTextTokenCount, 3);
  });

  test('of Cohere', async () => {
    const { embeddings } = await invoke('cohere.sim-embed-v3', { texts: ['a', 'b', 'a'], input_type: 'search_document' });
    assert.equal(embeddings.length, 3);
    assert.deepEqual(embeddings[0], embeddings[2]);
  });
});

suite('bedrock: who may', () => {
  test('a session token is part of the key', async () => {
    const session = connect({ credentials: { accessKeyId: 'AKIDSESSION', secretAccessKey: 'sim-secret', sessionToken: 'sim-session' } });
    assert.equal((await converse('hi', {}, session)).stopReason, 'end_turn');
  });

  test('a bearer key', async () => {
    const bearer = connect({ token: { token: 'sim-bearer' }, authSchemePreference: ['httpBearerAuth'] });
    assert.equal((await converse('hi', {}, bearer)).stopReason, 'end_turn');
  });

  test('a wrong secret, an unknown key, a wrong session, a wrong clock, a wrong bearer key', async () => {
    for (const [options, name] of [
      [{ credentials: { ...keys, secretAccessKey: 'wrong' } }, 'InvalidSignatureException'],
      [{ credentials: { ...keys, accessKeyId: 'AKIDNOBODY' } }, 'UnrecognizedClientException'],
      [{ credentials: { accessKeyId: 'AKIDSESSION', secretAccessKey: 'sim-secret', sessionToken: 'wrong' } }, 'UnrecognizedClientException'],
      [{ credentials: keys, systemClockOffset: -3_600_000 }, 'InvalidSignatureException'],
      [{ token: { token: 'wrong' }, authSchemePreference: ['httpBearerAuth'] }, 'AccessDeniedException'],
    ]) {
      const error = await rejection(converse('hi', {}, connect(options)));
      assert.equal(error.name, name);
      assert.equal(error.$metadata.httpStatusCode, 403);
    }
  });
});

suite('bedrock: errors', () => {
  test('each has its class', async () => {
    for (const [call, type, status] of [
      [() => converse('hi', { modelId: 'anthropic.nope-v1:0' }), bedrock.ResourceNotFoundException, 404],
      [() => converse(' '), bedrock.ValidationException, 400],
      [() => converse('hi', { inferenceConfig: { maxTokens: 2000 } }), bedrock.ValidationException, 400],
      [() => converse('x'.repeat(40_000)), bedrock.ValidationException, 400],
      [() => converse('[[always-busy]]'), bedrock.ThrottlingException, 429],
      [() => converse('[[away]]'), bedrock.ServiceUnavailableException, 503],
      [() => converse('[[broken]]'), bedrock.InternalServerException, 500],
      [() => converse('[[denied]]'), bedrock.AccessDeniedException, 403],
      [() => converse('[[late]]'), bedrock.ModelTimeoutException, 408],
      [() => converse('[[model-error]]'), bedrock.ModelErrorException, 424],
      [() => converse('[[loading]]'), bedrock.ModelNotReadyException, 429],
    ]) {
      const error = await rejection(call());
      assert.ok(error instanceof type, `${error} is no ${type.name}`);
      assert.equal(error.$metadata.httpStatusCode, status);
      assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
    }
  });

  test('the client comes back when it was throttled', async () => {
    const answer = await converse('[[busy]]', {}, connect({ credentials: keys, maxAttempts: 2 }));
    assert.equal(answer.$metadata.attempts, 2);
  });
});
