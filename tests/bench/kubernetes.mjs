// What bench-kubernetes.sh asks for:
//	warm SERVERS				each server has made its pods
//	cold BASE SERVERS COUNT			ms: first content (median, most), all that are well (median, most), the clusters' own time
//	viewers BASE SERVERS N SECONDS INTERVAL CONTROL	pages, median and p99 in ms, the most fetches of a cluster in an interval
//	whole BASE				what is found in whole clusters
// Of the servers big-1 ... big-7 are well.
import fs from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'

const [what, ...rest] = process.argv.slice(2)
const agent = new http.Agent({ keepAlive: false, maxSockets: Infinity })
const well = Array.from({ length: 7 }, (_, i) => `big-${i + 1}`)

function ask(method, url, body, headers = { authorization: `Bearer ${process.env.TOKEN}`, 'content-type': 'application/json' }) {
	return new Promise((done, fail) => {
		const rq = http.request(url, { agent, method, headers }, rs => {
			const parts = []
			rs.on('data', part => parts.push(part)).on('end', () => {
				const text = Buffer.concat(parts).toString()
				if (rs.statusCode > 299) fail(new Error(`${method} ${url}: ${rs.statusCode} ${text.slice(0, 300)}`))
				else done(text)
			})
		}).on('error', fail)
		rq.end(body && JSON.stringify(body))
	})
}
const page = (base, i) => ask('GET', `${base}/catalog/default/component/bulk-${i}/kubernetes`)
const sorted = list => list.sort((a, b) => a - b)
const at = (list, p) => sorted(list)[Math.min(list.length - 1, Math.floor(list.length * p))]
const round = n => n.toFixed(1)

// ---- the clusters alone ----

const lists = ['/api/v1/pods', '/api/v1/services', '/api/v1/configmaps', '/api/v1/limitranges', '/api/v1/resourcequotas', '/apis/apps/v1/deployments',
	'/apis/apps/v1/replicasets', '/apis/autoscaling/v1/horizontalpodautoscalers', '/apis/batch/v1/jobs', '/apis/batch/v1beta1/cronjobs',
	'/apis/networking.k8s.io/v1/ingresses', '/apis/apps/v1/statefulsets', '/apis/apps/v1/daemonsets', '/apis/metrics.k8s.io/v1beta1/pods']
function get(session, name, path) {
	return new Promise((done, fail) => {
		const rq = session.request({ ':path': path, authorization: `Bearer token-of-${name}`, 'accept-encoding': 'gzip' })
		rq.on('error', fail).on('data', () => {}).on('end', done).end()
	})
}
async function open(servers) {
	return Promise.all(well.map(async name => {
		const session = http2.connect(`https://localhost:${servers[name]}`)
		await new Promise((done, fail) => session.once('connect', done).once('error', fail))
		return { name, session }
	}))
}
/** As the portal asks: all lists, then events. */
async function alone(opened, query) {
	const began = performance.now()
	await Promise.all(opened.map(async ({ name, session }) => {
		await Promise.all(lists.map(path => get(session, name, `${path}?${query}limit=500`)))
		await get(session, name, '/api/v1/namespaces/team-payments/events?limit=500')
	}))
	return performance.now() - began
}
const read = file => JSON.parse(fs.readFileSync(file, 'utf8')).servers

// ---- what is asked for ----

async function warm(file) {
	const opened = await open(read(file))
	await alone(opened, '')
	for (const { session } of opened) session.destroy()
}

async function cold(base, file, count) {
	const opened = await open(read(file)), firsts = [], alls = [], own = []
	for (let i = 0; i < count; i++) {
		own.push(await alone(opened, `labelSelector=backstage.io%2Fkubernetes-id%3Dbulk-${count + i}&`))
		const began = performance.now()
		await page(base, i)
		firsts.push(performance.now() - began)
		for (;;) {
			const { items } = JSON.parse(await ask('POST', `${base}/api/kubernetes/findings/query`, { entityRef: `component:default/bulk-${i}`, wait: 20 }))
			if (items.filter(c => c.state === 'fresh' && well.includes(c.cluster.name)).length === well.length) break
		}
		alls.push(performance.now() - began)
	}
	for (const { session } of opened) session.destroy()
	console.log([at(firsts, 0.5), at(firsts, 1), at(alls, 0.5), at(alls, 1), at(own, 0.5)].map(round).join(' '))
}

/** Each asks for the page once a second, as one that is open does while a cluster is being asked. */
async function viewers(base, file, n, seconds, interval, control) {
	const times = [], began = performance.now(), until = began + seconds * 1000
	await ask('POST', `${control}/clear`, undefined, {})
	await Promise.all(Array.from({ length: n }, async (_, i) => {
		await new Promise(done => setTimeout(done, i / n * 1000))
		while (performance.now() < until) {
			const from = performance.now()
			await page(base, 0)
			times.push(performance.now() - from)
			await new Promise(done => setTimeout(done, Math.max(0, 1000 - (performance.now() - from))))
		}
	}))
	const intervals = (performance.now() - began) / 1000 / interval, stats = JSON.parse(await ask('GET', `${control}/stats`, undefined, {}))
	const most = Math.max(...well.map(name => stats[name].lists)) / Math.ceil(intervals)
	console.log(times.length, round(at(times, 0.5)), round(at(times, 0.99)), most.toFixed(2))
}

async function whole(base) {
	for (;;) {
		const { items } = JSON.parse(await ask('GET', `${base}/api/kubernetes/findings?wait=2000`))
		if (well.every(name => items.some(c => c.cluster.name === name && c.state === 'fresh'))) return
	}
}

const run = { warm, cold, viewers, whole }
await run[what](...rest.map(v => (/^\d+$/.test(v) ? Number(v) : v)))
process.exit()
