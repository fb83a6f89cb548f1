// Hostile catalogs, pages of other sites, forged requests: nothing that is written into the catalog runs, and nothing is changed
// that nobody meant to change.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { TOP } from './lib/stack.mjs';
import { fail } from './lib/tap.mjs';
import { Hunt } from './lib/hunt.mjs';
import { hostile, yaml } from './lib/hostile.mjs';
import { addresses, parts, payloads } from './lib/payloads.mjs';
import { forged, mutating } from './lib/forge.mjs';
import { pages } from './paths.mjs';
import { component } from './lib/words.mjs';

export const config = `
plugins: {directories: [${join(TOP, 'tests/fixtures/plugins')}], bomb: {enabled: false}, tester: {enabled: false}}
backend: {reading: {allow: [{host: "{HOST}"}]}}
catalog:
  rules: [{allow: [Component, API, Resource, System, Domain, Group, User, Location, Template]}]
`;

// ---- what is written into the catalog ----

// Documents without the addresses that the portal refuses outright: those are tried one by one elsewhere.
async function accepted(portal, documents) {
	const good = new Map();
	for (const url of addresses) {
		const [entity] = JSON.parse(`[${JSON.stringify(documents[0])}]`);
		entity.metadata.links = [{ url }];
		const answer = await portal.post('/api/catalog/validate-entity', { entity, location: 'url:http://example.test/x.yaml' });
		good.set(url, answer.status === 200);
	}
	for (const { metadata } of documents) metadata.links = metadata.links.filter(({ url }) => good.get(url));
	return documents;
}

async function ingest({ stack, portal }) {
	const documents = await accepted(portal, hostile());
	await portal.register(await stack.serve('/hostile.yaml', yaml(documents)));
	for (const { kind, metadata } of documents) await portal.becomes(`${kind.toLowerCase()}:default/${metadata.name}`);
	// What is wrong with a file is shown too, with what it says.
	const url = await stack.serve('/turned.yaml', component('hostile-turned'));
	await portal.register(url);
	await portal.becomes('component:default/hostile-turned');
	await stack.serve('/turned.yaml', component('hostile-turned', { type: JSON.stringify(payloads) }));
	await portal.post('/api/catalog/refresh', { entityRef: 'component:default/hostile-turned' });
	await portal.becomes('component:default/hostile-turned', e => e.status?.items?.length);
	return documents;
}

// Every page that shows an entity; tabs that this portal does not have are left out.
function views(portal, kind, name) {
	const at = `/catalog/default/${kind.toLowerCase()}/${name}`;
	const pattern = '/catalog/:namespace/:kind/:name';
	const own = portal.routes.filter(r => r.method === 'GET' && r.path.startsWith(`${pattern}/`) && !/:/.test(r.path.slice(pattern.length)));
	const tabs = own.map(r => at + r.path.slice(pattern.length));
	const tab = (route, ...names) => (portal.has(pattern + route) ? names.map(one => at + route.replace(':tab', one)) : []);
	const named = [...tab('/:tab', 'dependencies', 'apis', 'definition', 'diagram'), ...tab('/inspect/:tab', 'ancestry', 'colocated', 'json', 'yaml')];
	const graph = portal.has('/catalog-graph') ? [`/catalog-graph?rootEntityRefs[]=${kind.toLowerCase()}:default/${name}`] : [];
	return [...new Set([at, ...tabs, ...named, ...graph])];
}

function lists(portal) {
	const kinds = ['component', 'api', 'resource', 'system', 'domain', 'group', 'user', 'template', 'location'];
	const more = ['/', '/search?q=hostile', '/palette?q=hostile', '/api-docs', '/admin', '/settings'].filter(p => portal.has(p.split('?')[0]));
	return [...kinds.map(kind => `/catalog?filters[kind]=${kind}`), ...more];
}

// Words in the address are shown as well: in fields, chips, links and errors.
function reflected(portal) {
	const filters = ['text', 'type', 'owners', 'lifecycles', 'tags', 'namespace'].map(name => `filters[${name}]`);
	const asked = { '/search': 'q', '/palette': 'q', '/catalog-import': 'target', '/catalog-graph': 'rootEntityRefs[]', '/login': 'to' };
	return parts(5).flatMap(some => {
		const value = encodeURIComponent(some.join(' '));
		const here = Object.keys(asked).filter(path => portal.has(path));
		return [
			`/catalog?${filters.map(name => `${name}=${value}`).join('&')}`,
			...['filters[kind]', 'filters[user]', 'sort', 'after'].map(name => `/catalog?${name}=${value}`),
			...here.map(path => `${path}?${asked[path]}=${value}`),
			`/catalog/default/component/${value.replaceAll('%2F', '')}`,
			`/${value.replaceAll('%2F', '')}`,
		];
	});
}

// ---- other sites ----

async function framed({ visitor, stack, portal }) {
	// "localhost" is another site than 127.0.0.1 for a browser.
	const other = stack.site.replace('127.0.0.1', 'localhost');
	const paths = pages.filter(p => portal.has(p.route) && !p.staged).map(p => p.path);
	for (const path of [...paths, '/api/catalog/entities', '/static/callboard.css']) {
		const { headers } = await portal.ask('GET', path);
		assert.match(`${headers['content-security-policy']} ${headers['x-frame-options']}`, /frame-ancestors 'none'|DENY/, `${path} may be framed`);
		assert.equal(headers['x-content-type-options'], 'nosniff', path);
	}
	const html = `<!doctype html><title>Other</title><iframe src="${stack.url}/catalog" title="x"></iframe>`;
	await fetch(`${stack.site}/frame.html`, { method: 'PUT', body: html, headers: { 'x-fixture': '{"headers":{"content-type":"text/html"}}' } });
	const v = await visitor();
	v.expected.push(/frame|localhost|ERR_BLOCKED_BY_RESPONSE/i);
	await v.page.goto(`${other}/frame.html`);
	const frame = v.page.frames().find(f => f !== v.page.mainFrame());
	assert.ok(!frame || !frame.url().startsWith(stack.url), 'the frame stays empty');
	await v.close();
}

// A page of another site sends a form by itself, as a visitor's browser would.
async function posted({ visitor, stack, portal }) {
	const url = await stack.serve('/forged.yaml', component('forged'));
	const form = `<!doctype html><title>Other</title><form method=post action="${stack.url}/catalog-import">
		<input name=target value="${url}"><input name=step value=register></form><script>document.forms[0].submit()</script>`;
	await fetch(`${stack.site}/post.html`, { method: 'PUT', body: form, headers: { 'x-fixture': '{"headers":{"content-type":"text/html"}}' } });
	const v = await visitor();
	v.expected.push(/./);
	await v.visit('/catalog-import');
	const answered = v.page.waitForResponse(r => r.request().method() === 'POST' && r.url().startsWith(stack.url));
	await v.page.goto(`${stack.site.replace('127.0.0.1', 'localhost')}/post.html`).catch(() => {});
	assert.equal((await answered).status(), 403);
	assert.ok(!(await portal.get('/api/catalog/locations')).text.includes('forged.yaml'), 'nothing was registered');
	await v.close();
}

// ---- answers ----

async function cookies(v) {
	await v.visit('/catalog-import');
	const all = await v.context.cookies();
	assert.ok(all.length, 'there is a cookie');
	for (const c of all) {
		assert.ok(c.httpOnly, `${c.name} is for the portal alone`);
		assert.match(c.sameSite, /Lax|Strict/, c.name);
		assert.equal(c.path, '/', c.name);
		assert.equal(c.domain, '127.0.0.1', `${c.name} is of this host alone`);
	}
}

const elsewhere = ['https://evil.example/', '//evil.example/', '/\\evil.example/', '\\\\evil.example/', '/%2f/evil.example', 'https:evil.example', '/\t/evil.example/',
	'javascript:canary()', ' //evil.example', '/..//evil.example', 'http://127.0.0.1@evil.example/', '.evil.example', '@evil.example', '/x\r\nX-Injected: 1'];
// Where a redirect leads, as a browser reads it.
const leads = (location, base) => new URL(location, base).origin;

async function redirects({ portal, stack }) {
	const { cookie, token } = await forged.form(portal);
	const found = [];
	for (const to of elsewhere) {
		const value = encodeURIComponent(to);
		const get = ['/login', '/', '/catalog'].map(path => ['GET', `${path}?to=${value}&return=${value}&next=${value}`]);
		const post = mutating(portal).filter(r => r.flags.includes('form')).map(r => ['POST', r.path]);
		for (const [method, path] of [...get, ...post]) {
			const body = method === 'POST' ? `_csrf=${token}&to=${value}&on=1&theme=dark&name=x&password=y` : undefined;
			const headers = { cookie, ...(body ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) };
			const answer = await portal.ask(method, forged.fill(path), { headers, body });
			assert.equal(answer.headers['x-injected'], undefined, `${method} ${path}: a header is injected by ${JSON.stringify(to)}`);
			const location = answer.headers.location;
			if (location && leads(location, stack.url) !== stack.url) found.push(`${method} ${path} with ${JSON.stringify(to)} leads to ${location}`);
		}
	}
	if (found.length) fail('Redirects lead away:', found);
}

async function injected({ portal }) {
	const bad = '%0d%0aX-Injected:%201%0d%0a%0d%0a<script>';
	for (const path of [`/${bad}`, `/catalog?after=${bad}`, `/catalog?filters[kind]=${bad}`, `/catalog/default/component/${bad}`, `/login?to=/${bad}`, `/api/catalog/entities?offset=${bad}`]) {
		const answer = await portal.ask('GET', path);
		assert.equal(answer.headers['x-injected'], undefined, path);
		assert.ok(answer.status < 500, `${path} answers ${answer.status}`);
	}
	for (const headers of [{ host: 'forged.example' }, { 'x-forwarded-host': 'forged.example' }, { 'x-original-url': '/admin' }]) {
		for (const path of ['/', '/catalog', '/catalog/default/component/ledger', '/no-such-page', '/login']) {
			const answer = await portal.ask('GET', path, { headers });
			assert.ok(!/forged\.example/.test(answer.text + (answer.headers.location ?? '')), `${path} repeats ${JSON.stringify(headers)}`);
		}
	}
}

export default async function (world) {
	const { test, stack, portal, browser } = world;
	const hunt = new Hunt(browser, stack.url);
	let documents = [];

	await test('a hostile file of each kind is read', null, async () => {
		documents = await ingest(world);
	});
	const kinds = [...new Set(documents.map(d => d.kind))];
	for (const kind of kinds) {
		const paths = documents.filter(d => d.kind === kind).flatMap(d => views(portal, kind, d.metadata.name));
		await test(`nothing of hostile entities of kind ${kind} runs, on ${paths.length} pages`, null, () => hunt.all(paths));
	}
	const turned = [...views(portal, 'Component', 'hostile-turned'), ...lists(portal)];
	await test(`nor on ${turned.length} lists and complaints`, null, () => hunt.all(turned));
	await test('nor what stands in an address', null, () => hunt.all(reflected(portal)));
	await test('the hunt sees what it hunts', null, () => hunt.sees(payloads.filter(text => text.startsWith('<') && !/^<(body|template|<)/.test(text))));
	await hunt.end();
	const judged = [...kinds.map(kind => `/catalog/default/${kind.toLowerCase()}/hostile-${kind.toLowerCase()}-0`), ...lists(portal).slice(0, 3)];
	await test('the Content-Security-Policy has nothing to forbid there', async v => {
		for (const path of judged) await v.visit(path);
	});
	await test('no page may be framed by another site', null, () => framed(world));
	await test("another site's form is refused in a browser", null, () => posted(world));
	await test('cookies are for this host, and not for scripts', cookies);
	await test('no redirect leads away, and none brings a header', null, () => redirects(world));
	await test('no header is injected, no host believed', null, () => injected(world));
	for (const route of mutating(portal)) await test(`forged: ${route.method} ${route.path}`, null, () => forged.try(portal, route));
}
