// Adds up the counters of all trx files and prints 'N passed, N failed, N skipped' as the last line.
// Before it stands each test that failed, with the beginning of its message.
// Fails when a test assembly left no trx (its host crashed), when a run did not complete, and when nothing passed.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const results = process.argv[2];
const longest = 400;
const problems = [];
const seen = new Set();
let total = 0;
let passed = 0;
let failed = 0;

const files = existsSync(results) ? readdirSync(results).filter(name => name.endsWith('.trx')) : [];
for (const file of files) {
  const trx = readFileSync(join(results, file), 'utf8');
  const counters = /<Counters ([^>]*)>/.exec(trx)?.[1] ?? '';
  const count = name => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(counters)?.[1] ?? 0);
  total += count('total');
  passed += count('passed');
  failed += count('failed');

  const assembly = / storage="([^"]+)"/.exec(trx)?.[1];
  if (assembly) {
    seen.add(assembly.replaceAll('\\', '/').split('/').slice(-2).join('/').toLowerCase());
  }

  for (const [, attributes, body] of trx.matchAll(/<UnitTestResult ([^>]*outcome="Failed"[^>]*)>([\s\S]*?)<\/UnitTestResult>/g)) {
    const name = /\btestName="([^"]*)"/.exec(attributes)?.[1];
    const message = /<Message>([\s\S]*?)<\/Message>/.exec(body)?.[1] ?? '';
    problems.push(`failed: ${name} (${file})\n  ${message.trim().slice(0, longest).replaceAll(/\s+/g, ' ')}`);
  }

  const outcome = /<ResultSummary outcome="([^"]*)"/.exec(trx)?.[1];
  if (outcome !== 'Completed' && count('failed') === 0) {
    problems.push(`${file}: the run ended as '${outcome ?? 'unknown'}'`);
  }
}

// One trx is due for each test project and target framework.
for (const project of readdirSync('tests', { withFileTypes: true }).filter(entry => entry.isDirectory())) {
  for (const file of readdirSync(join('tests', project.name)).filter(name => name.endsWith('.csproj'))) {
    for (const framework of testFrameworks(join('tests', project.name, file))) {
      const assembly = `${framework}/${basename(file, '.csproj')}.dll`;
      if (!seen.has(assembly.toLowerCase())) {
        problems.push(`${assembly} left no test results`);
      }
    }
  }
}

if (passed === 0) {
  problems.push('no test passed');
}

for (const problem of problems) {
  console.log(problem);
}

console.log(`${passed} passed, ${failed} failed, ${total - passed - failed} skipped`);
process.exit(problems.length > 0 || failed > 0 ? 1 : 0);

function testFrameworks(project) {
  const names = ['IsTestProject', 'TargetFramework', 'TargetFrameworks'];
  const output = execFileSync('dotnet', ['msbuild', project, `-getProperty:${names.join(',')}`], { encoding: 'utf8' });
  const { IsTestProject, TargetFramework, TargetFrameworks } = JSON.parse(output).Properties;
  return IsTestProject === 'true' ? (TargetFrameworks || TargetFramework).split(';').filter(Boolean) : [];
}
