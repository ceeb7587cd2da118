import assert from 'node:assert/strict';

export const address = process.env.SIM_URL;

export const key = 'sim-key';

// One pixel.
export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const person = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
};

export const weather = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };

export function assertPerson(value) {
  assert.deepEqual(Object.keys(value).sort(), ['age', 'name']);
  assert.equal(typeof value.name, 'string');
  assert.ok(Number.isInteger(value.age));
}

export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }

  assert.fail('was not refused');
}
