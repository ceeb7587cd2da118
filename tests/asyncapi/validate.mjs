// Exits 0 when schemas/asyncapi.yaml is a valid AsyncAPI document that carries every message schema.
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Parser, fromFile } from '@asyncapi/parser';

const severities = ['error', 'warning'];
const schemas = new URL('../../schemas/', import.meta.url);
const file = fileURLToPath(new URL(process.argv[2] ?? 'asyncapi.yaml', schemas));

const { document, diagnostics } = await fromFile(new Parser(), file).parse();
const problems = diagnostics.filter(({ severity }) => severity < severities.length).map(({ severity, path, range, message }) =>
  `line ${range.start.line + 1}: ${severities[severity]}: ${path.join('.')}: ${message}`);
if (!document && problems.length === 0)
  problems.push('the document could not be read');

const carried = new Set(document?.allMessages().all().map((message) => message.payload()?.title()));
for (const name of await readdir(new URL('messages/', schemas))) {
  const message = name.replace('.schema.json', '');
  if (document && !carried.has(message))
    problems.push(`no message has messages/${name} for its payload`);
}

for (const problem of problems)
  console.error(problem);
console.log(problems.length === 0
  ? `asyncapi.yaml is valid: ${document.allChannels().length} channels, ${document.allOperations().length} operations`
  : `problems in asyncapi.yaml: ${problems.length}`);
process.exitCode = problems.length === 0 ? 0 : 1;
