// A shell in a container: Kubernetes' channels over a WebSocket, a terminal without a screen (xterm), and rows of text that show it.
import { Terminal } from '/static/vendor/xterm-6.0.0/lib-headless/xterm-headless.mjs';
import { drawLine } from './kubernetes-shell-draw.js';
import { keySequence } from './kubernetes-shell-keys.js';

const $ = (id) => document.getElementById(id);
const shell = $('shell'), pane = $('shell-pane'), long = $('shell-long'), rows = $('shell-rows'), keys = $('shell-keys');
const [STDIN, STDOUT, STDERR, ERROR, RESIZE] = [0, 1, 2, 3, 4];
const LINE = 18, SCROLLBACK = 5000, WAITING_MOST = 32 << 20, SAID_MOST = 30;
const term = new Terminal({ cols: 80, rows: 24, scrollback: SCROLLBACK, allowProposedApi: true });
const cell = term.buffer.active.getNullCell();
const utf8 = new TextEncoder();
let socket, ended, tabLeaves = false, ctrlHeld = false;

// ---- drawing ----

let asked = 0, follows = true;
const draw = () => {
	asked ||= requestAnimationFrame(() => {
		asked = 0;
		const b = term.buffer.active, at = b.baseY + b.cursorY;
		long.style.height = `${b.length * LINE}px`;
		if (follows) pane.scrollTop = pane.scrollHeight;
		const top = follows ? b.baseY : Math.min(Math.round(pane.scrollTop / LINE), b.baseY);
		while (rows.children.length < term.rows) rows.append(document.createElement('div'));
		while (rows.children.length > term.rows) rows.lastChild.remove();
		for (let y = 0; y < term.rows; y++) drawLine(rows.children[y], b.getLine(top + y), term.cols, top + y === at && term.modes.showCursor !== false ? b.cursorX : -1, cell);
		keys.style.top = `${at * LINE}px`;
		keys.style.left = `${Math.min(b.cursorX, term.cols - 1) * width()}px`;
	});
};
pane.addEventListener('scroll', () => {
	follows = pane.scrollHeight - pane.scrollTop - pane.clientHeight < LINE;
	draw();
});

let wide = 0;
function width() {
	if (wide) return wide;
	const ruler = document.createElement('span');
	ruler.textContent = '0'.repeat(100);
	const row = document.createElement('div');
	row.append(ruler);
	rows.append(row);
	wide = ruler.getBoundingClientRect().width / 100;
	row.remove();
	return wide;
}

function fit() {
	const style = getComputedStyle(pane);
	const cols = Math.floor((pane.clientWidth - parseFloat(style.paddingLeft) * 2) / width());
	const lines = Math.floor((pane.clientHeight - parseFloat(style.paddingTop) * 2) / LINE);
	if (cols < 2 || lines < 1 || (cols === term.cols && lines === term.rows)) return;
	term.resize(cols, lines);
	tellSize();
	draw();
}
new ResizeObserver(fit).observe(pane);

// ---- for who does not see it ----

// Lines as they become whole; of a flood only the end, or nobody could listen to it.
const said = $('shell-said');
let spoken = 0, later;
function speak() {
	clearTimeout(later);
	later = setTimeout(() => {
		const b = term.buffer.active, to = b.baseY + b.cursorY;
		const text = [];
		for (let y = Math.max(Math.min(spoken, to), to - SAID_MOST); y < to; y++) text.push(b.getLine(y)?.translateToString(true) ?? '');
		spoken = to;
		const line = document.createElement('div');
		line.textContent = text.filter(Boolean).join('\n');
		if (line.textContent) said.replaceChildren(line);
	}, 300);
}

// ---- the connection ----

const open = () => socket?.readyState === WebSocket.OPEN;
function send(channel, text) {
	if (!open()) return;
	const body = utf8.encode(text), frame = new Uint8Array(body.length + 1);
	frame[0] = channel;
	frame.set(body, 1);
	socket.send(frame);
}
function type(text) {
	if (text) send(STDIN, text);
	follows = true;
	draw();
}
const tellSize = () => send(RESIZE, JSON.stringify({ Width: term.cols, Height: term.rows }));
term.onData(type);

function state(name, text) {
	shell.dataset.open = name;
	$('shell-state').textContent = text;
	$('shell-end').hidden = name === 'no';
	keys.disabled = name !== 'yes';
}

/** How the shell ended, as the cluster tells it. */
function fromStatus(text) {
	try {
		const status = JSON.parse(text);
		const code = status.details?.causes?.find((c) => c.reason === 'ExitCode')?.message;
		if (status.status === 'Success') return 'The shell has ended.';
		return code ? `The shell has ended with exit code ${code}.` : `The cluster says: ${status.message ?? text}`;
	} catch {
		return `The cluster says: ${text}`;
	}
}
const reasons = {
	1000: 'The shell has ended.',
	1012: 'The portal starts anew; open the shell again in a moment.',
	4001: 'Nothing was said for too long, so the portal has ended it.',
	4002: 'It was open for as long as a shell may be.',
};
function fromClose(e) {
	if (e.code > 4100) return `${e.reason.charAt(0).toUpperCase()}${e.reason.slice(1)}.`;
	return reasons[e.code] ?? 'The connection has broken off.';
}
/** A browser does not say why a handshake was refused; the same address as a page does. */
async function whyRefused() {
	try {
		const answer = await fetch(shell.dataset.connect);
		const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
		const text = page.querySelector('main .empty > p:not(.code):not(.muted)')?.textContent;
		return answer.status === 400 ? 'The connection could not be opened. Something on the way may not let WebSockets through.' : text || `The portal answers with status ${answer.status}.`;
	} catch {
		return 'The portal does not answer now.';
	}
}

async function over(e, was) {
	const why = ended ?? (was ? fromClose(e) : e.code > 4100 ? fromClose(e) : await whyRefused());
	const had = document.activeElement === keys || document.activeElement === document.body;
	state('no', 'Ended');
	$('shell-why').textContent = why;
	$('shell-over').hidden = false;
	$('shell-again').textContent = 'Open another';
	if (had) $('shell-again').focus();
	$('shell-over').scrollIntoView({ block: 'nearest' });
	draw();
}

let waiting = 0;
function take(data) {
	const bytes = new Uint8Array(data), channel = bytes[0], body = bytes.subarray(1);
	if (channel === ERROR) ended = fromStatus(new TextDecoder().decode(body));
	if ((channel !== STDOUT && channel !== STDERR) || !body.length) return;
	waiting += body.length;
	if (waiting > WAITING_MOST) {
		ended = 'More came than this page can show.';
		socket.close();
		return;
	}
	term.write(body, () => {
		waiting -= body.length;
		draw();
		speak();
	});
}

function connect() {
	const url = new URL(shell.dataset.connect, location.href);
	let was = false;
	url.protocol = url.protocol.replace('http', 'ws');
	ended = undefined;
	waiting = 0;
	spoken = 0;
	follows = true;
	term.reset();
	$('shell-over').hidden = true;
	state('soon', 'Connecting …');
	fit();
	socket = new WebSocket(url, ['v4.channel.k8s.io']);
	socket.binaryType = 'arraybuffer';
	const own = socket;
	own.addEventListener('open', () => {
		was = true;
		state('yes', 'Connected');
		tellSize();
		keys.focus({ preventScroll: true });
		draw();
	});
	own.addEventListener('message', (e) => take(e.data));
	own.addEventListener('close', (e) => { if (own === socket) over(e, was); });
}
$('shell-again').addEventListener('click', connect);
$('shell-end').addEventListener('click', () => {
	ended = 'You have ended it.';
	socket.close();
});
addEventListener('pagehide', () => socket?.close());

// ---- keys ----

// The way out for who has no mouse: WCAG 2.1.2.
function toggleTab() {
	tabLeaves = !tabLeaves;
	$('shell-tab').hidden = !tabLeaves;
}
function scrolls(e) {
	if (!e.shiftKey || e.ctrlKey || !/^Page(Up|Down)$/.test(e.key)) return false;
	pane.scrollBy(0, (e.key === 'PageUp' ? -1 : 1) * (pane.clientHeight - LINE));
	return true;
}
const selected = () => !getSelection().isCollapsed && rows.contains(getSelection().anchorNode);
keys.addEventListener('keydown', (e) => {
	if (e.isComposing || !open()) return;
	const key = e.key.toLowerCase();
	if (e.ctrlKey && !e.altKey && key === 'm') {
		e.preventDefault();
		toggleTab();
		return;
	}
	if (e.key === 'Tab' && tabLeaves) return;
	// Copying and pasting are the browser's.
	if ((e.ctrlKey && key === 'v') || (e.ctrlKey && key === 'c' && (e.shiftKey || selected()))) {
		if (key === 'c' && selected()) {
			e.preventDefault();
			navigator.clipboard?.writeText(getSelection().toString());
			getSelection().removeAllRanges();
		}
		return;
	}
	if (scrolls(e)) {
		e.preventDefault();
		return;
	}
	const text = keySequence(e, term.modes);
	if (text === undefined) return;
	e.preventDefault();
	type(text);
});
function typed() {
	const text = keys.value;
	keys.value = '';
	type(ctrlHeld && text.length === 1 ? keySequence({ key: text, ctrlKey: true }, term.modes) ?? text : text.replace(/\r?\n/g, '\r'));
	hold(false);
}
keys.addEventListener('input', (e) => { if (!e.isComposing) typed(); });
keys.addEventListener('compositionend', typed);
keys.addEventListener('paste', (e) => {
	const text = e.clipboardData.getData('text/plain').replace(/\r?\n/g, '\r');
	e.preventDefault();
	// Nothing that is pasted can end the brackets around it.
	type(term.modes.bracketedPasteMode ? `\u001b[200~${text.replaceAll('\u001b', '')}\u001b[201~` : text);
});
// A click puts the keys there, unless something has been selected.
pane.addEventListener('mouseup', () => { if (!selected() && open()) keys.focus({ preventScroll: true }); });

// ---- keys that phones do not have ----

function hold(on) {
	ctrlHeld = on;
	$('shell-bar').firstElementChild.setAttribute('aria-pressed', on);
}
$('shell-bar').addEventListener('click', (e) => {
	const key = e.target.closest('button')?.dataset.key;
	if (!key) return;
	if (key === 'ctrl') hold(!ctrlHeld);
	else type(keySequence({ key }, term.modes));
	if (open()) keys.focus({ preventScroll: true });
});

// A link of another site opens the page, not a shell.
fit();
if (document.referrer && new URL(document.referrer).origin === location.origin) connect();
else {
	state('no', '');
	$('shell-why').textContent = 'A shell is opened in this container, and the audit log says by whom.';
	$('shell-over').hidden = false;
}
