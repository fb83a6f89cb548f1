// Counts tests and writes TAP. A test that throws has failed; what it said is written behind it.

// Machines are busy, and with SAN=1 everything is slower, so everything is waited for longer.
export const slower = process.env.SAN ? 4 : 2;

export class Tap {
	#count = 0;
	#bad = 0;

	result(name, error) {
		this.#count++;
		if (error) this.#bad++;
		console.log(`${error ? 'not ok' : 'ok'} ${this.#count} - ${name.replaceAll('#', '')}`);
		if (!error) return;
		const said = error.stack && !error.quiet ? error.stack : String(error.message ?? error);
		for (const line of plain(said).split('\n').slice(0, 40)) console.log(`# ${line.slice(0, 400)}`);
	}

	skip(name, why) {
		console.log(`ok ${++this.#count} - ${name.replaceAll('#', '')} # SKIP ${why}`);
	}

	// How many failed; the plan comes last, so a run that breaks off has none.
	done() {
		console.log(`1..${this.#count}`);
		return this.#bad;
	}
}

// Playwright colours what it says, and adds what Chromium says of a machine without a desktop.
function plain(text) {
	return text.replace(/\u001b\[[0-9;]*m/g, '').replace(/\nBrowser logs:[^]*/, '');
}

// A failure whose words say all: no stack is printed.
export class Failure extends Error {
	quiet = true;
}

export function fail(...words) {
	throw new Failure(words.flat().join('\n'));
}

// Asks until the answer is true, and returns it; the last thing that was wrong is said when it never was.
export async function eventually(what, ask, seconds = 15) {
	const until = Date.now() + seconds * 1000 * slower;
	let last;
	for (;;) {
		try {
			const answer = await ask();
			if (answer) return answer;
			last = undefined;
		} catch (error) {
			last = error;
		}
		if (Date.now() > until) fail(`It never came true: ${what}`, last ? String(last.message) : '');
		await new Promise(done => setTimeout(done, 40));
	}
}

// The same with each, two at a time: one page is made while the other is drawn.
export async function both(items, body) {
	const queue = [...items];
	const next = async () => {
		while (queue.length) await body(queue.shift());
	};
	await Promise.all([next(), next()]);
}
