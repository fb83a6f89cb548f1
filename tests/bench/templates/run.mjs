// Renders the set of skeletons with one engine: run.mjs ENGINE CASES NPM [SECONDS]
// Prints milliseconds of processor time: the first round in this process, and one of those after it has warmed up, of the set
// of the corpus and of the large skeleton.
import { readFileSync } from 'node:fs'
import { engines } from './engines.mjs'

const [name, cases, npm, seconds = '2'] = process.argv.slice(2)
const all = JSON.parse(readFileSync(cases, 'utf8'))
const sets = [all.filter(s => s.name !== 'large'), all.filter(s => s.name === 'large')]
const start = engines[name](npm)
let bytes = 0

function round(set) {
	const before = process.hrtime.bigint()
	for (const s of set) {
		const render = start(s.values)
		for (const text of s.texts) bytes += render(text).length
	}
	return Number(process.hrtime.bigint() - before) / 1e6
}
function warm(set) {
	const end = performance.now() + Number(seconds) * 1000, times = []
	while (performance.now() < end || times.length < 5) times.push(round(set))
	const late = times.slice(Math.floor(times.length / 2)).sort((a, b) => a - b)
	return late[Math.floor(late.length / 2)]
}
const cold = sets.map(round)
const hot = sets.map(warm)
console.log([cold[0], hot[0], cold[1], hot[1]].map(ms => ms.toFixed(3)).join(' '))
if (!bytes) process.exitCode = 1
