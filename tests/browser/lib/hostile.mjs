// Entities of every kind whose text fields are all hostile. In N entities of a kind each field has had each payload.
import { addresses, parts } from './payloads.mjs';

export const N = 3;
const marks = parts(N);
const urls = parts(N, addresses);
const name = (kind, i) => `hostile-${kind.toLowerCase()}-${i}`;

function metadata(kind, i, field) {
	const annotations = Object.fromEntries(marks[i % N].map((text, k) => [`example.test/a${k}`, text]));
	const [view, edit] = urls[(i + 1) % N];
	return {
		name: name(kind, i),
		title: field(),
		description: field(),
		annotations: { ...annotations, 'backstage.io/view-url': view, 'backstage.io/edit-url': edit ?? view, 'backstage.io/source-location': `url:${view}` },
		links: urls[i % N].flatMap(url => [{ url, title: field(), icon: field(), type: field() }, { url }]),
	};
}

// The rest of spec by kind. pick() is a single payload: what is a reference or a URL has no room for many.
function spec(kind, i, field, pick) {
	const address = () => urls[(i + 2) % N][0];
	const owned = { type: field(), lifecycle: field(), owner: 'billing-team' };
	switch (kind) {
		case 'Component':
			return { ...owned, system: `hostile-system-${i}`, dependsOn: [`resource:hostile-resource-${i}`], providesApis: [`hostile-api-${i}`] };
		case 'API':
			return { ...owned, type: ['openapi', 'asyncapi', 'graphql', 'grpc', 'text', 'markdown'][i], definition: definition(i, field, pick) };
		case 'Resource':
			return { type: field(), owner: `hostile-group-${i}` };
		case 'System':
			return { owner: `hostile-group-${i}`, domain: `hostile-domain-${i}`, type: field() };
		case 'Domain':
			return { owner: `hostile-user-${i}`, type: field() };
		case 'Group':
			return { type: field(), children: [], profile: { displayName: field(), email: pick(), picture: address() } };
		case 'User':
			return { profile: { displayName: field(), email: pick(), picture: address() }, memberOf: [`hostile-group-${i}`] };
		case 'Template':
			return {
				type: field(),
				owner: `hostile-group-${i}`,
				parameters: [{ title: field(), description: field(), properties: { x: { type: 'string', title: field(), description: field(), default: field() } } }],
				steps: [{ id: 'x', name: field(), action: 'debug:log', input: { message: field() } }],
				output: { links: [{ title: field(), url: address() }] },
			};
	}
}

function definition(i, field, pick) {
	const text = field();
	const openapi = {
		openapi: '3.0.0',
		info: { title: text, description: field(), version: pick(), contact: { url: addresses[i] }, termsOfService: addresses[i + 1] },
		servers: [{ url: addresses[i], description: field() }],
		paths: { '/x': { get: { summary: field(), description: field(), responses: { 200: { description: field() } } } } },
	};
	return i === 0 ? JSON.stringify(openapi) : text;
}

const versions = { Template: 'scaffolder.backstage.io/v1beta3' };

// All documents, as YAML: JSON is YAML.
export function hostile() {
	const kinds = ['Component', 'API', 'Resource', 'System', 'Domain', 'Group', 'User', 'Template'];
	const documents = [];
	for (const kind of kinds) {
		// One API of each type: each is shown in its own way.
		for (let i = 0; i < (kind === 'API' ? 6 : N); i++) {
			let at = i;
			const field = () => marks[at++ % N].join(' ');
			const pick = () => marks[at % N][at++ % 12];
			documents.push({
				apiVersion: versions[kind] ?? 'backstage.io/v1alpha1',
				kind,
				metadata: metadata(kind, i, field),
				spec: spec(kind, i, field, pick),
			});
		}
	}
	return documents;
}

export function yaml(documents) {
	return documents.map(d => `--- ${JSON.stringify(d)}\n`).join('');
}
