package ${{ values.module }}

import "testing"

func TestName(t *testing.T) {
	if Name() != "${{ values.name }}" {
		t.Fatalf("it is called %q", Name())
	}
}
