// The log of a container: followed as it is written, filtered while somebody types.
const $ = (id) => document.getElementById(id);
const MOST = 5000; // lines that are kept in the page
const log = $('log'), chunk = log.firstElementChild, count = $('log-count'), state = $('log-state'), find = $('find');

for (const field of document.querySelectorAll('[data-submits]')) field.addEventListener('change', () => field.form.requestSubmit());

// ---- lines ----

// What terminals understand and people do not.
// eslint-disable-next-line no-control-regex
const plain = (text) => text.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*\u0007?|.)|[\u0000-\u0008\u000b-\u001f\u007f]/g, '');

function lineElement(raw) {
	const m = /^\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)\S* ?(.*)$/s.exec(raw);
	const line = document.createElement('div'), time = document.createElement('time'), text = document.createElement('span');
	line.className = 'line';
	time.textContent = m ? m[1] : '';
	text.textContent = plain(m ? m[2] : raw);
	line.append(time, text);
	show(line);
	return line;
}
function show(line) {
	line.hidden = find.value !== '' && !line.lastElementChild.textContent.toLowerCase().includes(find.value.toLowerCase());
}
function tell() {
	count.textContent = [...chunk.children].filter((line) => !line.hidden).length.toLocaleString('en');
}
find.addEventListener('input', () => {
	for (const line of chunk.children) show(line);
	tell();
});

// Whoever has scrolled up reads: then nothing moves.
const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 40;
function add(lines) {
	const stay = !atEnd();
	chunk.append(...lines.map(lineElement));
	while (chunk.children.length > MOST) chunk.firstElementChild.remove();
	$('log-empty')?.remove();
	if (!stay) log.scrollTop = log.scrollHeight;
	tell();
}
log.scrollTop = log.scrollHeight;

// ---- following ----

const follow = $('log-follow');
let stop;

async function pour(signal) {
	const answer = await fetch(`${log.dataset.follow}&tail=${log.dataset.tail}`, { signal });
	if (!answer.ok) throw new Error(`${answer.status}`);
	const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
	let rest = '';
	chunk.replaceChildren();
	state.textContent = 'Following';
	for (;;) {
		const { value, done } = await reader.read();
		if (done) break;
		const lines = (rest + value).split('\n');
		rest = lines.pop();
		if (lines.length) add(lines);
	}
	if (rest) add([rest]);
	state.textContent = 'It has ended';
}

follow?.addEventListener('click', async () => {
	if (stop) { stop.abort(); return; }
	stop = new AbortController();
	follow.setAttribute('aria-pressed', 'true');
	try {
		await pour(stop.signal);
	} catch {
		state.textContent = stop.signal.aborted ? 'Not followed any more' : 'The cluster does not answer now';
	}
	stop = undefined;
	follow.setAttribute('aria-pressed', 'false');
});
addEventListener('pagehide', () => stop?.abort());

$('log-wrap').addEventListener('click', (e) => {
	const on = log.classList.toggle('wrap');
	e.currentTarget.setAttribute('aria-pressed', on);
});
