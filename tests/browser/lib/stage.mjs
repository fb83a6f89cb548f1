// The stack in which pages are judged and pictured: the example catalog, tests/fixtures/ugly.yaml, people with passwords, and
// repositories of a host "github.example", whose API the fixture server plays.
import { join } from 'node:path';
import { clusters, recorded } from './clusters.mjs';
import { TOP } from './stack.mjs';
import { eventually } from './tap.mjs';
import { component } from './words.mjs';

export const PASSWORD = 'correct horse battery';
export const REPOSITORIES = 'https://github.example/acme';
export const file = (repository, path) => `${REPOSITORIES}/${repository}/blob/HEAD/${path}`;

const at = (ringId, moved) => [{ date: '2026-01-01', ringId, moved, description: 'Since spring, and it stays' }];
const RADAR = {
	quadrants: ['Languages', 'Infrastructure', 'Data', 'Process'].map(name => ({ id: name, name })),
	rings: ['Adopt', 'Trial', 'Assess', 'Hold'].map(name => ({ id: name, name })),
	entries: [
		{ title: 'C', quadrant: 'Languages', timeline: at('Adopt', 1) },
		{ title: 'A language with a very long name that has to wrap somewhere', quadrant: 'Languages', timeline: at('Trial', 0) },
		{ title: 'Kubernetes', quadrant: 'Infrastructure', url: 'https://kubernetes.io', timeline: at('Trial', 1) },
		{ title: 'MariaDB', quadrant: 'Data', timeline: at('Adopt', 0) },
		{ title: 'Meetings', quadrant: 'Process', timeline: at('Hold', -1) },
		{ title: 'Nowhere', quadrant: 'None', timeline: at('Hold', -1) },
	],
};

const FAULTY = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: parcel label printer
  tags: [Java]
spec: {type: service, lifecycle: 3}
---
${component('labels')}`;
const LONG = `${'a-folder-with-a-long-name/'.repeat(6)}and-one-without-any-place-to-break-${'x'.repeat(80)}`;

// Files that repositories have, by repository and path; of those without a catalog file only CODEOWNERS.
const repositories = {
	returns: {
		'catalog-info.yaml': `${component('returns', { description: 'Takes back what was not wanted' })}---\n${component('returns-desk', { type: 'website' })}`,
		'worker/catalog-info.yaml': component('returns-worker', { description: 'Weighs what comes back' }),
		[`${LONG}/catalog-info.yaml`]: component('returns-elsewhere'),
	},
	bare: { CODEOWNERS: '* @acme/billing-team\n' },
	labels: { 'faulty.yaml': FAULTY, 'good.yaml': component('labels') },
};

async function serveRepository(stack, name, files) {
	const api = `/gh/api/repos/acme/${name}`;
	const tree = Object.keys(files).map(path => ({ path, type: 'blob', mode: '100644' }));
	await stack.serve(`${api}/git/trees/HEAD?recursive=true`, JSON.stringify({ tree, truncated: false }));
	for (const [path, text] of Object.entries(files)) await stack.serve(`${api}/contents/${path}?ref=HEAD`, text);
}

// What must be there before the portal starts; returns its configuration. Whoever looks is an administrator, so that all pages
// can be seen.
export async function prepare(stack) {
	for (const [name, files] of Object.entries(repositories)) await serveRepository(stack, name, files);
	const kube = recorded && await clusters(stack);
	return `${kube ? kube.config : ''}
backend: {reading: {allow: [{host: "{HOST}"}]}}
integrations: {github: [{host: github.example, apiBaseUrl: "{SITE}/gh/api", token: token-of-github-0123}]}
auth:
  providers:
    local: {}
    oidc: {metadataUrl: "{SITE}/oidc", clientId: callboard, clientSecret: a-secret-0123}
permission: {rbac: {admin: {users: [{name: user:default/guest}, {name: user:default/ana}]}}}
catalog:
  orphanStrategy: keep
  rules: [{allow: [Component, API, Resource, System, Domain, Group, User, Location, Template]}]
  locations:
    - {type: file, target: ${join(TOP, 'docs/examples/all.yaml')}}
    - {type: file, target: ${join(TOP, 'tests/fixtures/ugly.yaml')}}
    - {type: file, target: "${join(TOP, 'tests/fixtures/templates/*.yaml')}"}
    - {type: file, target: ${join(TOP, 'tests/fixtures/task.yaml')}}
${kube ? `    - {type: file, target: ${kube.file}}` : ''}
plugins:
  directories: [${join(TOP, 'tests/fixtures/plugins')}]
  bomb: {enabled: false}
  tester: {enabled: false}
  announcements: {enabled: true}
  scorecards: {enabled: true}
  tech-radar: {enabled: true, config: {data: ${JSON.stringify(RADAR)}}}
`;
}

const pair = targets => `apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: pair}\nspec: {targets: [${targets}]}\n`;

// What only a running portal can be told: who has a password, what is registered, what has turned bad, what nothing brings any more.
export async function furnish(stack, portal) {
	await stack.callboard(['user', 'add', 'ana', '--password-stdin'], `${PASSWORD}\n`);
	await portal.register(file('returns', 'worker/catalog-info.yaml'));
	await stack.serve('/turned-bad.yaml', component('turned-bad'));
	await stack.serve('/orphan.yaml', component('orphan'));
	await portal.register(await stack.serve('/pair.yaml', pair('./turned-bad.yaml, ./orphan.yaml')));
	await portal.becomes('template:default/fields');
	for (const name of ['returns-worker', 'turned-bad', 'orphan']) await portal.becomes(`component:default/${name}`);
	await stack.serve('/turned-bad.yaml', component('turned-bad', { type: '{a: map}' }));
	await stack.serve('/pair.yaml', pair('./turned-bad.yaml'));
	for (const entityRef of ['component:default/turned-bad', 'location:default/pair']) await portal.post('/api/catalog/refresh', { entityRef });
	await portal.becomes('component:default/turned-bad', e => e.status?.items?.length);
	await portal.becomes('component:default/orphan', e => e.metadata.annotations['backstage.io/orphan'] === 'true');
	await portal.becomes('component:default/ugly-relations', e => e.relations.length >= 400);
	await tasks(portal);
	if (recorded) await eventually('the clusters have answered', async () => /Container crashes/.test((await portal.get('/catalog/default/component/payments-worker/kubernetes')).text), 60);
}

// One that has ended well, one that has failed, one that goes on for as long as anybody looks.
async function tasks(portal) {
	await portal.becomes('template:default/looked-at');
	for (const [values, status] of [[{}, 'completed'], [{ fails: true }, 'failed'], [{ seconds: 590 }, 'processing']]) {
		const made = await portal.post('/api/scaffolder/v2/tasks', { templateRef: 'template:default/looked-at', values: { name: 'pay', ...values }, secrets: { token: 'a-secret-0123' } });
		const path = `/api/scaffolder/v2/tasks/${JSON.parse(made.text).id}`;
		await eventually(`a task is ${status}`, async () => JSON.parse((await portal.get(path)).text).status === status);
	}
}
