// Pictures of every page of tests/browser/paths.mjs, into build/screenshots: NAME-light.png, -dark, -tablet, -phone, -phone-dark.
//
//	make screenshots	T=name for those whose name contains it, FULL=1 for whole pages instead of what a window shows
//	URL=http://localhost:7007 node tests/screenshots.mjs	of a portal that runs already
import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DESKTOP, Visitor, launch } from './browser/lib/browser.mjs';
import { open } from './browser/lib/judge.mjs';
import { Portal } from './browser/lib/portal.mjs';
import { Stack, TOP } from './browser/lib/stack.mjs';
import { furnish, prepare } from './browser/lib/stage.mjs';
import { eventually } from './browser/lib/tap.mjs';
import { pages } from './browser/paths.mjs';

const { T = '', FULL, URL: running } = process.env;
const folder = join(TOP, 'build/screenshots');
const variants = [
	{ name: 'light', wishes: {} },
	{ name: 'dark', wishes: { dark: true } },
	{ name: 'tablet', wishes: { viewport: { ...DESKTOP, width: 1024, height: 768 } } },
	{ name: 'phone', wishes: { phone: true, deviceScaleFactor: 2 } },
	{ name: 'phone-dark', wishes: { phone: true, dark: true, deviceScaleFactor: 2 } },
];

async function shoot(browser, url, variant, entry) {
	const visitor = await Visitor.open(browser, url, variant.wishes);
	try {
		const page = await open(visitor, entry);
		await page.screenshot({ path: join(folder, `${entry.name}-${variant.name}.png`), fullPage: !!FULL, animations: 'disabled' });
	} finally {
		await visitor.close();
	}
}

async function all(browser, url, wanted) {
	for (const variant of variants)
		for (const entry of wanted)
			await shoot(browser, url, variant, entry).catch(error => console.error(`${entry.name}-${variant.name}: ${error.message}`));
}

const stack = new Stack();
let browser;
async function end(status) {
	await browser?.close().catch(() => {});
	await stack.stop();
	process.exit(status);
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => end(130));
try {
	if (running) stack.url = running;
	else {
		await stack.fixtures();
		await stack.start(await prepare(stack));
	}
	const portal = new Portal(stack);
	if (!running) {
		await eventually('the catalog is read', () => portal.entity('component:default/ugly-relations'), 60);
		await furnish(stack, portal);
	}
	const wanted = pages.filter(p => portal.has(p.route) && p.name.includes(T) && !(running && p.staged));
	browser = await launch();
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	await all(browser, stack.url, wanted);
	console.log(`${wanted.length * variants.length} pictures are in ${relative(process.cwd(), folder)}`);
	await end(0);
} catch (error) {
	console.error(error.message);
	await end(1);
}
