// Package ${{ values.module }}: ${{ values.description }}.
package ${{ values.module }}

// Name is what the library is called.
func Name() string {
	return "${{ values.name }}"
}
