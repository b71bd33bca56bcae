package report

// The parts of SARIF 2.1.0 (OASIS Standard, 27 March 2020) that are written
// here, under its own names; the numbers are of its sections. What is left out
// has the default that the standard gives it. An index has no default of 0, so
// it is always written, or behind a pointer where there is none.

const sarifSchema = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json"

type sarifLog struct { // 3.13
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct { // 3.14
	Tool      sarifTool       `json:"tool"`
	Artifacts []sarifArtifact `json:"artifacts,omitempty"`
	Results   []sarifResult   `json:"results"` // none found is an empty list, not run is none

	Properties *sarifRunProperties `json:"properties,omitempty"`
}

// sarifRunProperties is what SARIF has no place of its own for (3.8): what the
// results are about together, as in the JSON report.
type sarifRunProperties struct {
	Incidents []IncidentJSON `json:"incidents"`
}

type sarifTool struct { // 3.18
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct { // 3.19
	Name            string      `json:"name"`
	Version         string      `json:"version"`
	SemanticVersion string      `json:"semanticVersion,omitempty"`
	InformationURI  string      `json:"informationUri"`
	Rules           []sarifRule `json:"rules"`
}

type sarifRule struct { // 3.49
	ID               string        `json:"id"`
	Name             string        `json:"name"`
	ShortDescription sarifMessage  `json:"shortDescription"`
	Help             *sarifMessage `json:"help,omitempty"`
}

type sarifMessage struct { // 3.11, and 3.12
	Text string `json:"text"`
}

type sarifArtifact struct { // 3.24
	Location sarifArtifactLocation `json:"location"`
	Length   int64                 `json:"length"` // bytes
	MimeType string                `json:"mimeType"`
	Hashes   map[string]string     `json:"hashes,omitempty"`
}

type sarifArtifactLocation struct { // 3.4
	URI   string `json:"uri"`
	Index *int   `json:"index,omitempty"`
}

type sarifResult struct { // 3.27
	RuleID              string            `json:"ruleId"`
	RuleIndex           int               `json:"ruleIndex"`
	Kind                string            `json:"kind"`
	Level               string            `json:"level"`
	Message             sarifMessage      `json:"message"`
	Locations           []sarifLocation   `json:"locations,omitempty"`
	RelatedLocations    []sarifLocation   `json:"relatedLocations,omitempty"`
	PartialFingerprints map[string]string `json:"partialFingerprints,omitempty"`
	Properties          sarifProperties   `json:"properties"`
}

type sarifLocation struct { // 3.28
	PhysicalLocation *sarifPhysicalLocation `json:"physicalLocation,omitempty"`
	LogicalLocations []sarifLogicalLocation `json:"logicalLocations,omitempty"`
	Message          *sarifMessage          `json:"message,omitempty"`
}

type sarifPhysicalLocation struct { // 3.29
	ArtifactLocation sarifArtifactLocation `json:"artifactLocation"`
}

type sarifLogicalLocation struct { // 3.33
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// sarifProperties are what the standard has no place for (3.8).
type sarifProperties struct {
	Advice     string `json:"advice,omitempty"`
	Call       *int   `json:"call,omitempty"`
	Confidence string `json:"confidence"`
	Severity   string `json:"severity"`
	Wireshark  string `json:"wireshark,omitempty"`
}
