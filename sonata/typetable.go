package sonata

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"netsim/internal/bounded"
)

// TypeTable is a node_types.csv or edge_types.csv: one row per type id.
type TypeTable struct {
	Path    string
	columns []string
	column  map[string]int
	cells   [][]Value // by column, then row
	ids     []int64
	row     map[int64]int
}

// Limits of a table; those of large circuits have thousands of rows of twenty cells.
const (
	maxTable = 128 << 20 // bytes
	maxCells = 1 << 24
)

// noValue holds the cells that mean "no value": NONE, which BMTK adds, and
// the defaults of pandas' read_csv.
var noValue = map[string]bool{
	"": true, "NONE": true, "None": true, "NULL": true, "null": true, "NA": true, "N/A": true, "n/a": true,
	"NaN": true, "nan": true, "-NaN": true, "-nan": true, "<NA>": true, "#N/A": true, "#N/A N/A": true, "#NA": true,
	"1.#IND": true, "-1.#IND": true, "1.#QNAN": true, "-1.#QNAN": true,
}

// ReadTypes reads the types table at path whose ids stand in column idColumn,
// "node_type_id" or "edge_type_id". Cells are separated by one space and may
// stand in double quotes; the type of a column follows from all its cells, as
// in pandas: integers, else floats, else truth values (1 and 0), else strings.
func ReadTypes(path, idColumn string) (*TypeTable, error) {
	data, err := bounded.ReadFile(path, maxTable)
	if err != nil {
		return nil, fmt.Errorf("could not read types table: %w", err)
	}
	records, lines, err := splitTable(string(data))
	if err != nil {
		return nil, fmt.Errorf("could not read types table %s: %w", path, err)
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("could not read types table %s: the file is empty", path)
	}
	t := &TypeTable{Path: path, columns: records[0], column: map[string]int{}, row: map[int64]int{}}
	for len(t.columns) > 1 && t.columns[len(t.columns)-1] == "" { // trailing spaces
		t.columns = t.columns[:len(t.columns)-1]
	}
	for k, name := range t.columns {
		if _, twice := t.column[name]; twice {
			return nil, fmt.Errorf("could not read types table %s: column %q occurs twice", path, name)
		}
		t.column[name] = k
	}
	idk, ok := t.column[idColumn]
	if !ok {
		return nil, fmt.Errorf("could not read types table %s: no column %q; columns are %s", path, idColumn, strings.Join(t.columns, ", "))
	}
	records, lines = records[1:], lines[1:]
	if n := len(records) * len(t.columns); n > maxCells {
		return nil, fmt.Errorf("could not read types table %s: %d columns and %d rows are %d cells, more than %d", path, len(t.columns), len(records), n, maxCells)
	}
	for r, rec := range records {
		for k := len(t.columns); k < len(rec); k++ {
			if rec[k] != "" {
				return nil, fmt.Errorf("could not read types table %s: line %d has %d cells, the header %d", path, lines[r], len(rec), len(t.columns))
			}
		}
		for len(rec) < len(t.columns) {
			rec = append(rec, "")
		}
		records[r] = rec
		id, err := strconv.ParseInt(rec[idk], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("could not read types table %s: line %d: %s %q is not an integer", path, lines[r], idColumn, rec[idk])
		}
		if first, twice := t.row[id]; twice {
			return nil, fmt.Errorf("could not read types table %s: line %d: %s %d occurs already in line %d", path, lines[r], idColumn, id, lines[first])
		}
		t.row[id] = r
		t.ids = append(t.ids, id)
	}
	t.cells = make([][]Value, len(t.columns))
	for k := range t.columns {
		t.cells[k] = inferColumn(records, k)
	}
	return t, nil
}

// splitTable cuts a table into cells and says in which line each record begins. Blank lines are skipped.
func splitTable(s string) (records [][]string, lines []int, err error) {
	s = strings.TrimPrefix(s, "\ufeff")
	line := 1
	for len(s) > 0 {
		var rec []string
		begin := line
		for {
			var cell strings.Builder
			if strings.HasPrefix(s, `"`) {
				s = s[1:]
				for {
					k := strings.IndexByte(s, '"')
					if k < 0 {
						return nil, nil, fmt.Errorf("line %d: a quote is not closed", begin)
					}
					cell.WriteString(s[:k])
					line += strings.Count(s[:k], "\n")
					s = s[k+1:]
					if !strings.HasPrefix(s, `"`) {
						break
					}
					cell.WriteByte('"')
					s = s[1:]
				}
			}
			k := strings.IndexAny(s, " \r\n")
			if k < 0 {
				k = len(s)
			}
			cell.WriteString(s[:k])
			rec = append(rec, cell.String())
			s = s[k:]
			if !strings.HasPrefix(s, " ") {
				break
			}
			s = s[1:]
		}
		s = strings.TrimPrefix(s, "\r")
		s = strings.TrimPrefix(s, "\n")
		line++
		if len(rec) == 1 && rec[0] == "" {
			continue
		}
		records = append(records, rec)
		lines = append(lines, begin)
	}
	return records, lines, nil
}

// inferColumn gives a column the narrowest type that holds all its cells.
func inferColumn(records [][]string, k int) []Value {
	out := make([]Value, len(records))
	try := func(parse func(string) (Value, bool)) bool {
		for r, rec := range records {
			if noValue[rec[k]] {
				out[r] = Value{}
				continue
			}
			v, ok := parse(rec[k])
			if !ok {
				return false
			}
			out[r] = v
		}
		return true
	}
	_ = try(func(s string) (Value, bool) {
		i, err := strconv.ParseInt(s, 10, 64)
		return IntValue(i), err == nil
	}) || try(func(s string) (Value, bool) {
		f, ok := parseDecimal(s)
		return FloatValue(f), ok
	}) || try(func(s string) (Value, bool) {
		switch s {
		case "True", "TRUE", "true":
			return IntValue(1), true
		case "False", "FALSE", "false":
			return IntValue(0), true
		}
		return Value{}, false
	}) || try(func(s string) (Value, bool) { return StringValue(s), true })
	return out
}

// parseDecimal is strconv.ParseFloat without hexadecimal numbers; numbers
// beyond the range of a float64 become ±Inf or 0 as with strtod.
func parseDecimal(s string) (float64, bool) {
	if strings.ContainsAny(s, "xX_") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if ne, ok := err.(*strconv.NumError); ok && ne.Err == strconv.ErrRange {
		return f, true
	}
	return f, err == nil
}

// Columns returns the names of the columns in file order, the id column included.
func (t *TypeTable) Columns() []string { return slices.Clone(t.columns) }

// HasColumn reports whether the table has the column.
func (t *TypeTable) HasColumn(column string) bool {
	if t == nil {
		return false
	}
	_, ok := t.column[column]
	return ok
}

// IDs returns the type ids in file order.
func (t *TypeTable) IDs() []int64 { return slices.Clone(t.ids) }

// Has reports whether the table has a row of that type id.
func (t *TypeTable) Has(typeID int64) bool {
	if t == nil {
		return false
	}
	_, ok := t.row[typeID]
	return ok
}

// Lookup returns the cell of a type's row; false when the type or the column
// does not exist. A cell without a value gives a missing Value and true.
func (t *TypeTable) Lookup(typeID int64, column string) (Value, bool) {
	if t == nil {
		return Value{}, false
	}
	k, ok := t.column[column]
	if !ok {
		return Value{}, false
	}
	r, ok := t.row[typeID]
	if !ok {
		return Value{}, false
	}
	return t.cells[k][r], true
}
