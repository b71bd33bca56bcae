package report

import _ "embed"

// The published schemas of the machine-readable reports, JSON Schema 2020-12.
// The tests hold every report against them.
var (
	//go:embed testdata/report.schema.json
	ReportJSONSchema []byte
	//go:embed testdata/replay.schema.json
	ReplayJSONSchema []byte
	//go:embed testdata/compare.schema.json
	CompareJSONSchema []byte
)
