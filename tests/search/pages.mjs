// A folder of documentation sites as rows of search_document, one for each section of each page, as SQL:
// node tests/search/pages.mjs FOLDER
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const folder = process.argv[2];
const files = dir => readdirSync(dir, { withFileTypes: true }).flatMap(e => (e.isDirectory() ? files(join(dir, e.name)) : e.name.endsWith('.md') ? [join(dir, e.name)] : []));
const quoted = s => `'${s.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
// Marks of Markdown say nothing to who searches.
const plain = s => s.replace(/^---\n[\s\S]*?\n---\n/, '').replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/<[^>]+>/g, ' ').replace(/[`*#>|]+/g, ' ').replace(/\s+/g, ' ').trim();
// [[title, text]]: what stands before the first heading belongs to it.
function sections(text) {
	const title = /^---\n[\s\S]*?^title: *(.*?) *$/m.exec(text)?.[1];
	const parts = text.replace(/^---\n[\s\S]*?\n---\n/, '').split(/^(?=#{1,3} )/m).filter(p => p.trim());
	return parts.map((p, i) => [plain(/^#{1,3} (.*)/.exec(p)?.[1] ?? '') || (i === 0 && title) || title || 'Untitled', plain(p.replace(/^#{1,3} .*/, ''))]);
}
let id = 1000, sites = new Set();
for (const file of files(folder)) {
	const [site, , ...rest] = relative(folder, file).split('/');
	const page = rest.join('/').replace(/(^|\/)(index|README)\.md$/, '$1').replace(/\.md$/, '/');
	if (!rest.length) continue;
	sites.add(site);
	sections(readFileSync(file, 'utf8')).forEach(([title, text], i) => {
		const location = `/docs/default/component/${site}/${page}${i ? `#${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${i}` : ''}`;
		const body = JSON.stringify({ type: 'techdocs', entity: 0, location, title, text, fields: { name: site, kind: 'component', namespace: 'default' } });
		const etag = createHash('sha1').update(body).digest('hex');
		console.log(`INSERT INTO search_document (id, type, source, location, etag, body) VALUES (${++id}, 'techdocs', ${quoted(site)}, ${quoted(location.slice(0, 900))}, '${etag}', ${quoted(body)});`);
	});
}
console.log(`UPDATE id_block SET next_id = ${id + 1} WHERE name = 'search_document';`);
