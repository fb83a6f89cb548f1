// Makes the set of skeletons that is rendered: those of a folder, and a large one.
// cases.mjs FOLDER OUT NPM OURS: FOLDER is searched for skeletons; OURS is build/tests/bench/templates.
//
// What the authors of a skeleton had in mind as values is not written down: names that it asks for get texts, lists where it loops. Only
// texts that all three engines render are measured, and all must render them alike.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { engines } from './engines.mjs'

const [folder, out, npm, ours] = process.argv.slice(2)

function walk(dir, found = []) {
	for (const e of readdirSync(dir, { withFileTypes: true })) {
		const path = join(dir, e.name)
		if (e.isDirectory()) walk(path, found)
		else if (e.isFile() && statSync(path).size < 1 << 20) found.push(path)
	}
	return found
}
function skeletons(dir, found = []) {
	for (const e of readdirSync(dir, { withFileTypes: true })) {
		if (!e.isDirectory()) continue
		if (['skeleton', 'content'].includes(e.name)) found.push(join(dir, e.name))
		else skeletons(join(dir, e.name), found)
	}
	return found
}

function guess(texts) {
	const values = {}
	for (const text of texts) {
		for (const [, path] of text.matchAll(/\bvalues\.([A-Za-z_][\w.]*)/g)) {
			const parts = path.split('.').filter(Boolean)
			let at = values
			for (const part of parts.slice(0, -1)) at = typeof at[part] === 'object' ? at[part] : (at[part] = {})
			const last = parts.at(-1)
			if (!(last in at)) at[last] = `${last}-1`
		}
	}
	for (const text of texts)
		for (const [, name] of text.matchAll(/\bin\s+values\.(\w+)\s*[%|]/g)) values[name] = ['one', 'two', 'three']
	return values
}

function skeleton(dir) {
	const texts = []
	for (const path of walk(dir)) {
		const bytes = readFileSync(path)
		texts.push(relative(dir, path))
		if (!bytes.includes(0)) texts.push(bytes.toString('utf8'))
	}
	return { name: relative(folder, dir), values: guess(texts), texts }
}

// A service of many modules, as platform teams generate them: 150 files of some 12 KB.
function large() {
	const texts = []
	for (let i = 0; i < 150; i++) {
		const lines = [`# Module ${i} of \${{ values.name | title }}`, '{% set port = 8000 + ' + i + ' %}',
			'{% macro entry(key, value) %}  ${{ key | upper }}: "${{ value | replace("-", "_") }}"\n{% endmacro %}']
		for (let k = 0; k < 40; k++) {
			lines.push(
				`module_${i}_${k}: # plain text that is copied as it stands, which most of a skeleton is`,
				'  name: ${{ values.name }}-' + k, '  owner: ${{ values.owner | default("nobody") | lower }}', '  port: ${{ port + ' + k + ' }}',
				'{%- if values.database and loop is not defined %}', '  database: ${{ values.database.engine }}://${{ values.database.host }}', '{%- else %}', '  database: none', '{%- endif %}')
		}
		lines.push('{% for service in values.services %}', '${{ entry(service.name, service.image) }}',
			'{%- for port in service.ports %}${{ port }}{% if not loop.last %}, {% endif %}{% endfor %}', '{% endfor %}', '${{ values | dump }}')
		texts.push(`src/\${{ values.name }}/module-${i}.yaml`, lines.join('\n'))
	}
	const services = Array.from({ length: 20 }, (_, i) => ({ name: `service-${i}`, image: `registry.example/team/service-${i}`, ports: [80, 443, 9000 + i] }))
	return { name: 'large', values: { name: 'payments', owner: 'Team-A', database: { engine: 'postgres', host: 'db.example' }, services }, texts }
}

const all = [...skeletons(folder).map(skeleton), large()]
const results = { ours: all.map(() => []), ...Object.fromEntries(Object.keys(engines).map(name => [name, []])) }
for (const [name, load] of Object.entries(engines)) {
	const start = load(npm)
	results[name] = all.map(s => {
		const render = start(s.values)
		return s.texts.map(text => { try { return render(text) } catch { return null } })
	})
}
writeFileSync(out, JSON.stringify(all))
results.ours = JSON.parse(execFileSync(ours, ['check', out], { maxBuffer: 1 << 30 }))

let kept = 0, bytes = 0, unlike = 0, refused = { ours: 0, nunjucks: 0, backstage: 0 }
for (const [i, s] of all.entries()) {
	s.texts = s.texts.filter((text, k) => {
		const [a, b, c] = ['ours', 'nunjucks', 'backstage'].map(name => results[name][i][k])
		for (const name in refused) refused[name] += results[name][i][k] === null
		if (a === null || b === null || c === null) return false
		if (a !== c) {
			unlike++
			console.log(`  rendered unlike Backstage: ${s.name}: ${JSON.stringify(text.slice(0, 60))}`)
			return false
		}
		kept++
		bytes += a.length
		return a === b
	})
}
writeFileSync(out, JSON.stringify(all))
console.log(`${all.length} skeletons, ${kept} files and names, ${(bytes / 1024).toFixed(0)} KiB rendered; not rendered with guessed values: ` +
	`${refused.ours} by ours, ${refused.nunjucks} by nunjucks, ${refused.backstage} by Backstage's; unlike Backstage's: ${unlike}`)
process.exitCode = unlike ? 1 : 0
