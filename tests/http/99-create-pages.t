#!/bin/sh
# The pages below /create beside the form: actions, templating extensions.
. tests/http/lib.sh

# ---- actions ----
as tests
get /create/actions
is_status 200
has 'id="fetch:template"'
has 'id="catalog:register"'
get /api/scaffolder/v2/actions
listed=$(jq length "$WORK/body")
get /create/actions
is "$(grep -c '<section class="card action"' "$WORK/body")" "$listed" 'every action of the API has its section'
# What must be there stands first, with its words.
get '/create/actions?q=fetch:template%20nonsense'
is_status 200
has 'No action is like that'
get '/create/actions?q=FETCH:template'
is_status 200
has '<code>url</code> <span class="badge info">required</span>'
has 'string or boolean'
has 'action: fetch:template'
lacks 'id="fs:rename"'
get '/create/actions?q=targetPath'
has 'id="fetch:plain"'
lacks 'id="debug:wait"'
get '/create/actions?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E'
is_status 200
lacks '<script>alert'
get '/create/actions?nonsense=1'
is_status 400

# ---- templating extensions ----
get /create/templating-extensions
is_status 200
has 'id="filter-parseRepoUrl"'
has '<code>organization</code>'
has 'parameters.repoUrl | parseRepoUrl'
has '<code>groupby</code>'

# ---- who may ----
as reader
get /create/actions
is_status 403
done_testing
