// Pages as tests/fixtures/pages.mjs writes them (standard input) as rows of search_document, as SQL.
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';

const quoted = s => `'${s.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
let rows = [], last = 0;
const flush = () => {
	if (rows.length) console.log(`INSERT INTO search_document (id, type, source, location, etag, body) VALUES ${rows.join(',')};`);
	rows = [];
};
for await (const line of createInterface({ input: process.stdin })) {
	const { id, site, title, text, location } = JSON.parse(line);
	const body = JSON.stringify({ type: 'techdocs', entity: 0, location, title, text, fields: { name: `site-${site}`, kind: 'component', namespace: 'default' } });
	rows.push(`(${(last = id)},'techdocs','site-${site}',${quoted(location)},'${createHash('sha1').update(body).digest('hex')}',${quoted(body)})`);
	if (rows.length === 200) flush();
}
flush();
console.log(`UPDATE id_block SET next_id = ${last + 1} WHERE name = 'search_document';`);
