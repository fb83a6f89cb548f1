// Measures index, entity and group page of the portal at URL, and prints them beside their targets; tests/bench-pages.sh starts it.
import http from 'node:http';
import { launch, Visitor } from '../browser/lib/browser.mjs';
import { freePort } from '../fixtures/free-port.mjs';

const { URL: base, LIGHTHOUSE = '1', ROUNDS = '7' } = process.env;
const TOKEN = 'token-of-the-bench-0123456789';
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

// ---- at the server ----

function get(path, headers = {}) {
	return new Promise((done, refuse) => {
		http.get(base + path, { agent, headers: { 'accept-encoding': 'gzip', ...headers } }, async response => {
			const parts = [];
			for await (const part of response) parts.push(part);
			done({ status: response.statusCode, text: () => Buffer.concat(parts).toString() });
		}).on('error', refuse);
	});
}

// Median milliseconds of 200 requests, from sending to the last byte, through nginx.
async function serverTime(path) {
	const times = [];
	for (let i = 0; i < 220; i++) {
		const begun = process.hrtime.bigint();
		const { status } = await get(path);
		if (status !== 200) throw new Error(`${path} answers ${status}`);
		// The first warm what is cold.
		if (i >= 20) times.push(Number(process.hrtime.bigint() - begun) / 1e6);
	}
	return median(times);
}

async function api(path) {
	const answer = await get(path, { authorization: `Bearer ${TOKEN}`, 'accept-encoding': 'identity' });
	return JSON.parse(answer.text());
}

// The component that most depend on, and the group that owns most: nobody chooses the easy ones.
async function targets() {
	const { items } = await api('/api/catalog/entities/by-query?filter=kind=component&limit=1&orderField=metadata.name,asc');
	const { facets } = await api('/api/catalog/entity-facets?facet=relations.ownedBy');
	const owners = facets['relations.ownedBy'].filter(({ value }) => value.startsWith('group:'));
	const most = owners.reduce((a, b) => (b.count > a.count ? b : a));
	const [, namespace, name] = /^group:([^/]*)\/(.*)$/.exec(most.value);
	return [
		{ name: 'index', path: '/catalog', next: `/catalog/default/component/${items[0].metadata.name}` },
		{ name: 'entity', path: `/catalog/default/component/${items[0].metadata.name}`, next: '/catalog' },
		{ name: `group of ${most.count}`, path: `/catalog/${namespace}/group/${name}`, next: '/catalog' },
	];
}

// ---- in the browser ----

// Opens a page and tells what came over the wire: {requests, bytes}.
async function visit(visitor, path) {
	const session = await visitor.context.newCDPSession(visitor.page);
	const wire = { requests: 0, bytes: 0 };
	const cached = new Set();
	await session.send('Network.enable');
	session.on('Network.requestServedFromCache', e => cached.add(e.requestId));
	session.on('Network.responseReceived', e => e.response.fromDiskCache && cached.add(e.requestId));
	// What draws the graph is counted neither on the first visit nor on the next: it comes when the page is there already.
	session.on('Network.requestWillBeSent', e => /graph/.test(new URL(e.request.url).pathname) && cached.add(e.requestId));
	session.on('Network.loadingFinished', e => {
		if (cached.has(e.requestId)) return;
		wire.requests++;
		wire.bytes += e.encodedDataLength;
	});
	await visitor.page.goto(path, { waitUntil: 'networkidle' });
	await session.detach();
	return wire;
}

// What somebody sees whose browser knows nothing. Nothing is counted meanwhile: to be told of each request slows what has many.
async function look(browser, path) {
	const visitor = await Visitor.open(browser, base);
	await visitor.page.goto(path, { waitUntil: 'networkidle' });
	const seen = await visitor.seen();
	await visitor.context.close();
	return seen;
}

async function heap(visitor) {
	const session = await visitor.context.newCDPSession(visitor.page);
	await session.send('Performance.enable');
	await session.send('HeapProfiler.collectGarbage');
	const { metrics } = await session.send('Performance.getMetrics');
	await session.detach();
	return metrics.find(({ name }) => name === 'JSHeapUsedSize').value;
}

// One round with browsers that know nothing: the page, the next one, the static page.
async function round(browser, target) {
	const visitor = await Visitor.open(browser, base);
	const first = await visit(visitor, target.path);
	const used = await heap(visitor);
	const next = await visit(visitor, target.next);
	await visitor.context.close();
	const seen = await look(browser, target.path);
	const still = await look(browser, '/bench/static.html');
	return {
		...first,
		paint: seen.paint,
		heap: used,
		nextBytes: next.bytes,
		ratio: seen.paint / still.paint,
		task: Math.max(0, ...seen.tasks.map(t => t.ms)),
		shift: seen.shifts.reduce((sum, s) => sum + s.value, 0),
	};
}

async function inBrowser(browser, target) {
	const rounds = [];
	for (let i = 0; i < Number(ROUNDS); i++) rounds.push(await round(browser, target));
	const of = key => median(rounds.map(r => r[key]));
	return {
		requests: of('requests'),
		bytes: of('bytes'),
		nextBytes: of('nextBytes'),
		paint: of('paint'),
		ratio: of('ratio'),
		task: of('task'),
		heap: of('heap'),
		shift: Math.max(...rounds.map(r => r.shift)),
	};
}

// ---- Lighthouse ----

async function lighthouse(path, port) {
	const { default: run, desktopConfig } = await import('../npm/node_modules/lighthouse/core/index.js');
	const onlyCategories = ['performance', 'accessibility', 'best-practices'];
	const { lhr } = await run(base + path, { port, output: 'json', logLevel: 'error', onlyCategories }, desktopConfig);
	const bad = Object.values(lhr.audits).filter(a => a.score !== null && a.score < 0.9 && a.scoreDisplayMode !== 'informative');
	const scores = Object.fromEntries(Object.entries(lhr.categories).map(([name, { score }]) => [name, Math.round(score * 100)]));
	return { ...scores, bad: bad.map(a => `${a.title}${a.displayValue ? ` (${a.displayValue})` : ''}`) };
}

// ---- the table ----

const kb = bytes => `${(bytes / 1000).toFixed(1)} KB`;
const rows = [
	['server, median of 200', 'server', v => `${v.toFixed(1)} ms`, '< 15 ms', v => v < 15],
	['first visit', 'bytes', kb, '< 100 KB', v => v < 100e3],
	['requests of it', 'requests', String, '<= 10', v => v <= 10],
	['next visit', 'nextBytes', kb, '< 20 KB', v => v < 20e3],
	['largest content visible', 'paint', v => `${Math.round(v)} ms`, '', () => true],
	['of a static page', 'ratio', v => `${v.toFixed(1)} x`, '< 3 x', v => v < 3],
	['longest task', 'task', v => `${Math.round(v)} ms`, '<= 50 ms', v => v <= 50],
	['layout shift', 'shift', v => v.toFixed(4), '0', v => v < 0.0005],
	['JS heap', 'heap', v => `${(v / 1e6).toFixed(1)} MB`, '< 4 MB', v => v < 4e6],
	['Lighthouse performance', 'performance', String, '100', v => v === 100],
	['Lighthouse accessibility', 'accessibility', String, '100', v => v === 100],
	['Lighthouse best practices', 'best-practices', String, '100', v => v === 100],
];

// Prints the table; how many targets were missed.
function print(measured) {
	const names = Object.keys(measured);
	let missed = 0;
	console.log(`\n| | ${names.join(' | ')} | target |\n|---|${names.map(() => '---:|').join('')}---|`);
	for (const [title, key, show, wanted, good] of rows) {
		const cells = names.map(name => {
			const value = measured[name][key];
			if (value === undefined) return '';
			if (good(value)) return show(value);
			missed++;
			return `**${show(value)}**`;
		});
		if (cells.some(Boolean)) console.log(`| ${title} | ${cells.join(' | ')} | ${wanted} |`);
	}
	for (const [name, { bad }] of Object.entries(measured)) if (bad?.length) console.log(`\n${name}, says Lighthouse: ${bad.join('; ')}`);
	return missed;
}

const port = await freePort();
const browser = await launch([`--remote-debugging-port=${port}`]);
const measured = {};
try {
	for (const target of await targets()) {
		measured[target.name] = { server: await serverTime(target.path), ...(await inBrowser(browser, target)) };
		if (LIGHTHOUSE !== '0' && !target.name.startsWith('group')) Object.assign(measured[target.name], await lighthouse(target.path, port));
	}
} finally {
	await browser.close();
	agent.destroy();
}
const missed = print(measured);
console.log(missed ? `\n${missed} targets are missed.` : '\nEvery target is met.');
process.exit(missed ? 1 : 0);
