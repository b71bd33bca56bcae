package report

import (
	"time"

	"github.com/latchscope/latchscope/analyze/ledger"
	"github.com/latchscope/latchscope/analyze/trace"
	"github.com/latchscope/latchscope/detect"
)

// Document is what a report says to people, in the order in which it is read.
// It is made once for a call of a format; the format lays it out and decides
// nothing. Its texts are as the report shows them, foreign text rewritten but
// not yet made harmless: that is the format's, which knows its own syntax.
type Document struct {
	Tool     Tool
	About    string // "report on story.pcap, 1 call"
	Level    string // "critical", "warning", "good", "unknown": the loudest there is
	Zone     string // "UTC"
	Several  bool   // captures: frames have their file in front
	Sections []Section
	Calls    []Dot // of a trunk, for an overview; nil for a few calls
}

// Kind says what a section is about.
type SectionKind string

// The kinds of sections.
const (
	SectionSummary  SectionKind = "summary"
	SectionIncident SectionKind = "incident" // a heading: what follows is about one incident
	SectionCalls    SectionKind = "calls"
	SectionWho      SectionKind = "who"
	SectionWhy      SectionKind = "why"
	SectionToDo     SectionKind = "todo"
	SectionPicture  SectionKind = "picture"
	SectionUnseen   SectionKind = "unseen"
	SectionEvidence SectionKind = "evidence"
	SectionCall     SectionKind = "call"
	SectionCapture  SectionKind = "capture"
)

// Section is a part of the document with a heading.
type Section struct {
	Kind   SectionKind
	Title  string
	Aside  string // beside the title, "" where there is nothing to add
	Blocks []Block
}

// Block is one piece of a section: exactly one of its fields is set.
type Block struct {
	Deep    bool   // detail of an incident that is told: a page of text leaves it out
	Text    string // a paragraph
	Loud    bool   // of Text: the headline
	Title   string // of what follows within the section
	Table   *Table
	Steps   []Step
	Pairs   []Pair
	Picture *Picture
	Ladder  *Ladder
	Filters []Filter
}

// ColumnKind says how a column is set.
type ColumnKind uint8

// The kinds of columns.
const (
	Words  ColumnKind = iota
	Figure            // flush right
	Framed            // numbers of frames, with their file where there are several
	Code              // an endpoint, a Call-ID
)

// Column of a table.
type Column struct {
	Head     string
	Kind     ColumnKind
	Optional bool // a narrow page may leave it out
}

// Table of a section. More says what was left out, "" for nothing.
type Table struct {
	Columns []Column
	Rows    [][]string
	Rest    [][]string // rows that only a page has room for, that can be sorted and searched
	More    string
}

// Step is one numbered sentence with the frames that show it, and paragraphs
// beneath it.
type Step struct {
	No     int
	Text   string
	More   []string
	Frames string
	Sure   string // "proven", "likely", "possible"
}

// Pair is a term and what there is to say about it, in one or more paragraphs.
// A pair without a term goes on with the one before; Sub sets it off within it.
type Pair struct {
	Term string
	Text []string
	Sub  bool
	Own  bool // the term stands on a line of its own
	Sure string
}

// Filter is a Wireshark display filter and what it shows.
type Filter struct{ Name, Text string }

// Picture shows what left towards each ear, on one scale of time.
type Picture struct {
	Call   int
	Began  Time // what Start and End count from
	Start  float64
	End    float64
	Zoomed bool // a stretch of the whole
	Rows   []PictureRow
	Legend []Symbol
	Marks  []Mark // moments to point at: the answer, a move
}

// PictureRow is one listener's ear.
type PictureRow struct {
	Name  string // "towards caller"
	Title string // "the callee's voice towards the caller"
	Note  string // its loss, jitter and quality, in a few words
	Spans []PictureSpan
	Loss  []Mark         // packets missing that made no silence
	Strip []PictureSlice // the same, and jitter, from start to end; nil where packets are not at hand
}

// PictureSpan is a stretch in one state, in seconds since the picture's Began.
type PictureSpan struct {
	From, To float64
	Symbol   Symbol
	Frames   string // at its edges, "" where nothing was lost
	Text     string // in words, with wall-clock time
}

// Mark is a moment on the axis of a picture.
type Mark struct {
	At   float64
	Text string
}

// Symbol is how a state is drawn, and what it means in this report.
type Symbol struct {
	Key     string // the state's name in the contract, or "before"
	ASCII   string // one character
	Unicode string // one column wide
	Word    string
	Silent  bool
}

// Ladder is what happened between the hosts, in order of time.
type Ladder struct {
	Call   int
	Hosts  []Host
	Events []Event
	Hidden int
}

// Host is a lane of a ladder.
type Host struct {
	Name      string
	Addresses string
}

// Dot is a call in an overview.
type Dot struct {
	ID     int
	At     float64 // seconds since the capture began
	Lasted float64
	Clock  string // time of day
	Level  string // "lost", "impaired", "unjudged", "partly", "clear", ""
	Title  string
}

// writer makes a document. It lives for one call of a format.
type writer struct {
	*Report
	loc *time.Location
	g   groups

	names       map[*trace.Call]*nameList
	heard       [][]ear                   // by Call.ID less one; see ears
	likes       map[int][]detect.Incident // incidents of the same kind as one that is told, by its number
	step        map[int][]Step            // of the incident that is told: the steps of a finding
	sound       []string                  // the steps that show that the recording lost nothing of theirs
	unsignalled bool                      // that who called whom is not known has been told
	explained   bool                      // the columns of lists of calls are
	drawn       map[*trace.Call]bool      // calls of which who is who, and what was lost, has been told
}

// rows of the ledger of a call; none where nobody answered.
func (r *Report) rows(c *trace.Call) []ledger.Row {
	if r.ledger == nil || c == nil {
		return nil
	}
	return r.ledger.Rows(c)
}

func (s *Section) text(text string) { s.Blocks = append(s.Blocks, Block{Text: text}) }
