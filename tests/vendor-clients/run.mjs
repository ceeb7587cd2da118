// Starts the vendor simulator from the Release build on a free port, runs the tests of this folder against it, and ends it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const program = fileURLToPath(new URL('../../src/LlmBroker.VendorSim/bin/Release/net10.0/LlmBroker.VendorSim.dll', import.meta.url));

const sim = spawn('dotnet', [program, '--models', `${here}models.json`, '--urls', 'http://127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const address = await addressOf(sim);
  const files = (await readdir(here)).filter((name) => name.endsWith('.test.mjs')).map((name) => here + name);
  // Proxies of the machine are not for loopback, and no key or region of the environment may stand in for those of the tests.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(https?_proxy|all_proxy|AWS_|OPENAI_|AZURE_|ANTHROPIC_|GOOGLE_|GEMINI_)/i.test(name)));
  const tests = spawn(process.execPath, ['--test', '--test-reporter=spec', ...files], { stdio: 'inherit', env: { ...env, SIM_URL: address } });
  const [code] = await once(tests, 'exit');
  process.exitCode = code ?? 1;
} finally {
  sim.kill('SIGTERM');
}

async function addressOf(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /on (http:\S+?)\/?,/.exec(line);
    if (match)
      return match[1];
  }

  throw new Error(`The simulator did not start from ${program}. Build it first: dotnet build -c Release`);
}
