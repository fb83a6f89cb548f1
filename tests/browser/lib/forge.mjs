// Requests that change something, as another site would make a visitor's browser send them.
import assert from 'node:assert/strict';

const values = {
	kind: 'component', namespace: 'default', name: 'ledger', id: '1', uid: '00000000-0000-4000-8000-000000000000', provider: 'oidc', plugin: 'hello',
};
// A route's path with values for its parameters.
const fill = path => path.replace(/:([a-z]+)/g, (_, name) => values[name] ?? 'x').replace('*rest', 'form');

// What another site has to send, as a sign-in's provider does, is proved otherwise: tests/http/54-oidc.t.
export function mutating(portal) {
	return portal.routes.filter(({ method, flags }) => !['GET', 'HEAD', 'OPTIONS'].includes(method) && !flags.includes('cross-site'));
}

// The cookies of a visitor and a token that fits them.
async function form(portal, cookies = '') {
	const page = await portal.ask('GET', '/catalog-import', { headers: cookies ? { cookie: cookies } : {} });
	const token = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? /name="csrf" content="([^"]+)"/.exec(page.text)?.[1];
	const set = (page.headers['set-cookie'] ?? []).map(c => c.split(';')[0]);
	return { token, cookie: [cookies, ...set].filter(Boolean).join('; ') };
}

// What must stay as it is.
async function state(portal) {
	const [locations, facets] = await Promise.all([
		portal.get('/api/catalog/locations'),
		portal.get('/api/catalog/entity-facets?facet=kind'),
	]);
	return locations.text + facets.text;
}

// cookies: of somebody who is signed in, whose power would be borrowed.
async function attempt(portal, { method, path, flags }, cookies) {
	const before = await state(portal);
	const { cookie, token } = await form(portal, cookies);
	assert.ok(token, 'the page has a token');
	const site = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example', 'sec-fetch-mode': 'no-cors' };
	const plain = { 'content-type': 'application/x-www-form-urlencoded', cookie };
	const json = { 'content-type': 'application/json', cookie };
	const formal = flags.includes('form');
	const body = `_csrf=${token}&step=register&target=https://evil.example/x.yaml&on=1&theme=dark&to=/catalog`;
	const ways = [
		['of another site, with a good token', { headers: { ...plain, ...site }, body }],
		['of another origin, by an old browser', { headers: { ...plain, origin: 'https://evil.example' }, body }],
		['of another subdomain', { headers: { ...plain, 'sec-fetch-site': 'same-site', origin: 'http://other.127.0.0.1' }, body }],
		['of a sandboxed page', { headers: { ...plain, origin: 'null' }, body }],
		['of another site, as JSON', { headers: { ...json, ...site }, body: '{}' }],
		...(formal
			? [
					['without a token', { headers: plain, body: body.replace(/_csrf=[^&]*&/, '') }],
					["with somebody else's token", { headers: plain, body: body.replace(token, (await form(portal)).token) }],
					['with half a token', { headers: plain, body: body.replace(token, token.slice(0, 32)) }],
					['without the cookie', { headers: { ...plain, cookie: cookies ?? '' }, body }],
				]
			: []),
	];
	// Without a session there is nobody whose power could be borrowed: then the API asks who that is.
	const refused = formal || cookies ? [403] : [401, 403];
	for (const [how, request] of ways) {
		const answer = await portal.ask(method, fill(path), request);
		assert.ok(refused.includes(answer.status), `${how}: ${answer.status} instead of ${refused.join(' or ')}: ${answer.text.slice(0, 200)}`);
	}
	assert.equal(await state(portal), before, 'something has changed');
}

export const forged = { try: attempt, fill, form };
