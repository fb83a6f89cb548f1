// What a test asks the portal beside the browser: the API with a token, and requests as no browser would send them.
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import { TOKEN } from './stack.mjs';
import { eventually, fail } from './tap.mjs';

export class Portal {
	#routes;

	constructor(stack) {
		this.stack = stack;
		this.url = stack.url;
	}

	// One request, exactly as told: {status, headers, text, json()}. No redirect is followed.
	ask(method, path, { headers = {}, body, token } = {}) {
		const { hostname, port } = new URL(this.url);
		const all = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers };
		if (body !== undefined) all['content-length'] = Buffer.byteLength(body);
		return new Promise((done, refuse) => {
			const request = http.request({ hostname, port, method, path, headers: all, agent: false }, async response => {
				const parts = [];
				for await (const part of response) parts.push(part);
				const text = Buffer.concat(parts).toString();
				done({ status: response.statusCode, headers: response.headers, text, json: () => JSON.parse(text) });
			});
			request.on('error', refuse).end(body);
		});
	}

	get(path, token = TOKEN) {
		return this.ask('GET', path, { token });
	}

	post(path, value, token = TOKEN) {
		const headers = { 'content-type': 'application/json' };
		return this.ask('POST', path, { token, headers, body: JSON.stringify(value) });
	}

	// The entity, undefined when there is none.
	async entity(ref) {
		const [kind, rest] = ref.split(':');
		const answer = await this.get(`/api/catalog/entities/by-name/${kind}/${rest}`);
		return answer.status === 200 ? answer.json() : undefined;
	}

	async register(target) {
		const answer = await this.post('/api/catalog/locations', { type: 'url', target });
		if (answer.status !== 201) fail(`${target} cannot be registered: ${answer.status} ${answer.text}`);
		return answer.json().location.id;
	}

	becomes(ref, ask = entity => entity) {
		return eventually(`${ref} ${ask}`, async () => {
			const entity = await this.entity(ref);
			return entity && ask(entity);
		});
	}

	goes(ref) {
		return eventually(`${ref} goes`, async () => !(await this.entity(ref)));
	}

	// The portal's own table: [{method, path, permission, flags}]
	get routes() {
		this.#routes ??= execFileSync(process.env.CALLBOARD_BIN ?? 'build/callboard', ['routes'], { encoding: 'utf8' })
			.trim()
			.split('\n')
			.map(line => line.split(/\s+/))
			.map(([method, path, permission, flags]) => ({ method, path, permission, flags: flags.split(',') }));
		return this.#routes;
	}

	has(path, method = 'GET') {
		return this.routes.some(route => route.method === method && route.path === path);
	}
}
