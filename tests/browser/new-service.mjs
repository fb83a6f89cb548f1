// From a form to a service: a repository with what the skeleton says, an entity of the catalog, its documentation.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { accessible } from './lib/checks.mjs';
import { TOP } from './lib/stack.mjs';
import { eventually } from './lib/tap.mjs';

const FILES = {
	'skeleton/catalog-info.yaml': `apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: \${{ values.name | dump }}
  description: \${{ values.about | dump }}
  annotations: {backstage.io/techdocs-ref: "dir:."}
spec: {type: service, lifecycle: experimental, owner: \${{ values.owner | dump }}}
`,
	'skeleton/mkdocs.yml': 'site_name: \${{ values.name | dump }}\nplugins: [techdocs-core]\n',
	'skeleton/docs/index.md': '# How \${{ values.name }} is run\n\nBy the team that has made it.\n',
	'skeleton/src/\${{ values.name }}/main.go': 'package main\n',
	'skeleton/build.sh': '#!/bin/sh\n',
};
const template = host => `apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: whole-service, title: A whole service, description: A repository with its entity and its documentation}
spec:
  type: service
  owner: platform-team
  parameters:
    - title: The service
      required: [name, owner]
      properties:
        name: {title: Name, type: string, ui:field: EntityNamePicker, ui:autofocus: true}
        about: {title: About, type: string}
        owner: {title: Owner, type: string, ui:field: OwnerPicker, ui:options: {catalogFilter: {kind: Group}}}
    - title: Its repository
      required: [repoUrl]
      properties:
        repoUrl: {title: Repository, type: string, ui:field: RepoUrlPicker, ui:options: {allowedHosts: ["${host}"]}}
  steps:
    - {id: fetch, name: Fill in the skeleton, action: fetch:template, input: {url: ./skeleton, values: {name: "\${{ parameters.name }}", about: "\${{ parameters.about }}", owner: "\${{ parameters.owner }}"}}}
    - {id: publish, name: Publish, action: publish:gitea, input: {repoUrl: "\${{ parameters.repoUrl }}", description: "\${{ parameters.about or 'A service' }}", defaultBranch: main}}
    - {id: register, name: Register, action: catalog:register, input: {repoContentsUrl: "\${{ steps.publish.output.repoContentsUrl }}", catalogInfoPath: /catalog-info.yaml}}
  output:
    links:
      - {title: Repository, url: "\${{ steps.publish.output.remoteUrl }}"}
      - {title: Open in the catalog, icon: catalog, entityRef: "\${{ steps.register.output.entityRef }}"}
`;

let git;
async function startHosts(stack) {
	const ports = join(stack.work, 'ports');
	git = join(stack.work, 'hosts');
	mkdirSync(git);
	const hosts = spawn(process.execPath, [join(TOP, 'tests/fixtures/hosts.mjs'), ports, git], { stdio: ['ignore', 'ignore', 'inherit'] });
	stack.also(() => hosts.kill());
	await eventually('the hosts listen', () => existsSync(ports));
	return `127.0.0.1:${readFileSync(ports, 'utf8').split(' ')[2].trim()}`;
}

export async function prepare(stack) {
	const folder = join(stack.work, 'template'), host = await startHosts(stack);
	for (const [name, text] of Object.entries({ ...FILES, 'template.yaml': template(host) })) {
		mkdirSync(dirname(join(folder, name)), { recursive: true });
		writeFileSync(join(folder, name), text, { mode: name.endsWith('.sh') ? 0o755 : 0o644 });
	}
	return `
integrations: {gitea: [{host: "${host}", baseUrl: "http://${host}", username: portal, password: token-of-the-portal}]}
catalog:
  rules: [{allow: [Component, API, Resource, System, Domain, Group, User, Location, Template]}]
  locations:
    - {type: file, target: ${join(TOP, 'docs/examples/all.yaml')}}
    - {type: file, target: "${join(folder, 'template.yaml')}"}
`;
}

const go = (page, name) => Promise.all([page.waitForNavigation({ waitUntil: 'load' }), page.getByRole('main').getByRole('button', { name, exact: true }).click()]);

async function wholeWay(v) {
	const page = await v.visit('/create');
	await page.getByRole('link', { name: 'Choose A whole service' }).click();
	await page.locator('#f-name').fill('parcels');
	await page.locator('#f-about').fill('Counts parcels');
	await page.locator('#f-owner').fill('platform');
	await page.getByRole('option', { name: /platform-team/ }).first().click();
	await go(page, 'Next');
	await page.getByLabel(/^Owner/).fill('acme');
	await page.getByLabel(/^Repository/).last().fill('parcels');
	await go(page, 'Review');
	const begun = performance.now();
	await go(page, 'Create');
	const link = page.getByRole('link', { name: 'Open in the catalog' });
	await link.waitFor({ timeout: 60000 });
	await accessible(page);
	await link.click();
	await page.getByRole('heading', { name: 'parcels', level: 1 }).waitFor();
	await page.getByText('Counts parcels').first().waitFor();
	await page.getByRole('link', { name: 'View docs' }).click();
	await page.getByRole('heading', { name: 'How parcels is run', level: 1 }).waitFor({ timeout: 60000 });
	console.log(`# from "Create" to its documentation: ${Math.round(performance.now() - begun)} ms`);
	const tree = execFileSync('git', ['-C', join(git, 'gitea/acme/parcels.git'), 'ls-tree', '-r', 'main'], { encoding: 'utf8' });
	assert.deepEqual(tree.trim().split('\n').map(line => line.replace(/ blob \S+\t/, ' ')).sort(), [
		'100644 catalog-info.yaml', '100644 docs/index.md', '100644 mkdocs.yml', '100644 src/parcels/main.go', '100755 build.sh',
	]);
}

// The name is taken: the task says so at its step, and nothing is registered.
async function taken(v) {
	const page = await v.visit(`/create/templates/default/whole-service?formData=${encodeURIComponent(JSON.stringify({ name: 'other', owner: 'group:default/platform-team' }))}`);
	await go(page, 'Next');
	await page.getByLabel(/^Owner/).fill('acme');
	await page.getByLabel(/^Repository/).last().fill('old');
	await go(page, 'Review');
	await go(page, 'Create');
	await page.getByText(/already exists/).first().waitFor({ timeout: 60000 });
	await v.visit('/catalog/default/component/other', 404);
}

// What 'make run' loads can be tried to the end without a git server: repositories are made in a folder of the portal's state.
async function example(v, stack) {
	const page = await v.visit('/create');
	await page.getByRole('link', { name: 'Choose New service' }).click();
	await page.locator('#f-name').fill('weights');
	await page.locator('#f-description').fill('Weighs parcels');
	await page.locator('#f-owner').fill('platform-team');
	await go(page, 'Next');
	await page.getByLabel('Reachable from the internet').check();
	await page.getByLabel('Why?').fill('Customers weigh <b>at home</b>');
	await go(page, 'Review');
	await go(page, 'Make the service');
	await page.getByRole('link', { name: 'Open it in the catalog' }).click({ timeout: 60000 });
	await page.getByRole('heading', { name: 'weights', level: 1 }).waitFor();
	await page.getByRole('link', { name: 'View docs' }).click();
	await page.getByText('Weighs parcels').first().waitFor({ timeout: 60000 });
	await page.getByText('Customers weigh').waitFor();
	assert.ok(tree(stack, 'weights').includes('100644 src/main.go'));
}

const tree = (stack, name) => execFileSync('git', ['-C', join(stack.state, 'repositories', `${name}.git`), 'ls-tree', '-r', 'main'], { encoding: 'utf8' })
	.trim().split('\n').map(line => line.replace(/ blob \S+\t/, ' '));

async function others(stack, portal) {
	const owner = 'group:default/platform-team';
	const made = [
		['documentation', { name: 'on-call', title: 'On call', owner, pages: ['How we work', 'Who to ask?'] }, ['docs/index.md', 'docs/how-we-work.md', 'docs/who-to-ask-.md']],
		['library', { name: 'go-scales', owner, language: 'go' }, ['go.mod', 'go_scales.go', 'go_scales_test.go']],
		['library', { name: 'py-scales', owner, language: 'python', python: '3.12' }, ['pyproject.toml', 'src/py_scales/__init__.py', 'tests/test_name.py']],
		['every-field', { text: 'hello', deploy: true, stage: 'staging' }, []],
	];
	for (const [template, values, files] of made) {
		const { id } = JSON.parse((await portal.post('/api/scaffolder/v2/tasks', { templateRef: `template:default/${template}`, values, secrets: { token: 'sesame-4711' } })).text);
		const state = async () => JSON.parse((await portal.get(`/api/scaffolder/v2/tasks/${id}`)).text).status;
		await eventually(`the task of ${template} ends`, async () => !['open', 'processing'].includes(await state()), 60);
		assert.equal(await state(), 'completed', template);
		const log = (await portal.get(`/api/scaffolder/v2/tasks/${id}/events`)).text;
		assert.ok(!log.includes('sesame-4711'), 'a secret is in the log');
		if (!files.length) continue;
		await portal.becomes(`component:default/${values.name}`);
		for (const file of files) assert.ok(tree(stack, values.name).includes(`100644 ${file}`), `${values.name} has no ${file}`);
	}
}

export default async ({ test, stack, portal }) => {
	await test('from the form to the documentation of what it made', wholeWay);
	await test('a repository that is there already is left alone', taken);
	await test('the example of a service makes one on this machine', v => example(v, stack));
	await test('the other examples run to their end', () => others(stack, portal));
};
