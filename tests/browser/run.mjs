// Runs one file of browser tests against a stack of its own: run.mjs FILE. Writes TAP.
//
// The file exports
//	config		text of a configuration file, "" when the examples' do; see lib/stack.mjs
//	prepare		or: a function of the stack, before it starts, that returns such a text
//	default		async ({test, stack, portal, visitor, browser}) => ..., which calls test(name, body) for each test
// TIMES=1 tells how long each took. test's body gets a visitor, a watched browser of its own; {phone: true} and the
// like before the body ask for another one, null for none.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launch, Visitor } from './lib/browser.mjs';
import { Portal } from './lib/portal.mjs';
import { Stack } from './lib/stack.mjs';
import { Failure, Tap, eventually, slower } from './lib/tap.mjs';

const tap = new Tap();
const stack = new Stack();
let browser;

let ending = false;
async function end(status) {
	if (ending) return;
	ending = true;
	await browser?.close().catch(() => {});
	await stack.stop();
	process.exit(status);
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => end(130));
// Nobody reads any more ("| head"): what was started must end all the same.
process.stdout.on('error', () => end(1));

// A test that waits for what never comes has failed; the others still run.
function within(seconds, promise) {
	let timer;
	const late = new Promise((_, refuse) => {
		timer = setTimeout(() => refuse(new Failure(`It takes longer than ${seconds * slower} s`)), seconds * 1000 * slower);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function test(name, wishes, body) {
	if (!body) [wishes, body] = [{}, wishes];
	let error, visitor;
	const begun = Date.now();
	try {
		if (wishes) visitor = await Visitor.open(browser, stack.url, wishes);
		await within(90, body(visitor));
	} catch (e) {
		error = e;
	}
	await visitor?.close().catch(e => (error ??= e));
	tap.result(name, error);
	if (process.env.TIMES) console.log(`# ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}

try {
	const spec = await import(pathToFileURL(resolve(process.argv[2])));
	await stack.fixtures();
	const config = spec.prepare ? await spec.prepare(stack) : spec.config;
	[browser] = await Promise.all([launch(), stack.start(config)]);
	const portal = new Portal(stack);
	await eventually('the example is there', () => portal.entity('component:default/ledger'), 30);
	const visitor = wishes => Visitor.open(browser, stack.url, wishes);
	await spec.default({ test, skip: tap.skip.bind(tap), stack, portal, browser, visitor, check: tap.result.bind(tap) });
	const troubles = await stack.troubles();
	tap.result('no worker crashed, hung or grew too large', troubles.length && new Error(troubles.join('\n')));
	await end(tap.done() ? 1 : 0);
} catch (error) {
	console.log(`Bail out! ${error.stack ?? error}`);
	await end(1);
}
