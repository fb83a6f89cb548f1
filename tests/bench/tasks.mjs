// Starts tasks of a template, all at once, and waits until they have ended: tasks.mjs BASE TEMPLATE COUNT VALUES [no-wait]
// Prints "ID" lines with no-wait; else seconds until all have ended, how many did not complete, and seconds until the first and the
// median one had.
import http from 'node:http'

const [base, template, count, values, noWait] = process.argv.slice(2)
const agent = new http.Agent({ keepAlive: true, maxSockets: 50 })

function ask(method, path, body) {
	return new Promise((done, fail) => {
		const rq = http.request(base + path, { agent, method, headers: { authorization: `Bearer ${process.env.TOKEN}`, 'content-type': 'application/json' } }, rs => {
			let text = ''
			rs.setEncoding('utf8').on('data', part => { text += part }).on('end', () => {
				if (rs.statusCode > 299) fail(new Error(`${method} ${path}: ${rs.statusCode} ${text.slice(0, 300)}`))
				else done(JSON.parse(text))
			})
		}).on('error', fail)
		rq.end(body && JSON.stringify(body))
	})
}
const began = performance.now()
const made = await Promise.all(Array.from({ length: Number(count) }, () =>
	ask('POST', '/api/scaffolder/v2/tasks', { templateRef: template, values: JSON.parse(values) })))
if (noWait) {
	for (const { id } of made) console.log(id)
	process.exit()
}
const ended = []
let bad = 0
await Promise.all(made.map(async ({ id }) => {
	for (let after = 0; ;) {
		const events = await ask('GET', `/api/scaffolder/v2/tasks/${id}/events?after=${after}`)
		after = events.at(-1)?.id ?? after
		if (!events.some(e => e.type === 'completion')) continue
		ended.push((performance.now() - began) / 1000)
		const { status } = await ask('GET', `/api/scaffolder/v2/tasks/${id}`)
		bad += status !== 'completed'
		return
	}
}))
ended.sort((a, b) => a - b)
console.log([ended.at(-1), bad, ended[0], ended[Math.floor(ended.length / 2)]].map(n => n.toFixed(2)).join(' '))
