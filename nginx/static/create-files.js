// Files in the browser: folders that are opened, trees to choose from, what a file is.

export const MOST_FILES = 2000, MOST_BYTES = 7 * 1024 * 1024;
const left = /(^|\/)(\.git|node_modules|\.venv|__pycache__|target|\.idea)(\/|$)/;

export const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
export function base64Of(bytes) {
	let text = '';
	for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
	return btoa(text);
}
// Its text; undefined: it is none.
export function textOf(bytes) {
	if (bytes.subarray(0, 8000).includes(0)) return undefined;
	try { return new TextDecoder('utf-8', { fatal: true }).decode(bytes); } catch { return undefined; }
}

class TooMuch extends Error {
	constructor() {
		super(`The folder has more than ${MOST_FILES} files or ${MOST_BYTES >> 20} MiB. Open the folder of one template.`);
	}
}

// Map of path -> {bytes, handle}: handle where the browser lets us write back.
async function collect(entries) {
	const files = new Map();
	let sum = 0;
	for await (const { path, file, handle } of entries) {
		if (left.test(path)) continue;
		sum += file.size;
		if (sum > MOST_BYTES || files.size >= MOST_FILES) throw new TooMuch();
		files.set(path, { bytes: new Uint8Array(await file.arrayBuffer()), handle });
	}
	return files;
}

async function* walk(folder, prefix = '') {
	for await (const [name, handle] of folder.entries()) {
		const path = prefix + name;
		if (left.test(path)) continue;
		if (handle.kind === 'directory') yield* walk(handle, `${path}/`);
		else yield { path, file: await handle.getFile(), handle };
	}
}

async function* chosen(list) {
	// "service/skeleton/a": the folder itself is not part of a path.
	for (const file of list) yield { path: file.webkitRelativePath.split('/').slice(1).join('/') || file.name, file };
}

// A folder of the computer; undefined when nothing was chosen.
export async function openFolder(input) {
	if (window.showDirectoryPicker) {
		let folder;
		try { folder = await window.showDirectoryPicker({ mode: 'readwrite' }); } catch (e) {
			if (e.name === 'AbortError') return undefined;
			throw e;
		}
		return collect(walk(folder));
	}
	input.value = '';
	const list = await new Promise((done) => {
		input.addEventListener('change', () => done(input.files), { once: true });
		input.addEventListener('cancel', () => done(undefined), { once: true });
		input.click();
	});
	return list && collect(chosen(list));
}

// The template among a folder's files: template.yaml that is nearest, else any file that says it is one. {path, below}: what is beside
// it, as a map whose paths begin there.
export function findTemplate(files) {
	const depth = (p) => p.split('/').length;
	const yaml = [...files.keys()].filter((p) => /\.ya?ml$/.test(p)).sort((a, b) => depth(a) - depth(b) || a.localeCompare(b));
	const path = yaml.find((p) => /(^|\/)template\.ya?ml$/.test(p)) ?? yaml.find((p) => /^kind:\s*Template\s*$/m.test(textOf(files.get(p).bytes) ?? ''));
	if (!path) return undefined;
	const folder = path.slice(0, path.lastIndexOf('/') + 1);
	return { path: path.slice(folder.length), below: new Map([...files].filter(([p]) => p.startsWith(folder)).map(([p, f]) => [p.slice(folder.length), f])) };
}

// Buttons for files, folders as lists that fold. badge(path): a word behind the name, or nothing.
export function tree(paths, choose, badge = () => '') {
	const root = { folders: new Map(), files: [] };
	for (const path of [...paths].sort()) {
		const parts = path.split('/');
		let at = root;
		for (const part of parts.slice(0, -1)) {
			if (!at.folders.has(part)) at.folders.set(part, { folders: new Map(), files: [] });
			at = at.folders.get(part);
		}
		at.files.push([parts.at(-1), path]);
	}
	const draw = (node) => {
		const list = document.createElement('ul');
		for (const [name, inside] of node.folders) {
			const item = document.createElement('li'), fold = document.createElement('details'), head = document.createElement('summary');
			fold.open = true;
			head.textContent = `${name}/`;
			fold.append(head, draw(inside));
			item.append(fold);
			list.append(item);
		}
		for (const [name, path] of node.files) {
			const item = document.createElement('li'), button = document.createElement('button'), word = badge(path);
			button.type = 'button';
			button.textContent = name;
			button.dataset.path = path;
			if (word) {
				const mark = document.createElement('span');
				mark.className = 'small muted';
				mark.textContent = ` ${word}`;
				button.append(mark);
			}
			button.addEventListener('click', () => choose(path));
			item.append(button);
			list.append(item);
		}
		return list;
	};
	const list = draw(root);
	list.className = 'file-tree';
	return list;
}

export function mark(list, path) {
	for (const button of list.querySelectorAll('button')) {
		if (button.dataset.path === path) button.setAttribute('aria-current', 'true');
		else button.removeAttribute('aria-current');
	}
}
