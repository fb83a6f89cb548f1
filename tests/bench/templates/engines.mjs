// The engines that tests/bench-templates.sh compares with, as functions from (text, values) to text.
import { createRequire } from 'node:module'
import { join } from 'node:path'

// A new engine as one fetch:template makes it; render(text) for each file and name of the skeleton.
export const engines = {
	nunjucks(npm) {
		const nunjucks = createRequire(join(npm, 'x'))('nunjucks')
		return values => {
			const env = new nunjucks.Environment(null, { autoescape: false, tags: { variableStart: '${{', variableEnd: '}}' } })
			return text => env.renderString(text, { values })
		}
	},
	backstage(npm) {
		const require = createRequire(join(npm, 'x'))
		const of = path => require(join(npm, 'node_modules', path))
		const { createTemplateRenderer } = require('nunjitsu')
		const { ConfigReader } = require('@backstage/config')
		const { ScmIntegrations } = require('@backstage/integration')
		const scaffolder = '@backstage/plugin-scaffolder-backend/dist'
		const { createDefaultFilters } = of(`${scaffolder}/lib/templating/filters/createDefaultFilters.cjs.js`)
		const { convertFiltersToRecord, collectTemplateCapabilities } = of(`${scaffolder}/util/templating.cjs.js`)
		const integrations = ScmIntegrations.fromConfig(new ConfigReader({}))
		const capabilities = collectTemplateCapabilities({ filters: convertFiltersToRecord(createDefaultFilters({ integrations })) })
		return values => {
			const renderer = createTemplateRenderer({ ...capabilities, allowRegexExecution: true })
			const context = renderer.prepareContext({ values })
			return text => renderer.render(text, context)
		}
	},
}
