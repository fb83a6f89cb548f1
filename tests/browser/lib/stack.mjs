// A stack of its own for a test, as tests/fixtures/own.sh has it for those in sh: MariaDB, nginx and the portal in one directory.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../fixtures/free-port.mjs';
import { eventually, fail } from './tap.mjs';

const run = promisify(execFile);
export const TOP = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../../..');
export const TOKEN = 'token-of-the-tests-0123456789';
export const READER = 'token-that-may-only-read-0123456789';

export class Stack {
	#work = mkdtempSync(join(tmpdir(), 'callboard-'));
	#env;
	#fixtures;
	#ends = [];

	// A directory that is removed in the end.
	get work() {
		return this.#work;
	}
	get state() {
		return join(this.#work, 'stack');
	}

	// config: text of a configuration file that is read after the examples', {URL}, {SITE}, {HOST} (of SITE) and {WORK} are filled in.
	async start(config = '') {
		const port = await freePort();
		this.url = `http://127.0.0.1:${port}`;
		const file = join(this.#work, 'app-config.yaml');
		const words = { '{URL}': this.url, '{SITE}': this.site, '{WORK}': this.#work, '{HOST}': this.site?.slice(7) };
		writeFileSync(file, config.replace(/\{[A-Z]+\}/g, word => words[word] ?? word));
		this.#env = {
			...process.env,
			CALLBOARD_PORT: String(port),
			CALLBOARD_STATE: this.state,
			CALLBOARD_CONFIG: [join(TOP, 'tests/fixtures/app-config.yaml'), ...(config ? [file] : [])].join(':'),
			CALLBOARD_DB_MEMORY: process.env.CALLBOARD_DB_MEMORY ?? '64M',
			CALLBOARD_BIN: resolve(TOP, process.env.CALLBOARD_BIN ?? 'build/callboard'),
			CALLBOARD_STRICT_VIEWS: '1',
		};
		try {
			await this.#sh('start');
		} catch (error) {
			fail(`The stack does not start: ${error.stderr?.slice(-1500) ?? error.message}`);
		}
	}

	// The fixture server, which serves what the tests put there: site is its address.
	async fixtures() {
		const port = join(this.#work, 'fixtures.port');
		mkdirSync(join(this.#work, 'git'), { recursive: true });
		this.#fixtures = spawn(process.execPath, [join(TOP, 'tests/fixtures/server.mjs'), port, join(this.#work, 'git')], {
			stdio: ['ignore', 'ignore', 'inherit'],
		});
		await eventually('the fixture server listens', () => existsSync(port) && readFileSync(port, 'utf8').trim());
		this.site = `http://127.0.0.1:${readFileSync(port, 'utf8').trim()}`;
	}

	async serve(path, text) {
		await fetch(this.site + path, { method: 'PUT', body: text });
		return this.site + path;
	}

	// What a command of the portal prints.
	async callboard(args, input) {
		const done = run(this.#env.CALLBOARD_BIN, args, { env: this.#env, cwd: TOP });
		done.child.stdin.end(input ?? '');
		return (await done).stdout;
	}

	// Worker processes that ended badly, and what sanitizers said, both from the log and the metrics.
	async troubles() {
		const metrics = await (await fetch(`${this.url}/metrics`)).text();
		const ends = metrics
			.split('\n')
			.filter(line => /^callboard_worker_ends_total.*reason="(crashed|timeout|memory)"/.test(line) && !line.endsWith(' 0'));
		const log = readFileSync(join(this.state, 'callboard.log'), 'utf8')
			.split('\n')
			.filter(line => /ended by signal|runtime error:|ERROR: (Address|Leak)Sanitizer/.test(line));
		return [...ends, ...log];
	}

	// What else has to end with it.
	also(end) {
		this.#ends.push(end);
	}

	async stop() {
		this.#fixtures?.kill();
		for (const end of this.#ends) end();
		if (process.env.KEEP && existsSync(this.state)) await run('cp', [join(this.state, 'callboard.log'), process.env.KEEP]);
		if (this.#env) await this.#sh('stop').catch(() => {});
		rmSync(this.#work, { recursive: true, force: true });
	}

	#sh(verb) {
		const done = run('sh', ['tests/stack.sh', verb], { env: this.#env, cwd: TOP });
		done.child.stdin.end();
		return done;
	}
}
