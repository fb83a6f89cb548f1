// What scripts add to the reader of documentation beside docs.js: the live log of a build, news of a newer version.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// ---- a build that is on ----

function addLine(log, line) {
	const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
	log.append(`${line}\n`);
	if (atEnd) log.scrollTop = log.scrollHeight;
}

function tellOfNews(box) {
	const again = document.createElement('a');
	again.href = location.href;
	again.textContent = 'Show it';
	again.addEventListener('click', e => { e.preventDefault(); location.reload(); });
	box.lastElementChild.replaceChildren('There is a newer version. ', again);
	box.classList.replace('info', 'ok');
}

function follow(box) {
	const source = new EventSource(box.dataset.docsEvents);
	const log = box.querySelector('[data-docs-log]');
	const first = 'docsFirst' in box.dataset;
	let begun = false;
	source.addEventListener('log', e => {
		if (!log) return;
		// What the page had of the log is told again from its beginning.
		if (!begun) log.replaceChildren();
		begun = true;
		addLine(log, JSON.parse(e.data));
	});
	source.addEventListener('finish', e => {
		source.close();
		if (first) location.reload();
		else if (JSON.parse(e.data).updated) tellOfNews(box);
		else box.remove();
	});
	source.addEventListener('error', e => {
		// Without data it is the connection's, which comes back by itself.
		if (e.data === undefined) return;
		source.close();
		location.reload();
	});
	addEventListener('pagehide', () => source.close());
}

for (const box of all('[data-docs-events]')) follow(box);

// ---- finding while one types ----

function findIn(form) {
	const input = form.querySelector('input');
	const box = document.createElement('div');
	box.className = 'docs-results';
	box.setAttribute('aria-live', 'polite');
	form.append(box);
	let asked = 0;
	const ask = async () => {
		const mine = ++asked;
		const words = input.value.trim();
		const answer = words && await fetch(`${form.dataset.searchIn}?q=${encodeURIComponent(words)}`);
		const html = answer?.ok && !answer.redirected ? await answer.text() : ''; // not a page to sign in
		if (mine === asked) box.innerHTML = html; // a view of the portal's
	};
	input.addEventListener('input', ask);
	form.addEventListener('keydown', e => {
		const stops = [input, ...all('a', box)];
		const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
		if (e.key === 'Escape') box.replaceChildren();
		if (!step || stops.length === 1) return;
		e.preventDefault();
		stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
	});
	document.addEventListener('click', e => { if (!form.contains(e.target)) box.replaceChildren(); });
}

for (const form of all('[data-search-in]')) findIn(form);

// ---- small things ----

// What is too wide for its place is moved by the keyboard, too.
for (const wide of all('.docs-article pre')) if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;

// A box of a list of tasks is what stands behind it.
for (const box of all('.docs-article .task-list-item input')) box.setAttribute('aria-label', box.closest('li').textContent.trim().slice(0, 200));

document.querySelector('.docs-nav a[aria-current]')?.scrollIntoView({ block: 'nearest' });
