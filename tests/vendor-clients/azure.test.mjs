import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import OpenAI, { AzureOpenAI } from 'openai';
import { address, assertPerson, key, person, png, rejection, weather } from './sim.mjs';

const apiVersion = '2024-10-21';
const withKey = new AzureOpenAI({ endpoint: address, apiKey: key, apiVersion, maxRetries: 0 });
const withToken = new AzureOpenAI({ endpoint: address, azureADTokenProvider: async () => 'sim-token', apiVersion, maxRetries: 0 });
const v1 = new OpenAI({ baseURL: `${address}/openai/v1/`, apiKey: key, maxRetries: 0 });
const user = (content) => ({ role: 'user', content });

suite('azure', () => {
  test('chat by key, by Entra ID token and at the v1 path', async () => {
    for (const client of [withKey, withToken, v1]) {
      const { data: completion, response } = await client.chat.completions.create({
        model: 'sim-azure', messages: [{ role: 'system', content: 'Be short.' }, user('How are you?')], max_tokens: 100, temperature: 0.3, seed: 1,
      }).withResponse();
      assert.match(completion.choices[0].message.content, /^\[simulated sim-azure\] How are you\?/);
      assert.equal(completion.choices[0].content_filter_results.hate.severity, 'safe');
      assert.equal(completion.prompt_filter_results[0].content_filter_results.jailbreak.detected, false);
      assert.match(response.headers.get('apim-request-id'), /^[0-9a-f-]{36}$/);
      assert.ok(Number(response.headers.get('x-ratelimit-remaining-tokens')) > 0);
    }
  });

  test('tools, JSON schema, images', async () => {
    const tools = [{ type: 'function', function: { name: 'get_weather', parameters: weather } }];
    const called = await withKey.chat.completions.create({ model: 'sim-azure', messages: [user('x')], tools, tool_choice: 'required' });
    const { message } = called.choices[0];
    const after = await withKey.chat.completions.create({
      model: 'sim-azure', tools, messages: [user('x'), message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: '21' }],
    });
    assert.equal(after.choices[0].finish_reason, 'stop');

    const structured = await withKey.chat.completions.create({
      model: 'sim-azure',
      messages: [user([{ type: 'text', text: 'Who?' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }])],
      response_format: { type: 'json_schema', json_schema: { name: 'person', strict: true, schema: person } },
    });
    assertPerson(JSON.parse(structured.choices[0].message.content));
  });

  test('responses at the v1 path', async () => {
    const response = await v1.responses.create({ model: 'sim-azure', input: 'hi' });
    assert.match(response.output_text, /^\[simulated sim-azure\] hi/);
  });

  test('embeddings', async () => {
    for (const client of [withKey, v1]) {
      const answer = await client.embeddings.create({ model: 'sim-azure-embedding', input: 'a' });
      assert.equal(answer.data[0].embedding.length, 16);
    }
  });

  test('errors have their class and code', async () => {
    const chat = (client, model, prompt = 'hi') => client.chat.completions.create({ model, messages: [user(prompt)] });
    const wrongKey = new AzureOpenAI({ endpoint: address, apiKey: 'wrong', apiVersion, maxRetries: 0 });
    const wrongVersion = new AzureOpenAI({ endpoint: address, apiKey: key, apiVersion: 'yesterday', maxRetries: 0 });
    for (const [call, type, code] of [
      [() => chat(withKey, 'nope'), OpenAI.NotFoundError, 'DeploymentNotFound'],
      [() => chat(wrongKey, 'sim-azure'), OpenAI.AuthenticationError, '401'],
      [() => chat(wrongVersion, 'sim-azure'), OpenAI.BadRequestError, 'BadRequest'],
      [() => chat(withKey, 'sim-azure', '[[filtered]]'), OpenAI.BadRequestError, 'content_filter'],
    ]) {
      const error = await rejection(call());
      assert.ok(error instanceof type, `${error} is no ${type.name}`);
      assert.equal(error.code, code);
    }
  });

  test('a filtered prompt tells which filter', async () => {
    const error = await rejection(withKey.chat.completions.create({ model: 'sim-azure', messages: [user('[[filtered]]')] }));
    assert.equal(error.error.innererror.code, 'ResponsibleAIPolicyViolation');
    assert.equal(error.error.innererror.content_filter_result.violence.filtered, true);
  });

  test('the client comes back after Retry-After', async () => {
    const started = Date.now();
    const completion = await withKey.chat.completions.create({ model: 'sim-azure', messages: [user('[[busy]]')] }, { maxRetries: 1 });
    assert.equal(completion.choices.length, 1);
    assert.ok(Date.now() - started >= 200);
  });
});
