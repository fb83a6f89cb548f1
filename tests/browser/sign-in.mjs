// Journeys of people who sign in: with a password, and at a real OpenID Connect provider; what the policy refuses them, on
// pages and in the API; their sessions.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessible, keyboard } from './lib/checks.mjs';
import { forged, mutating } from './lib/forge.mjs';
import { TOP } from './lib/stack.mjs';
import { eventually } from './lib/tap.mjs';
import { fillIn, found, names, offers, total } from './lib/words.mjs';

const PASSWORD = 'correct horse battery';
let provider;

// The provider must be there before the portal is told of it.
export async function prepare(stack) {
	const port = join(stack.work, 'oidc.port');
	const child = spawn(process.execPath, [join(TOP, 'tests/fixtures/oidc.mjs'), port], { stdio: ['ignore', 'ignore', 'inherit'] });
	stack.also(() => child.kill());
	await eventually('the OpenID Connect provider listens', () => existsSync(port) && readFileSync(port, 'utf8').trim());
	provider = `http://127.0.0.1:${readFileSync(port, 'utf8').trim()}`;
	return `
app: {baseUrl: "{URL}"}
backend: {baseUrl: "{URL}"}
auth:
  providers:
    guest: null
    local: {}
    oidc:
      development:
        metadataUrl: ${provider}/.well-known/openid-configuration
        clientId: callboard
        clientSecret: "a secret: with + and %"
        signIn: {resolvers: [{resolver: emailMatchingUserEntityProfileEmail}]}
plugins: {directories: [${join(TOP, 'tests/fixtures/plugins')}], bomb: {enabled: false}, tester: {enabled: false}}
permission:
  enabled: true
  rbac:
    admin: {users: [{name: user:default/farid}], superUsers: [{name: user:default/diego}]}
  roles:
    - name: role:default/everybody
      members: [group:default/billing-team, group:default/tracking-team]
      rules:
        - {permission: catalog.entity.read, if: {rule: IS_ENTITY_OWNER, params: {claims: [$ownerRefs]}}}
        - {permission: catalog.entity.read, if: {rule: IS_ENTITY_KIND, params: {kinds: [User, Group]}}}
        - {permission: catalog.location.read}
`;
}

async function signIn(page, name, password = PASSWORD) {
	await fillIn(page, 'User name', name);
	await page.getByLabel('Password').fill(password);
	await page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true }).click();
}
// Opens a page as somebody: the way leads by the sign-in and back.
async function as(v, name, path = '/catalog') {
	await v.visit(path);
	await signIn(v.page, name);
	await v.page.waitForURL(url => url.pathname === path.split('?')[0]);
	return v.page;
}
async function openMenu(page) {
	await page.getByLabel(/^You: /).click();
}

async function byPassword(v) {
	const page = await v.visit('/catalog/default/component/ledger');
	assert.match(page.url(), /\/login\?to=/);
	if (v.scripts) await accessible(page);
	await keyboard(page);
	await signIn(page, 'emi', 'a wrong one');
	await page.getByRole('alert').waitFor();
	assert.equal(await page.getByLabel('User name').inputValue(), 'emi', 'the name need not be typed again');
	await signIn(page, 'emi');
	await page.getByRole('heading', { level: 1, name: 'ledger' }).waitFor();
	assert.match(page.url(), /\/catalog\/default\/component\/ledger$/);
}

async function session(v) {
	const page = await as(v, 'emi');
	const [cookie] = (await v.context.cookies()).filter(c => /session/.test(c.name));
	assert.ok(cookie.httpOnly && /Lax|Strict/.test(cookie.sameSite) && cookie.path === '/', JSON.stringify(cookie));
	await v.visit('/settings/sessions');
	await page.getByText('this one').waitFor();
	await accessible(page);
	await keyboard(page);
	await v.visit('/catalog');
	await openMenu(page);
	await page.getByRole('button', { name: 'Sign out' }).click();
	await page.waitForURL(/\/login/);
	await v.context.addCookies([cookie]);
	await v.visit('/catalog');
	assert.match(page.url(), /\/login/, 'the old cookie is worth nothing');
}

async function sessionWithoutJavaScript(v) {
	const page = await as(v, 'emi');
	await v.visit('/settings/sessions');
	await page.getByRole('button', { name: 'Sign out everywhere' }).click();
	await page.waitForLoadState();
	await v.visit('/catalog');
	assert.match(page.url(), /\/login/);
}

async function byProvider(v, { stack }) {
	const redirect = `${stack.url}/api/auth/oidc/handler/frame`;
	const account = { sub: 'p-17', email: 'emi@tidewater.example', email_verified: true, name: 'Emi Tanaka' };
	await fetch(`${provider}/__control`, { method: 'POST', body: JSON.stringify({ redirect, account }) });
	v.expected.push(new RegExp(`^request: ${provider}`));
	const page = await v.visit('/catalog?filters[type]=service');
	await page.getByRole('link', { name: /^Sign in with / }).click();
	await page.waitForURL(url => url.origin === stack.url && url.pathname === '/catalog');
	assert.match(decodeURIComponent(page.url()), /filters\[type\]=service/, 'back to where it was asked for');
	await openMenu(page);
	await page.getByText('user:default/emi').waitFor();
}

// The small window says how it ended, should it stay.
async function smallWindow(v, { stack }) {
	const redirect = `${stack.url}/api/auth/oidc/handler/frame`;
	v.expected.push(new RegExp(`^request: ${provider}`));
	for (const [account, status, words] of [
		[{ sub: 'p-19', email: 'emi@tidewater.example', email_verified: true }, 200, 'You are signed in'],
		[{ sub: 'p-20', email: 'mallory@evil.example', email_verified: true }, 403, 'You are not signed in'],
	]) {
		await v.context.clearCookies();
		await fetch(`${provider}/__control`, { method: 'POST', body: JSON.stringify({ redirect, account }) });
		const page = await v.visit('/api/auth/oidc/start?flow=popup', status);
		await page.getByRole('heading', { level: 1, name: words }).waitFor();
		await accessible(page);
	}
}

async function strangerByProvider(v, { stack }) {
	const redirect = `${stack.url}/api/auth/oidc/handler/frame`;
	const account = { sub: 'p-18', email: 'mallory@evil.example', email_verified: true };
	await fetch(`${provider}/__control`, { method: 'POST', body: JSON.stringify({ redirect, account }) });
	v.expected.push(new RegExp(`^request: ${provider}`));
	const page = await v.visit('/catalog');
	await page.getByRole('link', { name: /^Sign in with / }).click();
	await page.waitForURL(url => url.origin === stack.url && !url.pathname.endsWith('/start'));
	await page.getByRole('alert').or(page.getByRole('heading', { name: /not allowed/i })).first().waitFor();
	await v.visit('/catalog');
	assert.match(page.url(), /\/login/, 'and nobody is signed in');
}

// The policy lets billing see what it owns, and nothing else, wherever one looks.
async function refused(v, { portal }) {
	const page = await as(v, 'emi');
	const cookie = (await v.context.cookies()).map(c => `${c.name}=${c.value}`).join('; ');
	const ask = (method, path, more = {}) => portal.ask(method, path, { ...more, headers: { cookie, ...more.headers } });
	const shown = await names(page);
	assert.deepEqual(shown, ['invoice-service', 'ledger', 'payment-gateway']);
	assert.equal(await total(page), 3, 'the count tells of no others');
	await v.visit('/catalog/default/component/route-planner', 404);
	await v.visit('/catalog?filters[kind]=component&filters[text]=route-planner');
	assert.deepEqual(await names(page), []);
	assert.equal(await page.getByRole('link', { name: 'Register' }).count(), 0, 'what is refused is not offered');
	await v.visit('/catalog-import', 403);
	await v.visit('/admin', 403);
	const hidden = await ask('GET', '/api/catalog/entities/by-name/component/default/route-planner');
	assert.equal(hidden.status, 404);
	const seen = (await ask('GET', '/api/catalog/entities/by-query?filter=kind=component')).json();
	assert.deepEqual([seen.totalItems, seen.items.map(e => e.metadata.name).sort()], [3, shown]);
	const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
	const body = JSON.stringify({ type: 'url', target: 'http://127.0.0.1/x.yaml' });
	assert.equal((await ask('POST', '/api/catalog/locations', { headers, body })).status, 403);
}

async function administrator(v) {
	const page = await as(v, 'diego');
	assert.ok((await total(page)) > 3, 'an administrator sees all');
	await page.getByRole('searchbox', { name: 'Filter' }).fill('route-planner');
	await page.getByRole('searchbox', { name: 'Filter' }).press('Enter');
	await found(page, 'route-planner').waitFor();
	await v.visit('/admin');
	await accessible(page);
}

// What is offered is not refused.
async function offered(v, name) {
	const page = await as(v, name);
	for (const path of await offers(page)) await v.visit(path);
}

async function owned(v) {
	const page = await as(v, 'emi', '/catalog');
	await page.getByRole('link', { name: /^Owned/ }).click();
	await eventually('what her team owns is shown', async () => (await names(page)).includes('ledger'));
}

async function token(v, { portal }) {
	const page = await as(v, 'emi', '/settings/tokens');
	await accessible(page);
	await keyboard(page);
	await page.getByRole('main').getByRole('textbox').first().fill('for the laptop');
	await page.getByRole('main').getByRole('button', { name: /^(Make|Create|New|Add)/ }).first().click();
	const shown = await page.getByRole('main').locator('code, output, input[readonly]').allInnerTexts();
	const value = shown.map(text => text.trim()).find(text => /^[\w.-]{30,}$/.test(text));
	assert.ok(value, `the token is shown once: ${shown}`);
	const ledger = '/api/catalog/entities/by-name/component/default/ledger';
	assert.equal((await portal.get(ledger, value)).status, 200);
	await v.visit('/settings/tokens');
	assert.ok(!(await page.content()).includes(value), 'and never again');
	await page.getByRole('main').getByRole('button', { name: /^(Revoke|End|Delete)/ }).first().click();
	await eventually('it is worth nothing then', async () => (await portal.get(ledger, value)).status === 401);
}

export default async function (world) {
	const { test, stack, portal, visitor } = world;
	const bare = { withoutJavaScript: true };
	for (const name of ['emi', 'farid', 'diego']) await stack.callboard(['user', 'add', name, '--password-stdin'], `${PASSWORD}\n`);

	await test('sign in with a password, after a mistake', byPassword);
	await test('the same without JavaScript', bare, byPassword);
	await test('the same on a phone, in the dark', { phone: true, dark: true }, byPassword);
	await test('a session, seen and ended', session);
	await test('all sessions ended, without JavaScript', bare, sessionWithoutJavaScript);
	await test('sign in at an OpenID Connect provider', v => byProvider(v, world));
	await test('the same without JavaScript', bare, v => byProvider(v, world));
	await test('the small window of a sign-in', v => smallWindow(v, world));
	await test('a stranger from there is refused', v => strangerByProvider(v, world));
	await test('what the policy refuses is refused on pages and in the API', v => refused(v, world));
	await test('an administrator sees more', administrator);
	for (const name of ['emi', 'farid', 'diego']) await test(`whatever is offered to ${name} is there`, v => offered(v, name));
	await test('what is mine', owned);
	await test('a token of my own, used and revoked', v => token(v, world));

	const v = await visitor();
	await as(v, 'diego');
	const cookies = (await v.context.cookies()).filter(c => !/csrf/.test(c.name)).map(c => `${c.name}=${c.value}`).join('; ');
	for (const route of mutating(portal).filter(r => !/\/logout|end-all/.test(r.path)))
		await test(`forged in an administrator's name: ${route.method} ${route.path}`, null, () => forged.try(portal, route, cookies));
	await v.close();
}
