import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import OpenAI from 'openai';
import { address, key, rejection } from './sim.mjs';

// The client that the vendor's documentation names for its router.
const client = new OpenAI({ apiKey: key, baseURL: `${address}/huggingface/v1`, maxRetries: 0 });
const chat = (prompt, model = 'sim/chat', options) => client.chat.completions.create({ model, messages: [{ role: 'user', content: prompt }] }, options);

suite('huggingface: router', () => {
  test('chat, with and without a provider behind the model', async () => {
    for (const model of ['sim/chat', 'sim/chat:fastest'])
      assert.match((await chat('hi', model)).choices[0].message.content, /^\[simulated sim\/chat\] hi/);
  });

  test('errors have their class', async () => {
    const unknown = await rejection(chat('hi', 'nope'));
    assert.ok(unknown instanceof OpenAI.BadRequestError);
    assert.equal(unknown.code, 'model_not_found');
    const wrong = new OpenAI({ apiKey: 'wrong', baseURL: `${address}/huggingface/v1`, maxRetries: 0 });
    assert.ok(await rejection(wrong.chat.completions.create({ model: 'sim/chat', messages: [] })) instanceof OpenAI.AuthenticationError);
  });

  test('the client comes back after Retry-After', async () => {
    assert.equal((await chat('[[busy]]', 'sim/chat', { maxRetries: 1 })).choices.length, 1);
  });
});
