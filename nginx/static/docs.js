// Pages of documentation: colours of code, copying it, diagrams, the part that is read, large pictures; on a site of its own also
// search, theme and menu. Everything is readable without it.
(() => {
	'use strict';
	const all = (selector, from = document) => [...from.querySelectorAll(selector)];
	const article = document.querySelector('.md-typeset');
	const element = (name, attributes = {}, ...children) => {
		const e = document.createElement(name);
		for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
		e.append(...children);
		return e;
	};

	// ---- code ----

	const languageOf = (block) => /(?:^|\s)language-([\w+#-]+)/.exec(block.className + ' ' + (block.closest('[class*="language-"]')?.className ?? ''))?.[1];
	const colour = (code) => {
		const language = languageOf(code);
		if (!language || !window.hljs?.getLanguage(language) || code.children.length) return;
		code.innerHTML = window.hljs.highlight(code.textContent, { language, ignoreIllegals: true }).value; // escaped by highlight.js
	};
	const addCopy = (block) => {
		if (block.matches('.no-copy') || !navigator.clipboard || block.querySelector('.docs-copy')) return;
		const button = element('button', { type: 'button', class: 'docs-copy' }, 'Copy');
		button.addEventListener('click', async () => {
			await navigator.clipboard.writeText(block.querySelector('td.code pre, pre').textContent.replace(/\n$/, ''));
			button.textContent = 'Copied';
			button.dataset.done = '';
			setTimeout(() => { button.textContent = 'Copy'; delete button.dataset.done; }, 1500);
		});
		block.append(button);
	};

	// ---- diagrams ----

	const dark = () => getComputedStyle(document.documentElement).colorScheme === 'dark' ||
		(document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
	const draw = async () => {
		if (!window.mermaid) return;
		// Without a custom fence in mkdocs.yml, a diagram is written as a text.
		const begins = /^\s*(%%|---|graph|flowchart|sequenceDiagram|classDiagram|stateDiagram|erDiagram|journey|gantt|pie|quadrantChart|requirementDiagram|gitGraph|C4|mindmap|timeline|sankey|xychart|block|packet|architecture|kanban)/;
		const blocks = all('pre.mermaid, div.mermaid, .language-text > pre', article).filter((b) => b.matches('.mermaid') || begins.test(b.textContent));
		window.mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: dark() ? 'dark' : 'neutral' });
		for (const [i, block] of blocks.entries()) {
			try {
				const { svg } = await window.mermaid.render(`docs-diagram-${i}`, block.textContent);
				block.innerHTML = svg; // cleaned by mermaid (securityLevel)
				block.classList.add('mermaid');
				block.dataset.drawn = '';
				block.parentElement.querySelector(':scope > .docs-copy')?.remove();
			} catch (e) {
				block.title = e.message; // the text of the diagram stays
			}
		}
	};

	// ---- the part that is read ----

	// An author's id may have a "%" that stands for itself.
	const decoded = (hash) => { try { return decodeURIComponent(hash); } catch { return hash; } };
	const follow = () => {
		const links = new Map(all('.md-nav--secondary a').map((a) => [decoded(a.hash.slice(1)), a]));
		const headings = all('h1[id], h2[id], h3[id], h4[id], h5[id], h6[id]', article).filter((h) => links.has(h.id));
		if (!headings.length) return;
		const mark = () => {
			const line = 120, passed = headings.filter((h) => h.getBoundingClientRect().top < line);
			const end = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
			const now = end && scrollY > 0 ? headings.at(-1) : passed.at(-1);
			for (const [id, a] of links) {
				if (id !== now?.id) a.removeAttribute('aria-current');
				else if (!a.hasAttribute('aria-current')) { a.setAttribute('aria-current', 'location'); a.scrollIntoView({ block: 'nearest' }); }
			}
		};
		let waiting = false;
		addEventListener('scroll', () => {
			if (!waiting) requestAnimationFrame(() => { waiting = false; mark(); });
			waiting = true;
		}, { passive: true });
		mark();
	};

	// ---- large pictures ----

	const enlarge = () => {
		const box = element('dialog', { class: 'docs-box' });
		box.addEventListener('click', () => box.close());
		const check = (img) => { if (!img.closest('a') && img.naturalWidth > img.clientWidth * 1.2) img.dataset.docsLarge = ''; };
		for (const img of all('img', article)) {
			if (img.complete) check(img);
			else img.addEventListener('load', () => check(img));
			img.addEventListener('click', () => {
				if (!('docsLarge' in img.dataset)) return;
				box.replaceChildren(element('img', { src: img.currentSrc || img.src, alt: img.alt }));
				document.body.append(box);
				box.showModal();
			});
		}
	};

	// ---- a site of its own: search, theme, menu ----

	const base = document.documentElement.dataset.docsBase;
	const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
	let index;
	const load = () => index ??= fetch(`${base}/search/search_index.json`).then((r) => r.json()).then(({ docs }) => docs.map((d) => ({ ...d, low: d.title.toLowerCase(), words: `${d.title} ${d.text}`.toLowerCase() })));
	const score = (doc, words) => {
		let sum = 0;
		for (const word of words) {
			if (!doc.words.includes(word)) return 0;
			sum += doc.low === word ? 60 : doc.low.startsWith(word) ? 30 : doc.low.includes(word) ? 15 : 1;
			sum += Math.min(doc.words.split(word).length - 1, 8) / 4;
		}
		return sum + (doc.location.includes('#') ? 0 : 3);
	};
	const marked = (text, words) => text.split(new RegExp(`(${words.map(escape).join('|')})`, 'gi')).map((part, i) => i % 2 ? element('mark', {}, part) : part);
	const around = (text, words) => {
		const at = Math.max(0, text.toLowerCase().indexOf(words.find((w) => text.toLowerCase().includes(w)) ?? '') - 60);
		return (at ? '…' : '') + text.slice(at, at + 220);
	};
	const showFound = async (list, query) => {
		const words = query.toLowerCase().split(/[\s\-]+/).filter(Boolean);
		const docs = words.length ? await load() : [];
		const found = docs.map((doc) => [score(doc, words), doc]).filter(([s]) => s > 0).sort((a, b) => b[0] - a[0]).slice(0, 12);
		list.replaceChildren(...found.map(([, doc]) => element('li', {}, element('a', { href: `${base}/${doc.location}` },
			element('b', {}, ...marked(doc.title, words)), element('span', {}, ...marked(around(doc.text, words), words))))));
		if (words.length && !found.length) list.append(element('li', {}, `Nothing found for “${query}”`));
	};
	const addSearch = (place) => {
		const input = element('input', { type: 'search', placeholder: 'Search', 'aria-label': 'Search this documentation', autocomplete: 'off' });
		const list = element('ul', { class: 'docs-found', 'aria-label': 'Found' });
		input.addEventListener('focus', load);
		input.addEventListener('input', () => showFound(list, input.value));
		place.addEventListener('keydown', (e) => {
			const items = [input, ...all('a', list)], at = items.indexOf(document.activeElement);
			if (e.key === 'Escape') { list.replaceChildren(); input.focus(); }
			if (e.key === 'Enter' && at === 0) items[1]?.click();
			if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp') return;
			e.preventDefault();
			items[(at + (e.key === 'ArrowDown' ? 1 : items.length - 1)) % items.length].focus();
		});
		document.addEventListener('click', (e) => { if (!place.contains(e.target)) list.replaceChildren(); });
		document.addEventListener('keydown', (e) => {
			if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input, textarea, select')) return;
			e.preventDefault();
			input.focus();
		});
		place.append(input, list);
	};
	const addTheme = (button) => {
		const root = document.documentElement, key = 'docs-theme';
		const get = () => { try { return localStorage.getItem(key); } catch { return null; } };
		const set = (theme) => { root.dataset.theme = theme; try { localStorage.setItem(key, theme); } catch { /* for this page only */ } };
		if (get()) root.dataset.theme = get();
		button.hidden = false;
		button.addEventListener('click', () => { set(dark() ? 'light' : 'dark'); });
	};
	const closeMenu = () => {
		const menu = document.querySelector('.docs-menu');
		if (menu && matchMedia('(max-width: 800px)').matches) menu.open = false;
	};

	for (const place of all('[data-docs-search]')) addSearch(place);
	for (const button of all('[data-docs-theme]')) addTheme(button);
	closeMenu();
	document.querySelector('.md-nav--primary [aria-current]')?.scrollIntoView({ block: 'nearest' });
	if (!article) return;
	for (const block of all('.highlight', article)) addCopy(block);
	follow();
	enlarge();
	// The libraries come after this script, and only on pages that need them.
	addEventListener('DOMContentLoaded', () => {
		for (const code of all('pre > code', article)) colour(code);
		draw();
	});
})();
