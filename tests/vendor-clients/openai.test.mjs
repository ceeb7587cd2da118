import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import OpenAI from 'openai';
import { ContentFilterFinishReasonError } from 'openai/error';
import { address, assertPerson, key, person, png, rejection, weather } from './sim.mjs';

const client = new OpenAI({ apiKey: key, baseURL: `${address}/v1`, maxRetries: 0 });
const user = (content) => ({ role: 'user', content });
const tool = (name) => ({ type: 'function', function: { name, parameters: weather, strict: true } });

suite('openai: chat completions', () => {
  test('chat over several turns, with every usual option', async () => {
    const { data: completion, response } = await client.chat.completions.create({
      model: 'sim-gpt',
      messages: [{ role: 'system', content: 'Be short.' }, user('Hello'), { role: 'assistant', content: 'Hi.' }, user('How are you?')],
      temperature: 0.2, top_p: 0.9, seed: 7, stop: ['~~~'], max_completion_tokens: 100, user: 'u', metadata: { team: 'a' },
    }).withResponse();

    assert.match(completion.choices[0].message.content, /^\[simulated sim-gpt\] How are you\?/);
    assert.equal(completion.choices[0].finish_reason, 'stop');
    assert.equal(completion.usage.prompt_tokens + completion.usage.completion_tokens, completion.usage.total_tokens);
    assert.equal(completion.usage.prompt_tokens_details.cached_tokens, Math.floor(completion.usage.prompt_tokens / 2));
    assert.equal(completion._request_id, response.headers.get('x-request-id'));
  });

  test('a seed is repeatable and makes a difference', async () => {
    const answer = async (seed) => (await client.chat.completions.create({ model: 'sim-gpt', messages: [user('dice')], seed })).choices[0].message.content;
    assert.equal(await answer(1), await answer(1));
    assert.notEqual(await answer(1), await answer(2));
  });

  test('a cut answer says so', async () => {
    const completion = await client.chat.completions.create({ model: 'sim-gpt', messages: [user('long')], max_tokens: 5 });
    assert.equal(completion.choices[0].finish_reason, 'length');
    assert.equal(completion.usage.completion_tokens, 5);
  });

  test('tools are called in parallel and their results taken', async () => {
    const messages = [user('What is the weather?')];
    const tools = [tool('get_weather'), tool('get_time')];
    const first = await client.chat.completions.create({ model: 'sim-gpt', messages, tools, tool_choice: 'required' });

    const { message, finish_reason: finish } = first.choices[0];
    assert.equal(finish, 'tool_calls');
    assert.deepEqual(message.tool_calls.map((call) => call.function.name), ['get_weather', 'get_time']);
    assert.equal(typeof JSON.parse(message.tool_calls[0].function.arguments).city, 'string');
    assert.equal(new Set(message.tool_calls.map((call) => call.id)).size, 2);

    messages.push(message, ...message.tool_calls.map((call) => ({ role: 'tool', tool_call_id: call.id, content: '21 degrees' })));
    const second = await client.chat.completions.create({ model: 'sim-gpt', messages, tools });
    assert.equal(second.choices[0].finish_reason, 'stop');
    assert.ok(second.choices[0].message.content.length > 0);
  });

  test('one call at a time where calls must not be parallel', async () => {
    const completion = await client.chat.completions.create({
      model: 'sim-gpt', messages: [user('x')], tools: [tool('a'), tool('b')], tool_choice: 'required', parallel_tool_calls: false,
    });
    assert.equal(completion.choices[0].message.tool_calls.length, 1);
  });

  test('the runner of tools goes all the way', async () => {
    const runner = client.chat.completions.runTools({
      model: 'sim-gpt',
      messages: [user('Please use look_up now.')],
      tools: [{ type: 'function', function: { name: 'look_up', parameters: weather, parse: JSON.parse, function: ({ city }) => `found ${city}` } }],
    });
    assert.match(await runner.finalContent(), /^\[simulated sim-gpt\]/);
    assert.equal(runner.messages.filter((message) => message.role === 'tool').length, 1);
  });

  test('JSON schema is parsed by the client', async () => {
    const completion = await client.chat.completions.parse({
      model: 'sim-gpt', messages: [user('Who?')], response_format: { type: 'json_schema', json_schema: { name: 'person', strict: true, schema: person } },
    });
    assertPerson(JSON.parse(completion.choices[0].message.content));
  });

  test('images by address and as data', async () => {
    const image = (url) => ({ type: 'image_url', image_url: { url, detail: 'low' } });
    const completion = await client.chat.completions.create({
      model: 'sim-gpt', messages: [user([{ type: 'text', text: 'What is this?' }, image('https://example.com/a.png'), image(`data:image/png;base64,${png}`)])],
    });
    assert.ok(completion.usage.prompt_tokens > 170);
  });

  test('an image that is none is refused', async () => {
    const error = await rejection(client.chat.completions.create({
      model: 'sim-gpt', messages: [user([{ type: 'image_url', image_url: { url: `data:image/png;base64,${btoa('this is not an image')}` } }])],
    }));
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.code, 'invalid_image_format');
  });

  test('logprobs with alternatives', async () => {
    const completion = await client.chat.completions.create({ model: 'sim-gpt', messages: [user('hi')], logprobs: true, top_logprobs: 2 });
    const { content } = completion.choices[0].logprobs;
    assert.equal(content.map(({ token }) => token).join(''), completion.choices[0].message.content);
    assert.equal(content[0].top_logprobs.length, 2);
  });

  test('a refusal is in its own field', async () => {
    const completion = await client.chat.completions.create({ model: 'sim-gpt', messages: [user('[[declined]]')] });
    assert.equal(completion.choices[0].message.content, null);
    assert.match(completion.choices[0].message.refusal, /can't help/);
  });

  test('a filtered answer makes the parsing client throw its own error', async () => {
    const error = await rejection(client.chat.completions.parse({
      model: 'sim-gpt', messages: [user('[[filtered]]')], response_format: { type: 'json_schema', json_schema: { name: 'p', strict: true, schema: person } },
    }));
    assert.ok(error instanceof ContentFilterFinishReasonError, `${error}`);
  });

  test('a reasoning model counts its reasoning and refuses what it must', async () => {
    const completion = await client.chat.completions.create({
      model: 'sim-o', messages: [user('hi')], reasoning_effort: 'low', max_completion_tokens: 200,
    });
    assert.equal(completion.usage.completion_tokens_details.reasoning_tokens, 24);
    for (const [field, value] of [['max_tokens', 100], ['temperature', 0.5], ['top_p', 0.5], ['stop', 'x']]) {
      const error = await rejection(client.chat.completions.create({ model: 'sim-o', messages: [user('hi')], [field]: value }));
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, field);
      assert.match(error.code, /^unsupported_/);
    }
  });
});

suite('openai: responses', () => {
  test('text with instructions', async () => {
    const response = await client.responses.create({
      model: 'sim-gpt', instructions: 'Be short.', input: 'How are you?', max_output_tokens: 100, temperature: 0.1, metadata: { a: 'b' },
    });
    assert.equal(response.status, 'completed');
    assert.match(response.output_text, /^\[simulated sim-gpt\] How are you\?/);
    assert.equal(response.usage.input_tokens + response.usage.output_tokens, response.usage.total_tokens);
    assert.deepEqual(response.metadata, { a: 'b' });
  });

  test('a cut response is incomplete', async () => {
    const response = await client.responses.create({ model: 'sim-gpt', input: 'long', max_output_tokens: 16 });
    assert.equal(response.status, 'incomplete');
    assert.equal(response.incomplete_details.reason, 'max_output_tokens');
  });

  test('function calls and their outputs', async () => {
    const tools = [{ type: 'function', name: 'get_weather', parameters: weather, strict: true }];
    const input = [{ role: 'user', content: [{ type: 'input_text', text: 'Weather?' }, { type: 'input_image', image_url: `data:image/png;base64,${png}`, detail: 'auto' }] }];
    const first = await client.responses.create({ model: 'sim-o', input, tools, tool_choice: { type: 'function', name: 'get_weather' }, reasoning: { effort: 'low' } });
    const call = first.output.find((item) => item.type === 'function_call');
    assert.equal(typeof JSON.parse(call.arguments).city, 'string');
    assert.equal(first.output[0].type, 'reasoning');
    assert.equal(first.usage.output_tokens_details.reasoning_tokens, 24);

    const second = await client.responses.create({
      model: 'sim-o', tools, input: [...input, ...first.output, { type: 'function_call_output', call_id: call.call_id, output: '21 degrees' }],
    });
    assert.ok(second.output_text.length > 0);
  });

  test('JSON schema is parsed by the client', async () => {
    const response = await client.responses.parse({
      model: 'sim-gpt', input: 'Who?', text: { format: { type: 'json_schema', name: 'person', strict: true, schema: person } },
    });
    assertPerson(JSON.parse(response.output_text));
  });

  test('a refusal is a part of its own', async () => {
    const response = await client.responses.create({ model: 'sim-gpt', input: '[[declined]]' });
    assert.equal(response.output[0].content[0].type, 'refusal');
    assert.equal(response.output_text, '');
  });

  test('what it refuses', async () => {
    for (const [body, field] of [
      [{ input: 'x', max_output_tokens: 15 }, 'max_output_tokens'],
      [{ input: 'x', messages: [] }, 'messages'],
      [{ input: 'x', previous_response_id: 'resp_1' }, 'previous_response_id'],
      [{ input: [{ type: 'function_call_output', call_id: 'c', output: 'o' }] }, 'input'],
    ]) {
      const error = await rejection(client.responses.create({ model: 'sim-gpt', ...body }));
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, field);
    }
  });
});

suite('openai: embeddings and models', () => {
  test('vectors as the client asks for them, in base64, and as numbers', async () => {
    const [encoded, plain] = await Promise.all([undefined, 'float'].map((format) => client.embeddings.create({
      model: 'sim-embedding', input: ['a', 'b'], encoding_format: format, dimensions: 8,
    })));
    assert.equal(encoded.data.length, 2);
    assert.equal(encoded.data[0].embedding.length, 8);
    encoded.data[0].embedding.forEach((value, i) => assert.ok(Math.abs(value - plain.data[0].embedding[i]) < 1e-6));
  });

  test('the list of models', async () => {
    const names = [];
    for await (const model of client.models.list())
      names.push(model.id);
    assert.deepEqual(names.sort(), ['sim-embedding', 'sim-gpt', 'sim-o']);
  });
});

suite('openai: errors', () => {
  const chat = (prompt, options, model = 'sim-gpt') => client.chat.completions.create({ model, messages: [user(prompt)] }, options);

  test('each has its class', async () => {
    const wrongKey = new OpenAI({ apiKey: 'wrong', baseURL: `${address}/v1`, maxRetries: 0 });
    for (const [call, type, code] of [
      [() => chat('hi', {}, 'nope'), OpenAI.NotFoundError, 'model_not_found'],
      [() => wrongKey.chat.completions.create({ model: 'sim-gpt', messages: [user('hi')] }), OpenAI.AuthenticationError, 'invalid_api_key'],
      [() => chat('x'.repeat(40_000)), OpenAI.BadRequestError, 'context_length_exceeded'],
      [() => chat('[[always-busy]]'), OpenAI.RateLimitError, 'rate_limit_exceeded'],
      [() => chat('[[broke]]'), OpenAI.RateLimitError, 'insufficient_quota'],
      [() => chat('[[away]]'), OpenAI.InternalServerError, null],
    ]) {
      const error = await rejection(call());
      assert.ok(error instanceof type, `${error} is no ${type.name}`);
      assert.equal(error.code, code);
      assert.match(error.requestID, /^req_/);
    }
  });

  test('the client comes back after Retry-After', async () => {
    const started = Date.now();
    const completion = await chat('[[busy]]', { maxRetries: 1 });
    assert.equal(completion.choices.length, 1);
    assert.ok(Date.now() - started >= 200);
  });

  test('a body that is cut is an error of the connection or of its reading', async () => {
    const error = await rejection(chat('[[cut]]'));
    assert.ok(!(error instanceof OpenAI.APIError) || error instanceof OpenAI.APIConnectionError, `${error}`);
  });
});
