// Definitions of APIs as they are shown: in a frame that reaches nothing of the portal, by the explorer, as coloured text.
import assert from 'node:assert/strict';
import { eventually } from './lib/tap.mjs';

export const config = '';

const path = (name, query = '') => `/catalog/default/api/${name}/definition${query}`;

async function frameOf(v, name, text) {
	const page = await v.visit(path(name));
	await page.locator('[data-api-frame] iframe').scrollIntoViewIfNeeded();
	const frame = page.frameLocator('[data-api-frame] iframe');
	await frame.getByText(text).first().waitFor();
	return { page, frame, own: page.frames().find(f => f.url().includes('/api-docs/render/')) };
}

async function openapi(v) {
	const { page, frame, own } = await frameOf(v, 'tracking', 'One parcel and where it is now');
	await frame.getByPlaceholder('Filter by tag or path').waitFor();
	// The outline opens what it names.
	await page.getByRole('region', { name: 'Operations' }).getByRole('button', { name: '/parcels/{number}/events' }).click();
	await frame.getByRole('button', { name: 'Try it out' }).waitFor();
	assert.equal(await own.evaluate(() => origin), 'null');
	assert.ok(await own.evaluate(() => {
		try {
			return !parent.document;
		} catch {
			return true;
		}
	}), 'the frame reaches the page');
	assert.ok(await own.evaluate(() => {
		try {
			return document.cookie === '';
		} catch {
			return true;
		}
	}), 'the frame has cookies');
}

async function asyncapi(v) {
	const { frame } = await frameOf(v, 'parcel-events', 'parcel.events.v1');
	await frame.getByText('onParcelEvent').first().waitFor();
}

async function theme(v) {
	const { page, own } = await frameOf(v, 'tracking', 'One parcel and where it is now');
	const dark = () => own.evaluate(() => document.documentElement.classList.contains('dark-mode'));
	await eventually('it is dark', dark);
	await page.emulateMedia({ colorScheme: 'light' });
	await eventually('it is light', async () => !(await dark()));
}

async function graphql(v) {
	const page = await v.visit(path('invoices'));
	await page.getByRole('heading', { name: 'Queries' }).waitFor();
	assert.equal(await page.locator('[data-api-text]').isVisible(), false);
	await page.getByRole('navigation', { name: 'Types' }).getByRole('link', { name: 'InvoiceState' }).click();
	assert.match(page.url(), /#type-InvoiceState$/);
	await page.getByRole('searchbox', { name: 'Filter types and fields' }).fill('overdue');
	await eventually('only what fits is shown', async () => (await page.locator('.api-type:visible').count()) === 1);
	await page.getByRole('link', { name: 'Raw' }).click();
	await page.getByText('type Query {').waitFor();
}

async function grpc(v) {
	const page = await v.visit(path('tours'));
	await page.locator('.hljs-keyword', { hasText: 'service' }).first().waitFor();
	const text = await page.locator('.api-code').innerText();
	assert.match(text, /^syntax = "proto3";/);
	assert.equal((await page.locator('.api-numbers').innerText()).trim().split('\n').length, text.trimEnd().split('\n').length);
}

async function download(v) {
	const page = await v.visit(path('tracking'));
	const waiting = page.waitForEvent('download');
	await page.getByRole('link', { name: 'Download' }).click();
	assert.equal((await waiting).suggestedFilename(), 'tracking.yaml');
	await v.context.grantPermissions(['clipboard-read', 'clipboard-write']);
	await page.getByRole('button', { name: 'Copy', exact: true }).click();
	await page.getByRole('button', { name: 'Copied' }).waitFor();
	assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^openapi: 3\.0\.3/);
}

async function byHand(v) {
	const page = await v.visit(path('tracking'));
	await page.getByText('One parcel and where it is now').waitFor();
	assert.equal(await page.locator('[data-api-frame]').isVisible(), false);
	await page.getByRole('link', { name: 'Raw' }).click();
	await page.getByText('openapi: 3.0.3').waitFor();
	await v.visit(path('invoices'));
	await page.getByText('type Query {').waitFor();
}

// A sign-in server sends its window back to us; the frame that waits for it is told, no other.
async function oauth(v) {
	const { own } = await frameOf(v, 'tracking', 'One parcel and where it is now');
	const back = async (state, answer) => {
		await own.evaluate(s => {
			globalThis.got ??= [];
			globalThis.swaggerUIRedirectOauth2 = {
				state: s,
				redirectUrl: '',
				auth: { name: 'a', schema: { get: () => 'authorizationCode' } },
				callback: ({ auth }) => globalThis.got.push(auth.code),
				errCb: e => globalThis.got.push(e.message),
			};
		}, state);
		const opened = v.context.waitForEvent('page');
		await own.evaluate(url => void window.open(url), `${v.base}/oauth2-redirect.html?${answer}`);
		const popup = await opened;
		if (!popup.isClosed()) await popup.waitForEvent('close');
	};
	// A window may be closed before what it said is heard.
	const heard = n => eventually(`${n} answers have come`, async () => (await own.evaluate(() => globalThis.got)).length >= n);
	await back('s1', 'code=c1&state=other');
	await back('s2', 'code=c2&state=s2');
	await heard(1);
	await back('s3', 'error=denied&error_description=No&state=s3');
	await heard(2);
	assert.deepEqual(await own.evaluate(() => globalThis.got), ['c2', 'denied: No']);
}

export default async function ({ test, portal }) {
	for (const name of ['tracking', 'parcel-events', 'invoices', 'tours']) await portal.becomes(`api:default/${name}`);
	await test('OpenAPI', openapi);
	await test('AsyncAPI', asyncapi);
	await test('the frame follows the theme', { dark: true }, theme);
	await test('GraphQL', graphql);
	await test('gRPC', grpc);
	await test('download and copy', download);
	await test('without scripts', { withoutJavaScript: true }, byHand);
	await test('phone', { phone: true }, openapi);
	await test('signing in from the frame', oauth);
}
