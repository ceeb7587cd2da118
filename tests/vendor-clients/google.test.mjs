import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, Type } from '@google/genai';
import { OAuth2Client } from 'google-auth-library';
import { address, assertPerson, key, person, png, rejection, weather } from './sim.mjs';

const gemini = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: address } });
const authClient = new OAuth2Client();
authClient.setCredentials({ access_token: 'sim-token', expiry_date: Date.now() + 3_600_000 });
const vertex = new GoogleGenAI({
  vertexai: true, project: 'p', location: 'europe-west1', googleAuthOptions: { authClient }, httpOptions: { baseUrl: address },
});
const generate = (contents, config, client = gemini) => client.models.generateContent({ model: 'sim-gemini', contents, config });

for (const [name, client] of [['gemini', gemini], ['vertex ai', vertex]]) {
  suite(`google: ${name}`, () => {
    test('several turns, with every usual option', async () => {
      const response = await generate(
        [{ role: 'user', parts: [{ text: 'Hello' }] }, { role: 'model', parts: [{ text: 'Hi.' }] }, { role: 'user', parts: [{ text: 'How are you?' }] }],
        { systemInstruction: 'Be short.', temperature: 0.2, topP: 0.9, topK: 5, seed: 7, stopSequences: ['~~~'], maxOutputTokens: 200 },
        client);
      assert.match(response.text, /^\[simulated sim-gemini\] How are you\?/);
      assert.equal(response.candidates[0].finishReason, 'STOP');
      const usage = response.usageMetadata;
      assert.equal(usage.cachedContentTokenCount, Math.floor(usage.promptTokenCount / 2));
      assert.equal(usage.promptTokenCount + usage.candidatesTokenCount + usage.thoughtsTokenCount, usage.totalTokenCount);
    });

    test('functions are called in parallel and their results taken', async () => {
      const tools = [{ functionDeclarations: [{ name: 'get_weather', parametersJsonSchema: weather }, { name: 'get_time', parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } } }] }];
      const first = await generate('Weather?', { tools, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } }, client);
      assert.deepEqual(first.functionCalls.map((call) => call.name), ['get_weather', 'get_time']);
      assert.equal(typeof first.functionCalls[0].args.city, 'string');

      const second = await generate([
        { role: 'user', parts: [{ text: 'Weather?' }] },
        first.candidates[0].content,
        { role: 'user', parts: first.functionCalls.map((call) => ({ functionResponse: { id: call.id, name: call.name, response: { output: '21 degrees' } } })) },
      ], { tools }, client);
      assert.ok(second.text.length > 0);
    });

    test('JSON by either kind of schema', async () => {
      const own = { type: Type.OBJECT, properties: { name: { type: Type.STRING }, age: { type: Type.INTEGER } }, required: ['name', 'age'] };
      for (const schema of [{ responseSchema: own }, { responseJsonSchema: person }]) {
        const response = await generate('Who?', { responseMimeType: 'application/json', ...schema }, client);
        assertPerson(JSON.parse(response.text));
      }
    });

    test('images', async () => {
      const response = await generate([{ text: 'What is this?' }, { inlineData: { mimeType: 'image/png', data: png } }], {}, client);
      assert.ok(response.usageMetadata.promptTokenCount > 258);
    });

    test('embeddings', async () => {
      // On Vertex AI the client asks in another way for models without "gemini" in their names.
      for (const model of ['sim-gemini-embedding', 'sim-text-embedding']) {
        const response = await client.models.embedContent({ model, contents: 'a', config: { outputDimensionality: 8, taskType: 'RETRIEVAL_QUERY' } });
        assert.equal(response.embeddings[0].values.length, 8);
      }
    });

    test('what is filtered is told apart', async () => {
      const blocked = await generate('[[blocked]]', {}, client);
      assert.equal(blocked.candidates, undefined);
      assert.equal(blocked.promptFeedback.blockReason, 'PROHIBITED_CONTENT');
      assert.equal((await generate('[[filtered]]', {}, client)).candidates[0].finishReason, 'SAFETY');
      assert.equal((await generate('[[recited]]', {}, client)).candidates[0].finishReason, 'RECITATION');
      assert.equal((await generate('long', { maxOutputTokens: 30 }, client)).candidates[0].finishReason, 'MAX_TOKENS');
    });

    test('errors have their status', async () => {
      for (const [call, code, status] of [
        [() => client.models.generateContent({ model: 'nope', contents: 'hi' }), 404, 'NOT_FOUND'],
        [() => generate('hi', { temperature: 3 }, client), 400, 'INVALID_ARGUMENT'],
        [() => generate('x'.repeat(40_000), {}, client), 400, 'INVALID_ARGUMENT'],
        [() => generate('[[away]]', {}, client), 503, 'UNAVAILABLE'],
      ]) {
        const error = await rejection(call());
        assert.ok(error instanceof ApiError, `${error}`);
        assert.equal(error.status, code);
        assert.equal(JSON.parse(error.message).error.status, status);
      }
    });
  });
}

suite('google: gemini alone', () => {
  test('thoughts are shown on demand and can be turned off', async () => {
    const shown = await generate('Think.', { thinkingConfig: { includeThoughts: true, thinkingBudget: 100 } });
    assert.equal(shown.candidates[0].content.parts[0].thought, true);
    const off = await generate('Do not.', { thinkingConfig: { thinkingBudget: 0 } });
    assert.equal(off.usageMetadata.thoughtsTokenCount, undefined);
  });

  test('several embeddings in one call', async () => {
    const response = await gemini.models.embedContent({ model: 'sim-gemini-embedding', contents: ['a', 'b', 'a'] });
    assert.equal(response.embeddings.length, 3);
    assert.deepEqual(response.embeddings[0].values, response.embeddings[2].values);
  });

  test('a chat carries its history', async () => {
    const chat = gemini.chats.create({ model: 'sim-gemini' });
    await chat.sendMessage({ message: 'one' });
    const second = await chat.sendMessage({ message: 'two' });
    assert.match(second.text, /two/);
    assert.equal(chat.getHistory().length, 4);
  });

  test('a wrong key is an invalid argument', async () => {
    const wrong = new GoogleGenAI({ apiKey: 'wrong', httpOptions: { baseUrl: address } });
    const error = await rejection(generate('hi', {}, wrong));
    assert.equal(error.status, 400);
    assert.equal(JSON.parse(error.message).error.details[0].reason, 'API_KEY_INVALID');
  });

  test('a quota tells in its details when to come back', async () => {
    const error = await rejection(generate('[[always-busy]]'));
    assert.equal(error.status, 429);
    const details = JSON.parse(error.message).error.details;
    assert.equal(details.find((detail) => detail['@type'].endsWith('RetryInfo')).retryDelay, '7s');
    assert.ok(details.find((detail) => detail['@type'].endsWith('QuotaFailure')).violations[0].quotaId.length > 0);
  });

  test('the client comes back where it is told to', async () => {
    const patient = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: address, retryOptions: { attempts: 2, initialDelay: 0.1 } } });
    const response = await generate('[[busy]]', {}, patient);
    assert.ok(response.text.length > 0);
  });
});
