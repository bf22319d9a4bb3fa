// Reads documents of YAML with npm's `yaml`, as YAML 1.2 and as YAML 1.1.
//
//   node main.js DOCUMENTS.json
//
// DOCUMENTS.json is a list of texts. The answer is a JSON object: reader to a list, in the same
// order, of {"value": …} or {"error": "…"}.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

const documents = JSON.parse(readFileSync(process.argv[2], 'utf8'))

function read(text, version) {
  try {
    return { value: parse(text, { version, maxAliasCount: -1 }) }
  } catch (error) {
    return { error: String(error) }
  }
}

const answers = {}
for (const version of ['1.2', '1.1']) {
  answers[`npm yaml as ${version}`] = documents.map((text) => read(text, version))
}
process.stdout.write(JSON.stringify(answers))
