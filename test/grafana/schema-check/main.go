// Reads dashboards the strict way that Grafana's own generated types offer: a field that the schema does not know, or a
// value of another type, is an error. One path an argument; exit 1 when any file is refused.
package main

import (
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	// Panels and queries are checked by their own types.
	plugins.RegisterDefaultPlugins()
	refused := false
	for _, path := range os.Args[1:] {
		if err := check(path); err != nil {
			refused = true
			fmt.Printf("%s: %v\n", path, err)
		}
	}
	if refused {
		os.Exit(1)
	}
	fmt.Printf("%d dashboards are as the schema wants them\n", len(os.Args)-1)
}

func check(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var page dashboard.Dashboard
	if err := page.UnmarshalJSONStrict(text); isOne(err) {
		return err
	}
	if err := page.Validate(); isOne(err) {
		return err
	}
	return nil
}

// The library gives an empty list of errors where it has none, which is not nil.
func isOne(err error) bool {
	return err != nil && err.Error() != ""
}
