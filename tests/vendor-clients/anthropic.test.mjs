import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { address, assertPerson, key, person, png, rejection, weather } from './sim.mjs';

const client = new Anthropic({ apiKey: key, baseURL: address, maxRetries: 0 });
const user = (content) => ({ role: 'user', content });
const ask = (prompt, more, options) => client.messages.create({ model: 'sim-claude', max_tokens: 200, messages: [user(prompt)], ...more }, options);

suite('anthropic', () => {
  test('several turns, with every usual option', async () => {
    const { data: message, response } = await client.messages.create({
      model: 'sim-claude', max_tokens: 200, system: [{ type: 'text', text: 'Be short.', cache_control: { type: 'ephemeral' } }],
      messages: [user('Hello'), { role: 'assistant', content: 'Hi.' }, user('How are you?')],
      stop_sequences: ['~~~'], metadata: { user_id: 'u' }, service_tier: 'auto',
    }).withResponse();

    assert.match(message.content[0].text, /^\[simulated sim-claude\] How are you\?/);
    assert.equal(message.stop_reason, 'end_turn');
    const { usage } = message;
    assert.ok(usage.input_tokens > 0 && usage.cache_read_input_tokens > 0 && usage.cache_creation_input_tokens > 0);
    assert.equal(usage.cache_creation.ephemeral_5m_input_tokens, usage.cache_creation_input_tokens);
    assert.equal(message._request_id, response.headers.get('request-id'));
  });

  test('a stop sequence and the limit end the answer', async () => {
    const stopped = await ask('one END two', { stop_sequences: ['END'] });
    assert.equal(stopped.stop_reason, 'stop_sequence');
    assert.equal(stopped.stop_sequence, 'END');
    assert.equal((await ask('long', { max_tokens: 3 })).stop_reason, 'max_tokens');
  });

  test('tools are used in parallel and their results taken', async () => {
    const tools = ['get_weather', 'get_time'].map((name) => ({ name, description: 'd', input_schema: weather }));
    const first = await ask('Weather?', { tools, tool_choice: { type: 'any' } });
    assert.equal(first.stop_reason, 'tool_use');
    assert.deepEqual(first.content.map((block) => block.name), ['get_weather', 'get_time']);
    assert.equal(typeof first.content[0].input.city, 'string');

    const results = first.content.map((block) => ({ type: 'tool_result', tool_use_id: block.id, content: '21 degrees' }));
    const second = await client.messages.create({
      model: 'sim-claude', max_tokens: 200, tools, messages: [user('Weather?'), { role: 'assistant', content: first.content }, user(results)],
    });
    assert.equal(second.stop_reason, 'end_turn');

    const one = await ask('Weather?', { tools, tool_choice: { type: 'any', disable_parallel_tool_use: true } });
    assert.equal(one.content.length, 1);
    assert.equal((await ask('get_weather', { tools, tool_choice: { type: 'none' } })).stop_reason, 'end_turn');
  });

  test('JSON schema', async () => {
    const message = await ask('Who?', { output_config: { format: { type: 'json_schema', schema: person } } });
    assertPerson(JSON.parse(message.content[0].text));
  });

  test('images as data and by address', async () => {
    const message = await ask([
      { type: 'text', text: 'What is this?' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
    ]);
    assert.equal(message.stop_reason, 'end_turn');
    const error = await rejection(ask([{ type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: png } }]));
    assert.match(error.message, /appears to be a image\/png/);
  });

  test('thinking is a block of its own and counted', async () => {
    const message = await ask('Think.', { max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 1024 } });
    assert.equal(message.content[0].type, 'thinking');
    assert.equal(message.usage.output_tokens_details.thinking_tokens, 24);
    assert.equal((await ask('Do not.')).usage.output_tokens_details.thinking_tokens, 0);
  });

  test('sampling parameters, which the latest version of the API has no more', async () => {
    assert.match((await rejection(ask('hi', { temperature: 1 }))).message, /temperature: Extra inputs are not permitted/);
    const before = { headers: { 'anthropic-version': '2023-06-01' } };
    assert.equal((await ask('hi', { temperature: 0.2, top_k: 5 }, before)).stop_reason, 'end_turn');
  });

  test('a refusal', async () => {
    const message = await ask('[[filtered]]');
    assert.equal(message.stop_reason, 'refusal');
    assert.equal(message.stop_details.type, 'refusal');
  });

  test('errors have their class and type', async () => {
    const wrongKey = new Anthropic({ apiKey: 'wrong', baseURL: address, maxRetries: 0 });
    for (const [call, error, type] of [
      [() => ask('hi', { model: 'nope' }), Anthropic.NotFoundError, 'not_found_error'],
      [() => wrongKey.messages.create({ model: 'sim-claude', max_tokens: 9, messages: [user('hi')] }), Anthropic.AuthenticationError, 'authentication_error'],
      [() => ask('hi', { max_tokens: 0 }), Anthropic.BadRequestError, 'invalid_request_error'],
      [() => ask('x'.repeat(40_000)), Anthropic.BadRequestError, 'invalid_request_error'],
      [() => ask('[[denied]]'), Anthropic.PermissionDeniedError, 'permission_error'],
      [() => ask('[[always-busy]]'), Anthropic.RateLimitError, 'rate_limit_error'],
      [() => ask('[[overloaded]]'), Anthropic.InternalServerError, 'overloaded_error'],
    ]) {
      const thrown = await rejection(call());
      assert.ok(thrown instanceof error, `${thrown} is no ${error.name}`);
      assert.equal(thrown.error.error.type, type);
      assert.match(thrown.requestID, /^req_/);
    }
  });

  test('the client comes back after Retry-After', async () => {
    const started = Date.now();
    const message = await ask('[[busy]]', {}, { maxRetries: 1 });
    assert.equal(message.stop_reason, 'end_turn');
    // Whole seconds, rounded up: the vendor has no finer ones.
    assert.ok(Date.now() - started >= 700);
  });
});
